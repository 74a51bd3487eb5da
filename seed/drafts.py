"""Drafts of articles from what a page says. Pure functions."""

from datetime import UTC, datetime, timedelta
from typing import Any

from insight.text import agrees
from schemas.fields import format_time
from seed.page import Entry


def from_entry(entry: Entry, language: str, captured_at: datetime | None) -> dict[str, Any]:
    """Make a draft of an entry; what the page does not say stays null or empty.

    The language is that of the page's headings, unless the text is plainly in another one.
    """
    body = "\n\n".join(entry.paragraphs)
    return {
        "title": entry.title,
        "source": entry.source,
        "category": entry.category,
        "hashtags": list(entry.hashtags),
        "language": language if agrees(language, f"{entry.title} {body}") else None,
        "body_text": body,
        "captured_at": captured_at,
        **_published(entry, captured_at),
    }


def _published(entry: Entry, captured_at: datetime | None) -> dict[str, Any]:
    """Give the time of publication; "8 hours ago" is a time only if we know as of when."""
    if entry.when is None:
        return {"published_at": None, "published": None}
    published_at = entry.when.resolve(captured_at)
    return {
        "published_at": published_at,
        "published": {
            "text": entry.when.text,
            "precision": entry.when.precision,
            "inferred": entry.when.relative and published_at is not None,
        },
    }


OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
"""There was no web before: a page that is older was dated later, or wrongly."""


def doubts(draft: dict[str, Any], now: datetime) -> list[str]:
    """Name what is odd about a draft that is kept as it is."""
    moment = draft["published_at"]
    if moment and moment > now + timedelta(hours=1):
        return ["future-date"]
    return ["before-1990"] if moment and moment < OLDEST else []


def said_time(draft: dict[str, Any]) -> str | None:
    """Give the time of publication as it is shown to a person."""
    moment = draft["published_at"]
    return moment and format_time(moment)
