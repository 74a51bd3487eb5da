"""The `limits` collection: how often something was done, by all processes and servers together.

MongoDB removes a count once its time has ended. Losing one in a crash costs nothing, so a count is
on no disk when it is given, and waits for no other server.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ReturnDocument, WriteConcern

from store.client import Database
from store.guard import counting

_SOON = WriteConcern(w=1, j=False)


@counting
def count(db: Database, key: str, seconds: int) -> int:
    """Count one more under a key, and give how many there are; it is kept for `seconds`."""
    ends_at = datetime.now(UTC) + timedelta(seconds=seconds)
    counted: Any = (  # never None: what is not there is made
        db["limits"]
        .with_options(write_concern=_SOON)
        .find_one_and_update(
            {"_id": key},
            {"$inc": {"count": 1}, "$setOnInsert": {"ends_at": ends_at}},
            projection=["count"],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
    )
    return int(counted["count"])
