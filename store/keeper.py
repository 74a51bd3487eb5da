"""The keeper of the private MongoDB: `python -m store.keeper DATA MONGOD`, started by users of it.

It has the keeper's lock as its standard input, runs `mongod`, and tells its starter on standard
output `ready` or what is wrong. See `store.embedded` for the two locks.
"""

import contextlib
import fcntl
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from store.embedded import (
    LOG,
    USERS_LOCK,
    MongodError,
    last_log_line,
    listens,
    lock,
    open_lock,
    read_state,
    serves,
    write_state,
)

REPLICA_SET = "byline"
EVICTION = "eviction_dirty_target=10,eviction_updates_target=10,eviction_updates_trigger=20"
"""How much of the cache may be new, in percent, before it is written out beside other work, and
from when on nobody writes more without helping."""
OPTIONS = (
    *("--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", REPLICA_SET),
    *("--oplogSize", "256", "--noscripting", "--quiet"),
    *("--networkMessageCompressors", "disabled", "--logappend", "--logRotate", "reopen"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    # An article enters the index of the terms at some hundred places. By default mongod begins to
    # write pages out when a fortieth of the cache is new, and while articles are loaded writes the
    # same ones again and again.
    *("--wiredTigerEngineConfigString", EVICTION),
    # What a process that was killed had begun bars others no longer than a write may take.
    *("--setParameter", "transactionLifetimeLimitSeconds=10"),
    # For other members to take over; there are none.
    *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=1000"),
)

SMALLEST_CACHE, LARGEST_CACHE = 0.25, 8.0
"""How much memory mongod may fill with what it has read, in GB."""
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")

LOG_LIMIT = 10_000_000
_TERM_LIMIT = 15.0
_POLL = 0.1
_START_POLL = 0.02
_PORT_PATIENCE = 1.0
_ANSWER_LIMIT_MS = 5_000
_LONGEST_PAUSE = 5.0
_LIVED_WELL = 10.0

_HINTS = (
    ("libcurl", "install it: apt-get install libcurl4"),
    ("GLIBC", "this mongod needs a newer Linux: set BYLINE_MONGOD or MONGODB_URI"),
    ("shared libraries", "install the library, or set BYLINE_MONGOD or MONGODB_URI"),
    ("ersion compatibility", "set BYLINE_MONGOD to the mongod that made this database"),
    ("No space left", "make room, or set BYLINE_DATA to a folder on another disk"),
)
_OTHERWISE = "set BYLINE_MONGOD to another mongod, or MONGODB_URI"


class Keeper:
    """Runs the `mongod` of one data folder until nobody uses it."""

    def __init__(self, data: Path, mongod: Path) -> None:
        """Keep the database in `data`, on the port it had before where that is free."""
        self.data = data
        self._mongod = mongod
        self._users = open_lock(data / USERS_LOCK)
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._port = _port(read_state(data).get("port"))

    def run(self, report: Callable[[str], None]) -> None:
        """Serve until nobody uses the database; report `ready` or why it cannot be, once."""
        try:
            end_left_over(self.data)
            self._start()
            report("ready")
            self._watch()
        except (MongodError, OSError) as error:
            report(str(error))
        finally:
            self._take_down()
            os.close(self._users)

    def _unused(self) -> bool:
        """Say that nobody uses the database; from then on newcomers wait until this one is gone."""
        return lock(self._users, fcntl.LOCK_EX)

    def _start(self) -> None:
        # A process that was killed a moment ago still has its port.
        deadline = time.monotonic() + _PORT_PATIENCE
        while not _free(self._port):
            if time.monotonic() > deadline:
                self._port = _unused_port()
            time.sleep(_START_POLL)
        try:
            self._bring_up()
        except MongodError:
            if _free(self._port):
                raise
            # Somebody else was quicker to take it.
            self._port = _unused_port()
            self._bring_up()

    def _watch(self) -> None:
        pause = 0.0
        started = time.monotonic()
        while not self._unused():
            if self._process is None or self._process.poll() is not None:
                lived = time.monotonic() - started
                pause = 0.0 if lived > _LIVED_WELL else min(pause * 2 + 0.1, _LONGEST_PAUSE)
                time.sleep(pause)
                started = time.monotonic()
                # On the same port always: it is part of the URI that the users have.
                with _noting_errors():
                    self._bring_up()
            with _noting_errors():
                rotate_log(self.data, self._process)
            time.sleep(_POLL)

    def _bring_up(self) -> None:
        """Start `mongod` and wait, without limit, until it is the primary or nobody uses it."""
        write_state(self.data, port=self._port)
        if self._unused():
            return
        process = self._launch()
        while not _leads(self._port):
            if process.poll() is not None:
                raise MongodError(self._why(process.returncode))
            if self._unused():
                return
            time.sleep(_START_POLL)
        uri = f"mongodb://127.0.0.1:{self._port}/?replicaSet={REPLICA_SET}"
        write_state(self.data, port=self._port, pid=process.pid, keeper=os.getpid(), uri=uri)

    def _launch(self) -> subprocess.Popen[bytes]:
        rotate_log(self.data, None)
        place = ["--port", str(self._port), "--dbpath", str(self.data / "db")]
        with (self.data / LOG).open("ab") as log:
            self._log_start = log.tell()
            try:
                self._process = subprocess.Popen(  # noqa: S603 -- the operator's own choice
                    [self._mongod, *OPTIONS, *_cache(), *place, "--logpath", self.data / LOG],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError as error:
                msg = f"{self._mongod} cannot be run ({error.strerror}): {_OTHERWISE}"
                raise MongodError(msg) from error
        write_state(self.data, port=self._port, pid=self._process.pid)
        return self._process

    def _why(self, code: int) -> str:
        if code == -signal.SIGILL:
            return f"{self._mongod} needs another processor than this one: {_OTHERWISE}"
        line = last_log_line(self.data, self._log_start) or f"mongod ended with code {code}"
        hint = next((hint for sign, hint in _HINTS if sign in line), _OTHERWISE)
        return f"{line}: {hint} (see {self.data / LOG})"

    def _take_down(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_TERM_LIMIT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        with _noting_errors():
            # Where the program is a script around mongod, only the script has ended so far.
            end_left_over(self.data)
        with _noting_errors():
            write_state(self.data, port=self._port)


@contextlib.contextmanager
def _noting_errors() -> Iterator[None]:
    """Go on after an error that may pass, such as a full disk; it is in `keeper.log`."""
    try:
        yield
    except (MongodError, OSError) as error:
        sys.stderr.write(f"{error}\n")


def end_left_over(data: Path) -> None:
    """End a `mongod` that outlived its keeper; raise MongodError when that is not permitted."""
    with contextlib.suppress(OSError, ValueError):
        _end(data, int((data / "db" / "mongod.lock").read_text()))
    if isinstance(pid := read_state(data).get("pid"), int):
        _end(data, pid)


def _end(data: Path, pid: int) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not serves(pid, data):
            return
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        except PermissionError as error:
            msg = f"a mongod of another user (process {pid}) uses {data}: set BYLINE_DATA"
            raise MongodError(msg) from error
        deadline = time.monotonic() + _TERM_LIMIT
        while serves(pid, data) and time.monotonic() < deadline:
            time.sleep(_START_POLL)


def rotate_log(data: Path, process: subprocess.Popen[bytes] | None) -> None:
    """Put a long log aside, in place of the one before; a running `mongod` begins a new one."""
    log = data / LOG
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
            if process is not None:
                process.send_signal(signal.SIGUSR1)


def _port(known: object) -> int:
    return known if isinstance(known, int) and 1024 <= known <= 65535 else _unused_port()  # noqa: PLR2004 -- the ports that need no rights


def _unused_port() -> int:
    """Give a port below those that systems hand out to outgoing connections.

    A client that tries again and again to reach a port of that range while `mongod` is away can
    be given the very port as its own, and then it is taken.
    """
    ports = random.sample(range(20_000, 30_000), 1000)
    return next(filter(_free, ports))


def _free(port: int) -> bool:
    with socket.socket() as probe:
        # As mongod does, so that connections of its last run that still fade away do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _leads(port: int) -> bool:
    """Say whether `mongod` is the primary at its address; help it to become that."""
    if not listens(port):  # the driver would try only twice a second
        return False
    client: MongoClient[dict[str, Any]] = MongoClient(
        "127.0.0.1", port, directConnection=True, timeoutMS=_ANSWER_LIMIT_MS
    )
    try:
        with client:
            return _made_primary(client, f"127.0.0.1:{port}")
    except PyMongoError as error:
        sys.stderr.write(f"{error}\n")
        return False


def _made_primary(client: MongoClient[dict[str, Any]], address: str) -> bool:
    hello = client.admin.command("hello")
    if hello.get("isWritablePrimary") and hello.get("me") == address:
        return True
    # Asked of the stored configuration, as a member under another address takes itself for none.
    known = client.local["system.replset"].find_one()
    if known is None:
        members = [{"_id": 0, "host": address}]
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
    elif known["members"][0]["host"] != address:
        known["members"][0]["host"] = address
        known["version"] += 1
        client.admin.command("replSetReconfig", known, force=True)
    return False


def _cache() -> tuple[str, str]:
    """Let mongod cache up to a quarter of the memory; a small database fills little of it.

    The index on the terms of 100,000 articles has 1 GB; in a cache that is much smaller, storing an
    article means to read hundreds of its pages, and to write them out again and again.
    """
    size = min(max(_memory() / 4, SMALLEST_CACHE), LARGEST_CACHE)
    return "--wiredTigerCacheSizeGB", f"{size:.2f}"


def _memory() -> float:
    """Tell how much memory there is for us, in GB: in a container less than the machine has."""
    known = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):  # no such file, or no limit: "max"
        known = min(known, int(CONTAINER_LIMIT.read_text()))
    return known / 2**30


def _report(text: str) -> None:
    """Tell the starter, who may be gone, and close its pipe: it waits for that."""
    with contextlib.suppress(OSError):
        os.write(1, text.encode())
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)


def main(data: Path, mongod: Path) -> None:
    """Become nobody's child, as the starter has no wish to hear of our end, and keep `mongod`."""
    if os.fork():
        os._exit(0)
    # An exit like any other: it takes mongod down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    Keeper(data, mongod).run(_report)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
