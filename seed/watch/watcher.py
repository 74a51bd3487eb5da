"""The loop of a watcher: one piece of work after the other, then rest until the next is due.

Watchers share the work without knowing of each other: who holds the lease on a host may ask it, and
whoever polls a feed writes down when it is due again before the lease is given back.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from seed.watch.article_pages import Pages
from seed.watch.events import Event
from seed.watch.polling import Feed
from seed.watch.polls import poll
from seed.watch.surroundings import Lease, LostLeaseError, Surroundings, host_of
from store import feeds, pages, sources

ENROL_EVERY = timedelta(minutes=1)
"""How often the sources are looked through for feeds that were added or taken away."""
BUSY_SECONDS = 1.0
"""How long to rest when all that is due is on hosts that are being asked."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator decides."""

    shortest: timedelta
    """The least time between two polls of a feed."""
    sources: Collection[str] = ()
    """Only the feeds of these; none named means all."""
    want_pages: bool = False
    """Whether to fetch the pages of articles whose feeds show but an excerpt."""


class Watcher:
    """Polls what is due. `say` hears of each poll, `rest` of the feed that is due next."""

    def __init__(
        self,
        around: Surroundings,
        wishes: Wishes,
        say: Callable[[Event], None],
        rest: Callable[[Feed | None], None],
    ) -> None:
        """Get ready; nothing is asked yet."""
        self._around = around
        self._wishes = wishes
        self._say = say
        self._tell_rest = rest
        self._pages = Pages(around)
        self._enrol_at = around.now()

    def run(self, *, once: bool = False) -> None:
        """Work until it is time to stop or, with `once`, until all that is due now is done."""
        due_by = self._around.now() if once else None
        while not self._around.stopped():
            self._enrol()
            if self.work(due_by or self._around.now()):
                continue
            if due_by and not self._is_anything_due(due_by):
                return
            self._rest()

    def work(self, due_by: datetime) -> bool:
        """Do one piece of work that is due on a host that nobody asks; tell whether there was."""
        return self._poll_one(due_by) or (self._wishes.want_pages and self._fetch_one())

    def _poll_one(self, due_by: datetime) -> bool:
        busy: set[str] = set()
        among = self._wishes.sources
        while feed := feeds.due(self._around.db, due_by, sources=among, busy=busy):
            lease = Lease(self._around, feed["host"])
            if not lease.take():
                busy.add(feed["host"])
                continue
            try:
                # Between our look and our lease somebody else may have polled it.
                if feeds.is_as_it_was(self._around.db, feed):
                    self._poll(feed, lease)
                    return True
            finally:
                lease.give_back()
        return False

    def _poll(self, feed: Feed, lease: Lease) -> None:
        with suppress(LostLeaseError):  # then another watcher is at it, and will say so
            wishes = self._wishes
            self._say(
                poll(
                    self._around,
                    feed,
                    lease,
                    shortest=wishes.shortest,
                    want_pages=wishes.want_pages,
                )
            )

    def _fetch_one(self) -> bool:
        busy: set[str] = set()
        while page := pages.due(self._around.db, self._around.now(), busy):
            lease = Lease(self._around, page["host"])
            if not lease.take():
                busy.add(page["host"])
                continue
            pause = 0.0
            try:
                if pages.is_as_it_was(self._around.db, page):
                    with suppress(LostLeaseError):
                        self._say(self._pages.fetch(page, lease))
                    pause = self._pages.pause_of(page)
                    return True
            finally:
                lease.give_back(pause)
        return False

    def _enrol(self) -> None:
        now = self._around.now()
        if now < self._enrol_at:
            return
        listed = sources.feeds(self._around.db)
        feeds.enrol(self._around.db, listed, {url: host_of(url) for url in listed})
        self._enrol_at = now + ENROL_EVERY

    def _is_anything_due(self, due_by: datetime) -> bool:
        db, now = self._around.db, self._around.now()
        if feeds.due(db, due_by, sources=self._wishes.sources):
            return True
        return self._wishes.want_pages and pages.due(db, now) is not None

    def _rest(self) -> None:
        now = self._around.now()
        if self._is_anything_due(now):
            self._around.wait(BUSY_SECONDS)
            return
        feed = feeds.next_due(self._around.db, sources=self._wishes.sources)
        self._tell_rest(feed)
        until = min(self._enrol_at, feed["next_at"]) if feed else self._enrol_at
        self._around.wait(max((until - now).total_seconds(), 0.0))
