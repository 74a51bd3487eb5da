"""What a watcher did, and how it is said: a line for a person, or JSON for a program."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from schemas.fields import format_time

STATUSES = ("new", "changed", "unchanged", "rejected")


@dataclass(frozen=True, slots=True)
class Polled:
    """One poll of a feed. `result` is `changed`, `unchanged`, `failed` or `gone`."""

    at: datetime
    feed: str
    sources: list[str]
    result: str
    articles: Mapping[str, int] = field(default_factory=dict)
    error: str | None = None
    moved_to: str | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Paged:
    """The page of one article. `result` is `new` (a text it had not), `unchanged` or `failed`."""

    at: datetime
    page: str
    result: str
    error: str | None = None


Event = Polled | Paged


def line(event: Event) -> str:
    """Say an event in one line."""
    if isinstance(event, Paged):
        what = event.error or {"new": "the whole text"}.get(event.result, event.result)
        return f"{_clock(event.at)}  page  {event.page}  {what}"
    counts = ", ".join(f"{event.articles[name]} {name}" for name in STATUSES if event.articles)
    said = event.error or counts or "not modified"
    moved = f", moved to {event.moved_to}" if event.moved_to else ""
    after = f"next at {_clock(event.next_at)}" if event.next_at else "not polled again"
    failed = "failed: " if event.result == "failed" else ""
    return f"{_clock(event.at)}  feed  {event.feed}  {failed}{said}{moved}; {after}"


def as_json(event: Event) -> dict[str, Any]:
    """Give an event as JSON has it."""
    return {
        name: format_time(value) if isinstance(value, datetime) else value
        for name, value in asdict(event).items()
    }


def _clock(moment: datetime) -> str:
    return format_time(moment.replace(microsecond=0))
