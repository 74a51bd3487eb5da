import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.publish import publish
from store.changes import EVERYTHING, Changed, watch
from store.client import Database, connect
from store.embedded import find_mongod
from store.errors import UnavailableError
from tests.samples import draft
from tests.server import free_port


@pytest.fixture
def told(mongod_db: Database) -> Iterator[Iterator[list[Changed]]]:
    stream = watch(mongod_db)
    assert next(stream) == []
    yield stream
    stream.close()  # type: ignore[attr-defined] # watch is a generator


def next_change(stream: Iterator[list[Changed]]) -> list[Changed]:
    return next(filter(None, stream))


def test_every_kind_of_write_is_told_with_collection_and_id(
    mongod_db: Database, told: Iterator[list[Changed]]
) -> None:
    articles = mongod_db["articles"]
    articles.insert_one({"_id": "1"})
    articles.update_one({"_id": "1"}, {"$set": {"title": "x"}})
    articles.replace_one({"_id": "1"}, {"title": "y"})
    articles.delete_one({"_id": "1"})
    mongod_db["links"].insert_one({"_id": "a:b:page"})
    seen = [next_change(told) for _ in range(5)]
    assert seen == [[("articles", "1")]] * 4 + [[("links", "a:b:page")]]


def test_when_nothing_changes_it_says_so(told: Iterator[list[Changed]]) -> None:
    assert next(told) == []


def test_a_collection_that_is_dropped_may_have_been_anything(
    mongod_db: Database, told: Iterator[list[Changed]]
) -> None:
    mongod_db["articles"].drop()
    assert next_change(told) == [EVERYTHING]


@pytest.fixture
def single(tmp_path: Path) -> Iterator[Database]:
    """A mongod that is no replica set, and so has no change streams."""
    port = str(free_port())
    place = ["--port", port, "--bind_ip", "127.0.0.1", "--dbpath", str(tmp_path), "--nounixsocket"]
    with subprocess.Popen([find_mongod(None), *place], stdout=subprocess.DEVNULL) as mongod:
        db = connect(f"mongodb://127.0.0.1:{port}/", "test")
        yield db
        db.client.close()
        mongod.terminate()


def test_without_change_streams_every_write_of_ours_is_noticed(single: Database) -> None:
    stream = watch(single)
    assert next(stream) == []
    assert next(stream) == []
    publish(single, draft())
    assert next_change(stream) == [EVERYTHING]


def test_a_database_that_is_away_is_told_as_that() -> None:
    away = connect("mongodb://127.0.0.1:9/", "test")
    with pytest.raises(UnavailableError):
        next(watch(away))
    away.client.close()
