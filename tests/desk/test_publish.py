from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk.compose import compose
from desk.publish import link, preview, publish
from store import articles, sources
from store.client import Database
from store.errors import ConflictError, NotFoundError
from tests.samples import CAPTURED, draft, related

LATER = CAPTURED + timedelta(hours=1)
SOURCELESS = draft(source=None)
SOURCED = draft()


def everything(db: Database) -> dict[str, list[dict[str, Any]]]:
    """Give all that is stored, to compare."""
    names = ("articles", "links", "sources", "comments", "meta")
    return {name: list(db[name].find().sort("_id")) for name in names}


def id_of(account: dict[str, Any]) -> str:
    return str(compose(account, LATER)["id"])


def test_a_new_article_can_be_found_by_its_id_and_its_slug(db: Database) -> None:
    outcome = publish(db, draft())
    assert outcome.status == "new"
    stored = articles.find(db, outcome.article_id)
    assert (stored["title"], stored["revision"]) == ("Ties grow closer", 1)
    assert articles.id_of(db, "ties-grow-closer") == outcome.article_id
    assert sources.find(db, "korea-herald")["name"] == "Korea Herald"


def test_publishing_twice_changes_nothing(db: Database) -> None:
    first = publish(db, draft())
    before = everything(db)
    again = publish(db, draft())
    assert (again.article_id, again.status) == (first.article_id, "unchanged")
    assert everything(db) == before


def test_times_sharper_than_the_database_keeps_do_not_look_like_changes(db: Database) -> None:
    account = draft(published_at=datetime(2025, 6, 16, 8, 0, 0, 123_456, tzinfo=UTC))
    publish(db, account)
    assert publish(db, account).status == "unchanged"


def test_only_a_change_of_content_counts_as_a_revision(db: Database) -> None:
    article_id = publish(db, draft()).article_id
    first = articles.find(db, article_id)
    publish(db, draft(captured_at=LATER))
    assert articles.find(db, article_id) == first
    assert publish(db, draft(category="World", captured_at=LATER)).status == "changed"
    second = articles.find(db, article_id)
    assert (second["revision"], second["created_at"]) == (2, first["created_at"])
    assert second["updated_at"] >= first["updated_at"]
    assert second["captured_at"] == LATER


def test_a_source_that_is_known_stays_as_it_is(db: Database) -> None:
    sources.ensure(db, [{"id": "korea-herald", "name": "The Korea Herald", "country": "KR"}])
    publish(db, draft())
    assert sources.find(db, "korea-herald")["name"] == "The Korea Herald"


def test_an_article_without_a_source_adds_no_source(db: Database) -> None:
    publish(db, SOURCELESS)
    assert sources.page(db) == []


def test_an_article_without_a_source_takes_the_name_of_its_twin(db: Database) -> None:
    other = publish(db, draft("Another title")).article_id
    old = publish(db, SOURCELESS).article_id
    link(db, old, [other])
    link(db, other, [old])

    outcome = publish(db, SOURCED)

    new = outcome.article_id
    assert (new, outcome.status) == (id_of(SOURCED), "changed")
    stored = articles.find(db, new)
    assert stored["source"] == {"id": "korea-herald", "name": "Korea Herald"}
    assert (stored["slug"], stored["revision"]) == ("ties-grow-closer", 2)
    with pytest.raises(NotFoundError):
        articles.find(db, old)
    assert articles.id_of(db, old) == new
    assert [link["id"] for link in related(db, new)] == [other]
    assert [link["id"] for link in related(db, other)] == [new]


def test_after_a_move_neither_account_changes_anything(db: Database) -> None:
    publish(db, SOURCELESS)
    publish(db, SOURCED)
    before = everything(db)
    for account in (SOURCELESS, SOURCED):
        again = publish(db, account)
        assert (again.article_id, again.status) == (id_of(SOURCED), "unchanged")
    assert everything(db) == before


def test_a_twin_without_a_source_adds_to_the_article_that_has_one(db: Database) -> None:
    publish(db, SOURCED)
    outcome = publish(db, draft(source=None, category="World"))
    assert (outcome.article_id, outcome.status) == (id_of(SOURCED), "changed")
    stored = articles.find(db, outcome.article_id)
    assert stored["source"]["id"] == "korea-herald"
    assert stored["category"]["id"] == "world"


def test_the_same_title_over_another_text_is_another_article(db: Database) -> None:
    publish(db, SOURCED)
    outcome = publish(db, draft(source=None, body_text="Another text."))
    assert outcome.status == "new"
    assert articles.find(db, outcome.article_id)["slug"].startswith("ties-grow-closer-")


def test_two_sources_of_one_text_stay_apart(db: Database) -> None:
    ids = {publish(db, draft(source=name)).article_id for name in ("BBC", "AFP")}
    assert len(ids) == 2


def test_a_copy_that_either_of_two_sources_may_have_printed_stays_apart(db: Database) -> None:
    accounts = [draft(source="BBC"), draft(source="AFP"), SOURCELESS]
    assert [publish(db, account).status for account in accounts] == ["new"] * 3
    assert [publish(db, account).status for account in accounts] == ["unchanged"] * 3
    assert articles.find(db, id_of(SOURCELESS))["source"] is None


