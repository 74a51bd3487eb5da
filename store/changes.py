"""What changes in MongoDB, for who asks again and again.

A replica set tells of every write that has ended (a change stream). A single server does not: there
every write of ours raises a number, and that number is read.
"""

from collections.abc import Iterator
from contextlib import suppress

from pymongo.change_stream import ChangeStream

from store import version
from store.client import Database, Document
from store.errors import UnavailableError
from store.guard import listening

MOST_CHANGES = 1_000
"""More than so many at once are told as everything."""

Changed = tuple[str, str]
"""A collection, and the id of a document in it that was added, changed or removed."""

EVERYTHING: Changed = ("*", "*")
"""Something changed, and it is not known what."""

_ONE_DOCUMENT = {"insert", "update", "replace", "delete"}
# These change with every article or poll, and no answer that is kept is made from them.
_UNSEEN = [
    *("counters", "idempotency", "keys", "leases", "limits", "pages"),
    *("revisions", "tombstones", "vocabulary", "webhooks"),
]
_WHAT: list[Document] = [
    {"$match": {"ns.coll": {"$nin": _UNSEEN}}},
    {"$project": {"operationType": 1, "ns.coll": 1, "documentKey._id": 1}},
]
_LEAST_WAIT_MS = 1


def watch(db: Database) -> Iterator[list[Changed]]:
    """Give, each time it is asked, what has changed since: all writes that ended before are in it.

    First comes `EVERYTHING`, since what was before is not known. It ends when there is no more to
    be told, as after the database was dropped, and raises UnavailableError when MongoDB does not
    answer; then what was missed is not known either.
    """
    _greet(db)  # only a server that has been spoken to is known for what it is
    return _poll(db) if version.is_needed(db) else _stream(db)


def _stream(db: Database) -> Iterator[list[Changed]]:
    stream = _open(db)
    try:
        yield [EVERYTHING]
        while stream.alive:
            yield _new(db, stream)
    finally:
        with suppress(UnavailableError):  # MongoDB forgets it by itself
            _close(db, stream)


@listening
def _greet(db: Database) -> None:
    db.command("ping")


@listening
def _open(db: Database) -> ChangeStream[Document]:
    return db.watch(_WHAT, max_await_time_ms=_LEAST_WAIT_MS)


@listening
def _new(_: Database, stream: ChangeStream[Document]) -> list[Changed]:
    changes: list[Changed] = []
    while len(changes) < MOST_CHANGES:
        event = stream.try_next()
        if event is None:
            return changes
        changes.append(_changed(event))
    return [EVERYTHING]


@listening
def _close(_: Database, stream: ChangeStream[Document]) -> None:
    stream.close()


def _changed(event: Document) -> Changed:
    if event["operationType"] in _ONE_DOCUMENT:
        return event["ns"]["coll"], str(event["documentKey"]["_id"])
    return EVERYTHING


def _poll(db: Database) -> Iterator[list[Changed]]:
    known = None
    while True:
        now = _version(db)
        yield [] if now == known else [EVERYTHING]
        known = now


_version = listening(version.read)
