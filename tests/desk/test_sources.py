from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from desk import sources as desk
from desk.compose import compose
from desk.edit import as_draft, edit
from desk.publish import edit as store_edit
from desk.publish import now, preview, publish, publish_source
from desk.sources import adds_nothing, completed, edited, finish_spreading, spread_name
from schemas.source import validate_source
from store import articles, publication, sources
from store.articles import ArticleFilter
from store.client import Database
from tests.samples import CAPTURED, draft

HERALD, DAILY = "Korea Herald", "The Korea Daily"


def rename(db: Database, source_id: str, name: str) -> None:
    """Give a source another name, and do not yet spread it."""
    stored = sources.find(db, source_id)
    sources.replace(db, stored, edited(stored, {"name": name}))


def names(db: Database) -> set[str]:
    return {each["source"]["name"] for each in articles.page(db, ArticleFilter(), limit=100)}


def test_a_source_under_a_new_name_goes_by_all_it_had() -> None:
    source = desk.compose({"name": HERALD})
    assert (source["id"], source["names"]) == ("korea-herald", ["korea-herald"])
    second = edited(source, {"name": "BBC"})
    assert (second["aliases"], second["names"]) == ([], ["korea-herald", "bbc"])
    third = edited(second, {"name": DAILY})
    assert (third["aliases"], third["names"][1:]) == (["BBC"], ["the-korea-daily", "bbc"])
    back = edited(third, {"name": "BBC"})
    assert (back["aliases"], back["names"][1:]) == ([DAILY], ["bbc", "the-korea-daily"])
    assert edited(third, {"aliases": []})["names"] == ["korea-herald", "the-korea-daily"]
    assert edited(third, {"url": None})["aliases"] == ["BBC"]


def test_what_is_said_of_a_source_stands_and_what_a_draft_adds_is_only_known() -> None:
    source = desk.compose({"name": HERALD, "feeds": ["https://k.example/1"]})
    assert edited(source, {"url": None})["held"] == ["url"]
    more = completed(source, {"name": DAILY, "url": None, "feeds": ["https://k.example/2"]})
    assert (more["name"], more["held"]) == (HERALD, [])
    assert more["feeds"] == ["https://k.example/1", "https://k.example/2"]
    assert not adds_nothing(more, source)
    assert adds_nothing(completed(source, {"name": DAILY, "url": None}), source)


def test_an_article_comes_under_the_source_that_goes_by_the_name(db: Database) -> None:
    first = publish(db, draft())
    rename(db, "korea-herald", DAILY)
    for name in (HERALD, DAILY, "the korea daily"):
        # The article has no address: its id is made from its source and title.
        assert publish(db, draft(source=name)).article_id == first.article_id
        assert preview(db, draft(source=name)).status == "unchanged"
    new = publish(db, draft("Other", source=DAILY))
    assert articles.find(db, new.article_id)["source"] == {"id": "korea-herald", "name": DAILY}
    assert publish(db, draft("Other", source=HERALD)).article_id == new.article_id
    assert [each["id"] for each in sources.page(db)] == ["korea-herald"]


def test_a_list_of_feeds_under_another_name_completes_the_source(db: Database) -> None:
    publish(db, draft())
    rename(db, "korea-herald", DAILY)
    listed = validate_source({"name": DAILY, "feeds": ["https://k.example/rss"]})
    assert publish_source(db, listed) == ("korea-herald", "changed")
    assert publish_source(db, listed) == ("korea-herald", "unchanged")
    assert sources.find(db, "korea-herald")["name"] == DAILY


def test_an_edited_article_keeps_its_source_under_a_new_name(db: Database) -> None:
    article_id = publish(db, draft()).article_id
    rename(db, "korea-herald", DAILY)
    list(spread_name(db, "korea-herald"))
    stored = articles.find(db, article_id)
    for said in (as_draft(stored), as_draft(stored) | {"source": HERALD}):
        changed = store_edit(db, stored, edit(stored, said | {"title": "New"}, ["title"], now()))
        stored = articles.find(db, changed.article_id)
        assert (stored["id"], stored["source"]["name"]) == (article_id, DAILY)
    assert [each["id"] for each in sources.page(db)] == ["korea-herald"]


