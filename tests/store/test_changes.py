import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk.publish import publish
from store import leases, limits, pages
from store.changes import EVERYTHING, MOST_CHANGES, Changed, watch
from store.client import Database, connect
from store.embedded import find_mongod
from store.errors import UnavailableError
from tests.samples import draft
from tests.server import free_port


@pytest.fixture
def told(mongod_db: Database) -> Iterator[Iterator[list[Changed]]]:
    stream = watch(mongod_db)
    assert next(stream) == [EVERYTHING]
    yield stream
    stream.close()  # type: ignore[attr-defined] # watch is a generator


def test_every_kind_of_write_is_told_with_collection_and_id(
    mongod_db: Database, told: Iterator[list[Changed]]
) -> None:
    articles = mongod_db["articles"]
    articles.insert_one({"_id": "1"})
    articles.update_one({"_id": "1"}, {"$set": {"title": "x"}})
    articles.replace_one({"_id": "1"}, {"title": "y"})
    articles.delete_one({"_id": "1"})
    mongod_db["links"].insert_one({"_id": "a:b:page"})
    assert next(told) == [("articles", "1")] * 4 + [("links", "a:b:page")]


def test_a_write_that_has_ended_is_told_the_next_time(
    mongod_db: Database, told: Iterator[list[Changed]]
) -> None:
    for number in range(200):
        mongod_db["articles"].insert_one({"_id": str(number)})
        assert next(told) == [("articles", str(number))]


def test_very_many_changes_are_everything_until_all_of_them_are_told(
    mongod_db: Database, told: Iterator[list[Changed]]
) -> None:
    mongod_db["articles"].insert_many({"_id": str(number)} for number in range(2 * MOST_CHANGES))
    assert [next(told) for _ in range(3)] == [[EVERYTHING], [EVERYTHING], []]


def test_after_the_database_is_dropped_there_is_nothing_more_to_tell(
    mongod_db: Database, told: Iterator[list[Changed]]
) -> None:
    mongod_db["articles"].insert_one({"_id": "1"})
    mongod_db.client.drop_database(mongod_db.name)
    *_, last = told
    assert EVERYTHING in last


def test_what_no_answer_is_made_from_is_not_told(
    mongod_db: Database, told: Iterator[list[Changed]]
) -> None:
    leases.take(mongod_db, "example.org", "one", datetime.now(UTC), timedelta(minutes=1))
    pages.put(mongod_db, {"id": "1", "url": "https://example.org/1"})
    limits.count(mongod_db, "writes/60/address:192.0.2.1/1", 60)
    mongod_db["feeds"].insert_one({"_id": "https://example.org/rss"})
    assert next(told) == [("feeds", "https://example.org/rss")]


def test_when_nothing_changes_it_says_so(told: Iterator[list[Changed]]) -> None:
    assert next(told) == []


def test_a_collection_that_is_dropped_may_have_been_anything(
    mongod_db: Database, told: Iterator[list[Changed]]
) -> None:
    mongod_db["articles"].drop()
    assert next(told) == [EVERYTHING]


@pytest.fixture
def single(tmp_path: Path) -> Iterator[Database]:
    """A mongod that is no replica set, and so has no change streams."""
    port = str(free_port())
    place = ["--port", port, "--bind_ip", "127.0.0.1", "--dbpath", str(tmp_path), "--nounixsocket"]
    with subprocess.Popen([find_mongod(None), *place], stdout=subprocess.DEVNULL) as mongod:
        db = connect(f"mongodb://127.0.0.1:{port}/", "test")
        db.command("ping")  # waits until it is there
        yield db
        db.client.close()
        mongod.terminate()


def test_without_change_streams_every_write_of_ours_is_noticed(single: Database) -> None:
    stream = watch(single)
    assert next(stream) == [EVERYTHING]
    assert next(stream) == []
    publish(single, draft())
    assert next(stream) == [EVERYTHING]
    assert next(stream) == []


def test_a_database_that_is_away_is_told_as_that() -> None:
    away = connect("mongodb://127.0.0.1:9/", "test")
    with pytest.raises(UnavailableError):
        next(watch(away))
    away.client.close()
