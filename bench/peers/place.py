"""A place in a list, as the FastAPI peer writes it: milliseconds since the year 1, and an id."""

from datetime import UTC, datetime, timedelta
from typing import Any

_START = datetime(1, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def write(article: dict[str, Any]) -> str:
    """Give where an article stands in the list."""
    return f"{(article['listed_at'] - _START) // _MILLISECOND}-{article['_id']}"


def read(place: str) -> tuple[datetime, str]:
    """Give the time and the id of the article that stands there."""
    milliseconds, _, article_id = place.partition("-")
    return _START + int(milliseconds) * _MILLISECOND, article_id
