"""The stream: changes sent as they happen (Server-Sent Events).

A stream takes a thread of its worker for as long as it is open. So there may be only so many, and
requests of other kinds always find a thread.
"""

import random
import re
import socket
from collections.abc import Callable, Iterator
from threading import Condition
from time import monotonic
from typing import Any

from flask import Response, current_app, request
from werkzeug.exceptions import ServiceUnavailable

from api.blueprint import Blueprint
from api.changes import too_late
from api.context import db
from api.delivery import FLOWING
from api.feed import Feed
from api.problems import BadInputError, fault
from api.stopping import Stop
from schemas.change import EVENT, LAST_EVENT_ID, NUMBER, StreamQuery
from schemas.fields import NOT_A_CURSOR
from store import changelog
from store.errors import UnavailableError

PLACE = "/v1/changes/stream"
blp = Blueprint(
    "stream", __name__, url_prefix=PLACE, description=__doc__, etags=False, makes=FLOWING
)

STREAM_SECONDS = (240.0, 360.0)
"""After how long a stream ends; not all at once, since each client then comes again."""
HEARTBEAT_SECONDS = 15.0
RECONNECT_SECONDS = 2
FULL_SECONDS = 5
"""How long a client should wait that found no place."""

_PLACE_SECONDS = 0.5
"""How long to wait for the place of somebody who has gone."""
_AWAY_SECONDS = 0.5
_HEARTBEAT = b": still here\n\n"
_NUMBER = re.compile(NUMBER)


@blp.route("", parameters=[LAST_EVENT_ID])
@blp.arguments(StreamQuery(), location="query")
@blp.response(200, EVENT, content_type=FLOWING)
@blp.alt_response(503, "Problem")
def stream_changes(query: dict[str, Any]) -> Response:
    """Send what happens to articles as it happens (Server-Sent Events)."""
    whole = "article" in query["include"]
    sending = streams().open(_since(query), whole=whole, is_gone=_hang_up(request.environ))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(sending, headers=headers, content_type=FLOWING)


def streams() -> "Streams":
    """Give the streams of this worker."""
    found: Streams = current_app.extensions["byline.streams"]
    return found


class Streams:
    """The streams that are open in a worker; safe for use by several threads."""

    def __init__(self, feed: Feed, stop: Stop, most: int) -> None:
        """Send what comes by the feed, to `most` clients at once."""
        self._feed = feed
        self._stop = stop
        self._most = most
        self._open = 0
        self._freed = Condition()

    @property
    def count(self) -> int:
        """Tell how many are open."""
        return self._open

    def open(self, since: int, *, whole: bool, is_gone: Callable[[], bool]) -> "Stream":
        """Begin to send what came after a place; raise ServiceUnavailable if there are too many."""
        with self._freed:
            if self._open >= self._most:
                self._feed.ring()  # who writes to somebody that has gone finds out, and leaves
                self._freed.wait_for(lambda: self._open < self._most, _PLACE_SECONDS)
            if self._open >= self._most:
                raise ServiceUnavailable(
                    "Too many streams are open here. Try again.", retry_after=FULL_SECONDS
                )
            self._open += 1
        self._feed.join(whole=whole)

        def leave() -> None:
            self._feed.leave(whole=whole)
            with self._freed:
                self._open -= 1
                self._freed.notify()

        return Stream(self._sent(since, is_gone, whole=whole), leave)

    def _sent(self, place: int, is_gone: Callable[[], bool], *, whole: bool) -> Iterator[bytes]:
        """Give what is sent, piece by piece, until it is time to end."""
        yield b"retry: %d\n\n" % (RECONNECT_SECONDS * 1000)
        now = monotonic()
        ends_at = now + random.uniform(*STREAM_SECONDS)  # noqa: S311 - it is no secret
        written_at, rings = now, self._feed.rings
        while not self._stop.is_told() and not is_gone() and now < ends_at:
            events, place = self._news(place, whole=whole)
            rung, rings = self._feed.rings > rings, self._feed.rings
            if events:
                yield b"".join(events)
                written_at = monotonic()
            elif rung or now >= written_at + HEARTBEAT_SECONDS:
                yield _HEARTBEAT
                written_at = monotonic()
            else:
                until = min(written_at + HEARTBEAT_SECONDS, ends_at)
                self._feed.wait(place, rings, max(until - now, 0), whole=whole)
            now = monotonic()

    def _news(self, place: int, *, whole: bool) -> tuple[list[bytes], int]:
        """Give what came after a place; while MongoDB is away, nothing comes."""
        try:
            return self._feed.after(place, whole=whole)
        except UnavailableError:
            self._stop.wait(_AWAY_SECONDS)
            return [], place


class Stream:
    """What is sent to one client; `close` may come before the first piece was asked for."""

    def __init__(self, pieces: Iterator[bytes], leave: Callable[[], None]) -> None:
        """Send pieces, and `leave` once, in the end."""
        self._pieces = pieces
        self._leave: Callable[[], None] | None = leave

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        """End."""
        if self._leave:
            self._leave()
            self._leave = None


def _since(query: dict[str, Any]) -> int:
    """Tell after which change to begin: what a client saw last, what it asks for, or the last."""
    last = changelog.last(db())
    seen = request.headers.get("Last-Event-ID")
    where = ("query", "since") if seen is None else ("header", "Last-Event-ID")
    wanted = query.get("since") if seen is None else seen
    if wanted is None:
        return last
    if not _NUMBER.fullmatch(wanted):
        raise BadInputError([fault(*where, NOT_A_CURSOR)])
    if int(wanted) > last:
        raise too_late(*where)
    return int(wanted)


def _hang_up(environ: dict[str, Any]) -> Callable[[], bool]:
    """Give what tells whether the client has hung up, where the server lets us see its socket."""
    client: socket.socket | None = environ.get("gunicorn.socket")

    def is_gone() -> bool:
        if client is None:
            return False
        try:
            return not client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    return is_gone
