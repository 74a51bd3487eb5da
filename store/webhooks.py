"""The `webhooks` collection: whom to tell of changes, and how far each has been told.

Who delivers may have been overtaken without knowing it. So what is noted of a delivery holds only
while the webhook is where the deliverer believes it to be.
"""

from datetime import datetime

from pymongo import ASCENDING

from store.client import Database, Document, inward, outward
from store.errors import NotFoundError
from store.guard import reading, unnoted

_ENABLED = {"disabled_at": None}


@unnoted
def add(db: Database, webhook: Document) -> None:
    """Add a webhook."""
    db["webhooks"].insert_one(inward(webhook))


@reading
def find(db: Database, webhook_id: str) -> Document:
    """Give a webhook; raise NotFoundError."""
    found = db["webhooks"].find_one({"_id": webhook_id})
    if found is None:
        raise NotFoundError("webhook", webhook_id)
    return outward(found)


@reading
def every(db: Database) -> list[Document]:
    """Give all webhooks, the oldest first."""
    return [outward(each) for each in db["webhooks"].find().sort("created_at", ASCENDING)]


@reading
def enabled(db: Database) -> list[Document]:
    """Give the webhooks that are to be told."""
    return [outward(each) for each in db["webhooks"].find(_ENABLED)]


@unnoted
def remove(db: Database, webhook_id: str) -> None:
    """Remove a webhook; raise NotFoundError."""
    if not db["webhooks"].delete_one({"_id": webhook_id}).deleted_count:
        raise NotFoundError("webhook", webhook_id)


@unnoted
def change(db: Database, webhook_id: str, values: Document) -> None:
    """Change what is known of a webhook; raise NotFoundError."""
    if not db["webhooks"].update_one({"_id": webhook_id}, {"$set": values}).matched_count:
        raise NotFoundError("webhook", webhook_id)


@unnoted
def note(db: Database, webhook_id: str, cursor: int, values: Document) -> bool:
    """Note what came of a delivery to a webhook that has been told so far; tell whether it was.

    It was not if the webhook has been removed, disabled, or told by somebody else.
    """
    there = {"_id": webhook_id, "cursor": cursor, **_ENABLED}
    return db["webhooks"].update_one(there, {"$set": values}).matched_count > 0


def message_id(webhook_id: str, cursor: int) -> str:
    """Name what is sent to a webhook of a change: the same each time that it is sent."""
    return f"{webhook_id}_{cursor}"


def is_due(webhook: Document, last: int, now: datetime) -> bool:
    """Tell whether there is something to tell a webhook, and it is time to."""
    waits = webhook["next_at"] is not None and webhook["next_at"] > now
    return webhook["cursor"] < last and not waits
