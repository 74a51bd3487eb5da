"""Places in a list that is ordered by a time and, within one moment, by id.

A page starts after the place where the last one ended, so its cost does not depend on how far
along it is, and what is added meanwhile moves nothing.
"""

from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from store.client import Document

Position = tuple[datetime, str]
"""The time and the id of the last thing seen."""


def beyond(field: str, after: Position | None, *, newest_first: bool) -> list[Document]:
    """Give the conditions that leave only what follows a position; none for the start."""
    if after is None:
        return []
    moment, last_id = after
    further = "$lt" if newest_first else "$gt"
    return [
        # The first condition bounds the index scan; the second skips the ties already seen.
        {field: {f"{further}e": moment}},
        {"$or": [{field: {further: moment}}, {"_id": {further: last_id}}]},
    ]


def order(field: str, *, newest_first: bool) -> list[tuple[str, int]]:
    """Give the sort that `beyond` counts on."""
    direction = DESCENDING if newest_first else ASCENDING
    return [(field, direction), ("_id", direction)]
