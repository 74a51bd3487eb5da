"""What changes in MongoDB, as it changes.

A replica set tells of every write within a fraction of a millisecond (a change stream). A single
server does not: there every write of ours raises a number, and that number is read all the time.
"""

import time
from collections.abc import Iterator

from pymongo.errors import PyMongoError

from store import version
from store.client import Database, Document
from store.errors import UnavailableError

SILENCE_SECONDS = 0.25
"""The longest that `watch` says nothing while all is well."""

POLL_SECONDS = 0.02
"""How often the number is read where there is no change stream."""

Changed = tuple[str, str]
"""A collection, and the id of a document in it that was added, changed or removed."""

EVERYTHING: Changed = ("*", "*")
"""Something changed, and it is not known what."""

_ONE_DOCUMENT = {"insert", "update", "replace", "delete"}
_WHAT: list[Document] = [
    # The vocabulary changes with every article, and no answer is made from it.
    {"$match": {"ns.coll": {"$ne": "vocabulary"}}},
    {"$project": {"operationType": 1, "ns.coll": 1, "documentKey._id": 1}},
]


def watch(db: Database) -> Iterator[list[Changed]]:
    """Give what changes, without end; an empty list says that all is well and nothing changed.

    The first item is empty: whatever is written after it is told. One comes at least every
    `SILENCE_SECONDS`, and when none does, the connection is broken. Raises UnavailableError when
    that is certain; what was missed is then unknown.
    """
    try:
        db.command("ping")  # only a server that has been spoken to is known for what it is
        yield from _poll(db) if version.is_needed(db) else _stream(db)
    except PyMongoError as error:
        raise UnavailableError(str(error)) from error


def _stream(db: Database) -> Iterator[list[Changed]]:
    with db.watch(_WHAT, max_await_time_ms=int(SILENCE_SECONDS * 1000)) as stream:
        yield []
        while stream.alive:
            event = stream.try_next()
            yield [] if event is None else [_changed(event)]


def _changed(event: Document) -> Changed:
    if event["operationType"] in _ONE_DOCUMENT:
        return event["ns"]["coll"], str(event["documentKey"]["_id"])
    return EVERYTHING


def _poll(db: Database) -> Iterator[list[Changed]]:
    known = version.read(db)
    yield []
    while True:
        time.sleep(POLL_SECONDS)
        now = version.read(db)
        yield [] if now == known else [EVERYTHING]
        known = now
