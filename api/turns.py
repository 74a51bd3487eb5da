"""Whose turn it is to answer: as few threads of a worker as keep its interpreter busy.

Threads of Python share one interpreter. The more of them have a request, the longer each waits for
it, and to hand it from one to the other costs a good part of an answer. So two take requests, and
the others wait. More do while those are held up, by a slow client, a stream or a long question, or
while they wait more than they run, as for a database that is far away.
"""

import os
import time
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Self

AT_LEAST = 2
"""How many threads that are not held up have a turn."""
HELD_UP_SECONDS = 0.02
"""A thread that has been at one request for longer is held up."""
FREE, FULL = 1.0, 1.5
"""How many threads run or could at a time: below one another is of use, above the other too much.

Only one has the interpreter, but one that does not need it runs as well.
"""
_SMOOTHING = 0.125
_CLOCK = "/proc/thread-self/schedstat"
"""Tells how long a thread has run, and waited for a processor, in nanoseconds."""


def _has_clock() -> bool:
    try:
        ran, waited, _ = Path(_CLOCK).read_text().split()
    except (OSError, ValueError):
        return False
    return f"{ran}{waited}".isdecimal()


IS_POSSIBLE = _has_clock()
"""Whether this system tells of its threads what has to be known."""


def needed(turns: int, busy: int, held_up: int, load: float) -> int:
    """Tell how many turns there should be, where there are so many.

    So many of the threads that have a turn are `busy` with a request, and so many of these are
    held up. `load` is how many of them run on average, or would if they had a processor.
    """
    at_least = AT_LEAST + held_up
    if held_up >= turns:
        return max(2 * turns, at_least)  # there may be many more who hold threads up
    if turns < at_least:
        return at_least
    if busy >= turns and load < FREE:
        return turns + 1
    if turns > at_least and (busy < turns or load > FULL):
        return turns - 1
    return turns


class Turn:
    """What a thread has that may answer: it is entered with a request, and left with the answer.

    Who leaves it may have to wait for another one.
    """

    def __init__(self, turns: "Turns") -> None:
        """Make what the thread that calls this enters."""
        self._turns = turns
        self._clock = os.open(_CLOCK, os.O_RDONLY)
        self._ready_before = 0
        self.since: float | None = None
        """When the request came that the thread is busy with."""

    def __enter__(self) -> Self:
        """Begin with a request."""
        self.since = time.monotonic()
        self._turns.has_begun()
        return self

    def __exit__(self, *_: object) -> None:
        """Be done with it."""
        self.since = None
        self._turns.has_ended(self)

    def ready_seconds(self) -> float:
        """Tell for how long the thread has run, or could have, since this was asked last."""
        ran, waited, _ = os.pread(self._clock, 100, 0).split()
        ready = int(ran) + int(waited)
        seconds = (ready - self._ready_before) / 1e9
        self._ready_before = ready
        return seconds


class Turns:
    """The turns of a worker's threads."""

    def __init__(self, threads: int) -> None:
        """Give turns to so many threads from now on."""
        self._threads = threads
        self._number = min(AT_LEAST, threads)
        self._taken: set[Turn] = set()
        self._changed = Condition()
        self._may_be_busy = Event()
        Thread(target=self._watch, name="turns", daemon=True).start()

    def take(self) -> Turn:
        """Wait until the thread that calls this has a turn."""
        turn = Turn(self)
        self._take(turn)
        return turn

    def has_begun(self) -> None:
        """Hear that a thread has a request."""
        if not self._may_be_busy.is_set():
            self._may_be_busy.set()

    def has_ended(self, turn: Turn) -> None:
        """Hear that it is answered; if there are too many turns, give this one back and wait."""
        if self._are_too_many():  # which it seldom is, so the lock is not needed for all
            with self._changed:
                if self._are_too_many():
                    self._taken.remove(turn)
                    self._take(turn)

    def _are_too_many(self) -> bool:
        return len(self._taken) > self._number

    def _take(self, turn: Turn) -> None:
        with self._changed:
            self._changed.wait_for(lambda: len(self._taken) < self._number)
            self._taken.add(turn)

    def _watch(self) -> None:
        """Look now and then how many turns are needed, for as long as there are requests."""
        load, before = 1.0, time.monotonic()
        while True:
            self._may_be_busy.wait()
            self._may_be_busy.clear()  # whoever begins from now on sets it again
            time.sleep(HELD_UP_SECONDS)
            with self._changed:
                now = time.monotonic()
                ready = sum(turn.ready_seconds() for turn in self._taken)
                load += _SMOOTHING * (ready / (now - before) - load)
                before = now
                busy = [now - since for turn in self._taken if (since := turn.since)]
                held_up = sum(seconds > HELD_UP_SECONDS for seconds in busy)
                self._change(needed(self._number, len(busy), held_up, load))
            if busy:
                self._may_be_busy.set()

    def _change(self, number: int) -> None:
        """Let there be so many turns, as far as there are threads for them."""
        added = min(number, self._threads) - self._number
        self._number += added
        self._changed.notify(max(added, 0))
