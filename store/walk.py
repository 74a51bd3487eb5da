"""Walking through a list whose order the database knows, and whose items must still be looked at.

The database gives what may belong to a page; what does is decided here, a batch at a time. A walk
that finds little comes to an end in time: it gives what it has found and where to go on.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from store.client import Document
from store.position import Position

SECONDS = 1.0
"""How long a walk goes on at most, about: half of what a read may take."""
_SMALLEST, _LARGEST = 20, 500


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk found, and where the next one goes on: None at the end of the list."""

    items: list[Document]
    stopped_at: Position | None


Fetch = Callable[[Position | None, int], list[Document]]
"""Gives at most so many items that follow a position, in order."""
Keep = Callable[[Sequence[Document]], list[Document]]
"""Gives those of the items that belong to the list, in order."""


def walk(fetch: Fetch, keep: Keep, *, after: Position | None, limit: int) -> Walked:
    """Find at most `limit` items that belong to the list and follow a position."""
    found: list[Document] = []
    size, until = max(limit + 1, _SMALLEST), time.monotonic() + SECONDS
    while True:
        batch = fetch(after, size)
        found += keep(batch)
        if len(found) > limit:
            return Walked(found[:limit], position_of(found[limit - 1]))
        if len(batch) < size:
            return Walked(found, None)
        after = position_of(batch[-1])
        if time.monotonic() > until:
            return Walked(found, after)
        size = min(2 * size, _LARGEST)


def position_of(item: Document) -> Position:
    """Give an article's place in the lists."""
    return item["listed_at"], item["id"]
