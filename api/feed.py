"""What happens to articles, as a worker hears of it, for all who listen there.

However many listen, MongoDB is asked once: one thread asks for the number of the last change, reads
the changes when it has risen, writes each as an event and keeps the newest. Only who begins further
back reads by itself, until it has caught up. With nobody listening, nothing is asked.
"""

from bisect import bisect_right
from collections import Counter
from operator import attrgetter
from threading import Condition, Thread
from typing import NamedTuple

import orjson
import structlog

from api.changes import fields_told, told
from api.stopping import Stop
from store import changelog
from store.client import Database, Document
from store.errors import UnavailableError

POLL_SECONDS = 0.4
"""How often the number of the last change is asked for while anybody listens."""

_BATCH = 100
_MOST_EVENTS = 500
_MOST_BYTES = 4 * 1024 * 1024
"""How much of the newest is kept, for who is a little behind."""
_log = structlog.get_logger("byline.feed")


class News(NamedTuple):
    """Events, and the place after them: all changes up to there are known."""

    events: list[bytes]
    place: int


class Feed:
    """The changes of one database, for those who have joined; safe for use by several threads."""

    def __init__(self, db: Database, stop: Stop) -> None:
        """Get ready; MongoDB is asked only once somebody joins."""
        self._db = db
        self._stop = stop
        self._news = Condition()
        self._rings = 0
        self._listeners: Counter[bool] = Counter()
        self._tails: dict[bool, _Tail] = {}
        self._thread: Thread | None = None

    def join(self, *, whole: bool) -> None:
        """Listen from now on, to changes alone or with `whole` articles."""
        with self._news:
            self._listeners[whole] += 1
            if self._thread is None:
                self._thread = Thread(target=self._follow, name="feed", daemon=True)
                self._thread.start()
            self._news.notify_all()

    def leave(self, *, whole: bool) -> None:
        """Listen no more; to be called once for each time that was joined."""
        with self._news:
            self._listeners[whole] -= 1
            if not self._listeners[whole]:
                self._tails.pop(whole, None)

    def after(self, place: int, *, whole: bool) -> News:
        """Give what came after a place, or some of it, in order; raise UnavailableError."""
        with self._news:
            tail = self._tails.get(whole)
            news = tail.after(place) if tail else None
        return news or _read(self._db, place, whole=whole)

    @property
    def rings(self) -> int:
        """Tell how often `ring` was called."""
        return self._rings

    def ring(self) -> None:
        """Wake all who wait, though there is no news."""
        with self._news:
            self._rings += 1
            self._news.notify_all()

    def wait(self, place: int, rings: int, seconds: float, *, whole: bool) -> None:
        """Wait for what comes after a place, for a ring after so many, or for the end."""

        def is_over() -> bool:
            tail = self._tails.get(whole)
            came = tail is not None and tail.end > place
            return came or self._rings > rings or self._stop.is_told()

        with self._news:
            self._news.wait_for(is_over, seconds)

    def _follow(self) -> None:
        away = False
        while not self._stop.wait(POLL_SECONDS):
            with self._news:
                wanted = list(+self._listeners)
                if not wanted:
                    self._tails.clear()
                    self._thread = None  # whoever joins next starts another
                    return
            try:
                self._ask(wanted)
            except UnavailableError as error:
                if not away:
                    _log.warning("changes are not seen, streams wait", reason=str(error))
                away = True
            except Exception:  # noqa: BLE001 - without this thread all would wait for ever
                _log.exception("changes are not seen, streams wait")
            else:
                away = False
        self.ring()

    def _ask(self, wanted: list[bool]) -> None:
        """Read what is new, for each kind of listeners."""
        last = changelog.last(self._db)
        for whole in wanted:
            with self._news:
                tail = self._tails.setdefault(whole, _Tail(last))
                self._news.notify_all()  # something may have come before it was there
            while tail.end < last:
                items, end = _next(self._db, tail.end, whole=whole)
                with self._news:
                    tail.add(items, end)
                    self._news.notify_all()


class _Item(NamedTuple):
    number: int
    article_id: str
    event: bytes


class _Tail:
    """The newest events: of all that came after `begin`, up to `end`; of each article one."""

    def __init__(self, end: int) -> None:
        self.begin = self.end = end
        self._items: list[_Item] = []

    def after(self, place: int) -> News | None:
        """Give what came after a place; None if that is too far back."""
        if place < self.begin:
            return None
        first = bisect_right(self._items, place, key=attrgetter("number"))
        return News([item.event for item in self._items[first:]], max(self.end, place))

    def add(self, items: list[_Item], end: int) -> None:
        """Add what came next, and forget what it replaces, and the oldest where it is too much."""
        anew = {item.article_id for item in items}
        # What an article said before it was changed or deleted must not be told any more.
        self._items = [item for item in self._items if item.article_id not in anew] + items
        self.end = end
        size = sum(len(item.event) for item in self._items)
        forgotten = 0
        while size > _MOST_BYTES or len(self._items) - forgotten > _MOST_EVENTS:
            size -= len(self._items[forgotten].event)
            forgotten += 1
        if forgotten:
            self.begin = self._items[forgotten - 1].number
            del self._items[:forgotten]


def _read(db: Database, place: int, *, whole: bool) -> News:
    items, end = _next(db, place, whole=whole)
    return News([item.event for item in items], end)


def _next(db: Database, place: int, *, whole: bool) -> tuple[list[_Item], int]:
    """Read the next changes, and the place up to which these are all."""
    last = changelog.last(db)
    found = changelog.since(db, place, limit=_BATCH, fields=fields_told(whole=whole))
    items = [
        _Item(int(change["seq"]), change["id"], _event(change, whole=whole)) for change in found
    ]
    end = items[-1].number if items else place
    return items, end if len(found) == _BATCH else max(end, last)


def _event(change: Document, *, whole: bool) -> bytes:
    """Write a change as a Server-Sent Event."""
    shown = told(change, whole=whole)
    head = f"id: {shown['cursor']}\nevent: {shown['change']}\ndata: ".encode()
    return b"%b%b\n\n" % (head, orjson.dumps(shown))
