"""Several writes as one: all of them or none, where MongoDB can do that.

A single server that is no replica set has no transactions, and neither has one in memory, in a
test. There the writes follow each other as they stand, so they are put in an order in which each
may be the last before a crash.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from typing import TypeVar

import pymongo
from pymongo.client_session import ClientSession
from pymongo.database import Database as _Database
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from store import version
from store.client import Database

R = TypeVar("R")
Work = Callable[[ClientSession | None], R]
"""Does the writes, each with the session; it is done again if it met another transaction."""


_GIVE_UP_SECONDS = 5
_PATIENCE_SECONDS = 2
# Of those that write at once all but one would fail and begin anew; in turns, none does.
_turn = Lock()


def are_there(db: Database) -> bool:
    """Tell whether MongoDB has transactions; it is asked for a sign of life if it is not known."""
    if not isinstance(db, _Database):
        return False  # one in memory, in a test
    if not db.client.topology_description.has_known_servers:
        db.command("ping")
    return not version.is_needed(db)


def transact(db: Database, work: Work[R]) -> R:
    """Do writes in one transaction and give what they give; errors of the driver pass through.

    To be called under a time limit (`store.guard`), within which it is tried again.
    """
    if not are_there(db):
        return work(None)
    # It only saves work: who has waited too long for a turn goes ahead without one.
    waited = _turn.acquire(timeout=_PATIENCE_SECONDS)
    try:
        return _transact(db, work)
    finally:
        if waited:
            _turn.release()


def _transact(db: Database, work: Work[R]) -> R:
    session = db.client.start_session()
    is_over = True
    try:
        return session.with_transaction(work)
    except (DuplicateKeyError, BulkWriteError):
        raise  # MongoDB has ended it by itself
    except PyMongoError:
        is_over = False
        raise
    finally:
        if is_over:
            session.end_session()
        else:  # in its own time: ours may be up, and the server may be known only later
            Thread(target=_give_up, args=(db, session), daemon=True).start()


def _give_up(db: Database, session: ClientSession) -> None:
    """End at MongoDB what was begun: if nobody told it to, it would bar others for a minute.

    Until then nobody else gets the session.
    """
    with suppress(PyMongoError), pymongo.timeout(_GIVE_UP_SECONDS):
        db.client.admin.command({"killSessions": [dict(session.session_id)]})
    with suppress(PyMongoError):
        session.end_session()
