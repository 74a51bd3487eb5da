"""The boundary to the driver: every call has a time limit, and every driver error our name.

A read that takes two seconds is a page that nobody waits for; a write is worth an election.
"""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import pymongo
from pymongo.errors import PyMongoError

from store import version
from store.errors import UnavailableError

READ_SECONDS = 2
WRITE_SECONDS = 8
COUNT_SECONDS = 0.5
"""What is counted for a limit is worth no wait."""
BUILD_SECONDS = 3_600
"""An index over a collection that is there already takes minutes for a million articles."""

P = ParamSpec("P")
R = TypeVar("R")


def reading(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that reads its time limit; raise UnavailableError for driver errors."""
    return _bounded(function, READ_SECONDS)


def writing(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that writes its time limit; raise UnavailableError for driver errors.

    Its first argument is the database, in which the write is noted where nothing else tells of it.
    """

    @functools.wraps(function)
    def noted(*args: P.args, **kwargs: P.kwargs) -> R:
        db: Any = next(iter(args), None)
        try:
            return function(*args, **kwargs)
        finally:  # an error does not mean that nothing was stored
            if version.is_needed(db):
                version.rise(db)

    return _bounded(noted, WRITE_SECONDS)


def unnoted(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that writes what no answer is made from its time limit, and note nothing."""
    return _bounded(function, WRITE_SECONDS)


def counting(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that counts for a limit its short time limit, and note nothing."""
    return _bounded(function, COUNT_SECONDS)


def building(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that builds indexes its time limit; raise UnavailableError as others do."""
    return _bounded(function, BUILD_SECONDS)


def _bounded(function: Callable[P, R], seconds: float) -> Callable[P, R]:
    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with pymongo.timeout(seconds):
                return function(*args, **kwargs)
        except PyMongoError as error:
            raise UnavailableError(str(error).split("\n")[0][:300]) from error

    return guarded
