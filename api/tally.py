"""What all workers of a server have counted, which any one of them can tell.

Each writes what it has counted into a file of its own, in a folder that they share, about once a
second and whenever it is asked itself. It holds a lock on its file for as long as it lives, which
the kernel frees with it. What a dead one counted stays in the sum, what it had in use does not; the
next worker to start takes its counts over, so there are no more files than workers.
"""

import fcntl
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

WRITE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted, and what is in use now."""

    times: dict[str, list[float]] = field(default_factory=dict)
    """Requests by the words of their kind; see `api.traffic`."""
    counters: Mapping[str, float] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)
    pids: list[int] = field(default_factory=list)

    def of_the_dead(self) -> "Counts":
        """Give what remains when the worker is gone."""
        return Counts(self.times, self.counters)


Count = Callable[[], Counts]


def total(counts: Iterable[Counts]) -> Counts:
    """Add up counts."""
    times: dict[str, list[float]] = {}
    counters: dict[str, float] = {}
    gauges: dict[str, float] = {}
    pids: list[int] = []
    for each in counts:
        for kind, numbers in each.times.items():
            so_far = times.get(kind, [0.0] * len(numbers))
            times[kind] = [one + other for one, other in zip(so_far, numbers, strict=True)]
        for sums, values in ((counters, each.counters), (gauges, each.gauges)):
            for name, value in values.items():
                sums[name] = sums.get(name, 0) + value
        pids += each.pids
    return Counts(times, counters, gauges, pids)


class Tally:
    """The counts of one worker, and once they are shared those of all."""

    def __init__(self, count: Count) -> None:
        """Tell what `count` gives."""
        self._count = count
        self._shared: _Shared | None = None

    def share(self, folder: Path) -> None:
        """Share the counts with all who do so in this folder, from now until this process ends."""
        self._shared = _Shared(folder, self._count)

    def total(self) -> Counts:
        """Give the counts of all."""
        return self._shared.total() if self._shared else self._count()


class _Shared:
    """A worker's part in a folder."""

    def __init__(self, folder: Path, count: Count) -> None:
        self._folder = folder
        self._count = count
        self._inherited = Counts()
        self._file = folder / f"{secrets.token_hex(8)}.json"
        self._locked: int | None = None
        with self._alone():
            self._inherit()
        threading.Thread(target=self._keep_writing, name="tally", daemon=True).start()

    def total(self) -> Counts:
        with self._alone():
            self._write()
            return total(_read(file) for file in self._folder.glob("*.json"))

    def _keep_writing(self) -> None:
        while self._folder.exists():  # it is gone when the server has ended
            time.sleep(WRITE_SECONDS)
            with suppress(OSError), self._alone():
                self._write()

    def _write(self) -> None:
        counts = total([self._inherited, self._count()])
        new = self._file.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, orjson.dumps(asdict(counts)))
        new.replace(self._file)  # whole, also when this process is killed meanwhile
        if self._locked is not None:
            os.close(self._locked)
        self._locked = descriptor

    def _inherit(self) -> None:
        """Take over what the dead have counted, so that it is counted once and for all."""
        dead = [file for file in self._folder.glob("*.json") if not _is_alive(file)]
        self._inherited = total(_read(file) for file in dead)
        self._write()
        for file in dead:
            file.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep the others from reading and writing in the folder for a moment."""
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder to share counts in; it is gone in the end."""
    path = Path(tempfile.mkdtemp(prefix="byline-"))
    owner = os.getpid()
    try:
        yield path
    finally:
        if os.getpid() == owner:  # a worker is a fork, and leaves here as well
            shutil.rmtree(path, ignore_errors=True)


def _read(file: Path) -> Counts:
    counts = Counts(**orjson.loads(file.read_bytes()))
    return counts if _is_alive(file) else counts.of_the_dead()


def _is_alive(file: Path) -> bool:
    """Tell whether the worker that writes a file holds its lock."""
    with file.open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