def test_a_name_spreads_in_steps_and_is_finished_later(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "AT_ONCE", 2)
    for number in range(5):
        publish(db, draft(f"Title {number}"))
    before = [each["seq"] for each in articles.page(db, ArticleFilter())]
    rename(db, "korea-herald", DAILY)
    next(spread_name(db, "korea-herald"))
    assert names(db) == {HERALD, DAILY}
    assert list(finish_spreading(db)) == [2, 2, 1]
    assert names(db) == {DAILY}
    assert list(finish_spreading(db)) == []
    found = articles.page(db, ArticleFilter())
    assert {each["revision"] for each in found} == {1}
    numbers = [each["seq"] for each in found]
    assert len(set(numbers)) == 5
    assert min(numbers) > max(before)


def test_who_gives_another_name_meanwhile_sees_to_that_one(db: Database) -> None:
    for number in range(3):
        publish(db, draft(f"Title {number}"))
    rename(db, "korea-herald", "First")
    seen = sources.known(db, ["korea-herald"])["korea-herald"]
    rename(db, "korea-herald", "Second")
    ids = [each["id"] for each in articles.page(db, ArticleFilter())]
    assert not publication.name_source(db, seen, ids, CAPTURED)
    assert names(db) == {HERALD}
    list(spread_name(db, "korea-herald"))
    assert names(db) == {"Second"}


@pytest.mark.parametrize("change", ["renamed", "deleted"])
def test_an_article_that_was_stored_while_its_source_changed_is_made_good(
    db: Database, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    publish_source(db, validate_source({"name": HERALD}))
    insert = publication.insert

    def meanwhile(db: Database, article: dict[str, Any]) -> None:
        if change == "renamed":
            rename(db, "korea-herald", DAILY)
            list(spread_name(db, "korea-herald"))
        else:
            sources.delete(db, sources.find(db, "korea-herald"))
        insert(db, article)

    monkeypatch.setattr(publication, "insert", meanwhile)
    publish(db, draft())
    assert names(db) == ({DAILY} if change == "renamed" else {HERALD})
    assert sources.find(db, "korea-herald")["name"] == names(db).pop()


def test_an_article_that_was_edited_while_its_source_changed_is_made_good(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = articles.find(db, publish(db, draft()).article_id)
    replace = publication.replace

    def meanwhile(db: Database, article: dict[str, Any]) -> None:
        rename(db, "korea-herald", DAILY)
        list(spread_name(db, "korea-herald"))
        replace(db, article)

    monkeypatch.setattr(publication, "replace", meanwhile)
    store_edit(db, stored, edit(stored, as_draft(stored) | {"title": "New"}, ["title"], now()))
    assert names(db) == {DAILY}


def test_whoever_publishes_while_names_change_all_articles_have_the_last(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "AT_ONCE", 3)
    publish(mongod_db, draft("First"))

    def work(lot: Sequence[int]) -> None:
        for number in lot:
            publish(mongod_db, draft(f"Title {number}"))

    with ThreadPoolExecutor(4) as writers:
        publishing = [writers.submit(work, range(at, at + 15)) for at in (0, 20, 40)]
        for number in range(8):
            rename(mongod_db, "korea-herald", f"Name {number}")
            list(spread_name(mongod_db, "korea-herald"))
        for each in publishing:
            each.result()
    assert names(mongod_db) == {"Name 7"}
    assert articles.count(mongod_db, ArticleFilter()) == 46
    assert [each["id"] for each in sources.page(mongod_db)] == ["korea-herald"]


def test_articles_without_a_source_stay_without(db: Database) -> None:
    article = compose(draft(source=None), CAPTURED)
    assert desk.filed(db, [article]) == [article]
    assert sources.page(db) == []
