"""How much one client may do in a stretch of time, and how it is told (RateLimit header fields).

Writes are counted in MongoDB, so a client has one budget however many processes there are. Who
shows a good key is counted by that key, wherever it is used from. All others are counted by their
address, also those with a key that is made up: it gets nobody a new budget, and uses up that of
no other. Reads are counted in each process, and only where that is asked for.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from zlib import crc32

import structlog
from flask import Flask, current_app, g, request

from api import problems
from api.delivery import REQUEST_ID, TOLD, Header, Made, decoded
from api.problems import TooManyError
from settings import Limit, Settings
from store.errors import UnavailableError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

UNLIMITED = {"/livez", "/readyz", "/metrics"}
"""What watches over Byline is never refused."""

PAUSE_SECONDS = 2.0
"""How long counting goes on in this process alone before MongoDB is asked again."""

_WRITES = {"POST", "PUT", "PATCH", "DELETE"}
_MOST_COUNTS = 50_000
"""How many counts a process keeps: a few megabytes."""
_LONGEST_ADDRESS = 64
_NET_BITS = 64
"""How many bits of an IPv6 address are those of a client: the others it chooses as it likes."""
_log = structlog.get_logger("byline.limits")

Count = Callable[[str, int], int]
"""Counts one more under a key that is of use for so many seconds, and gives how many there are."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left to a client of one limit."""

    kind: str
    """Of what: `writes`, `comments`, `reads`."""
    limit: Limit
    is_first: bool
    used: int
    ends_in: int
    """In how many seconds all of it is there again."""

    @property
    def name(self) -> str:
        """The limit's name, which no other of a client has."""
        return self.kind if self.is_first else f"{self.kind}-{self.limit.seconds}s"

    @property
    def is_exceeded(self) -> bool:
        """Tell whether the request that was counted last was one too many."""
        return self.used > self.limit.amount

    @property
    def remaining(self) -> int:
        """How many more requests there may be until then."""
        return max(0, self.limit.amount - self.used)


class OwnCounts:
    """Counts in this process; safe for use by several threads. Old ones make room for new ones."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._lock = Lock()

    def __call__(self, key: str, _seconds: int) -> int:
        """Count one more."""
        with self._lock:
            count = self._counts.pop(key, 0) + 1
            self._counts[key] = count
            if len(self._counts) > _MOST_COUNTS:
                del self._counts[next(iter(self._counts))]
        return count


class SharedCounts:
    """Counts in MongoDB, and for as long as it is away in this process."""

    def __init__(self, shared: Count) -> None:
        """Count by what is shared while that works."""
        self._shared = shared
        self._own = OwnCounts()
        self._is_away = False
        self._ask_at = 0.0

    def __call__(self, key: str, seconds: int) -> int:
        """Count one more. While MongoDB is away one request every few seconds finds out."""
        if (now := time.monotonic()) >= self._ask_at:
            if self._is_away:
                self._ask_at = now + PAUSE_SECONDS
            try:
                count = self._shared(key, seconds)
            except UnavailableError as error:
                self._note_absence(str(error))
            else:
                self._is_away, self._ask_at = False, 0.0
                return count
        return self._own(key, seconds)

    def _note_absence(self, reason: str) -> None:
        if not self._is_away:
            _log.warning("limits are counted in each process", reason=reason)
        self._is_away = True
        self._ask_at = time.monotonic() + PAUSE_SECONDS


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits on one kind of requests: all of them hold."""

    kind: str
    limits: tuple[Limit, ...]
    count: Count

    def standings(self, who: str) -> list[Standing]:
        """Count a request of a client; give where it stands, up to the first limit it exceeds."""
        standings = []
        for limit in self.limits:
            # Not all at the full minute: then all that wait would come at once.
            phase = crc32(who.encode()) % limit.seconds
            stretch, spent = divmod(time.time() + phase, limit.seconds)
            key = f"{self.kind}/{limit.seconds}/{who}/{int(stretch)}"
            used = self.count(key, limit.seconds)
            is_first = limit == self.limits[0]
            ends_in = math.ceil(limit.seconds - spent)
            standings.append(Standing(self.kind, limit, is_first, used, ends_in))
            if standings[-1].is_exceeded:
                break
        return standings


