"""What a view works with: the request, the settings, and the database of this process.

A view that is asked directly (`api.direct`) has no context of Flask's, but it has this.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app, has_request_context, request

from api.tally import Tally
from desk.newsroom import Newsroom, Newsrooms
from settings import Settings
from store.client import Database

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


@dataclass(frozen=True, slots=True)
class Context:
    """Made once for each app."""

    settings: Settings
    db: Database
    tally: Tally
    newsrooms: Newsrooms


_asked: ContextVar[tuple[Context, "WSGIEnvironment"] | None] = ContextVar("_asked", default=None)


@contextmanager
def asked(own: Context, environ: "WSGIEnvironment") -> Iterator[None]:
    """Let what is called inside work for a request without Flask."""
    token = _asked.set((own, environ))
    try:
        yield
    finally:
        _asked.reset(token)


def environ() -> "WSGIEnvironment":
    """Give the request, as the server has given it; raise RuntimeError outside of one."""
    here = _asked.get()
    return here[1] if here else request.environ


def is_asked() -> bool:
    """Tell whether there is a request."""
    return _asked.get() is not None or has_request_context()


def db() -> Database:
    """Give the database."""
    return _context().db


def newsroom() -> AbstractContextManager[Newsroom]:
    """Give a newsroom for a `with`."""
    return _context().newsrooms.one()


def settings() -> Settings:
    """Give the settings."""
    return _context().settings


def tally() -> Tally:
    """Give what was counted."""
    return _context().tally


def _context() -> Context:
    if here := _asked.get():
        return here[0]
    context: Context = current_app.extensions["byline"]
    return context
