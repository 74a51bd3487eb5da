import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from api import tally
from api.tally import Counts, Tally, total
from tests.waiting import eventually

ONE = Counts({"GET / 200 hit": [1, 0, 0.5]}, {"room": 1}, {"bytes": 10}, [1])
OTHER = Counts(
    {"GET / 200 hit": [2, 1, 1.5], "GET /a 200 hit": [1, 0, 0.1]}, {"room": 2}, {"bytes": 5}, [2]
)
BOTH = Counts(
    {"GET / 200 hit": [3, 1, 2.0], "GET /a 200 hit": [1, 0, 0.1]},
    {"room": 3},
    {"bytes": 15},
    [1, 2],
)


def share(folder: Path, counts: Counts) -> Tally:
    shared = Tally(lambda: counts)
    shared.share(folder)
    return shared


def die(shared: Tally) -> None:
    """Do to its lock what the kernel does when a process ends."""
    assert shared._shared
    assert shared._shared._locked is not None
    os.close(shared._shared._locked)
    shared._shared._locked = None


@pytest.fixture(autouse=True)
def _no_writing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "WRITE_SECONDS", 1_000_000)


def test_counts_are_added_up() -> None:
    assert total([ONE, OTHER]) == BOTH
    assert total([]) == Counts()


def test_one_alone_tells_its_own() -> None:
    assert Tally(lambda: ONE).total() == ONE


def test_each_tells_what_all_have_counted(tmp_path: Path) -> None:
    shared = [share(tmp_path, ONE), share(tmp_path, OTHER)]
    for each in shared:
        found = each.total()
        assert replace(found, pids=sorted(found.pids)) == BOTH


def test_what_a_dead_one_counted_stays_and_what_it_used_does_not(tmp_path: Path) -> None:
    dead, alive = share(tmp_path, ONE), share(tmp_path, OTHER)
    die(dead)
    assert alive.total() == Counts(BOTH.times, BOTH.counters, OTHER.gauges, OTHER.pids)


def test_the_next_takes_over_what_the_dead_counted_and_their_files(tmp_path: Path) -> None:
    for _ in range(3):
        die(share(tmp_path, ONE))
    following = share(tmp_path, OTHER)
    assert following.total() == total([ONE.of_the_dead()] * 3 + [OTHER])
    assert len(list(tmp_path.iterdir())) == 1


def test_counts_are_written_without_being_asked_for_and_until_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "WRITE_SECONDS", 0.01)
    folder = tmp_path / "counts"
    folder.mkdir()
    now = [ONE]
    shared = Tally(lambda: now[0])
    shared.share(folder)
    now[0] = OTHER
    [file] = folder.glob("*.json")
    assert eventually(lambda: tally._read(file) == OTHER)
    while folder.exists():  # it may be written to meanwhile
        shutil.rmtree(folder, ignore_errors=True)


def test_the_folder_is_there_for_as_long_as_it_is_open() -> None:
    with tally.folder() as folder:
        assert folder.is_dir()
    assert not folder.exists()


def test_a_fork_that_leaves_takes_no_folder_away() -> None:
    script = """
import os
from api import tally

with tally.folder() as folder:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        assert folder.is_dir()
"""
    subprocess.run([sys.executable, "-c", script], check=True)
