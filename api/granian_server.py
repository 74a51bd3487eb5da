"""Byline under granian, the optional second server: the same app in as many processes."""

import multiprocessing
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing.synchronize import Semaphore
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from api.app import create_worker_app
from settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

GRACEFUL_SECONDS = 10
HEADER_SECONDS = 30
"""How long a client may take over the head of a request, or leave a connection unused."""
MOST_HEADER_BYTES = 64 * 1024

MOST_CONNECTIONS = 2048
"""How many connections a worker has at once; beyond them the kernel lets clients wait."""

_POLL = 0.05
_PARENT_POLL = 0.5


def run(
    settings: Settings,
    uri: str,
    tallies: Path,
    accepts: Callable[[], bool],
    when_ready: Callable[[], None],
) -> None:
    """Serve the database at `uri` until told to stop; it ends by SystemExit only after a failure.

    `when_ready` is called once every worker has its app and `accepts` says that the port answers.
    """
    loaded = multiprocessing.Semaphore(0)
    server = Server(
        "byline",
        address=_number(settings),
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        backpressure=MOST_CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=MOST_HEADER_BYTES
        ),
        websockets=False,
        log_level=LogLevels.info if settings.log_level == "debug" else LogLevels.error,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACEFUL_SECONDS,
    )

    def announce() -> None:
        for _ in range(settings.workers):
            loaded.acquire()
        while not accepts():
            time.sleep(_POLL)
        when_ready()

    threading.Thread(target=announce, daemon=True).start()
    server.serve(target_loader=partial(_load, settings, uri, tallies, loaded), wrap_loader=False)


def _number(settings: Settings) -> str:
    """Give the address to listen on as a number: granian knows no names."""
    found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    return str(found[0][4][0])


def _load(settings: Settings, uri: str, tallies: Path, loaded: Semaphore) -> Flask:
    """Make a worker's app, in the worker; its database client is made here, after the fork."""
    # A Ctrl-C reaches the whole group, and granian takes a worker that ends before it is told to
    # for one that crashed.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _allow_open_files(2 * MOST_CONNECTIONS)
    app = create_worker_app(settings, uri, tallies)
    _do_at_end(app.extensions["byline.stop"])
    app.wsgi_app = _closing(app.wsgi_app)  # type: ignore[method-assign,assignment] # as Flask has it
    loaded.release()
    return app


def _do_at_end(action: Callable[[], None]) -> None:
    """Do something when this worker is told to stop, besides what granian does.

    granian sets its handler of the signal after this; the interpreter says here as well that the
    signal has come.
    """
    heard, said = os.pipe()
    os.set_blocking(said, False)
    signal.set_wakeup_fd(said, warn_on_full_buffer=False)

    def wait() -> None:
        while signal.SIGTERM not in os.read(heard, 1):
            pass
        action()

    threading.Thread(target=wait, daemon=True).start()


def _closing(app: "WSGIApplication") -> "WSGIApplication":
    """Give an app that says so when its answer ends the connection.

    granian ends one whose request has a body that nobody read; a client that is not told may send
    its next request into it.
    """

    def closing(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if length == "0" and "HTTP_TRANSFER_ENCODING" not in environ:
            return app(environ, start_response)
        return app(
            environ,
            lambda status, headers, *more: start_response(
                status, [*headers, ("Connection", "close")], *more
            ),
        )

    return closing


def _allow_open_files(wanted: int) -> None:
    """Raise the limit of this process as far as it may: each connection is an open file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _end_with_parent() -> None:
    """End this worker when the main process was killed: granian's would serve on for ever."""
    parent = multiprocessing.parent_process()
    while parent and os.getppid() == parent.pid:
        time.sleep(_PARENT_POLL)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACEFUL_SECONDS)
    os._exit(1)
