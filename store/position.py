"""Places in a list that is ordered by a time and, within one moment, by id.

A page starts after the place where the last one ended, so its cost does not depend on how far
along it is, and what is added meanwhile moves nothing.
"""

from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from store.client import Document

Position = tuple[datetime, str]
"""The time and the id of the last thing seen."""


def tie_of(item_id: str) -> int:
    """Give the first five bytes of an id as a number, in the order of the ids.

    An index that has as many entries as all articles have words is half the size with it in place
    of the id; that two articles of one millisecond share it does not happen.
    """
    return int(item_id[:10], 16)


def beyond(
    field: str, after: Position | None, *, newest_first: bool, by_tie: bool = False
) -> list[Document]:
    """Give the conditions that leave only what follows a position; none for the start."""
    if after is None:
        return []
    moment, last_id = after
    further = "$lt" if newest_first else "$gt"
    tie = {"tie": {further: tie_of(last_id)}} if by_tie else {"_id": {further: last_id}}
    return [
        # The first condition bounds the index scan; the second skips the ties already seen.
        {field: {f"{further}e": moment}},
        {"$or": [{field: {further: moment}}, tie]},
    ]


def order(field: str, *, newest_first: bool, by_tie: bool = False) -> list[tuple[str, int]]:
    """Give the sort that `beyond` counts on: what is of one moment by id, or by its `tie`."""
    direction = DESCENDING if newest_first else ASCENDING
    return [(field, direction), ("tie" if by_tie else "_id", direction)]
