"""Kill the private MongoDB again and again while it is written to, and look for what was lost.

`python -m bench.mongod_recovery [--rounds N]`: in each round another process writes numbered
documents, each acknowledged when it is on the disk. At a random moment one of `mongod`, its
keeper, the writer, or all of them are killed without warning. Then MongoDB is started again, as
a newcomer does it, and every acknowledged number must be there. Leaves nothing behind.
"""

import argparse
import fcntl
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.collection import Collection

from store.embedded import KEEPER_LOCK, STOP_LIMIT, lock, open_lock, private_mongod, read_state

VICTIMS = ("mongod", "keeper", "writer", "all")
LONGEST_WAIT = 1.5
PER_ROUND = 1_000_000


@dataclass
class Result:
    """What came of all rounds."""

    acknowledged: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)

    def line(self) -> str:
        """Say it in one line."""
        return (
            f"{len(self.seconds)} rounds, {len(self.acknowledged)} writes acknowledged,"
            f" {len(self.lost)} lost; answered again after {statistics.median(self.seconds):.2f} s"
            f" (median), {max(self.seconds):.2f} s (longest)"
        )


@contextmanager
def numbers(uri: str) -> Iterator[Collection[dict[str, Any]]]:
    """Give the collection, with writes that are acknowledged when they are on the disk."""
    with MongoClient[dict[str, Any]](uri, w="majority", journal=True, timeoutMS=20_000) as client:
        yield client.bench.numbers


def write(data: Path, first: int) -> None:
    """Write numbers, and print each once it is acknowledged, until killed."""
    with private_mongod(data) as uri, numbers(uri) as collection:
        for number in range(first, first + PER_ROUND):
            collection.insert_one({"_id": number})
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


@contextmanager
def writer(data: Path, first: int, acknowledged: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a writer whose acknowledged numbers go to a file, and kill it in the end."""
    module = ["-m", "bench.mongod_recovery", "--write-to", str(data), "--first", str(first)]
    with (
        acknowledged.open("wb") as file,
        subprocess.Popen([sys.executable, *module], stdout=file) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def strike(victim: str, data: Path, writing: subprocess.Popen[bytes]) -> None:
    """Kill one process, or all, as a crash does, and see it dead, which takes a moment."""
    state = read_state(data)
    pids = {"mongod": state["pid"], "keeper": state["keeper"], "writer": writing.pid}
    victims = [*pids.values()] if victim == "all" else [pids[victim]]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    while any(map(runs, victims)):
        time.sleep(0.01)


def runs(pid: int) -> bool:
    """Say whether a process is there and not just waiting for its parent to take note."""
    command = ["ps", "-o", "stat=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return bool(shown) and not shown.startswith("Z")


def play(data: Path, round_number: int, victim: str, result: Result) -> None:
    """Play one round."""
    first = round_number * PER_ROUND
    file = data / "acknowledged"
    with writer(data, first, file) as writing:
        while not file.stat().st_size:
            if writing.poll() is not None:
                sys.exit("the writer ended before it wrote anything")
            time.sleep(0.01)
        time.sleep(random.uniform(0, LONGEST_WAIT))
        began = time.monotonic()
        strike(victim, data, writing)
        with private_mongod(data) as uri, numbers(uri) as collection:
            collection.insert_one({"_id": -1 - round_number})
            result.seconds.append(time.monotonic() - began)
            writing.kill()
            writing.wait()
            # The last line counts when it is complete: the kill may have cut it.
            result.acknowledged |= {int(line) for line in file.read_text().split("\n")[:-1]}
            found = {document["_id"] for document in collection.find()}
            result.lost |= result.acknowledged - found


def wait_for_the_end(data: Path) -> None:
    """Wait until the keeper is gone, also after a round that was broken off."""
    keeper = open_lock(data / KEEPER_LOCK)
    deadline = time.monotonic() + STOP_LIMIT
    while not lock(keeper, fcntl.LOCK_EX) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.close(keeper)


def main() -> None:
    """Play the rounds and print what came of them; exit 1 when something was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.mongod_recovery")
    parser.add_argument("--rounds", type=int, choices=range(1, 1001), metavar="N", default=10)
    parser.add_argument("--write-to", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write_to:
        write(arguments.write_to, arguments.first)
        return
    result = Result()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        try:
            for number in range(arguments.rounds):
                victim = VICTIMS[number % len(VICTIMS)]
                play(data, number, victim, result)
                sys.stdout.write(f"{victim} killed: answered again after")
                sys.stdout.write(f" {result.seconds[-1]:.2f} s, {len(result.lost)} lost\n")
        finally:
            wait_for_the_end(data)
    sys.stdout.write(f"{result.line()}\n")
    sys.exit(1 if result.lost else 0)


if __name__ == "__main__":
    main()
