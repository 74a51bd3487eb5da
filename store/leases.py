"""The `leases` collection: who may ask which host right now.

A lease ends by itself, so a watcher that crashes leaves nothing behind that anybody must clean up.
Times are those of the watchers: their clocks must agree to within seconds.
"""

from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from store.client import Database
from store.guard import unnoted


@unnoted
def take(db: Database, name: str, owner: str, now: datetime, length: timedelta) -> bool:
    """Take a lease that is free; tell whether it was."""
    try:
        db["leases"].update_one(
            {"_id": name, "until": {"$lte": now}},
            {"$set": {"owner": owner, "until": now + length}},
            upsert=True,
        )
    except DuplicateKeyError:  # it is there, and not free
        return False
    return True


@unnoted
def renew(db: Database, name: str, owner: str, now: datetime, length: timedelta) -> bool:
    """Hold a lease for longer; tell whether it is still the owner's."""
    query = {"_id": name, "owner": owner, "until": {"$gt": now}}
    return db["leases"].update_one(query, {"$set": {"until": now + length}}).matched_count > 0


@unnoted
def give_back(db: Database, name: str, owner: str, free_at: datetime) -> None:
    """Let anybody take a lease from a moment on."""
    query = {"_id": name, "owner": owner}
    db["leases"].update_one(query, {"$set": {"owner": None, "until": free_at}})
