"""Which articles have several terms: what the entries of each term in the index have in common.

An index can be entered by one term only, and reading the articles to look for the others costs
many times what reading entries does. So the entries of the rarest term are taken a batch at a
time, and each is looked up among those of the other terms. How many of a batch have all terms tells
how large the next one should be: every batch is two questions, and where terms are seldom together
many small ones would cost more than what they read.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import inf, prod

from store import finding
from store.client import Database, Document
from store.conditions import Has, as_query
from store.indexes import TERMS
from store.position import Position, beyond, order

Entry = tuple[datetime, int]
"""When an article is listed, in UTC, and its `tie`: what the index on the terms has of it."""

_FIRST, _LARGEST = 128, 20_000
_LOOK_UP = 4
"""How many entries in a row can be read while one is looked up."""
_MARGIN = 1.5
"""How many times what should be enough is read: a second question costs more than a few entries."""


def common(
    db: Database,
    wanted: Sequence[Has],
    barred: Sequence[Has],
    *,
    after: Position | None,
    newest_first: bool,
    enough: int,
    listed: Sequence[Document] = (),
) -> Iterator[list[int]]:
    """Give batch by batch, in order, the ties of the articles that have all terms wanted.

    They have none of those barred, follow a position, and `listed` holds for their times. The
    first of the wanted should be the rarest. Who asks needs `enough` of them, about.
    """
    rarest, *others = wanted
    size = _size(_FIRST, _likely(others, barred), enough)
    start = beyond("listed_at", after, newest_first=newest_first, by_tie=True)
    while batch := _entries(db, rarest, [*start, *listed], newest_first, size):
        found = batch
        between = len(batch) / rarest.share if rarest.share else inf  # of all articles
        for has in others:
            there = _there(db, has, found, between)
            found = [entry for entry in found if entry in there]
        for has in barred:
            there = _there(db, has, found, between)
            found = [entry for entry in found if entry not in there]
        yield [tie for _, tie in found]
        if len(batch) < size:
            return
        size = _size(size, len(found) / len(batch), enough)
        start = _beyond(batch[-1], newest_first)


def _likely(others: Sequence[Has], barred: Sequence[Has]) -> float:
    """Tell which share of the rarest term's articles is looked for, if terms come independently."""
    wanted = prod(1 if has.share is None else has.share for has in others)
    return wanted * prod(1 - (has.share or 0) for has in barred)


def _size(least: int, share: float, enough: int) -> int:
    """Tell how much to read, if such a share of it is what is looked for."""
    wanted = _MARGIN * enough / share if share > 0 else _LARGEST
    return int(min(max(wanted, least), _LARGEST))


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


def _there(db: Database, has: Has, entries: Sequence[Entry], between: float) -> set[Entry]:
    """Find out which of the entries another term has, where so many articles lie between them.

    It may give others that it has as well.
    """
    if not entries:
        return set()
    times, ties = map(list, zip(*entries, strict=True))
    where: Document = {"listed_at": {"$in": times}, "tie": {"$in": ties}}
    if has.share is not None and has.share * between < len(entries) * _LOOK_UP:
        where = {"listed_at": {"$gte": min(times), "$lte": max(times)}}
    return set(_read(db, {"$match": {**as_query(has), **where}}))


def _read(db: Database, *stages: Document) -> list[Entry]:
    # Two arrays cost a tenth of as many documents, and times are only compared with each other.
    arrays = {"_id": None, "times": {"$push": "$listed_at"}, "ties": {"$push": "$tie"}}
    stages = (*stages, {"$group": arrays})
    for found in finding.aggregate(
        db, "articles", stages, hint=TERMS.document["name"], zoned=False
    ):
        return list(zip(found["times"], found["ties"], strict=True))
    return []
