from collections import Counter

import pytest

from store import vocabulary
from store.client import Database
from store.vocabulary import ARTICLES


def stored(db: Database) -> dict[int | str, int]:
    return {entry["_id"]: entry["articles"] for entry in db["vocabulary"].find()}


def test_counts_add_up_and_what_nobody_counted_is_not_there(mongod_db: Database) -> None:
    for _ in range(2):
        vocabulary.add(mongod_db, Counter({7: 2, "en": 1, ARTICLES: 1}))
    assert vocabulary.find(mongod_db, [7, 8, "en"]) == {7: 4, "en": 2, ARTICLES: 2}


def test_more_counts_than_go_at_once_are_all_written_and_read(mongod_db: Database) -> None:
    many: dict[int | str, int] = dict.fromkeys(range(25_000), 3)
    vocabulary.add(mongod_db, many)
    assert vocabulary.find(mongod_db, range(25_000)) == many


def test_languages_are_the_most_frequent_first_without_those_of_hardly_any(
    mongod_db: Database,
) -> None:
    assert vocabulary.languages(mongod_db) == []
    counted: dict[int | str, int] = {"en": 60, "ko": 38, "la": 2, 5: 900, ARTICLES: 100}
    vocabulary.add(mongod_db, Counter(counted))
    assert vocabulary.languages(mongod_db) == ["en", "ko"]
    vocabulary.add(mongod_db, Counter({"la": 1}))
    assert vocabulary.languages(mongod_db) == ["en", "ko", "la"]


def test_a_recount_starts_with_nothing(mongod_db: Database) -> None:
    assert not vocabulary.is_counted(mongod_db)
    vocabulary.add(mongod_db, Counter({ARTICLES: 1, 5: 1}))
    assert vocabulary.is_counted(mongod_db)
    vocabulary.clear(mongod_db)
    assert stored(mongod_db) == {}
    assert not vocabulary.is_counted(mongod_db)


def test_writing_nothing_is_no_mistake(mongod_db: Database) -> None:
    vocabulary.add(mongod_db, Counter())
    vocabulary.add(mongod_db, Counter({5: 0}))
    assert stored(mongod_db) == {}


def test_of_two_who_add_a_new_term_at_once_both_are_counted(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    vocabulary.add(mongod_db, {1: 2})
    monkeypatch.setattr(vocabulary, "_find", lambda _db, _query: [])  # as if asked a moment before
    vocabulary.add(mongod_db, {1: 3, 2: 1})
    monkeypatch.undo()
    assert vocabulary.find(mongod_db, [1, 2]) == {1: 5, 2: 1}
