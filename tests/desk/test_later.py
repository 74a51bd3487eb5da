import time
from collections import Counter
from threading import Thread, Timer

import pytest

from desk import later as later_
from desk.later import Later, Notes
from desk.newsroom import Newsroom
from insight.terms import hash_of
from store import groups, publication, vocabulary
from store.client import Database, connect
from store.errors import UnavailableError
from store.vocabulary import ARTICLES, Key
from tests.store.documents import article


@pytest.fixture
def later(mongod_db: Database, monkeypatch: pytest.MonkeyPatch) -> Later:
    monkeypatch.setattr(later_, "Timer", Timer)
    monkeypatch.setattr(later_, "SECONDS", 0.3)
    return Later(mongod_db)


def counts(values: dict[Key, int]) -> Notes:
    return Notes(Counter(values), {})


def stored(db: Database) -> dict[int | str, int]:
    found = db["vocabulary"].find({"articles": {"$ne": 0}})
    return {entry["_id"]: entry["articles"] for entry in found}


def wait_for(db: Database, expected: dict[int | str, int]) -> None:
    until = time.monotonic() + 10
    while stored(db) != expected and time.monotonic() < until:
        time.sleep(0.02)
    assert stored(db) == expected


def test_the_first_of_a_language_is_counted_at_once_and_all_else_together_a_moment_later(
    mongod_db: Database, later: Later
) -> None:
    for language in ("en", "en", "de"):
        later.add(counts({ARTICLES: 1, language: 1, 5: 1, 6: 2}))
    assert stored(mongod_db) == {ARTICLES: 1, "en": 1, "de": 1}
    wait_for(mongod_db, {ARTICLES: 3, "en": 2, "de": 1, 5: 3, 6: 6})
    later.add(counts({ARTICLES: -1, "en": -1, 5: -3}))
    wait_for(mongod_db, {ARTICLES: 2, "en": 1, "de": 1, 6: 6})


def test_what_many_threads_count_later_is_all_counted(mongod_db: Database, later: Later) -> None:
    def count() -> None:
        for number in range(50):
            later.add(counts({hash_of("a"): 1, number: 1}))
            time.sleep(0.01)

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for(mongod_db, {**dict.fromkeys(range(50), 4), hash_of("a"): 200})


def test_what_is_related_is_marked_a_moment_later_unless_it_has_changed_since(
    mongod_db: Database, later: Later
) -> None:
    stored = [article(number, unrelated=True) for number in range(3)]
    for each in stored:
        publication.insert(mongod_db, each)
    later.add(Notes(Counter(), {each["id"]: each["revision"] for each in stored[:2]}))
    assert groups.count_unrelated(mongod_db) == 3
    publication.replace(mongod_db, stored[1] | {"revision": stored[1]["revision"] + 1})
    until = time.monotonic() + 10
    while groups.count_unrelated(mongod_db) == 3 and time.monotonic() < until:
        time.sleep(0.02)
    left = groups.unrelated(mongod_db, limit=3)
    assert {each["id"] for each in left} == {stored[1]["id"], stored[2]["id"]}


def test_what_is_not_written_yet_is_written_when_told(mongod_db: Database) -> None:
    later = Later(mongod_db)
    later.add(counts({5: 1}))
    later.write()
    later.write()
    assert stored(mongod_db) == {5: 1}


def test_what_cannot_be_marked_is_marked_with_the_next_and_what_is_not_counted_is_forgone(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (article(number, unrelated=True) for number in range(2))
    for each in (one, other):
        publication.insert(mongod_db, each)
    later = Later(mongod_db)

    def fail(*_: object) -> None:
        raise UnavailableError

    with monkeypatch.context() as patch:
        patch.setattr(groups, "mark_related", fail)
        patch.setattr(vocabulary, "add", fail)
        later.add(Notes(Counter({"en": 1, 5: 1}), {one["id"]: one["revision"]}))
    assert groups.count_unrelated(mongod_db) == 2
    later.add(Notes(Counter({"en": 1, 5: 1}), {other["id"]: other["revision"]}))
    assert groups.count_unrelated(mongod_db) == 0
    assert stored(mongod_db) == {"en": 1, 5: 1}


def test_where_there_is_nothing_to_note_nobody_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    away = connect("mongodb://127.0.0.1:1", "byline")
    away.client.close()
    later = Later(away)
    later.add(Notes(Counter(), {}))
    later.write()
    with Newsroom(away):
        pass
    assert capsys.readouterr().out == ""


def test_nobody_hears_of_what_cannot_be_noted(capsys: pytest.CaptureFixture[str]) -> None:
    away = connect("mongodb://127.0.0.1:1", "byline")
    away.client.close()
    later = Later(away)
    later.add(Notes(Counter({ARTICLES: 1, 5: 1}), {"0" * 32: 1}))
    assert capsys.readouterr().out.count("is not noted") == 3
