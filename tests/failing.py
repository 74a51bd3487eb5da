"""A MongoDB that fails where it is told to, and limits that are shorter than the real ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from store import guard
from store.client import Document
from tests.mongod import Client, ReplicaSet

OPTIONS = ("--setParameter", "enableTestCommands=1")
"""What a `mongod` is to be started with, so that it can be told to fail."""
SHORT_SECONDS = 0.05
"""The limit of what fails in these tests, so that they need not wait for the real one."""
GRACE_SECONDS = 1.0
"""By how much an answer may come later, on a machine that has other things to do."""

READS = ("find", "getMore", "aggregate", "distinct")
WRITES = ("insert", "update")

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


class Failing:
    """A MongoDB that can be told to fail."""

    def __init__(self, members: ReplicaSet) -> None:
        self.uri = members.uri
        self.client = Client(members.members[0].uri)

    @contextmanager
    def at(self, command: str, fault: Document, *, times: int = 0) -> Iterator[None]:
        """Let every use of a command by Byline fail, or so many."""
        data = {"failCommands": [command], "appName": "byline", **fault}
        self._set({"times": times} if times else "alwaysOn", data)
        try:
            yield
        finally:
            self.met = self._set("off")

    def _set(self, mode: Any, data: Document | None = None) -> int:
        """Set the point of failure, and tell how often the one before was met."""
        command: Document = {"configureFailPoint": "failCommand", "mode": mode}
        said = self.client.admin.command(command | ({"data": data} if data else {}))
        return int(said["count"])

    met = 0
    """How often the last point of failure was met."""


@contextmanager
def short_limits() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "READ_SECONDS", SHORT_SECONDS)
        patch.setattr(guard, "WRITE_SECONDS", SHORT_SECONDS)
        patch.setattr(guard, "ELECTION_SECONDS", 2 * SHORT_SECONDS)
        yield
