"""Which articles have several terms: what the entries of each term in the index have in common.

An index can be entered by one term only, and reading the articles to look for the others costs
many times what reading entries does. So the entries of the rarest term are taken a batch at a
time, and each is looked up among those of the other terms; the batches grow with every one it
takes.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from store.client import Database, Document
from store.conditions import Has, as_query
from store.position import Position, beyond, order

Entry = tuple[datetime, int]
"""When an article is listed, and its `tie`: what the index on the terms has of it."""

_FIRST, _GROWTH, _LARGEST = 128, 4, 20_000


def common(
    db: Database,
    wanted: Sequence[Has],
    barred: Sequence[Has],
    *,
    after: Position | None,
    newest_first: bool,
    listed: Sequence[Document] = (),
) -> Iterator[list[int]]:
    """Give batch by batch, in order, the ties of the articles that have all terms wanted.

    They have none of those barred, follow a position, and `listed` holds for their times. The
    first of the wanted should be the rarest.
    """
    rarest, *others = wanted
    size, start = _FIRST, beyond("listed_at", after, newest_first=newest_first, by_tie=True)
    while batch := _entries(db, rarest, [*start, *listed], newest_first, size):
        found = batch
        for has in others:
            there = _there(db, has, found)
            found = [entry for entry in found if entry in there]
        for has in barred:
            there = _there(db, has, found)
            found = [entry for entry in found if entry not in there]
        yield [tie for _, tie in found]
        if len(batch) < size:
            return
        size = min(size * _GROWTH, _LARGEST)
        start = _beyond(batch[-1], newest_first)


def _beyond(entry: Entry, newest_first: bool) -> list[Document]:
    return beyond(
        "listed_at", (entry[0], f"{entry[1]:010x}"), newest_first=newest_first, by_tie=True
    )


def _entries(
    db: Database, has: Has, where: Sequence[Document], newest_first: bool, most: int
) -> list[Entry]:
    """Read the first entries of a term; the index has all of them, no article is read."""
    by_tie = order("listed_at", newest_first=newest_first, by_tie=True)
    return _read(
        db,
        {"$match": {"$and": [as_query(has), *where]}},
        {"$sort": dict(by_tie)},
        {"$limit": most},
    )


def _there(db: Database, has: Has, entries: Sequence[Entry]) -> set[Entry]:
    """Look entries up among those of another term."""
    if not entries:
        return set()
    times, ties = map(list, zip(*entries, strict=True))
    points = {"listed_at": {"$in": times}, "tie": {"$in": ties}}
    return set(_read(db, {"$match": {**as_query(has), **points}}))


def _read(db: Database, *stages: Document) -> list[Entry]:
    # Two arrays cost a tenth of as many documents.
    arrays = {"_id": None, "times": {"$push": "$listed_at"}, "ties": {"$push": "$tie"}}
    for found in db["articles"].aggregate([*stages, {"$group": arrays}], hint=_INDEX):
        return list(zip(found["times"], found["ties"], strict=True))
    return []


_INDEX = "terms_1_listed_at_-1_tie_-1"
