"""The `idempotency` collection: what became of requests that may come again.

A record is made before the work, under a lease, so that of two same requests one does it; and it is
finished with the answer. MongoDB removes it when it is `KEPT` old.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from store.client import Database, Document, outward
from store.guard import unnoted

KEPT = timedelta(hours=24)


@unnoted
def begin(
    db: Database, record_id: str, request: str, owner: str, now: datetime, lease: timedelta
) -> Document | None:
    """Take up the work of a request; give the record of who has, where that is somebody else.

    A record whose lease ran out without an answer is taken over, and so is one that should be gone.
    `request` is a fingerprint; a record is taken over for the same request only.
    """
    fresh = {
        "request": request,
        "owner": owner,
        "leased_until": now + lease,
        "created_at": now,
        "answer": None,
    }
    abandoned = {"answer": None, "request": request, "leased_until": {"$lte": now}}
    query = {"_id": record_id, "$or": [abandoned, {"created_at": {"$lte": now - KEPT}}]}
    while True:
        try:
            db["idempotency"].update_one(query, {"$set": fresh}, upsert=True)
        except DuplicateKeyError:  # it is there, and not to be had
            if found := db["idempotency"].find_one({"_id": record_id}):
                return outward(found)
        else:
            return None


@unnoted
def finish(db: Database, record_id: str, owner: str, answer: Mapping[str, Any]) -> None:
    """Keep the answer, if the work is still its owner's."""
    query = {"_id": record_id, "owner": owner, "answer": None}
    db["idempotency"].update_one(query, {"$set": {"answer": answer}})


@unnoted
def give_up(db: Database, record_id: str, owner: str) -> None:
    """Forget a request whose answer is not to be kept, so that it can come again at once."""
    db["idempotency"].delete_one({"_id": record_id, "owner": owner, "answer": None})
