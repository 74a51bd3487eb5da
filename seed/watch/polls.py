"""One poll of one feed: ask, take in what is new, write down what is known now."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from desk import identity
from desk.newsroom import Newsroom
from desk.publish import Outcome as Published
from seed import fetch
from seed.fetch import FetchError, Response
from seed.messages import Request
from seed.unpacking import MAX_BYTES
from seed.watch import hints, polling
from seed.watch.events import STATUSES, Polled
from seed.watch.polling import Failed, Feed, Gone, Outcome, Well
from seed.watch.surroundings import Lease, LostLeaseError, Surroundings, host_of
from seed.watch.taking import is_feed, take_in
from store import feeds, pages, sources

_MOST_ENTRIES = 2_000
"""So many entries of a feed are known from its last poll; feeds have dozens."""

Draft = dict[str, Any]
Counts = dict[str, int]


def poll(
    around: Surroundings, feed: Feed, lease: Lease, *, shortest: timedelta, want_pages: bool
) -> Polled:
    """Poll a feed and say what came of it; raise LostLeaseError if another watcher took over."""
    counts: Counts = {}
    moved_to = None
    try:
        answer = around.ask(
            feed["id"],
            max_bytes=MAX_BYTES,
            etag=feed["etag"],
            last_modified=feed["last_modified"],
        )
    except FetchError as error:
        outcome: Outcome = Failed(str(error))
    else:
        outcome, counts = _judge(around, feed, answer, lease, want_pages=want_pages)
        moved_to = answer.moved_to if isinstance(outcome, Well) else None
    now = around.now()
    changes = polling.after(feed, outcome, now, shortest=shortest, chance=around.chance())
    if not feeds.note(around.db, feed, changes):
        raise LostLeaseError(feed["host"])
    if moved_to:
        feeds.move(around.db, feed["id"], moved_to, host_of(moved_to))
    return Polled(
        now,
        feed["id"],
        feed["sources"],
        _result(outcome),
        counts,
        None if isinstance(outcome, Well) else outcome.error,
        moved_to,
        changes["next_at"],
    )


def _result(outcome: Outcome) -> str:
    match outcome:
        case Well(news=news):
            return "changed" if news else "unchanged"
        case Failed():
            return "failed"
        case Gone():
            return "gone"


def _judge(
    around: Surroundings, feed: Feed, answer: Response, lease: Lease, *, want_pages: bool
) -> tuple[Outcome, Counts]:
    """Tell what an answer means; take in what is new in it, and count that."""
    said = f"the server answered {answer.status}"
    match answer.status:
        case fetch.OK:
            return _read(around, feed, answer, lease, want_pages=want_pages)
        case fetch.NOT_MODIFIED:
            return Well(wait=hints.freshness(answer.headers, b"")), {}
        case fetch.GONE:
            return Gone(said), {}
    return Failed(said, hints.retry_after(answer.headers, around.now())), {}


def _read(
    around: Surroundings, feed: Feed, answer: Response, lease: Lease, *, want_pages: bool
) -> tuple[Outcome, Counts]:
    digest = hashlib.blake2b(answer.body, digest_size=16).hexdigest()
    entries = Entries(feed["entries"])
    counts: Counts = {}
    if digest != feed["digest"]:
        if not is_feed(answer.body):
            return Failed("it is no feed, or no longer"), {}
        counts, error = _take_in(around, feed, answer, lease, entries, want_pages=want_pages)
        if error:
            return Failed(error), {}
    known = entries.seen[:_MOST_ENTRIES] if counts else feed["entries"]
    return Well(
        news=bool(counts.get("new") or counts.get("changed")),
        wait=hints.freshness(answer.headers, answer.body),
        skipped_hours=hints.skipped_hours(answer.body),
        learned={
            "etag": answer.headers.get("etag"),
            "last_modified": answer.headers.get("last-modified"),
            "digest": digest,
            "entries": known,
        },
    ), counts


class Entries:
    """What a feed says now against what it said at its last poll, entry by entry."""

    def __init__(self, known: list[str]) -> None:
        """Start with the marks of the last poll."""
        self._known = frozenset(known)
        self.seen: list[str] = []
        """The marks of this one."""

    @property
    def is_first(self) -> bool:
        """Tell whether there was no poll before."""
        return not self._known

    def has_said(self, draft: Draft) -> bool:
        """Tell whether an entry said the very same before."""
        said = {name: value for name, value in draft.items() if name != "captured_at"}
        mark = hashlib.blake2b(repr(sorted(said.items())).encode(), digest_size=8).hexdigest()
        self.seen.append(mark)
        return mark in self._known


def _take_in(
    around: Surroundings,
    feed: Feed,
    answer: Response,
    lease: Lease,
    entries: Entries,
    *,
    want_pages: bool,
) -> tuple[Counts, str | None]:
    """Publish what a feed says that it did not say before; say how much, or what is wrong."""
    now = around.now()
    filed = _filing(around, feed["sources"][0])
    with Newsroom(around.db) as newsroom:

        def publish(draft: Draft) -> Published:
            lease.keep()
            if entries.has_said(draft):
                return Published("", "unchanged")
            # What a feed says anew it says now, whatever date it puts on it.
            said = draft if entries.is_first else draft | {"captured_at": now}
            outcome = newsroom.publish(filed(said))
            is_news = outcome.status != "unchanged"
            if want_pages and is_news and draft["excerpt"] and host_of(draft["url"] or ""):
                pages.put(around.db, wanted(outcome.article_id, draft["url"], now))
            return outcome

        request = Request(answer.url, now, drafts=True)
        taken = take_in(around.read, answer.body, request, publish)
    error = taken.error if not taken.counts else None
    return {status: taken.counts[status] for status in STATUSES}, error


def wanted(article_id: str, url: str, due_at: datetime, tries: int = 0) -> Draft:
    """Give a page as the list of pages to fetch has it."""
    return {
        "id": article_id,
        "url": url,
        "host": host_of(url),
        "due_at": due_at.replace(microsecond=due_at.microsecond // 1000 * 1000),
        "tries": tries,
    }


def _filing(around: Surroundings, source_id: str) -> Callable[[Draft], Draft]:
    """Give what files an article under the source that lists its feed.

    A feed calls itself what it likes; but an entry that names a source which is known, as those of
    a feed of feeds do, is that source's. What it calls an article without an address may be known
    by the id of its source, so that is the name where the source has got another.
    """
    name = sources.names(around.db, [source_id]).get(source_id)
    if name and identity.source_id(name) != source_id:
        name = source_id
    known: dict[str, bool] = {}

    def filed(draft: Draft) -> Draft:
        said = draft["source"]
        if said and said not in known:
            known[said] = bool(sources.known(around.db, [identity.source_id(said)]))
        return draft if said and known[said] else draft | {"source": name or said}

    return filed
