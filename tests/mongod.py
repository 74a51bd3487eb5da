"""Replica sets of a test's own, whose members can be killed, frozen and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from store.embedded import find_mongod
from tests.server import PROJECT, free_port

NAME = "away"
SMALL = (
    *("--bind_ip", "127.0.0.1", "--nounixsocket", "--noscripting", "--quiet"),
    *("--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"),
    *("--networkMessageCompressors", "disabled", "--replSet", NAME),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
)
START_SECONDS = 60

Client = MongoClient[dict[str, Any]]


class Member:
    """One `mongod`: it ends with the test, in whatever way that ends."""

    def __init__(self, folder: Path, options: Sequence[str] = ()) -> None:
        """Have a place for a member; it is not started yet."""
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        folder.mkdir(parents=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def uri(self) -> str:
        return f"mongodb://{self.address}/?directConnection=true"

    def start(self) -> None:
        """Start it, or start it again; it may not answer yet."""
        place = ["--port", str(self.port), "--dbpath", str(self._folder)]
        leash = [sys.executable, "-m", "bench.leash"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*leash, find_mongod(None), *SMALL, *place, *self._options],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """End it without warning, and see it gone."""
        self._send(signal.SIGKILL)
        if self._process:
            self._process.wait()

    def freeze(self) -> None:
        """Let it keep its connections and say nothing."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, how: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            os.kill(self._process.pid, how)


class ReplicaSet:
    """Its members, and how to reach it."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members

    @property
    def uri(self) -> str:
        hosts = ",".join(member.address for member in self.members)
        return f"mongodb://{hosts}/?replicaSet={NAME}"

    def initiate(self, settings: Mapping[str, Any]) -> None:
        """Make one set of the members, and wait until all of them have their part in it."""
        config = {
            "_id": NAME,
            "members": [
                {"_id": number, "host": member.address}
                for number, member in enumerate(self.members)
            ],
            "settings": dict(settings),
        }
        with Client(self.members[0].uri) as client:
            client.admin.command("replSetInitiate", config)
        for member in self.members:
            self.wait_for(member)
        self.primary()

    def wait_for(self, member: Member) -> None:
        """Wait until a member leads or follows."""
        deadline = time.monotonic() + START_SECONDS
        while not _takes_part(member):
            assert time.monotonic() < deadline, f"{member.address} takes no part"
            time.sleep(0.1)

    def primary(self) -> Member:
        """Give the member that leads, once there is one."""
        with Client(self.uri, serverSelectionTimeoutMS=START_SECONDS * 1000) as client:
            client.admin.command("ping")
            host, port = client.primary or ("", 0)
        return next(member for member in self.members if member.address == f"{host}:{port}")


def _takes_part(member: Member) -> bool:
    try:
        with Client(member.uri, serverSelectionTimeoutMS=1_000, socketTimeoutMS=1_000) as client:
            said = client.admin.command("hello")
    except PyMongoError:
        return False
    return bool(said["isWritablePrimary"] or said.get("secondary"))


@contextmanager
def replica_set(
    folder: Path,
    size: int = 1,
    options: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
) -> Iterator[ReplicaSet]:
    """Run a replica set for as long as this is open."""
    with ExitStack() as stack:
        members = [Member(folder / str(number), options) for number in range(size)]
        for member in members:
            stack.callback(member.kill)
            member.start()
        found = ReplicaSet(members)
        found.initiate(settings or {})
        yield found
