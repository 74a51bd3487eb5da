"""Drafts of articles to publish in tests."""

from datetime import UTC, datetime
from typing import Any

from schemas.article import validate_draft
from store import articles, links
from store.client import Database, Document

CAPTURED = datetime(2025, 6, 16, 16, tzinfo=UTC)


def draft(title: str = "Ties grow closer", **values: Any) -> dict[str, Any]:
    """Give a valid draft; name what differs."""
    return validate_draft(
        {
            "title": title,
            "source": "Korea Herald",
            "body_text": "The two officials met in Seoul on Monday.\n\nThey agreed to meet again.",
            "language": "en",
            "published_at": datetime(2025, 6, 16, 8, tzinfo=UTC),
            "published": {"text": "8 hours ago", "precision": "hour", "inferred": True},
            "captured_at": CAPTURED,
        }
        | values
    )


def related(
    db: Database, article_id: str, fields: tuple[str, ...] = (), after: str | None = None
) -> list[Document]:
    """Give the related articles of one that are there, each with what its link says."""
    linked = links.of(db, [article_id])
    wanted = {*fields, "copies"} if fields else ()
    there = articles.find_many(db, [article_id, *links.targets(linked)], wanted)
    return links.join(linked, there, after=after)[article_id]
