from datetime import datetime
from typing import Any

import pytest

from store import neighbours, publication
from store.client import Database
from tests.store.documents import article, hours


def add(db: Database, number: int, terms: str, **values: Any) -> None:
    id_ = f"{number:010x}{number:022x}"  # two ids of one tie do not happen
    stored = article(number, id=id_, terms=list(terms), weights=b"\x01" * len(terms), **values)
    publication.insert(db, stored | {"fingerprint": b"", "hashes": b""})


def near(
    db: Database,
    terms: dict[str, float],
    *,
    within: tuple[datetime, datetime] | None = None,
    limit: int = 10,
    few: int = 0,
) -> set[int]:
    return set(neighbours.near(db, terms, within=within, limit=limit, few=few))


@pytest.fixture
def stored(mongod_db: Database) -> Database:
    for number, terms in enumerate(["a", "ab", "abc", "x", "c"], start=1):
        add(mongod_db, number, terms)
    add(mongod_db, 6, "a", published_at=None)
    return mongod_db


def test_only_what_shares_a_term_is_near(stored: Database) -> None:
    assert near(stored, {"a": 1}) == {1, 2, 3, 6}
    assert near(stored, {"b": 1, "c": 1}) == {2, 3, 5}
    assert near(stored, {"nobody": 1}) == set()
    assert near(stored, {}) == set()


def test_only_what_is_of_the_time_is_near(stored: Database) -> None:
    assert near(stored, {"a": 1}, within=(hours(2), hours(3))) == {2, 3}
    assert near(stored, {"a": 1}, within=(hours(3), hours(9))) == {3}
    assert near(stored, {"a": 1}, within=(hours(7), hours(9))) == set()


def test_where_there_are_too_many_those_that_share_what_tells_most_are_near(
    stored: Database,
) -> None:
    terms = {"a": 1.0, "b": 2.0, "c": 5.0}
    assert near(stored, terms, limit=1) == {3}
    assert near(stored, terms, limit=2) == {3, 5}
    assert near(stored, terms, limit=3) == {2, 3, 5}


def test_a_term_contributes_its_newest(stored: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "NEWEST", 2)
    assert near(stored, {"a": 1}) == {2, 3}
    assert near(stored, {"a": 1, "c": 1}) == {2, 3, 5}


@pytest.mark.parametrize("few", range(7))
def test_where_there_are_few_the_same_are_near(stored: Database, few: int) -> None:
    for within in (None, (hours(2), hours(3))):
        for terms in ({"a": 1.0}, {"b": 2.0, "c": 1.0}, {"a": 1.0, "x": 1.0}, {"nobody": 1.0}):
            for limit in (1, 2, 10):
                found = near(stored, terms, within=within, limit=limit, few=few)
                assert found == near(stored, terms, within=within, limit=limit)


def test_few_are_no_more_than_a_term_contributes(
    stored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "NEWEST", 2)
    assert near(stored, {"a": 1}, few=10) == {2, 3}
    assert near(stored, {"b": 1}, few=10) == {2, 3}


def test_few_are_found_without_reading_an_article(stored: Database) -> None:
    stored.command("profile", 2)
    assert near(stored, {"a": 1, "b": 1}, few=10) == {1, 2, 3, 6}
    stored.command("profile", 0)
    [question] = stored["system.profile"].find({"command.aggregate": "articles"})
    assert question["planSummary"].startswith("IXSCAN { terms: 1")
    assert question["docsExamined"] == 0


def test_a_neighbour_has_what_comparing_takes_and_nothing_else(stored: Database) -> None:
    [found] = neighbours.subjects(stored, [4, 99])
    assert found == {
        "id": f"{4:010x}{4:022x}",
        "tie": 4,
        "hashes": b"",
        "weights": b"\x01",
        "fingerprint": b"",
        "listed_at": hours(4),
    }
