import time
from collections import Counter

import numpy as np
import pytest

from desk import vocabulary
from desk.vocabulary import Vocabulary
from insight.terms import hash_of
from store import vocabulary as counts
from store.client import Database
from store.vocabulary import ARTICLES


def stored(db: Database) -> dict[int | str, int]:
    found = db["vocabulary"].find({"articles": {"$ne": 0}})
    return {entry["_id"]: entry["articles"] for entry in found}


def known(words: Vocabulary, *terms: str) -> list[float]:
    """Give how rare the vocabulary takes terms to be."""
    hashes = np.array([hash_of(term) for term in terms], np.uint32)
    found: list[float] = words.lexicon(hashes).rarity(hashes).tolist()
    return found


def counted(**terms: int) -> dict[int | str, int]:
    return {hash_of(term): number for term, number in terms.items()}


def test_a_term_is_counted_by_its_hash_and_a_language_by_its_tag(mongod_db: Database) -> None:
    words = Vocabulary(mongod_db)
    words.count(["a", "language:en"])
    words.count(["a", "language:de"], ["a", "language:en"], articles=0)
    words.write()
    assert stored(mongod_db) == {hash_of("a"): 1, "de": 1, ARTICLES: 1}


def test_what_was_counted_is_known_at_once_and_written_when_told(mongod_db: Database) -> None:
    words = Vocabulary(mongod_db)
    known(words, "a", "b")
    for each in (["a", "b"], ["a"], ["a"], ["a"]):
        words.count(each)
    often, seldom, never = known(words, "a", "b", "c")
    assert often < seldom == never, "what nobody has is as rare as what one has"
    assert stored(mongod_db) == {}
    for _ in range(2):  # nothing is written twice
        words.write()
        assert stored(mongod_db) == counted(a=4, b=1) | {ARTICLES: 4}


def test_a_changed_article_is_counted_for_what_it_gained_and_lost(mongod_db: Database) -> None:
    words = Vocabulary(mongod_db)
    words.count(["a", "b"])
    words.count(["b", "c"], ["a", "b"], articles=0)
    words.write()
    assert stored(mongod_db) == counted(b=1, c=1) | {ARTICLES: 1}


def test_many_terms_are_written_without_being_told(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "AT_ONCE", 3)
    monkeypatch.setattr(vocabulary, "BATCH", 4)
    words = Vocabulary(mongod_db)
    words.count(["a", "b"])
    assert stored(mongod_db) == {}
    words.count(["c"])
    assert stored(mongod_db) == counted(a=1, b=1, c=1) | {ARTICLES: 2}


def test_what_others_counted_is_seen_after_a_while(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Vocabulary(mongod_db)
    before = known(words, "a", "b")
    counts.add(mongod_db, Counter(counted(a=50) | {ARTICLES: 100}))
    assert known(words, "a", "b") == before
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + vocabulary.STALE_SECONDS + 1)
    often, seldom = known(words, "a", "b")
    assert often < seldom


def test_no_more_is_remembered_than_there_is_room_for(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "REMEMBERED", 2)
    words = Vocabulary(mongod_db)
    known(words, "a", "b", "c")
    known(words, "d")
    assert len(words.lexicon(np.array([hash_of("d")], np.uint32))) == 1
