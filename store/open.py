"""The database that the settings name: the private MongoDB, or the one at `MONGODB_URI`."""

from collections.abc import Iterator
from contextlib import contextmanager

from settings import Settings
from store.client import Database, connect
from store.embedded import private_mongod


@contextmanager
def address(settings: Settings) -> Iterator[str]:
    """Give the address of MongoDB; the private one runs at least as long as this is open."""
    if settings.mongodb_uri:
        yield settings.mongodb_uri
        return
    with private_mongod(settings.data, settings.mongod) as uri:
        yield uri


@contextmanager
def opened(settings: Settings, *, threads: int = 1) -> Iterator[Database]:
    """Give a connected database and close the connection in the end."""
    with address(settings) as uri:
        db = connect(uri, settings.mongodb_db, threads=threads)
        try:
            yield db
        finally:
            db.client.close()
