"""Who has a turn: a decision without threads, and what threads see of it."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Barrier, Event, Thread, get_ident

import pytest

from api import turns
from api.turns import AT_LEAST, FREE, FULL, Turns, needed
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(not turns.IS_POSSIBLE, reason="this system has no schedstat")

THREADS = 6
IDLE, SOME, MUCH = FREE - 0.1, (FREE + FULL) / 2, FULL + 0.1


@pytest.mark.parametrize("load", [IDLE, SOME, MUCH])
def test_each_thread_that_is_held_up_is_replaced_whatever_the_load(load: float) -> None:
    for held_up in range(5):
        assert needed(AT_LEAST, AT_LEAST, held_up, load) >= AT_LEAST + held_up


def test_turns_are_doubled_while_all_threads_are_held_up() -> None:
    assert needed(2, 2, 2, IDLE) == 4
    assert needed(64, 64, 64, IDLE) == 128


def test_another_thread_helps_those_that_wait_more_than_they_run() -> None:
    assert needed(2, 2, 0, IDLE) == 3
    assert needed(5, 5, 1, IDLE) == 6
    assert needed(2, 2, 0, SOME) == 2


def test_no_thread_is_added_while_one_has_nothing_to_do() -> None:
    assert needed(2, 1, 0, IDLE) == 2
    assert needed(2, 0, 0, IDLE) == 2


def test_turns_are_taken_away_when_there_is_too_little_to_do_or_too_much() -> None:
    assert needed(4, 3, 0, SOME) == 3
    assert needed(4, 4, 0, MUCH) == 3
    assert needed(4, 4, 0, SOME) == 4


@pytest.mark.parametrize("load", [IDLE, SOME, MUCH])
@pytest.mark.parametrize("busy", range(3))
def test_so_many_as_there_are_at_least_stay(busy: int, load: float) -> None:
    assert needed(2, busy, 0, load) >= 2
    assert needed(4, 2 + busy, 2, load) >= 4


@pytest.mark.parametrize("told", [None, "", "1 2", "1.5 2 3"])
def test_where_the_system_tells_nothing_of_threads_nothing_is_tried(
    told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = tmp_path / "clock"
    if told is not None:
        clock.write_text(told)
    monkeypatch.setattr(turns, "_CLOCK", str(clock))
    assert not turns._has_clock()
    clock.write_text("1 2 3\n")
    assert turns._has_clock()


class Crew:
    """Threads that do what they are told when it is their turn."""

    def __init__(self, threads: int = THREADS) -> None:
        self._jobs: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._turns = Turns(threads)
        for _ in range(threads):
            Thread(target=self._work, daemon=True).start()

    def do(self, job: Callable[[], object], times: int = 1) -> None:
        for _ in range(times):
            self._jobs.put(job)

    def _work(self) -> None:
        turn = self._turns.take()
        while True:
            job = self._jobs.get()
            with turn:
                job()


def test_those_that_are_held_up_are_replaced_as_long_as_there_are_threads() -> None:
    let_go, held_up, crew = Event(), list[int](), Crew()

    def wait() -> None:
        held_up.append(get_ident())
        let_go.wait(10)

    crew.do(wait, times=THREADS + 1)
    assert eventually(lambda: len(held_up) == THREADS)
    let_go.set()
    assert eventually(lambda: len(held_up) == THREADS + 1)


def test_those_that_wait_for_something_far_away_are_joined_by_all() -> None:
    at_it: set[int] = set()
    together: list[int] = []

    def wait() -> None:
        at_it.add(get_ident())
        together.append(len(at_it))
        time.sleep(turns.HELD_UP_SECONDS / 2)
        at_it.discard(get_ident())

    crew = Crew()
    crew.do(wait, times=2_000)
    assert eventually(lambda: THREADS in together)


def test_once_nobody_is_held_up_few_do_the_work() -> None:
    crew, together, worked = Crew(), Barrier(THREADS + 1), list[int]()
    crew.do(lambda: together.wait(10), times=THREADS)
    together.wait(10)

    def one_after_another() -> set[int]:
        worked.clear()
        for number in range(20):
            crew.do(lambda: worked.append(get_ident()))
            assert eventually(partial(lambda wanted: len(worked) == wanted, number + 1))
        return set(worked)

    assert eventually(lambda: len(one_after_another()) <= AT_LEAST)


def test_a_single_thread_has_a_turn_again_and_again() -> None:
    worked, crew = list[int](), Crew(threads=1)
    crew.do(lambda: worked.append(get_ident()), times=100)
    assert eventually(lambda: len(worked) == 100)
    assert len(set(worked)) == 1
