"""What is known of MongoDB beyond the driver: whether it answers, and whether it is electing.

When it does not answer, everybody who asks would wait for as long as they may; a few dozen of them
hold every thread, and nobody hears even that the process is alive. So one finds out, and the others
are told at once.
"""

import time
from threading import Lock
from typing import Any
from weakref import finalize

import pymongo
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, PyMongoError
from pymongo.topology_description import TopologyDescription

from store.errors import UnavailableError

PROBE_SECONDS = 1.0
"""How long it may take to find out whether MongoDB answers."""
PATIENCE_SECONDS = 0.25
"""How long one waits for another who is finding out."""
QUIET_SECONDS = 0.5
"""For how long what was found out holds, if it was that MongoDB does not answer."""

Client = MongoClient[dict[str, Any]]

_contacts: "dict[int, Contact]" = {}
"""By the client itself: two of one address are equal, but one may be closed."""


class Contact:
    """When a client's MongoDB answered last, and whether that is in doubt."""

    def __init__(self) -> None:
        """Doubt nothing."""
        self._answered_at = float("-inf")
        self._in_doubt = False
        self._quiet_until = float("-inf")
        self._finding_out = Lock()

    def answered(self) -> None:
        """Note that MongoDB has answered."""
        self._answered_at = time.monotonic()
        self._in_doubt = False

    def failed(self, error: PyMongoError, began: float) -> None:
        """Note that one who began to ask at a time got no answer."""
        if isinstance(error, ConnectionFailure) and self._answered_at < began:
            self._in_doubt = True

    def make_sure(self, client: Client, seconds: float) -> None:
        """Return if MongoDB answers, as far as is known; raise UnavailableError if it does not.

        Where that is in doubt one finds out, in so many seconds at most. An election is waited for.
        """
        if not self._is_doubtful(client.topology_description):
            return
        if not self._finding_out.acquire(timeout=min(PATIENCE_SECONDS, seconds)):
            raise UnavailableError("MongoDB does not answer")
        try:
            if self._is_doubtful(client.topology_description):
                self._find_out(client, min(PROBE_SECONDS, seconds))
        finally:
            self._finding_out.release()

    def _find_out(self, client: Client, seconds: float) -> None:
        if time.monotonic() < self._quiet_until:
            raise UnavailableError("MongoDB did not answer a moment ago")
        try:
            with pymongo.timeout(seconds):
                client.admin.command("ping")
        except PyMongoError:
            if seconds >= PATIENCE_SECONDS:  # in less, an answer may only have been on its way
                self._quiet_until = time.monotonic() + QUIET_SECONDS
            raise
        self.answered()

    def _is_doubtful(self, description: TopologyDescription) -> bool:
        if self._in_doubt:
            return not is_electing(description)
        return not description.known_servers


def contact(client: Client) -> Contact:
    """Give the contact of a client."""
    known = _contacts.get(id(client))
    if known is None:
        known = _contacts.setdefault(id(client), Contact())
        finalize(client, _contacts.pop, id(client), None)
    return known


def is_electing(description: TopologyDescription) -> bool:
    """Tell whether a replica set has members that answer, but none that leads."""
    return _leader(description) is None and "RSSecondary" in _kinds(description)


def has_elected(before: TopologyDescription, now: TopologyDescription) -> bool:
    """Tell whether a replica set has elected a leader between two looks at it, or is about to."""
    if is_electing(before) or is_electing(now):
        return True
    former, leader = _leader(before), _leader(now)
    return former is not None and leader is not None and leader != former


def _leader(description: TopologyDescription) -> object:
    """Give the primary of a replica set, and its election; None if there is none."""
    for server in description.server_descriptions().values():
        if server.server_type_name == "RSPrimary":
            return server.address, server.election_id
    return None


def _kinds(description: TopologyDescription) -> set[str]:
    return {server.server_type_name for server in description.server_descriptions().values()}
