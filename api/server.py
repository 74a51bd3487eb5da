"""Byline under gunicorn: one process that owns the socket, and workers that each have an app."""

import multiprocessing
import signal
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any

import gunicorn.http.wsgi
import gunicorn.util
import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http.wsgi import Response

from api import problems
from api.app import create_worker_app
from api.delivery import new_request_id
from api.worker import IS_POSSIBLE, Worker
from settings import Settings

KEEP_ALIVE_SECONDS = 15
GRACEFUL_SECONDS = 10
LONGEST_REQUEST_LINE = 8190
MOST_AT_ONCE = 64 * 1024
"""Up to so many bytes a body is sent together with its head; a longer one is not worth copying."""

_log = structlog.get_logger("byline.server")


class Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """gunicorn with our settings; `run` returns by SystemExit."""

    def __init__(
        self, settings: Settings, uri: str, tallies: Path, when_ready: Callable[[], None]
    ) -> None:
        """Serve the database at `uri`, and call `when_ready` once every worker has its app."""
        self._settings = settings
        self._uri = uri
        self._tallies = tallies
        self._when_ready = when_ready
        self._loaded = multiprocessing.Semaphore(0)
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its options."""
        host = self._settings.host
        options: dict[str, Any] = {
            "bind": f"[{host}]:{self._settings.port}"
            if ":" in host
            else f"{host}:{self._settings.port}",
            "worker_class": Worker if IS_POSSIBLE else "gthread",
            "workers": self._settings.workers,
            "threads": self._settings.threads,
            "keepalive": KEEP_ALIVE_SECONDS,
            "graceful_timeout": GRACEFUL_SECONDS,
            "limit_request_line": LONGEST_REQUEST_LINE,
            "loglevel": "info" if self._settings.log_level == "debug" else "warning",
            "proc_name": "byline",
            # Who is in front is said by BYLINE_TRUSTED_PROXIES alone. gunicorn trusts this machine
            # by itself, and takes the scheme and even the path from headers of its clients.
            "forwarded_allow_ips": "",
            # Nothing here uses it, and it would leave a socket in the operator's home folder.
            "control_socket_disable": True,
            "when_ready": lambda _arbiter: Thread(target=self._announce, daemon=True).start(),
            "post_worker_init": lambda worker: self._begin(worker.wsgi),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make a worker's app; its database client is made here, after the fork."""
        gunicorn.util.write_error = write_problem
        gunicorn.http.wsgi.Response = AtOnce
        settle(self.cfg)
        return create_worker_app(self._settings, self._uri, self._tallies)

    def _announce(self) -> None:
        """Wait for the workers: one that is told to stop while it begins may not hear of it."""
        for _ in range(self._settings.workers):
            self._loaded.acquire()
        self._when_ready()

    def _begin(self, app: Flask) -> None:
        leave_interrupt_to_master()
        for number in (signal.SIGTERM, signal.SIGQUIT):
            do_first(number, app.extensions["byline.stop"])
        self._loaded.release()


class AtOnce(Response):  # type: ignore[misc] # gunicorn has no types
    """A response whose head and body are sent together, where the body is one piece.

    gunicorn sends them one after the other: two system calls, in each of which a thread gives up
    the interpreter and waits for it again, and two packets.
    """

    sock: Any

    def write(self, piece: bytes) -> None:
        """Send a piece of the body, and the head before the first."""
        if self.headers_sent or self.response_length != len(piece) or len(piece) > MOST_AT_ONCE:
            super().write(piece)
            return
        connection, gathering = self.sock, _Gathering()
        self.sock = gathering
        try:
            super().write(piece)
        finally:
            self.sock = connection
        connection.sendall(b"".join(gathering.parts))


class _Gathering:
    """Stands in for a connection, and keeps what is sent."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.parts.append(data)


def settle(options: Any) -> None:
    """Make gunicorn's options plain attributes, once nothing changes them any more.

    It asks for about twenty with every request, and by itself looks each one up by three calls.
    """
    vars(options).update({name: option.get() for name, option in options.settings.items()})


def leave_interrupt_to_master() -> None:
    """Ignore SIGINT in a worker: Ctrl-C reaches the whole group, and the master tells its workers.

    Told twice, a worker would be interrupted in the middle of its end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def do_first(number: int, action: Callable[[], None]) -> None:
    """Do something when a signal comes, before what it leads to so far."""
    so_far = signal.getsignal(number)

    def handle(number: int, frame: FrameType | None) -> None:
        action()
        if callable(so_far):
            so_far(number, frame)

    signal.signal(number, handle)


def write_problem(sock: Any, status: int, reason: str, message: str) -> None:
    """Answer what is not even a request with a problem document, where gunicorn has HTML.

    Takes the place of gunicorn's own function of the same signature. The message may quote
    what was sent, so it goes to the log and not back.
    """
    request_id = new_request_id()
    _log.warning("not a request", request_id=request_id, status=status, reason=message)
    body = problems.document(status, f"{reason}.", instance="", request_id=request_id)
    head = (
        f"HTTP/1.1 {status} {reason}\r\n"
        "Connection: close\r\n"
        f"Content-Type: {problems.MEDIA_TYPE}\r\n"
        f"X-Request-Id: {request_id}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    gunicorn.util.write_nonblock(sock, head.encode("latin-1") + body)
