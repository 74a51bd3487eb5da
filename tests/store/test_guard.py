from collections import Counter
from collections.abc import Callable
from typing import Any

import pymongo
import pytest
from pymongo.errors import AutoReconnect, ConfigurationError, DuplicateKeyError

from store import (
    articles,
    comments,
    groups,
    guard,
    indexes,
    labels,
    links,
    namesakes,
    neighbours,
    publication,
    revisions,
    sources,
    stories,
    vocabulary,
)
from store.articles import ArticleFilter
from store.client import Database, connect, ping
from store.errors import UnavailableError
from store.guard import (
    READ_SECONDS,
    WRITE_SECONDS,
    building,
    listening,
    reading,
    rewriting,
    within,
    writing,
)
from store.namesakes import Names
from tests.store.documents import article, hours

CALLS: list[Callable[[Database], Any]] = [
    ping,
    indexes.prepare,
    indexes.is_prepared,
    articles.is_empty,
    lambda db: articles.find(db, "1"),
    lambda db: articles.find_many(db, ["1"]),
    lambda db: articles.id_of(db, "1"),
    lambda db: articles.page(db, ArticleFilter()),
    lambda db: articles.count(db, ArticleFilter()),
    lambda db: namesakes.find(db, Names(["1"], ["2"], ["3"], ["4"])),
    lambda db: publication.insert(db, article(1)),
    lambda db: publication.replace(db, article(1)),
    lambda db: publication.move(db, "1", article(1)),
    lambda db: publication.forget(db, "1"),
    lambda db: publication.delete(db, article(1), hours(1)),
    lambda db: revisions.page(db, "1"),
    lambda db: revisions.find(db, "1", 1),
    lambda db: sources.find(db, "1"),
    lambda db: sources.find_many(db, ["1"]),
    sources.page,
    lambda db: sources.exists(db, "1"),
    lambda db: sources.ensure(db, [{"id": "1"}]),
    lambda db: links.of(db, ["1"]),
    lambda db: links.add(db, "1", ["2"]),
    lambda db: links.move(db, "1", "2"),
    lambda db: links.computed(db, ["1"]),
    lambda db: links.rewrite_computed(db, {}, {"1": {"2": links.Computed(1, ())}}),
    lambda db: articles.term_weights(db, ArticleFilter(), [["a"]], limit=1),
    lambda db: publication.reindex(db, "1", {}),
    lambda db: publication.insert_all(db, [article(1), article(2)]),
    lambda db: groups.assign(db, copies={}, story={"1": "2"}),
    lambda db: groups.mark_related(db, {"1": 1}),
    lambda db: groups.unrelated(db, limit=1),
    groups.count_unrelated,
    lambda db: neighbours.subjects(db, [1]),
    articles.estimate,
    lambda db: sources.names(db, ["1"]),
    lambda db: stories.find(db, "1"),
    stories.page,
    lambda db: stories.refresh(db, ["1"]),
    lambda db: neighbours.near(db, {"a": 1.0}, within=None, limit=1),
    lambda db: vocabulary.find(db, [1]),
    vocabulary.languages,
    vocabulary.is_counted,
    lambda db: vocabulary.add(db, Counter("a")),
    vocabulary.clear,
    lambda db: comments.page(db, "1"),
    lambda db: comments.on_many(db, ["1"]),
    lambda db: labels.page(db, "hashtags"),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_driver_error_leaves_every_function_as_unavailable(
    call: Callable[[Database], Any],
) -> None:
    db = connect("mongodb://127.0.0.1:1", "byline")
    db.client.close()
    with pytest.raises(UnavailableError, match="close"):
        call(db)


def test_a_database_that_does_not_answer_is_unavailable() -> None:
    db = connect("mongodb://127.0.0.1:1", "byline")
    with pytest.raises(UnavailableError, match="refused") as refusal:
        ping(db)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) <= 300
    db.client.close()


def test_a_read_that_is_kept_waiting_ends_within_its_limit(mongod_db: Database) -> None:
    version = mongod_db.command("hello")["topologyVersion"]

    @reading
    def wait() -> None:
        mongod_db.command("hello", topologyVersion=version, maxAwaitTimeMS=60_000)

    with pytest.raises(UnavailableError):
        wait()


def test_reads_have_less_time_than_writes() -> None:
    @reading
    def left_to_read() -> float | None:
        return pymongo._csot.get_timeout()

    @writing
    def left_to_write() -> float | None:
        return pymongo._csot.get_timeout()

    assert (left_to_read(), left_to_write()) == (READ_SECONDS, WRITE_SECONDS)
    assert READ_SECONDS < WRITE_SECONDS


def test_what_a_write_reads_has_the_time_of_the_write(mongod_db: Database) -> None:
    @reading
    def left_to_read(_: Database) -> float | None:
        return pymongo._csot.get_timeout()

    @writing
    def write(db: Database) -> float | None:
        return left_to_read(db)

    assert (write(mongod_db) or 0) > READ_SECONDS


@pytest.mark.parametrize("error", [ConfigurationError("one\ntwo"), DuplicateKeyError("x" * 999)])
def test_the_reason_is_one_short_line_and_the_cause_is_kept(error: Exception) -> None:
    @writing
    def fail() -> None:
        raise error

    with pytest.raises(UnavailableError) as refusal:
        fail()
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) <= 300
    assert refusal.value.__cause__ is error


def test_other_errors_pass() -> None:
    @reading
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        fail()


def test_calls_share_the_time_that_they_are_given_together(mongod_db: Database) -> None:
    @reading
    def left(_: Database) -> float | None:
        return pymongo._csot.remaining()

    with within(1, used=0.5):
        assert (left(mongod_db) or 2) <= 0.5
    with within(1, used=1), pytest.raises(UnavailableError, match="in time"):
        left(mongod_db)
    assert (left(mongod_db) or 0) > 1


def test_to_build_indexes_takes_its_time_whoever_waits(mongod_db: Database) -> None:
    @building
    def left(_: Database) -> float | None:
        return pymongo._csot.remaining()

    with within(1, used=1):
        assert (left(mongod_db) or 0) > 1_000


@pytest.mark.parametrize(
    ("guard_it", "calls"), [(reading, 3), (rewriting, 3), (writing, 1), (listening, 1)]
)
def test_only_what_may_be_done_twice_is_done_again_after_an_election(
    mongod_db: Database,
    monkeypatch: pytest.MonkeyPatch,
    guard_it: Callable[[Callable[[Database], int]], Callable[[Database], int]],
    calls: int,
) -> None:
    monkeypatch.setattr(guard, "has_elected", lambda *_: True)
    called = []

    def fail_twice(_: Database) -> int:
        called.append(1)
        if len(called) < 3:
            raise AutoReconnect("not primary")
        return len(called)

    guarded = guard_it(fail_twice)
    if calls == 1:
        with pytest.raises(UnavailableError):
            guarded(mongod_db)
    else:
        assert guarded(mongod_db) == 3
    assert len(called) == calls


def test_a_read_waits_for_elections_only_so_long(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "has_elected", lambda *_: True)
    monkeypatch.setattr(guard, "ELECTION_SECONDS", 0.05)
    monkeypatch.setattr(guard, "READ_SECONDS", 0.02)

    @reading
    def fail(_: Database) -> None:
        raise AutoReconnect("not primary")

    with pytest.raises(UnavailableError, match="in time"):
        fail(mongod_db)
