"""Databases for the tests: one in memory, and a real mongod that all tests share."""

import signal
from collections.abc import Iterator
from uuid import uuid4

import mongomock
import pytest
from hypothesis import settings

from store import indexes
from store.client import Database, connect
from store.embedded import private_mongod

# What a script runs in the background ignores Ctrl-C, and so does all that it starts; the tests
# send it to the commands, so it must mean here what it means at a terminal.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more about the machine than about the code.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def mongod_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with private_mongod(tmp_path_factory.mktemp("mongod")) as uri:
        yield uri


@pytest.fixture
def memory_db() -> Database:
    database: Database = mongomock.MongoClient(tz_aware=True)["byline"]
    indexes.prepare(database)
    return database


@pytest.fixture
def mongod_db(mongod_uri: str) -> Iterator[Database]:
    database = connect(mongod_uri, f"test-{uuid4().hex}")
    indexes.prepare(database)
    yield database
    database.client.drop_database(database.name)
    database.client.close()


@pytest.fixture(params=["mongomock", "mongod"])
def db(request: pytest.FixtureRequest) -> Database:
    """Every test that takes this runs twice, once on each."""
    name = "memory_db" if request.param == "mongomock" else "mongod_db"
    database: Database = request.getfixturevalue(name)
    return database
