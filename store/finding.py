"""Finding documents at the least cost: as commands, without the driver's cursors around them.

A collection, a cursor and a session of its own for every question take the driver as long as to
ask it. What a cursor does beyond that, which is to ask again after an election, is left to it.
"""

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from bson.codec_options import CodecOptions
from pymongo.client_session import ClientSession
from pymongo.database import Database as _Database
from pymongo.errors import PyMongoError

from store.client import Database, Document

_own = threading.local()


def find(
    db: Database,
    collection: str,
    where: Document,
    *,
    fields: Document | None = None,
    order: Sequence[tuple[str, int]] = (),
    limit: int = 0,
    zoned: bool = True,
) -> list[Document]:
    """Give what `Collection.find` gives, all of it; `limit` 0 means no limit.

    Without `zoned`, times are in UTC and do not say so: the driver adds that by a call for each.
    """
    if isinstance(db, _Database):  # one in memory, in a test, has no commands
        asked: Document = {"find": collection, "filter": where, "limit": limit, "batchSize": _BATCH}
        if fields:
            asked["projection"] = fields
        if order:
            asked["sort"] = dict(order)
        try:
            return _all_of(db, asked, collection, zoned=zoned)
        except PyMongoError:
            _own.session = None
        db = db.with_options(_codec(db, zoned=zoned))
    cursor = db[collection].find(where, fields, limit=limit, sort=list(order) or None)
    return list(cursor)


def aggregate(
    db: Database,
    collection: str,
    stages: Sequence[Document],
    *,
    hint: str | None = None,
    zoned: bool = True,
) -> list[Document]:
    """Give what `Collection.aggregate` gives, all of it; `zoned` is as with `find`.

    `hint` is the name of the index to use.
    """
    if isinstance(db, _Database):
        asked = {"aggregate": collection, "pipeline": stages, "cursor": {"batchSize": _BATCH}}
        if hint:
            asked["hint"] = hint
        try:
            return _all_of(db, asked, collection, zoned=zoned)
        except PyMongoError:
            _own.session = None
        db = db.with_options(_codec(db, zoned=zoned))
    by_hint: dict[str, Any] = {"hint": hint} if hint else {}
    return list(db[collection].aggregate(stages, **by_hint))


def _codec(db: Database, *, zoned: bool) -> CodecOptions[Document]:
    return db.codec_options if zoned else _UNZONED


class Asked(NamedTuple):
    """A question; `limit` 0 means no limit."""

    collection: str
    where: Document
    limit: int = 0


def find_each(db: Database, *asked: Asked) -> list[list[Document]]:
    """Give for each question what `find` gives, having gone there and back once."""
    if not isinstance(db, _Database):  # one in memory knows no unions
        return [find(db, each.collection, each.where, limit=each.limit) for each in asked]
    first, *others = [_marked(each, at) for at, each in enumerate(asked)]
    stages = [
        {"$unionWith": {"coll": each.collection, "pipeline": branch}}
        for each, branch in zip(asked[1:], others, strict=True)
    ]
    found: list[list[Document]] = [[] for _ in asked]
    for row in aggregate(db, asked[0].collection, [*first, *stages]):
        found[row["at"]].append(row["found"])
    return found


def _marked(asked: Asked, at: int) -> list[Document]:
    """Give the stages that find what a question asks for, each with the question's place."""
    limit = [{"$limit": asked.limit}] if asked.limit else []
    mark = {"_id": 0, "at": {"$literal": at}, "found": "$$ROOT"}
    return [{"$match": asked.where}, *limit, {"$project": mark}]


def _all_of(
    db: Database, command: Document, collection: str, *, zoned: bool = True
) -> list[Document]:
    """Give all that a command finds, also what does not come at once."""
    codec = _codec(db, zoned=zoned)
    if db.read_concern.level:
        command["readConcern"] = db.read_concern.document
    reply = _ask(db, command, codec)
    found: list[Document] = reply["firstBatch"]
    while reply["id"]:
        reply = _ask(db, {"getMore": reply["id"], "collection": collection}, codec)
        found += reply["nextBatch"]
    return found


def _ask(db: Database, command: Document, codec: CodecOptions[Document]) -> dict[str, Any]:
    session = getattr(_own, "session", None)
    if session is None or session.client is not db.client:
        session = _own.session = _new_session(db)
    reply = db.command(
        command,
        read_preference=db.read_preference,
        codec_options=codec,
        session=session,
    )
    cursor: dict[str, Any] = reply["cursor"]
    return cursor


def _new_session(db: Database) -> ClientSession:
    """Make a session for this thread; like the driver's own ones, it orders nothing."""
    return db.client.start_session(causal_consistency=False)


_UNZONED: CodecOptions[Document] = CodecOptions(tz_aware=False)
_BATCH = 1_000
"""So many documents come at once, unless they have more bytes than MongoDB sends at once."""
