"""Keeps the memory of the response cache as true as MongoDB: asks what changed before it is used.

Whoever needs the memory asks, not a thread in the background: under load that gets to run late,
and meanwhile what it does not know would be served. So what is served was true when MongoDB was
asked last, or later, and that is never long ago.
"""

import time
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

import structlog

from api.memory import ANY, Memory, Tag
from store import guard
from store.changes import EVERYTHING, Changed
from store.errors import UnavailableError

Watch = Callable[[], Iterator[list[Changed]]]

OLDEST_SECONDS = 0.05
"""How long ago a write may have ended without being known."""

_ASK_SECONDS = 0.025
_PAUSE_SECONDS = 0.5
_NEVER = float("-inf")
_log = structlog.get_logger("byline.freshness")


class Freshness:
    """Follows the changes; calling it tells whether the memory is known to be up to date."""

    def __init__(self, memory: Memory[Any], watch: Watch) -> None:
        """Get ready to follow what `watch` tells, from `start` on."""
        self._memory = memory
        self._watch = watch
        self._changes: Iterator[list[Changed]] | None = None
        self._known_at = _NEVER
        self._connect_at = float("inf")
        self._asking = Lock()

    @property
    def is_connected(self) -> bool:
        """Tell whether changes can be heard of, as far as is known from the last time."""
        return self._changes is not None

    def __call__(self, request_id: str = "") -> bool:
        """Tell whether the memory is up to date, having asked MongoDB if that was a while ago.

        One asks at a time. As long as what is known is young enough the others need not wait.
        """
        age = time.monotonic() - self._known_at
        if age < _ASK_SECONDS:
            return True
        wait = 0 if age < OLDEST_SECONDS else OLDEST_SECONDS
        if self._asking.acquire(timeout=wait):
            try:
                if self._age() >= _ASK_SECONDS:
                    self._ask(request_id)
            finally:
                self._asking.release()
        return self._age() < OLDEST_SECONDS

    def start(self) -> None:
        """Follow from now on."""
        self._connect_at = _NEVER

    def _age(self) -> float:
        return time.monotonic() - self._known_at

    def _ask(self, request_id: str) -> None:
        """Ask what has changed, and drop what was made from it."""
        asked_at = time.monotonic()
        if self._changes is None and asked_at < self._connect_at:
            return
        try:
            with guard.within(guard.LISTEN_SECONDS):
                if self._changes is None:
                    self._changes = self._watch()
                changes = next(self._changes)
            self._drop(changes)
        except (UnavailableError, StopIteration) as error:
            # Flask does not know of the request yet, so neither does the log.
            _log.warning(
                "changes are not seen, answers are not kept",
                reason=str(error),
                request_id=request_id,
            )
            self._changes, self._known_at = None, _NEVER
            self._connect_at = time.monotonic() + _PAUSE_SECONDS
        else:
            self._known_at = asked_at

    def _drop(self, changes: list[Changed]) -> None:
        if EVERYTHING in changes:
            self._memory.clear()
        elif changes:
            self._memory.change({tag for change in changes for tag in tags_of(change)})


def tags_of(change: Changed) -> tuple[Tag, Tag]:
    """Give the tags of what a changed document is part of."""
    collection, key = change
    if collection == "links":  # a link belongs to the article that it leads from
        key = key.partition(":")[0]
    return (collection, key), (collection, ANY)
