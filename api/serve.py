"""`python -m api serve`: everything from an empty folder to a running API, and back again."""

import errno
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from api import tally
from api.server import Server
from schemas.article import PLACE
from settings import Settings
from store import articles, indexes, links, vocabulary
from store.articles import ArticleFilter
from store.client import Database, connect
from store.errors import UnavailableError
from store.open import address

PROJECT = Path(__file__).resolve().parent.parent

# A server that was killed leaves workers that take about a second to notice.
_PORT_PATIENCE_SECONDS = 3.0
_HEALTH_SECONDS = 3
_INSTALL = ".venv/bin/pip install --require-hashes --no-deps -r"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - a look-up, not a binding


class ServeError(Exception):
    """A reason not to start; one line that says what to do."""


def serve(settings: Settings) -> None:
    """Run the API until it is told to stop; raise ServeError, or MongodError, if it cannot."""
    run = _server(settings)
    if settings.otel_endpoint:
        _installed("api.tracing", "opentelemetry", "requirements-otel.lock")
    wait_for_port(settings)
    with address(settings) as uri, tally.folder() as tallies:
        db = connect(uri, settings.mongodb_db)
        try:
            article_id = _prepare(db, settings, uri)
        finally:
            db.client.close()  # a client must not be taken through a fork
        run(settings, uri, tallies, when_ready=lambda: announce(settings, article_id))


def wait_for_port(settings: Settings) -> None:
    """Make sure that the port is free, or becomes free within moments; raise ServeError."""
    deadline = time.monotonic() + _PORT_PATIENCE_SECONDS
    while problem := _port_problem(settings.host, settings.port):
        if problem.errno != errno.EADDRINUSE or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    if problem:
        raise ServeError(_advice(settings, problem))


def base_url(settings: Settings) -> str:
    """Give the address under which this machine reaches the API."""
    host = _EVERYWHERE.get(settings.host, settings.host)
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return f"http://{host}:{settings.port}"


def is_alive(settings: Settings) -> bool:
    """Tell whether a Byline answers at the address of these settings."""
    return _says(settings, "livez", "alive")


def is_ready(settings: Settings) -> bool:
    """Tell whether the API that these settings describe is running and has its database."""
    return _says(settings, "readyz", "ready")


def announce(settings: Settings, article_id: str | None) -> None:
    """Print the three addresses worth opening."""
    base = base_url(settings)
    page = f"{PLACE}/{article_id}?include=source,related,comments" if article_id else "/v1/sources"
    print(
        f"\nByline is running; Ctrl-C stops it.\n\n"
        f"  Articles      {base}{PLACE}\n"
        f"  A whole page  {base}{page}\n"
        f"  API docs      {base}/docs/\n",
        flush=True,
    )


def _server(settings: Settings) -> Callable[..., None]:
    """Give what runs the server that the settings name: granian is there only when installed."""
    if settings.server == "gunicorn":
        return lambda *args, **kwargs: Server(*args, **kwargs).run()
    granian_server = _installed("api.granian_server", "granian", "requirements-granian.lock")
    return partial(granian_server.run, accepts=lambda: is_alive(settings))


def _installed(module: str, package: str, lock: str) -> Any:
    """Import a module of ours that needs what is not always there; raise ServeError without it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise
        raise ServeError(f"{package} is not installed: {_INSTALL} {lock}") from error


def _prepare(db: Database, settings: Settings, uri: str) -> str | None:
    """Make indexes, load the bundled documents into an empty private database; give an id.

    A database of the operator's own gets no sample articles, and may also be away for now: the
    API starts all the same, answers 503, and prepares it when it is there.
    """
    try:
        indexes.prepare(db)
        if settings.mongodb_uri is None and articles.is_empty(db):
            _seed(settings, uri)
        if not articles.is_empty(db) and not vocabulary.is_counted(db):
            print("Articles of an earlier version cannot be searched yet: " + _RELATE, flush=True)
        return _worth_opening(db)
    except UnavailableError as error:
        if settings.mongodb_uri is None:
            raise
        print(f"The database does not answer yet: {error}", file=sys.stderr)
        return None


_RELATE = "run .venv/bin/python -m desk relate --all"


def _worth_opening(db: Database) -> str | None:
    """Give the id of a new article, if possible of one that has related ones to show."""
    newest = articles.page(db, ArticleFilter(), limit=100, fields=["id"])
    ids = [str(article["id"]) for article in newest]
    linked = links.of(db, ids)
    return next(
        (article_id for article_id in ids if any(map(links.stands, linked[article_id]))),
        ids[0] if ids else None,
    )


def _seed(settings: Settings, uri: str) -> None:
    """Run the seed script on our database; the two edges know each other by command only."""
    environment = os.environ | {"MONGODB_URI": uri, "MONGODB_DB": settings.mongodb_db}
    command = [sys.executable, "-m", "seed"]
    subprocess.run(command, cwd=PROJECT, env=environment, check=False)  # noqa: S603 - our own


def _port_problem(host: str, port: int) -> OSError | None:
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        return error
    return None


def _advice(settings: Settings, problem: OSError) -> str:
    if isinstance(problem, PermissionError):
        return f"port {settings.port} needs more rights: set BYLINE_PORT to one above 1023"
    if isinstance(problem, socket.gaierror) or problem.errno == errno.EADDRNOTAVAIL:
        return f"{settings.host} is no address of this machine: set BYLINE_HOST"
    if is_alive(settings):
        return (
            f"Byline already runs at {base_url(settings)}: "
            "set BYLINE_PORT and BYLINE_DATA to start another"
        )
    return f"port {settings.port} is taken by another program: set BYLINE_PORT to a free one"


def _says(settings: Settings, path: str, word: str) -> bool:
    """Ask a running API; anything but this word, also no answer, is a no."""
    url = f"{base_url(settings)}/{path}"
    try:
        with urlopen(url, timeout=_HEALTH_SECONDS) as answer:  # noqa: S310 - our own address
            return bool(json.loads(answer.read(1000)) == {"status": word})
    except (OSError, ValueError):
        return False
