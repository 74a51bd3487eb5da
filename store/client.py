"""The connection to MongoDB."""

from typing import Any

from pymongo import MongoClient
from pymongo.database import Database as _Database
from pymongo.errors import PyMongoError

from store.errors import UnavailableError
from store.guard import reading

Document = dict[str, Any]
Database = _Database[Document]

SERVER_SELECTION_MS = 5_000
HEARTBEAT_MS = 1_000
"""How often each server is asked how it is: for so long one may be taken for gone that is back."""
CONNECT_MS = 2_000
"""A server that says nothing for so long, and a heartbeat, is given up, with all asked of it."""


def connect(uri: str, name: str, *, threads: int = 1) -> Database:
    """Give a database that connects when it is first used; call once a process, after a fork.

    An acknowledged write is on the disk of a majority. Raises UnavailableError for an address
    that is none, or whose seed list cannot be looked up.
    """
    try:
        client: MongoClient[Document] = MongoClient(
            uri,
            appname="byline",
            tz_aware=True,
            w="majority",
            journal=True,
            retryWrites=True,
            retryReads=True,
            serverSelectionTimeoutMS=SERVER_SELECTION_MS,
            heartbeatFrequencyMS=HEARTBEAT_MS,
            connectTimeoutMS=CONNECT_MS,
            maxPoolSize=max(threads + 4, 10),
        )
    except (PyMongoError, ValueError) as error:
        raise UnavailableError(f"MONGODB_URI cannot be used: {error}") from error
    return client[name]


@reading
def ping(db: Database) -> None:
    """Ask MongoDB for a sign of life; raise UnavailableError when none comes."""
    db.command("ping")


def outward(document: Document) -> Document:
    """Give a stored document as the layers above know it: `id` in place of `_id`."""
    document["id"] = document.pop("_id")
    return document


def inward(document: Document) -> Document:
    """Give a document as it is stored: `_id` in place of `id`."""
    stored = dict(document)
    stored["_id"] = stored.pop("id")
    return stored
