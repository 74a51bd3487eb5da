"""The `pages` collection: the pages of articles that are still to be fetched, by article."""

from collections.abc import Collection
from datetime import datetime

from pymongo import ASCENDING

from store.client import Database, Document, inward, outward
from store.guard import reading, unnoted


@unnoted
def put(db: Database, page: Document) -> None:
    """Add a page (`id` of its article, `url`, `host`, `due_at`, `tries`), or write it anew."""
    db["pages"].replace_one({"_id": page["id"]}, inward(page), upsert=True)


@reading
def due(db: Database, now: datetime, busy: Collection[str] = ()) -> Document | None:
    """Give the page that has been due for longest, and is not on some hosts."""
    query = {"due_at": {"$lte": now}, "host": {"$nin": list(busy)}}
    found = db["pages"].find_one(query, sort=[("due_at", ASCENDING)])
    return found and outward(found)


@reading
def is_as_it_was(db: Database, page: Document) -> bool:
    """Tell whether nobody has fetched a page since it was read."""
    query = {"_id": page["id"], "url": page["url"], "due_at": page["due_at"]}
    return db["pages"].find_one(query, {"_id": 1}) is not None


@unnoted
def drop(db: Database, article_id: str) -> None:
    """Take a page off the list."""
    db["pages"].delete_one({"_id": article_id})
