"""The numbers of changes: each article that comes, changes or goes takes the next one.

In a transaction the counter is held until the end, so that numbers become visible in their order:
who has seen one has seen, or can see, all below it.
"""

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from store.client import Database

_CHANGES = {"_id": "changes"}


def take(db: Database, session: ClientSession | None, count: int = 1) -> int:
    """Take so many numbers and give the first of them."""
    counter = db["counters"].find_one_and_update(
        _CHANGES,
        {"$inc": {"number": count}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
        session=session,
    )
    return int(counter["number"]) - count + 1 if counter else 1  # it is there: see upsert


def last(db: Database) -> int:
    """Give the number of the last change that can be seen; 0 before the first."""
    counter = db["counters"].find_one(_CHANGES)
    return int(counter["number"]) if counter else 0
