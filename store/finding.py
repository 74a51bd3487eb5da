"""Finding documents at the least cost: as commands, without the driver's cursors around them.

A collection, a cursor and a session of its own for every question take the driver as long as to
ask it. What a cursor does beyond that, which is to ask again after an election, is left to it.
"""

import threading
from collections.abc import Sequence
from typing import Any

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
) -> list[Document]:
    """Give what `Collection.find` gives, all of it; `limit` 0 means no limit."""
    if isinstance(db, _Database):  # one in memory, in a test, has no commands
        try:
            return _by_command(db, collection, where, fields, order, limit)
        except PyMongoError:
            _own.session = None
    cursor = db[collection].find(where, fields, limit=limit, sort=list(order) or None)
    return list(cursor)


def _by_command(
    db: Database,
    collection: str,
    where: Document,
    fields: Document | None,
    order: Sequence[tuple[str, int]],
    limit: int,
) -> list[Document]:
    asked: Document = {"find": collection, "filter": where, "limit": limit, "batchSize": _BATCH}
    if fields:
        asked["projection"] = fields
    if order:
        asked["sort"] = dict(order)
    if db.read_concern.level:
        asked["readConcern"] = db.read_concern.document
    reply = _ask(db, asked)
    found: list[Document] = reply["firstBatch"]
    while reply["id"]:
        reply = _ask(db, {"getMore": reply["id"], "collection": collection})
        found += reply["nextBatch"]
    return found


def _ask(db: Database, command: Document) -> dict[str, Any]:
    session = getattr(_own, "session", None)
    if session is None or session.client is not db.client:
        session = _own.session = _new_session(db)
    reply = db.command(
        command,
        read_preference=db.read_preference,
        codec_options=db.codec_options,
        session=session,
    )
    cursor: dict[str, Any] = reply["cursor"]
    return cursor


def _new_session(db: Database) -> ClientSession:
    """Make a session for this thread; like the driver's own ones, it orders nothing."""
    return db.client.start_session(causal_consistency=False)


_BATCH = 1_000
"""So many documents come at once, unless they have more bytes than MongoDB sends at once."""
