import time
from collections import Counter

import pytest

from store import vocabulary
from store.client import Database
from store.vocabulary import ARTICLES, Vocabulary


def stored(db: Database) -> dict[str, int]:
    return {entry["_id"]: entry["articles"] for entry in db["vocabulary"].find()}


def test_what_was_counted_is_known_at_once_and_written_when_told(mongod_db: Database) -> None:
    words = Vocabulary(mongod_db)
    words.count(["a", "b"])
    words.count(["a"])
    assert words.counts(["a", "b", "c", ARTICLES]) == {"a": 2, "b": 1, "c": 0, ARTICLES: 2}
    assert stored(mongod_db) == {}
    words.write()
    assert stored(mongod_db) == {"a": 2, "b": 1, ARTICLES: 2}
    words.write()
    assert stored(mongod_db) == {"a": 2, "b": 1, ARTICLES: 2}, "nothing is written twice"
    assert words.counts(["a"]) == {"a": 2}


def test_a_changed_article_is_counted_for_what_it_gained_and_lost(mongod_db: Database) -> None:
    words = Vocabulary(mongod_db)
    words.count(["a", "b"])
    words.count(["b", "c"], ["a", "b"], articles=0)
    words.write()
    assert {term: number for term, number in stored(mongod_db).items() if number} == {
        "b": 1,
        "c": 1,
        ARTICLES: 1,
    }


def test_many_terms_are_written_without_being_told(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "BATCH", 4)
    words = Vocabulary(mongod_db)
    words.count(["a", "b"])
    assert stored(mongod_db) == {}
    words.count(["c"])
    assert stored(mongod_db) == {"a": 1, "b": 1, "c": 1, ARTICLES: 2}


def test_what_two_count_adds_up(mongod_db: Database) -> None:
    one, other = Vocabulary(mongod_db), Vocabulary(mongod_db)
    for words in (one, other):
        words.count(["a"])
        words.write()
    assert vocabulary.find(mongod_db, ["a", "b"]) == {"a": 2}


def test_what_others_counted_is_seen_after_a_while(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Vocabulary(mongod_db)
    assert words.counts(["a"]) == {"a": 0}
    vocabulary.add(mongod_db, Counter({"a": 5}))
    assert words.counts(["a"]) == {"a": 0}
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + vocabulary.STALE_SECONDS + 1)
    words.count(["a"])
    assert words.counts(["a"]) == {"a": 6}, "and with what is not written yet"


def test_no_more_is_remembered_than_there_is_room_for(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "_REMEMBERED", 2)
    words = Vocabulary(mongod_db)
    words.counts("abc")
    assert words.counts("d") == {"d": 0}
    assert len(words._known) == 1


def test_languages_are_the_most_frequent_first_without_those_of_hardly_any(
    mongod_db: Database,
) -> None:
    assert vocabulary.languages(mongod_db) == []
    counted = {"language:en": 60, "language:ko": 38, "language:la": 2, "language": 9, "langue": 9}
    vocabulary.add(mongod_db, Counter(counted))
    assert vocabulary.languages(mongod_db) == ["en", "ko"]
    vocabulary.add(mongod_db, Counter({"language:la": 1}))
    assert vocabulary.languages(mongod_db) == ["en", "ko", "la"]


def test_a_recount_starts_with_nothing(mongod_db: Database) -> None:
    assert not vocabulary.is_counted(mongod_db)
    words = Vocabulary(mongod_db)
    words.count(["a"])
    words.write()
    assert vocabulary.is_counted(mongod_db)
    vocabulary.clear(mongod_db)
    assert stored(mongod_db) == {}
    assert not vocabulary.is_counted(mongod_db)


def test_writing_nothing_is_no_mistake(mongod_db: Database) -> None:
    vocabulary.add(mongod_db, Counter())
    vocabulary.add(mongod_db, Counter({"a": 0}))
    assert stored(mongod_db) == {}
