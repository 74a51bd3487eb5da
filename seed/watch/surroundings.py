"""What a watcher needs of the world around it, so that a test can make another world."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from seed import addresses
from seed.addresses import AddressError
from seed.fetch import Response
from seed.watch.taking import Read
from store import leases
from store.client import Database


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The database, the web, the time and chance."""

    db: Database
    ask: Callable[..., Response]
    """`seed.fetch.ask`, with what the settings decide."""
    read: Read
    """Have a document read by the reading process."""
    now: Callable[[], datetime]
    wait: Callable[[float], object]
    """Wait for some seconds, or until it is time to stop."""
    stopped: Callable[[], bool]
    chance: Callable[[], float]
    """A number from 0 to 1, another each time."""
    owner: str
    """The name of the watcher, unlike that of every other."""


LEASE = timedelta(minutes=2)
"""How long a host is a watcher's own unless it asks for more: longer than any fetch."""


class LostLeaseError(Exception):
    """A lease ran out before its work was done, and another watcher may be at it."""


class Lease:
    """The right to be the only one to ask a host, for as long as `keep` is called now and then."""

    def __init__(self, around: Surroundings, host: str) -> None:
        """Speak of a host; `take` comes next."""
        self._around = around
        self._host = host
        self._renew_at = around.now()

    def take(self) -> bool:
        """Take the lease, if nobody has it; tell whether it was free."""
        now = self._around.now()
        self._renew_at = now + LEASE / 3
        return leases.take(self._around.db, self._host, self._around.owner, now, LEASE)

    def keep(self) -> None:
        """Hold on to the lease, when it is time to; raise LostLeaseError if it is gone."""
        now = self._around.now()
        if now < self._renew_at:
            return
        if not leases.renew(self._around.db, self._host, self._around.owner, now, LEASE):
            raise LostLeaseError(self._host)
        self._renew_at = now + LEASE / 3

    def give_back(self, pause: float = 0.0) -> None:
        """Let others have it, once the host has been left alone for some seconds."""
        free_at = self._around.now() + timedelta(seconds=pause)
        leases.give_back(self._around.db, self._host, self._around.owner, free_at)


def host_of(url: str) -> str:
    """Give the host, with its port, that an address leads to; nothing for what is no address."""
    try:
        return addresses.read(url).authority
    except AddressError:
        return ""
