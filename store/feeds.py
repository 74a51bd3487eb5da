"""The `feeds` collection: what is known of every feed that a source lists, by its address.

A document changes once a poll, for it is shown; who is polling it right now is in `leases`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from store.client import Database, Document, inward, outward
from store.guard import reading, writing

PENDING, ACTIVE, FAILING, GONE = "pending", "active", "failing", "gone"
"""Not polled yet; well; not well at its last poll; ended by its publisher, and not polled again."""

_UNKNOWN: Document = {
    "state": PENDING,
    "next_at": None,
    "last_ok_at": None,
    "last_new_at": None,
    "failures": 0,
    "last_error": None,
}
_UNASKED: Document = {
    "etag": None,
    "last_modified": None,
    "digest": None,
    "entries": [],
    "interval": None,
}


@writing
def enrol(db: Database, listed: Mapping[str, Sequence[str]], hosts: Mapping[str, str]) -> bool:
    """Make the feeds those that are listed, each with the ids of its sources and its host.

    What is known of a feed stays; a new one is due at once. Tell whether anything changed.
    """
    known = {feed["_id"]: feed["sources"] for feed in db["feeds"].find({}, {"sources": 1})}
    for url, source_ids in listed.items():
        if url not in known:
            _add(db, _UNKNOWN | _UNASKED | {"id": url, "next_at": _AT_ONCE, "host": hosts[url]})
        if known.get(url) != list(source_ids):
            db["feeds"].update_one({"_id": url}, {"$set": {"sources": list(source_ids)}})
    unlisted = known.keys() - listed.keys()
    if unlisted:
        db["feeds"].delete_many({"_id": {"$in": list(unlisted)}})
    return bool(unlisted) or any(known.get(url) != list(ids) for url, ids in listed.items())


@reading
def due(
    db: Database, now: datetime, *, sources: Collection[str] = (), busy: Collection[str] = ()
) -> Document | None:
    """Give the feed that has been due for longest; of some sources only, and not on some hosts."""
    query = {**_of(sources), "next_at": {"$lte": now}, "host": {"$nin": list(busy)}}
    found = db["feeds"].find_one(query, sort=[("next_at", ASCENDING)])
    return found and outward(found)


@reading
def next_due(db: Database, *, sources: Collection[str] = ()) -> Document | None:
    """Give the feed that is due next, or is due already."""
    query = {**_of(sources), "next_at": {"$ne": None}}
    found = db["feeds"].find_one(query, sort=[("next_at", ASCENDING)])
    return found and outward(found)


@reading
def is_as_it_was(db: Database, feed: Document) -> bool:
    """Tell whether nobody has polled a feed since it was read."""
    query = {"_id": feed["id"], "next_at": feed["next_at"]}
    return db["feeds"].find_one(query, {"_id": 1}) is not None


@writing
def note(db: Database, feed: Document, values: Mapping[str, Any]) -> bool:
    """Write down what a poll has shown, unless another came first; tell whether it did."""
    query = {"_id": feed["id"], "next_at": feed["next_at"]}
    return db["feeds"].update_one(query, {"$set": dict(values)}).matched_count > 0


@writing
def move(db: Database, url: str, new_url: str, host: str) -> None:
    """Give a feed its new address, here and in its sources; safe to repeat.

    What is known already under the new address stays as it is.
    """
    found = db["feeds"].find_one({"_id": url})
    if found:
        _add(db, outward(found) | {"id": new_url, "host": host})
    for source in db["sources"].find({"feeds": url}, {"feeds": 1}):
        feeds = [new_url if each == url else each for each in source["feeds"]]
        # Only if nobody has added one meanwhile: who does not find it moved will move it again.
        query = {"_id": source["_id"], "feeds": source["feeds"]}
        db["sources"].update_one(query, {"$set": {"feeds": list(dict.fromkeys(feeds))}})
    if not db["sources"].find_one({"feeds": url}, {"_id": 1}):
        db["feeds"].delete_one({"_id": url})


@reading
def health(db: Database, urls: Sequence[str]) -> list[Document]:
    """Give for each feed how it fares, with its `url`; also for one that nobody has polled."""
    known = {
        feed.pop("_id"): feed
        for feed in db["feeds"].find({"_id": {"$in": list(urls)}}, dict.fromkeys(_UNKNOWN, 1))
    }
    return [{"url": url, **_shown(known.get(url, _UNKNOWN))} for url in urls]


_AT_ONCE = datetime.fromisoformat("1970-01-01T00:00:00Z")
"""When a feed is due that is new."""


def _of(sources: Collection[str]) -> Document:
    return {"sources": {"$in": list(sources)}} if sources else {}


def _add(db: Database, feed: Document) -> None:
    try:
        db["feeds"].insert_one(inward(feed))
    except DuplicateKeyError:  # another watcher found it too
        return


def _shown(feed: Document) -> Document:
    return feed | ({"next_at": None} if feed["state"] == PENDING else {})
