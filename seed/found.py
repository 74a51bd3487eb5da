"""What a reader of some format is told of a document, and what it gives back. No behaviour."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Draft = dict[str, Any]


class FormatError(ValueError):
    """A document that cannot be read; the message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document is from, if that is an address, and when it was captured, if known."""

    url: str | None = None
    captured_at: datetime | None = None


@dataclass(slots=True)
class Item:
    """A draft of an article, and what was not quite right about it.

    `related` are the places, in the same document, of the articles that it names as related.
    """

    draft: Draft
    flags: tuple[str, ...] = ()
    related: tuple[int, ...] = ()


@dataclass(slots=True)
class Found:
    """What a document holds.

    `source` is whoever publishes the document, as far as it says; `sources` are those that it
    lists. `truncated`: it ends before it should, and what was whole is here.
    """

    shape: str
    articles: list[Item] = field(default_factory=list)
    sources: list[Draft] = field(default_factory=list)
    source: Draft | None = None
    truncated: bool = False
