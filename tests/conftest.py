"""Databases for the tests: one in memory, and a real mongod that all tests share.

Where several processes run the tests, each has a mongod of its own.
"""

import os
import shutil
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import Context
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import mongomock
import pytest
from hypothesis import settings

from store import indexes
from store.client import Database, Document, connect
from store.embedded import private_mongod
from tests.failing import Failing, failing_mongod
from tests.server import Running, measured, serving

# What a script runs in the background ignores Ctrl-C, and so does all that it starts; the tests
# send it to the commands, so it must mean here what it means at a terminal.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more about the machine than about the code.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


# A new database is some thirty files: a disk takes half a second for them, memory a tenth.
# Linux has files in memory here; a container may have next to no room for them.
IN_MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3


def quick_place() -> Path | None:
    """Give a folder for what is thrown away with the tests, or None for the usual one."""
    is_roomy = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM
    return IN_MEMORY if is_roomy else None


def forget_killed_runs(place: Path) -> None:
    """Delete what test processes that were killed have left in memory."""
    for folder in place.glob("byline-tests-*-*"):
        try:
            os.kill(int(folder.name.split("-")[2]), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except PermissionError:
            pass  # another user's, and alive


class AtOnce:
    """A timer for which there is no time: a test's database is another's a moment later."""

    def __init__(self, _seconds: float, function: Callable[[], None]) -> None:
        # Nothing of what holds for who starts it, such as a time limit, holds for a thread.
        self.start = partial(Context().run, function)
        self.daemon = False


@pytest.fixture(autouse=True)
def _nothing_is_written_later() -> Iterator[None]:
    # Not by the test's own `monkeypatch`, which would then be undone after all else.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("desk.later.Timer", AtOnce)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no properties: of a hundred examples all but the first run the same lines.

    Measuring takes most of their time.
    """
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker("no_cover")


@pytest.fixture(scope="session")
def mongod_uri() -> Iterator[str]:
    forget_killed_runs(IN_MEMORY)
    prefix = f"byline-tests-{os.getpid()}-"
    with (
        tempfile.TemporaryDirectory(prefix=prefix, dir=quick_place()) as data,
        private_mongod(Path(data)) as uri,
    ):
        yield uri


class Databases:
    """Databases of one mongod, each for one test at a time, and empty when it begins.

    One that a test has left is emptied for another: to make one takes ten times as long.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._left: deque[str] = deque()
        self._as_made: dict[str, Any] = {}
        self._known: list[Document] = []

    def take(self) -> Database:
        if self._left:
            return connect(self._uri, self._left.popleft())
        database = connect(self._uri, f"test-{uuid4().hex}")
        indexes.prepare(database)
        if not self._as_made:
            self._as_made = shape(database)
            self._known = list(database["meta"].find())
        return database

    def give_back(self, database: Database) -> None:
        """Empty it, by nothing that the next test may have patched meanwhile."""
        database.client.close()
        again = connect(self._uri, database.name)
        with again.client:
            for name in again.list_collection_names():
                again[name].delete_many({})
            again["meta"].insert_many(self._known)
            if shape(again) == self._as_made:
                self._left.append(again.name)
            else:
                again.client.drop_database(again.name)


def shape(database: Database) -> dict[str, Any]:
    """Give what stays of a database that is emptied; a plain collection is as good as none."""
    found = {
        each["name"]: (each.get("options"), database[each["name"]].index_information())
        for each in database.list_collections()
    }
    return {
        name: (options, kept) for name, (options, kept) in found.items() if options or len(kept) > 1
    }


@pytest.fixture(scope="session")
def databases(mongod_uri: str) -> Databases:
    return Databases(mongod_uri)


@pytest.fixture(scope="session")
def failing() -> Iterator[Failing]:
    """Run a MongoDB that can be told to fail, for all that tries what comes of it."""
    prefix = f"byline-tests-{os.getpid()}-"
    with (
        tempfile.TemporaryDirectory(prefix=prefix, dir=quick_place()) as data,
        failing_mongod(Path(data)) as found,
    ):
        yield found


@pytest.fixture(scope="session")
def meanwhile(mongod_uri: str) -> Iterator[Executor]:
    """Do what the next test need not wait for."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a server as it is after its first start; whoever changes or ends one starts another."""
    with serving(tmp_path_factory.mktemp("var"), **measured()) as running:
        yield running


@pytest.fixture
def memory_db() -> Database:
    database: Database = mongomock.MongoClient(tz_aware=True)["byline"]
    indexes.prepare(database)
    return database


@pytest.fixture
def mongod_db(databases: Databases, meanwhile: Executor) -> Iterator[Database]:
    database = databases.take()
    yield database
    meanwhile.submit(databases.give_back, database)


@pytest.fixture(scope="module")
def shared_db(databases: Databases, meanwhile: Executor) -> Iterator[Database]:
    """A real database for all tests of a module, which only read it."""
    database = databases.take()
    yield database
    meanwhile.submit(databases.give_back, database)


@pytest.fixture
def elsewhere(mongod_uri: str, mongod_db: Database) -> dict[str, str]:
    """Name a database that is there already: a server need not bring and fill one of its own."""
    return {"MONGODB_URI": mongod_uri, "MONGODB_DB": mongod_db.name}


@pytest.fixture(params=["mongomock", "mongod"])
def db(request: pytest.FixtureRequest) -> Database:
    """Every test that takes this runs twice, once on each."""
    name = "memory_db" if request.param == "mongomock" else "mongod_db"
    database: Database = request.getfixturevalue(name)
    return database
