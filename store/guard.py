"""The boundary to the driver: every call has a time limit, and every driver error our name.

A read that takes two seconds is a page that nobody waits for; a write is worth an election. An
election by itself takes longer than a read may: a read that meets one gets its time anew, since
those who wait are answered then, and those who are sent away come back at once.
"""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from typing import Any, ParamSpec, TypeVar

import pymongo
from pymongo.database import Database
from pymongo.errors import PyMongoError

from store import version
from store.contact import contact, has_elected
from store.errors import UnavailableError

READ_SECONDS = 2
WRITE_SECONDS = 8
COUNT_SECONDS = 0.5
"""What is counted for a limit is worth no wait."""
LISTEN_SECONDS = 1
"""How long it may take to hear what has changed; without that, it is read."""
ELECTION_SECONDS = 6
"""How long a read may take in all that meets an election."""
BUILD_SECONDS = 3_600
"""An index over a collection that is there already takes minutes for a million articles."""

P = ParamSpec("P")
R = TypeVar("R")


class _Time:
    """Until when something must be done."""

    def __init__(self, seconds: float, used: float = 0) -> None:
        now = time.monotonic() - used
        self._until = now + seconds
        self._latest = now + max(seconds, ELECTION_SECONDS)

    def left(self) -> float:
        return self._until - time.monotonic()

    def renew(self) -> None:
        """Give a read its time anew after it has met an election, as far as that goes."""
        again = min(time.monotonic() + READ_SECONDS, self._latest)
        self._until = max(self._until, again)


_whole: ContextVar[_Time | None] = ContextVar("_whole", default=None)
_inside: ContextVar[bool] = ContextVar("_inside", default=False)


@contextmanager
def within(seconds: float, used: float = 0) -> Iterator[None]:
    """Let all calls inside take so many seconds together, of which some are used already."""
    token = _whole.set(_Time(seconds, used))
    try:
        yield
    finally:
        _whole.reset(token)


def reading(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that reads its time limit; raise UnavailableError for driver errors.

    One that meets an election is called again, so it must not depend on what it did before.
    """
    return _bounded(function, lambda: READ_SECONDS, again=True)


def listening(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that hears what has changed its time limit; raise as others do.

    It is not called again: what it had heard already would be lost.
    """
    return _bounded(function, lambda: LISTEN_SECONDS)


def writing(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that writes its time limit; raise UnavailableError for driver errors.

    Its first argument is the database, in which the write is noted where nothing else tells of it.
    """
    return _bounded(_noted(function), lambda: WRITE_SECONDS)


def rewriting(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that writes, and comes to the same when done twice, what `writing` gives.

    One that meets an election is called again, as the driver does by itself with the write of a
    single document only.
    """
    return _bounded(_noted(function), lambda: WRITE_SECONDS, again=True)


def unnoted(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that writes what no answer is made from its time limit, and note nothing."""
    return _bounded(function, lambda: WRITE_SECONDS)


def counting(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that counts for a limit its short time limit, and note nothing."""
    return _bounded(function, lambda: COUNT_SECONDS)


def building(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that builds indexes its time limit, whatever time its caller has.

    Raise UnavailableError as others do.
    """
    bounded = _bounded(function, lambda: BUILD_SECONDS)

    @functools.wraps(function)
    def apart(*args: P.args, **kwargs: P.kwargs) -> R:
        return Context().run(bounded, *args, **kwargs)

    return apart


def _noted(function: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(function)
    def noted(*args: P.args, **kwargs: P.kwargs) -> R:
        db: Any = next(iter(args), None)
        try:
            return function(*args, **kwargs)
        finally:  # an error does not mean that nothing was stored
            if version.is_needed(db):
                version.rise(db)

    return noted


def _bounded(
    function: Callable[P, R], limit: Callable[[], float], *, again: bool = False
) -> Callable[P, R]:
    """Bound a function; the limit is looked up at each call, so that tests can make it shorter."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if _inside.get():  # whoever called us sees to it: what a write reads is worth its time too
            return function(*args, **kwargs)
        db: Any = next(iter(args), None)
        try:
            if isinstance(db, Database):
                return _ask(lambda: function(*args, **kwargs), db, limit(), again=again)
            with pymongo.timeout(limit()):  # one in memory, in a test
                return function(*args, **kwargs)
        except PyMongoError as error:
            raise UnavailableError(str(error).split("\n")[0][:300]) from error

    return guarded


def _ask(call: Callable[[], R], db: Database[Any], seconds: float, *, again: bool) -> R:
    """Make a call within so many seconds and what is left of the whole; again after an election."""
    client, known = db.client, contact(db.client)
    times = [each for each in (_Time(seconds), _whole.get()) if each]
    while True:
        began, before = time.monotonic(), client.topology_description
        left = min(each.left() for each in times)
        if left <= 0:
            raise UnavailableError("MongoDB did not answer in time")
        token = _inside.set(True)
        try:
            known.make_sure(client, left)
            with pymongo.timeout(left):
                found = call()
        except PyMongoError as error:
            elected = has_elected(before, client.topology_description)
            if not elected:
                known.failed(error, began)
            if not (again and elected):
                raise
            for each in times:
                each.renew()
        else:
            known.answered()
            return found
        finally:
            _inside.reset(token)
