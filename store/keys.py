"""The `keys` collection: who may write. A key's `id` is the prefix of its token."""

from datetime import datetime

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from store.client import Database, Document, inward, outward
from store.errors import ConflictError, NotFoundError
from store.guard import reading, unnoted


@unnoted
def add(db: Database, key: Document) -> None:
    """Add a key; raise ConflictError if there is one of the same prefix."""
    try:
        db["keys"].insert_one(inward(key))
    except DuplicateKeyError as error:
        raise ConflictError(f"there is a key {key['id']} already") from error


@reading
def find(db: Database, key_id: str) -> Document | None:
    """Give a key, also one that is not good any more."""
    found = db["keys"].find_one({"_id": key_id})
    return found and outward(found)


@reading
def every(db: Database) -> list[Document]:
    """Give all keys, the oldest first."""
    return [outward(key) for key in db["keys"].find().sort([("created_at", ASCENDING)])]


@unnoted
def revoke(db: Database, key_id: str, now: datetime) -> None:
    """Let a key be good no more; the first time counts. Raises NotFoundError."""
    good = {"_id": key_id, "revoked_at": None}
    if db["keys"].update_one(good, {"$set": {"revoked_at": now}}).matched_count:
        return
    if db["keys"].find_one({"_id": key_id}, {"_id": 1}) is None:
        raise NotFoundError("key", key_id)


@unnoted
def note_use(db: Database, key_id: str, now: datetime) -> None:
    """Note that a key was used; a time before the one that is known changes nothing."""
    earlier = {"_id": key_id, "last_used_at": {"$not": {"$gte": now}}}
    db["keys"].update_one(earlier, {"$set": {"last_used_at": now}})
