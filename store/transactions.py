"""Several writes as one: all of them or none, where MongoDB can do that.

A single server that is no replica set has no transactions, and neither has one in memory, in a
test. There the writes follow each other as they stand, so they are put in an order in which each
may be the last before a crash.
"""

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from pymongo.client_session import ClientSession
from pymongo.database import Database as _Database

from store import version
from store.client import Database

R = TypeVar("R")
Work = Callable[[ClientSession | None], R]
"""Does the writes, each with the session; it is done again if it met another transaction."""

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
        with db.client.start_session() as session:
            return session.with_transaction(work)
    finally:
        if waited:
            _turn.release()