def test_a_name_once_taken_is_kept_when_another_source_prints_the_text(db: Database) -> None:
    accounts = [SOURCELESS, draft(source="BBC"), draft(source="AFP")]
    assert [publish(db, account).status for account in accounts] == ["new", "changed", "new"]
    before = everything(db)
    assert [publish(db, account).status for account in accounts] == ["unchanged"] * 3
    assert everything(db) == before


def test_an_article_with_an_address_keeps_its_id_when_its_source_becomes_known(
    db: Database,
) -> None:
    url = "https://a.example/1"
    first = publish(db, draft(url=url, source=None))
    outcome = publish(db, draft(url=url))
    assert (outcome.article_id, outcome.status) == (first.article_id, "changed")
    stored = articles.find(db, first.article_id)
    assert (stored["source"]["id"], stored["former_ids"]) == ("korea-herald", [])
    assert publish(db, draft(url=url)).status == "unchanged"


@pytest.mark.parametrize(("steps", "slug_taken"), [(1, False), (2, False), (2, True), (3, False)])
def test_an_interrupted_move_is_finished_by_the_next_publish(
    db: Database, steps: int, slug_taken: bool
) -> None:
    other = publish(db, draft("Another title")).article_id
    old = publish(db, SOURCELESS).article_id
    link(db, old, [other])
    link(db, other, [old])
    # What the move does, and is stopped after some of it.
    half = db["articles"].find_one({"_id": old}) or {}
    slug = half.pop("slug")
    new = id_of(SOURCED)
    source = {"id": "korea-herald", "name": "Korea Herald"}
    db["articles"].insert_one(half | {"_id": new, "former_ids": [old], "source": source})
    if steps >= 2:
        db["articles"].delete_one({"_id": old})
        if slug_taken:
            assert publish(db, draft(body_text="Quite another text.", source="BBC")).status == "new"
    if steps >= 3:
        db["articles"].update_one({"_id": new}, {"$set": {"slug": slug}})

    assert publish(db, SOURCED).article_id == new

    with pytest.raises(NotFoundError):
        articles.find(db, old)
    assert articles.find(db, new)["slug"].startswith("ties-grow-closer")
    assert articles.id_of(db, old) == new
    assert [link["id"] for link in related(db, new)] == [other]
    assert [link["id"] for link in related(db, other)] == [new]
    assert publish(db, SOURCED).status == publish(db, SOURCELESS).status == "unchanged"


def test_an_article_that_cannot_be_stored_is_a_conflict_in_the_end(db: Database) -> None:
    publish(db, draft(source="BBC", body_text="One."))
    publish(db, draft(source="AFP", body_text="Two."))
    own = f"ties-grow-closer-{id_of(SOURCED)[:8]}"
    db["articles"].update_one({"source.id": "afp"}, {"$set": {"slug": own}})
    with pytest.raises(ConflictError):
        publish(db, SOURCED)


def test_a_preview_tells_what_publishing_would_do_and_stores_nothing(db: Database) -> None:
    empty = everything(db)
    assert preview(db, SOURCELESS).status == "new"
    assert everything(db) == empty
    publish(db, SOURCELESS)
    before = everything(db)
    same, changed = preview(db, SOURCELESS), preview(db, SOURCED)
    assert (same.article_id, same.status) == (id_of(SOURCELESS), "unchanged")
    assert changed.status == "changed"
    assert everything(db) == before


def test_relating_again_adds_no_links(db: Database) -> None:
    ids = [publish(db, draft(title)).article_id for title in ("One", "Two", "Three")]
    assert link(db, ids[0], ids) == 2
    assert link(db, ids[0], ids) == 0


def test_many_writers_of_one_article_make_one_article(mongod_db: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: publish(mongod_db, draft()), range(24)))
    assert len({outcome.article_id for outcome in outcomes}) == 1
    assert sorted(outcome.status for outcome in outcomes) == ["new"] + ["unchanged"] * 23
    assert mongod_db["articles"].count_documents({}) == 1
    assert mongod_db["sources"].count_documents({}) == 1


def test_what_writers_say_at_the_same_time_is_all_kept(mongod_db: Database) -> None:
    accounts = [draft(hashtags=[f"tag{number}"]) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda account: publish(mongod_db, account), accounts))
    assert sorted(outcome.status for outcome in outcomes) == ["changed"] * 5 + ["new"]
    stored = articles.find(mongod_db, outcomes[0].article_id)
    assert {label["id"] for label in stored["hashtags"]} == {f"tag{n}" for n in range(6)}
    assert stored["revision"] == 6


def test_writers_that_name_the_source_at_the_same_time_move_the_article_once(
    mongod_db: Database,
) -> None:
    old = publish(mongod_db, SOURCELESS).article_id
    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(lambda _: publish(mongod_db, SOURCED).article_id, range(12)))
    assert ids == {id_of(SOURCED)}
    assert [document["_id"] for document in mongod_db["articles"].find()] == [*ids]
    stored = articles.find(mongod_db, id_of(SOURCED))
    assert (stored["slug"], stored["former_ids"]) == ("ties-grow-closer", [old])
