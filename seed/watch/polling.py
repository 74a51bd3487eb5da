"""When a feed is polled next, and what is known of it then. Pure functions.

A poll that finds something new halves the time until the next one, a poll that finds nothing makes
it half as long again; so a feed is asked two or three times for each time that it changes.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from store.feeds import ACTIVE, FAILING, GONE

Feed = dict[str, Any]

LONGEST = timedelta(days=1)
"""The most time between two polls, unless the server asks for more."""

_JITTER = 0.1
_BACKOFF_JITTER = 0.5
_MOST_DOUBLINGS = 16
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Well:
    """A poll that was answered. `wait` is for how long the answer is good."""

    news: bool = False
    wait: timedelta = timedelta()
    skipped_hours: Collection[int] = ()
    learned: dict[str, Any] = field(default_factory=dict)
    """What else is known of the feed now: its validators, its entries."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A poll that went wrong. `wait` is how long the server wants to be left alone."""

    error: str
    wait: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Gone:
    """A poll that found the feed ended by its publisher."""

    error: str


Outcome = Well | Failed | Gone


def after(
    feed: Feed, outcome: Outcome, now: datetime, *, shortest: timedelta, chance: float
) -> Feed:
    """Give what changes of a feed after a poll; `chance`, from 0 to 1, spreads polls in time."""
    match outcome:
        case Well():
            return _after_well(feed, outcome, now, shortest, chance)
        case Failed():
            failures = feed["failures"] + 1
            wait = max(backoff(failures, shortest, chance), outcome.wait)
            return {
                "state": FAILING,
                "failures": failures,
                "last_error": outcome.error,
                "next_at": _in_milliseconds(now + wait),
            }
        case Gone():
            return {
                "state": GONE,
                "failures": feed["failures"] + 1,
                "last_error": outcome.error,
                "next_at": None,
            }


def backoff(failures: int, shortest: timedelta, chance: float) -> timedelta:
    """Give how long to wait after so many failures in a row: twice as long each time, and spread.

    The spread only adds: no host is asked again sooner than is polite.
    """
    doubled = shortest * (1 << min(failures - 1, _MOST_DOUBLINGS))
    return max(shortest, min(doubled, LONGEST)) * (1 + _BACKOFF_JITTER * chance)


def interval(known: timedelta | None, shortest: timedelta, *, news: bool) -> timedelta:
    """Give the time between polls that a feed has come to: shorter the more often it changes."""
    if known is None:
        return shortest
    return max(shortest, min(known / 2 if news else known * 1.5, LONGEST))


def _after_well(
    feed: Feed, outcome: Well, now: datetime, shortest: timedelta, chance: float
) -> Feed:
    known = feed["interval"]
    between = interval(
        None if known is None else timedelta(seconds=known), shortest, news=outcome.news
    )
    wait = max(between * (1 + _JITTER * chance), outcome.wait)
    return {
        "state": ACTIVE,
        "failures": 0,
        "last_error": None,
        "last_ok_at": _in_milliseconds(now),
        "interval": between.total_seconds(),
        "next_at": _in_milliseconds(_not_within(outcome.skipped_hours, now + wait)),
        **({"last_new_at": _in_milliseconds(now)} if outcome.news else {}),
        **outcome.learned,
    }


def _not_within(hours: Collection[int], moment: datetime) -> datetime:
    """Give the first moment from one on that is not in some hours of the day."""
    for _ in range(_HOURS):
        if moment.hour not in hours:
            break
        moment = moment.replace(minute=0, second=0) + timedelta(hours=1)
    return moment


def _in_milliseconds(moment: datetime) -> datetime:
    """Give a time as MongoDB keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
