"""A MongoDB that fails where it is told to, and limits that are shorter than the real ones."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import current_thread
from typing import Any

import pymongo.common
import pytest
from pymongo import MongoClient
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from store import client as client_
from store import guard
from store.client import Database, Document, connect
from tests.mongod import Client, ReplicaSet, replica_set

OPTIONS = ("--setParameter", "enableTestCommands=1")
"""What a `mongod` is to be started with, so that it can be told to fail."""
SHORT_SECONDS = 0.05
"""The limit of what fails in these tests, so that they need not wait for the real one."""
GRACE_SECONDS = 1.0
"""By how much an answer may come later, on a machine that has other things to do."""

READS = ("find", "getMore", "aggregate", "distinct")
WRITES = ("insert", "update", "delete", "findAndModify", "commitTransaction")

FAULTS: dict[str, Document] = {
    "the connection breaks": {"closeConnection": True},
    "it takes too long": {"blockConnection": True, "blockTimeMS": 150},
    "it leads no more": {"errorCode": 10107},
    "it has stepped down": {"errorCode": 189},
    "its time is up": {"errorCode": 50},
    "it was interrupted": {"errorCode": 11601},
    "it may not": {"errorCode": 13},
    "it does not know why": {"errorCode": 8},
    "the conflict is too great": {"errorCode": 112},
}
ENDING_FAULTS: dict[str, Document] = {
    "it is being shut down": {"errorCode": 11600},
    "it is going away": {"errorCode": 91},
}
"""After these the driver asks the server nothing until its next heartbeat, which takes time."""
UNSEEN_FAULTS = ("the connection breaks", "it leads no more", "it has stepped down")
"""What the driver makes good by itself, if it happens once."""
LATE_FAULTS: dict[str, Document] = {
    "it could not wait for the others": {"writeConcernError": {"code": 64, "errmsg": "late"}},
    "it leads no more and has written": {"writeConcernError": {"code": 10107, "errmsg": "late"}},
    "it goes away and has written": {"writeConcernError": {"code": 91, "errmsg": "late"}},
}
"""What is told after the write was done."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where MongoDB is to fail: at a command, in one collection or in any, from one use on."""

    command: str
    namespace: str = ""
    used_before: int = 0


class Heard(CommandListener):
    """What this thread asks of MongoDB."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.asked: list[tuple[str, str]] | None = None
        self._thread = current_thread()

    def started(self, event: CommandStartedEvent) -> None:
        """Note a command and its collection."""
        if self.asked is not None and current_thread() is self._thread:
            said = event.command.get("collection", event.command[event.command_name])
            namespace = f"{event.database_name}.{said}" if isinstance(said, str) else ""
            self.asked.append((event.command_name, namespace))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Note nothing more."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Note nothing more."""


class Failing:
    """A MongoDB that can be told to fail."""

    def __init__(self, members: ReplicaSet) -> None:
        """Take the only member of a replica set, which was started with `OPTIONS`."""
        self.uri = members.uri
        self.client = Client(members.members[0].uri)
        self._heard = Heard()

    def connect(self, name: str) -> Database:
        """Give a database as Byline does, which is soon taken for back when it was gone."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pymongo.common, "MIN_HEARTBEAT_INTERVAL", 0.02)
            patch.setattr(client_, "HEARTBEAT_MS", 500)
            listening = partial(MongoClient, event_listeners=[self._heard])
            patch.setattr(client_, "MongoClient", listening)
            db = connect(self.uri, name)
            db.command("ping")
        return db

    def points(self, ask: Callable[[], object]) -> list[Point]:
        """Ask, and give every point that it came by, in order."""
        asked: list[tuple[str, str]] = []
        self._heard.asked = asked
        ask()
        self._heard.asked = None
        return [
            Point(command, namespace, asked[:before].count((command, namespace)))
            for before, (command, namespace) in enumerate(asked)
        ]

    @contextmanager
    def at(
        self, point: Point | str, fault: Document, *, times: int = 0, also: str = ""
    ) -> Iterator[None]:
        """Let every use of a command by Byline fail from a point on, or the next few times.

        Another command may fail in the same way; both then in any collection.
        """
        point = Point(point) if isinstance(point, str) else point
        data = {"failCommands": [point.command, *filter(None, [also])], "appName": "byline"}
        if point.namespace and not also:
            data["namespace"] = point.namespace
        mode = {"times": times} if times else {"skip": point.used_before}
        before = self._set(mode, data | fault)
        try:
            yield
        finally:
            self.met = self._set("off") - before

    def _set(self, mode: Any, data: Document | None = None) -> int:
        """Set the point of failure, and tell how often there was one in all."""
        command: Document = {"configureFailPoint": "failCommand", "mode": mode}
        said = self.client.admin.command(command | ({"data": data} if data else {}))
        return int(said["count"])

    met = 0
    """How often the last point of failure was met."""


@contextmanager
def failing_mongod(folder: Path) -> Iterator[Failing]:
    """Run a MongoDB that can be told to fail."""
    with replica_set(folder, options=OPTIONS) as members:
        found = Failing(members)
        yield found
        found.client.close()


@contextmanager
def short_limits(seconds: float = SHORT_SECONDS) -> Iterator[None]:
    """Let reads and writes take so many seconds, and in an election twice as many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "READ_SECONDS", seconds)
        patch.setattr(guard, "WRITE_SECONDS", seconds)
        patch.setattr(guard, "ELECTION_SECONDS", 2 * seconds)
        yield
