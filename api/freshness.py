"""Keeps the memory of the response cache as true as MongoDB: follows what changes, in a thread."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog

from api.memory import ANY, Memory, Tag
from store.changes import EVERYTHING, SILENCE_SECONDS, Changed
from store.errors import UnavailableError

Watch = Callable[[], Iterator[list[Changed]]]

_PATIENCE_SECONDS = 3 * SILENCE_SECONDS
_PAUSE_SECONDS = 0.5
_log = structlog.get_logger("byline.freshness")


class Freshness:
    """Follows the changes; calling it tells whether the memory is known to be up to date."""

    def __init__(self, memory: Memory[Any], watch: Watch) -> None:
        """Get ready to follow what `watch` tells, from `start` on."""
        self._memory = memory
        self._watch = watch
        self._heard_at: float | None = None

    def __call__(self) -> bool:
        """Tell whether the memory is up to date: silence for too long means that we are cut off."""
        heard_at = self._heard_at
        return heard_at is not None and time.monotonic() - heard_at < _PATIENCE_SECONDS

    def start(self) -> None:
        """Follow in a thread of its own, which ends with the process."""
        threading.Thread(target=self._follow, name="freshness", daemon=True).start()

    def _follow(self) -> None:
        while True:
            try:
                self._listen()
            except UnavailableError as error:
                _log.warning("changes are not seen, answers are not kept", reason=str(error))
            self._heard_at = None
            time.sleep(_PAUSE_SECONDS)

    def _listen(self) -> None:
        for first, changes in enumerate(self._watch()):
            if first == 0 or EVERYTHING in changes:
                self._memory.clear()
            elif changes:
                self._memory.change({tag for change in changes for tag in tags_of(change)})
            self._heard_at = time.monotonic()


def tags_of(change: Changed) -> tuple[Tag, Tag]:
    """Give the tags of what a changed document is part of."""
    collection, key = change
    if collection == "links":  # a link belongs to the article that it leads from
        key = key.partition(":")[0]
    return (collection, key), (collection, ANY)
