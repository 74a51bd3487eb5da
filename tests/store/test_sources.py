from typing import Any

import pytest

from store import publication, sources
from store.client import Database
from store.errors import NotFoundError
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
