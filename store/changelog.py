"""What has happened to articles, in the order of its numbers (`store.sequence`).

Each article is in it once, with what happened to it last: it came, changed, was deleted, or moved.
"""

from collections.abc import Iterable
from heapq import merge

from pymongo import ASCENDING
from pymongo.read_concern import ReadConcern

from store import finding, sequence
from store.client import Database, Document, outward
from store.guard import reading
from store.transactions import are_there


@reading
def last(db: Database) -> int:
    """Give the number of the last change; 0 before the first."""
    return sequence.last(_lasting(db))


@reading
def since(db: Database, number: int, *, limit: int, fields: Iterable[str] = ()) -> list[Document]:
    """Give at most `limit` changes that follow a number, in order.

    Each is an article, with these fields or all, or a tombstone, which has `deleted_at`; both
    have an `id` and their number, `seq`.
    """
    db = _lasting(db)
    # What gets a number meanwhile is left for later: it may be read in one place and not, or no
    # more, in the other.
    span = {"seq": {"$gt": number, "$lte": sequence.last(db)}}
    names = {"_id" if name == "id" else name for name in fields}
    projection = dict.fromkeys([*names, "seq"], 1) if names else None
    order = [("seq", ASCENDING)]
    found = (
        finding.find(db, "articles", span, fields=projection, order=order, limit=limit),
        finding.find(db, "tombstones", span, order=order, limit=limit),
    )
    changes = merge(*found, key=lambda change: int(change["seq"]))
    return [outward(change) for change, _ in zip(changes, range(limit), strict=False)]


def _lasting(db: Database) -> Database:
    """Give the database without what an election could take back."""
    return db.with_options(read_concern=ReadConcern("majority")) if are_there(db) else db
