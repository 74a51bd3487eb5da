"""Documents as the store takes and gives them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from store.articles import UNDATED

START = datetime(2025, 6, 16, tzinfo=UTC)


def hours(number: int) -> datetime:
    return START + timedelta(hours=number)


def labels(*names: str) -> list[dict[str, str]]:
    return [{"id": name.casefold(), "name": name} for name in names]


def article(number: int, **values: Any) -> dict[str, Any]:
    """Give an article whose id ends in its number, an hour younger than the one before."""
    published_at = values.get("published_at", hours(number))
    return {
        "id": f"{number:032x}",
        "slug": f"article-{number}",
        "former_ids": [],
        "guids": [],
        "title": f"Article {number}",
        "title_key": f"article {number}",
        "source": {"id": "bbc", "name": "BBC"},
        "category": None,
        "hashtags": [],
        "language": "en",
        "tie": 0,
        "published_at": published_at,
        "listed_at": published_at or UNDATED,
        "updated_at": hours(number),
        "revision": 1,
    } | values


def comment(number: int, article_id: str, **values: Any) -> dict[str, Any]:
    """Give a comment as it is stored."""
    status = values.get("status", "visible")
    return {
        "_id": f"{number:032x}",
        "article_id": article_id,
        "author": "Kim",
        "text": f"Comment {number}",
        "created_at": hours(number),
        "status": status,
        "listed": status == "visible",
        "turn": 0,
        "parent_id": None,
        "sender": "5ende5",
        "moderated_at": None,
        "moderated_by": None,
    } | values
