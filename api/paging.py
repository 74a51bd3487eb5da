"""Pages of lists: at most `limit` items, and the address of the page that follows."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from flask import Response

from api import context
from api.blueprint import query_values
from api.caching import answer
from api.delivery import decoded

Item = TypeVar("Item")
Page = Callable[[int], list[Item]]
"""Gives at most so many items from where the page starts."""


def listing(
    page: Page[Item],
    limit: int,
    *,
    cursor: Callable[[Item], str],
    dump: Callable[[list[Item]], list[Any]],
) -> Response:
    """Answer with one page of a list; one item more tells whether another page follows."""
    items = page(limit + 1)
    items, more = items[:limit], items[limit:]
    return page_of(dump(items), cursor(items[-1]) if more else None)


def page_of(data: list[Any], next_cursor: str | None, **beside: Any) -> Response:
    """Answer with one page of a list, where the next one starts, and what stands beside it."""
    following = _following(next_cursor) if next_cursor else None
    headers = {"Link": f'<{following}>; rel="next"'} if following else None
    return answer({"data": data, "next": following, **beside}, headers=headers)


def _following(cursor: str) -> str:
    """Give the address of the next page: the same question, from another place."""
    asked = context.environ()
    query = query_values(asked["QUERY_STRING"].encode("latin-1")) | {"cursor": cursor}
    return f"{quote(decoded(asked['PATH_INFO']))}?{urlencode(query, safe=',')}"
