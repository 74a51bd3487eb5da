"""What a view works with: the settings, and the database of this process."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from flask import current_app

from api.tally import Tally
from desk.newsroom import Newsroom, Newsrooms
from settings import Settings
from store.client import Database


@dataclass(frozen=True, slots=True)
class Context:
    """Made once for each app."""

    settings: Settings
    db: Database
    tally: Tally
    newsrooms: Newsrooms


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
    context: Context = current_app.extensions["byline"]
    return context
