"""The keys under which addresses of senders are known: for a day, and then to nobody any more.

What is made of an address without a secret is no secret either: there are only four thousand
million. So it is made with a random key, which is forgotten when its day and the next are over.
"""

import secrets
from datetime import datetime, timedelta

from pymongo import ReadPreference

from store.client import Database
from store.errors import UnavailableError
from store.guard import unnoted

DAY = timedelta(days=1)
_KEY_BYTES = 32
_ATTEMPTS = 3


@unnoted
def keys(db: Database, now: datetime) -> tuple[bytes, bytes]:
    """Give the key of the day and the one before; make the first of them when it is time."""
    meta = db.get_collection("meta", read_preference=ReadPreference.PRIMARY)
    for _ in range(_ATTEMPTS):
        known = meta.find_one({"_id": "senders"})
        if known and now < known["since"] + DAY:
            return known["key"], known["former"]
        key, other = secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(_KEY_BYTES)
        # After a day without a sender the key before is not that of yesterday.
        recent = known and now < known["since"] + 2 * DAY
        made = {"key": key, "former": known["key"] if known and recent else other, "since": now}
        # Others may be making one at the same moment: the first is the one.
        if known:
            meta.update_one({"_id": "senders", "since": known["since"]}, {"$set": made})
        else:
            meta.update_one({"_id": "senders"}, {"$setOnInsert": made}, upsert=True)
    raise UnavailableError("the key of the day cannot be made")
