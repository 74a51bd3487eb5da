"""Load: `wrk` against one server, and what the server and the database spent on it."""

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import cpu_seconds

SCRIPT = Path(__file__).with_name("wrk.lua")
THREADS = 2
_PATIENCE_SECONDS = 30
_MOST_SETTLE_SECONDS = 20.0
_SETTLE_POLL = 0.1
_IDLE = 0.2
"""The share of a processor below which processes count as idle."""


class LoadError(Exception):
    """A load that could not be made; one line."""


@dataclass(frozen=True, slots=True)
class Load:
    """What to ask for: a file of paths, by so many connections, for so many seconds."""

    paths: Path
    connections: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """What came of one load."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    status_errors: int
    socket_errors: int
    server_cpu: float
    mongod_cpu: float

    @classmethod
    def failed(cls, seconds: float) -> "Measurement":
        """Give what came of a load that could not be made: nothing but an error."""
        return cls(0, seconds, 0, 0, 0, 1, 0, 0)

    @property
    def rate(self) -> float:
        """Give the requests a second."""
        return self.requests / self.seconds

    @property
    def server_cost(self) -> float:
        """Give the server's processor seconds for 1,000 requests."""
        return 1_000 * self.server_cpu / max(self.requests, 1)

    @property
    def mongod_cost(self) -> float:
        """Give the database's processor seconds for 1,000 requests."""
        return 1_000 * self.mongod_cpu / max(self.requests, 1)

    @property
    def errors(self) -> int:
        """Count what did not go well."""
        return self.status_errors + self.socket_errors


def installed() -> bool:
    """Tell whether there is a `wrk`."""
    return shutil.which("wrk") is not None


def measure(url: str, load: Load, *, server: int, mongod: int) -> Measurement:
    """Load a server and watch its processes and the database's."""
    before = cpu_seconds(server), cpu_seconds(mongod)
    said = _wrk(url, load)
    after = cpu_seconds(server), cpu_seconds(mongod)
    _settle(server, mongod)
    return Measurement(**said, server_cpu=after[0] - before[0], mongod_cpu=after[1] - before[1])


def _settle(*processes: int) -> None:
    """Wait until what was asked for last is done with, also what nobody waits for any more.

    A slow server and the database are still at it when `wrk` has left, and the next measurement
    would pay for that.
    """
    deadline = time.monotonic() + _MOST_SETTLE_SECONDS
    spent = sum(map(cpu_seconds, processes))
    while time.monotonic() < deadline:
        time.sleep(_SETTLE_POLL)
        before, spent = spent, sum(map(cpu_seconds, processes))
        if spent - before <= _IDLE * _SETTLE_POLL:
            return


def _wrk(url: str, load: Load) -> dict[str, Any]:
    # wrk takes whole seconds only.
    command = [
        *("wrk", f"-t{THREADS}", f"-c{load.connections}", f"-d{max(round(load.seconds), 1)}s"),
        *("-s", str(SCRIPT), url, "--", str(load.paths)),
    ]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            timeout=load.seconds + _PATIENCE_SECONDS,
        )
        said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError) as error:
        raise LoadError(f"wrk failed on {url}: {error}") from error
    return said
