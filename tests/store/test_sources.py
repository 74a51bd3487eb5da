from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from store import publication, sources
from store.client import Database
from store.errors import ConflictError, NotFoundError, TakenError
from tests.store.documents import article, hours

UNKNOWN: dict[str, Any] = {"url": None, "feeds": []}
BBC = UNKNOWN | {"id": "bbc", "name": "BBC"}
AFP = UNKNOWN | {"id": "afp", "name": "AFP"}
CNN = UNKNOWN | {"id": "cnn", "name": "CNN"}


@pytest.fixture(autouse=True)
def stored(db: Database) -> None:
    sources.ensure(db, [BBC, AFP, CNN])
    for document in (
        article(1),
        article(2),
        article(3, published_at=None),
        article(4, source={"id": "afp", "name": "AFP"}, published_at=None),
        article(5, source=None),
    ):
        publication.insert(db, document)


def test_a_source_comes_with_its_count_and_the_time_of_its_latest_article(db: Database) -> None:
    assert sources.find(db, "bbc") == BBC | {"articles_count": 3, "latest_at": hours(2)}


def test_a_source_of_undated_articles_has_no_latest_time(db: Database) -> None:
    assert sources.find(db, "afp") == AFP | {"articles_count": 1, "latest_at": None}


def test_a_source_without_articles_counts_none(db: Database) -> None:
    assert sources.find(db, "cnn") == CNN | {"articles_count": 0, "latest_at": None}


def test_a_source_that_is_not_there_is_named(db: Database) -> None:
    with pytest.raises(NotFoundError, match="there is no source 'reuters'"):
        sources.find(db, "reuters")
    assert not sources.exists(db, "reuters")
    assert sources.exists(db, "bbc")


def test_many_come_without_those_that_are_missing(db: Database) -> None:
    found = sources.find_many(db, ["cnn", "reuters", "bbc"])
    assert [source["id"] for source in found] == ["bbc", "cnn"]
    assert sources.find_many(db, []) == []


@pytest.mark.parametrize("size", [1, 2, 3])
def test_paging_yields_every_source_once_by_id(db: Database, size: int) -> None:
    seen: list[str] = []
    while found := sources.page(db, after=seen[-1] if seen else None, limit=size):
        assert len(found) <= size
        seen += [source["id"] for source in found]
    assert seen == ["afp", "bbc", "cnn"]


def test_a_source_is_added_once_and_then_stays_as_it_is(db: Database) -> None:
    assert sources.ensure(db, [{"id": "dpa", "name": "dpa"}])
    assert not sources.ensure(db, [{"id": "dpa", "name": "DPA"}])
    assert sources.find(db, "dpa")["name"] == "dpa"


def whole(source_id: str, *names: str, **said: Any) -> dict[str, Any]:
    """Give a source as the desk makes it."""
    none = dict.fromkeys(sources.OWN) | {"feeds": [], "aliases": [], "held": []}
    return none | {"id": source_id, "name": source_id, "names": [source_id, *names]} | said


def test_a_source_is_known_by_all_its_names(db: Database) -> None:
    assert sources.add(db, whole("dpa", "german-press"))
    dpa, bbc = {"id": "dpa", "name": "dpa"}, {"id": "bbc", "name": "BBC"}
    wanted = ["dpa", "german-press", "bbc", "nobody"]
    assert sources.known(db, wanted) == {"dpa": dpa, "german-press": dpa, "bbc": bbc}
    assert sources.known(db, []) == {}
    named = [{"id": "german-press", "name": "German Press"}, {"id": "ap", "name": "AP"}]
    assert sources.settle(db, named) == {"german-press": dpa, "ap": {"id": "ap", "name": "AP"}}
    assert not sources.ensure(db, named)
    assert not sources.exists(db, "german-press")


def test_no_two_sources_go_by_one_name(mongod_db: Database) -> None:
    sources.ensure(mongod_db, [BBC, CNN])
    assert sources.add(mongod_db, whole("dpa", "german-press"))
    assert not sources.add(mongod_db, whole("german-press")), "it is dpa"
    for names in (["bbc"], ["german-press"]):
        with pytest.raises(TakenError):
            sources.add(mongod_db, whole("ap", *names))
    seen = sources.find(mongod_db, "cnn")
    for name in ("bbc", "german-press"):
        with pytest.raises(TakenError):
            sources.replace(mongod_db, seen, whole("cnn", name))
    assert sources.find(mongod_db, "cnn")["name"] == "CNN"


def test_of_many_who_take_one_name_at_once_one_does(mongod_db: Database) -> None:
    def take(number: int) -> bool:
        try:
            return sources.add(mongod_db, whole(f"s-{number}", "same"))
        except TakenError:
            return False

    with ThreadPoolExecutor(8) as writers:
        assert sum(writers.map(take, range(8))) == 1


def test_a_source_is_changed_only_as_it_was_seen(db: Database) -> None:
    seen = sources.find(db, "bbc")
    sources.replace(db, seen, whole("bbc", name="BBC", url="https://bbc.example"))
    for stale in (seen, seen | {"feeds": ["https://bbc.example/rss"]}):
        with pytest.raises(ConflictError):
            sources.replace(db, stale, whole("bbc"))
        with pytest.raises(ConflictError):
            sources.delete(db, stale)
    assert sources.find(db, "bbc")["url"] == "https://bbc.example"
    sources.delete(db, sources.find(db, "bbc"))
    assert not sources.exists(db, "bbc")


def test_a_source_is_noted_until_its_name_is_everywhere(db: Database) -> None:
    sources.replace(db, sources.find(db, "bbc"), whole("bbc", name="The BBC"))
    assert sources.renamed(db) == ["bbc"]
    sources.note_spread(db, "bbc", "BBC")
    assert sources.renamed(db) == ["bbc"], "it has another name since"
    sources.note_spread(db, "bbc", "The BBC")
    assert sources.renamed(db) == []
    sources.replace(
        db, sources.find(db, "bbc"), whole("bbc", name="The BBC", url="https://b.example")
    )
    assert sources.renamed(db) == []


def test_a_source_with_articles_is_told_from_one_without(db: Database) -> None:
    assert sources.has_articles(db, "bbc")
    assert not sources.has_articles(db, "cnn")


def test_what_an_editor_said_of_a_source_is_not_completed(db: Database) -> None:
    held = whole("cnn", name="CNN", held=["url", "feeds"])
    sources.replace(db, sources.find(db, "cnn"), held)
    told = {
        "id": "cnn",
        "name": "Cable",
        "url": "https://cnn.example",
        "feeds": ["https://f.example"],
    }
    assert not sources.lacks(db, told)
    assert not sources.complete(db, told)
    more = told | {"country": "US"}
    assert sources.lacks(db, more)
    assert sources.complete(db, more)
    found = sources.find(db, "cnn")
    assert (found["url"], found["feeds"], found["country"]) == (None, [], "US")