class ReadGate:
    """Lets reads pass, as many as one address may have in this process."""

    def __init__(self, limits: tuple[Limit, ...]) -> None:
        """Count from now on."""
        self._policy = Policy("reads", limits, OwnCounts())

    def __call__(self, environ: "WSGIEnvironment") -> tuple[list[Header], Made | None]:
        """Count a read; give what tells its client where it stands, and the answer to one too many.

        An address that is none is counted as well: here nobody knows yet that it is.
        """
        if environ["PATH_INFO"] in UNLIMITED:
            return [], None
        standings = self._policy.standings(address(environ))
        refusal = None
        if standings[-1].is_exceeded:
            path, request_id = decoded(environ["PATH_INFO"]), environ[REQUEST_ID]
            refusal = problems.too_many_reads(_excess(standings[-1]), path, request_id)
        return headers(standings), refusal


@dataclass(frozen=True, slots=True)
class _Limits:
    writes: Policy
    comments: Policy
    verified_key: Callable[[], str | None]


def register(
    app: Flask, settings: Settings, count: Count, verified_key: Callable[[], str | None]
) -> None:
    """Limit the writes of an app, before anything else is known of them but whose they are.

    `verified_key` gives the prefix of the key that a request was sent with, once it has been
    verified, and None for any other request.
    """
    counts = SharedCounts(count)
    app.extensions["byline.limits"] = _Limits(
        Policy("writes", settings.write_limits, counts),
        Policy("comments", settings.comment_limits, counts),
        verified_key,
    )
    app.before_request(_limit_writes)


def comments(view: Callable[P, R]) -> Callable[P, R]:
    """Limit what may be commented from one address without a key.

    To stand directly above the view, so that what could not be read as a comment is not counted.
    """

    @wraps(view)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        limits = _of_app()
        if limits.verified_key() is None:
            _allow(limits.comments, f"address:{address(request.environ)}")
        return view(*args, **kwargs)

    return limited


def headers(standings: list[Standing]) -> list[tuple[str, str]]:
    """Tell a client where it stands (draft-ietf-httpapi-ratelimit-headers-10)."""
    policies = (f'"{each.name}";q={each.limit.amount};w={each.limit.seconds}' for each in standings)
    left = (f'"{each.name}";r={each.remaining};t={each.ends_in}' for each in standings)
    return [("RateLimit-Policy", ", ".join(policies)), ("RateLimit", ", ".join(left))]


def address(environ: "WSGIEnvironment") -> str:
    """Give the address that a client is counted by: of an IPv6 one the network it is in."""
    return _network(environ.get("REMOTE_ADDR", "")[:_LONGEST_ADDRESS])


@lru_cache(maxsize=4_000)
def _network(text: str) -> str:
    try:
        parsed = ip_address(text)
    except ValueError:  # a proxy may say what it likes
        return text
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    kept = int(parsed) >> _NET_BITS << _NET_BITS
    return f"{IPv6Address(kept)}/{_NET_BITS}"


def _limit_writes() -> None:
    if request.method not in _WRITES or request.url_rule is None:
        return  # an address that is none, or not for this method, is refused for nothing
    limits = _of_app()
    if limits.writes.limits:
        key = limits.verified_key()
        who = f"key:{key}" if key else f"address:{address(request.environ)}"
        _allow(limits.writes, who)


def _allow(policy: Policy, who: str) -> None:
    """Count a request; raise TooManyError if it is one too many."""
    if not policy.limits:
        return
    standings = policy.standings(who)
    g.standings = [*g.get("standings", ()), *standings]
    request.environ[TOLD] = headers(g.standings)
    if standings[-1].is_exceeded:
        raise _excess(standings[-1])


def _excess(standing: Standing) -> TooManyError:
    limit = standing.limit
    unit = "second" if limit.seconds == 1 else f"{limit.seconds} seconds"
    return TooManyError(f"At most {limit.amount} {standing.kind} per {unit}.", standing.ends_in)


def _of_app() -> _Limits:
    limits: _Limits = current_app.extensions["byline.limits"]
    return limits
