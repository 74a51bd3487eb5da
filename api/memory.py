"""The memory of the response cache: what is kept, for how long, and what may not be kept.

Every answer names what it was made from; a change takes away all that was made from what changed.
An answer that was begun before a change and finished after it must not be kept either, so a reader
asks for the time before it reads, and the memory compares. Time here is the count of changes.
"""

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, Protocol, TypeVar

Tag = tuple[str, str]
"""What an answer was made from: a collection, and an id in it or `ANY`."""

ANY = "*"
"""In place of an id: whatever the collection holds."""

_REMEMBERED_CHANGES = 10_000


class Sized(Protocol):
    """An answer knows how much memory it takes."""

    @property
    def size(self) -> int:
        """How many bytes it takes, about."""


Kept = TypeVar("Kept", bound=Sized)


@dataclass(slots=True)
class _Entry(Generic[Kept]):
    value: Kept
    tags: frozenset[Tag]
    used: bool = field(default=True)


class Memory(Generic[Kept]):
    """Answers by key, bounded in bytes; safe for use by several threads."""

    def __init__(self, max_bytes: int) -> None:
        """Keep answers that take at most `max_bytes` together."""
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: dict[Hashable, _Entry[Kept]] = {}
        self._keys: dict[Tag, set[Hashable]] = {}
        self._now = 0
        self._changed_at: dict[Tag, int] = {}
        self._forgotten_until = 0
        self._evicted = dict.fromkeys(("change", "room"), 0)
        self._lock = Lock()

    @property
    def now(self) -> int:
        """How many changes there have been: to be asked before reading what is to be kept."""
        return self._now

    @property
    def bytes(self) -> int:
        """How much is kept, in bytes."""
        return self._bytes

    @property
    def entries(self) -> int:
        """How many answers are kept."""
        return len(self._entries)

    @property
    def evicted(self) -> dict[str, int]:
        """How many were dropped because of a `change`, and how many to make `room`."""
        return dict(self._evicted)

    def get(self, key: Hashable) -> Kept | None:
        """Give the answer for a key, if it is kept."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        entry.used = True
        return entry.value

    def put(self, key: Hashable, value: Kept, tags: Iterable[Tag], begun: int) -> bool:
        """Keep an answer that was begun at a time; tell whether nothing had changed since."""
        tags = frozenset(tags)
        with self._lock:
            if value.size > self._max_bytes or self._has_changed(tags, begun):
                return False
            self._drop(key)
            self._entries[key] = _Entry(value, tags)
            for tag in tags:
                self._keys.setdefault(tag, set()).add(key)
            self._bytes += value.size
            self._make_room()
            return True

    def change(self, tags: Collection[Tag]) -> None:
        """Take away what was made from any of these."""
        with self._lock:
            self._now += 1
            for tag in tags:
                self._changed_at[tag] = self._now
                for key in list(self._keys.get(tag, ())):
                    self._drop(key)
                    self._evicted["change"] += 1
            if len(self._changed_at) > _REMEMBERED_CHANGES:
                self._changed_at.clear()
                self._forgotten_until = self._now

    def clear(self) -> None:
        """Take away everything: nobody knows what has changed."""
        with self._lock:
            self._now += 1
            self._forgotten_until = self._now
            self._evicted["change"] += len(self._entries)
            self._entries.clear()
            self._keys.clear()
            self._changed_at.clear()
            self._bytes = 0

    def _has_changed(self, tags: frozenset[Tag], begun: int) -> bool:
        if begun < self._forgotten_until:
            return True
        return any(self._changed_at.get(tag, 0) > begun for tag in tags)

    def _make_room(self) -> None:
        """Drop the oldest, but give each that was used since its last turn another turn."""
        while self._bytes > self._max_bytes:
            key, entry = next(iter(self._entries.items()))
            if entry.used:
                entry.used = False
                self._entries[key] = self._entries.pop(key)
            else:
                self._drop(key)
                self._evicted["room"] += 1

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._bytes -= entry.value.size
        for tag in entry.tags:
            keys = self._keys[tag]
            keys.discard(key)
            if not keys:
                del self._keys[tag]
