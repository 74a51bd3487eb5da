"""Which articles may be about the same as another: those of its time that share telling terms.

Each term contributes its newest articles in the window of time, so what one more article costs
does not grow with the collection. The index on the terms answers alone; no article is read.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pymongo import DESCENDING

from store import finding
from store.articles import UNDATED
from store.client import Database, Document, outward
from store.guard import reading
from store.indexes import TERMS

NEWEST = 100
"""How many articles one term contributes at most."""

_SUBJECT = (
    "tie",
    "hashes",
    "weights",
    "fingerprint",
    "listed_at",
    "copies",
    "story",
    "unrelated",
)


@reading
def near(
    db: Database,
    terms: Mapping[str, float],
    *,
    within: tuple[datetime, datetime] | None,
    limit: int,
    few: int = 0,
) -> list[int]:
    """Give the ties of at most `limit` articles that share terms: first what shares most.

    Each term has what it tells. With `within`, only articles listed between two times; without,
    those of any time. Where all together are no more than `few`, they come in any order.
    """
    if not terms:
        return []
    # As few as no term is too frequent for, so what `_candidates` would leave out is not there.
    few = min(few, limit, NEWEST)
    if few and len(found := _having_any(db, terms, within, few + 1)) <= few:
        return found
    stages = _candidates(terms, within, limit)
    return [row["_id"] for row in finding.aggregate(db, "articles", stages)]


@reading
def subjects(db: Database, ties: Iterable[int]) -> list[Document]:
    """Give of articles, by their ties, what comparing takes, and nothing else."""
    fields = dict.fromkeys(_SUBJECT, 1)
    found = finding.find(db, "articles", {"tie": {"$in": list(ties)}}, fields=fields)
    return list(map(outward, found))


def _candidates(
    terms: Mapping[str, float], within: tuple[datetime, datetime] | None, limit: int
) -> list[Document]:
    first, *rest = (_having(term, told, within) for term, told in terms.items())
    return [
        *first,
        *({"$unionWith": {"coll": "articles", "pipeline": branch}} for branch in rest),
        {"$group": {"_id": "$tie", "told": {"$sum": "$told"}}},
        {"$sort": {"told": DESCENDING, "_id": DESCENDING}},
        {"$limit": limit},
    ]


def _having_any(
    db: Database,
    terms: Iterable[str],
    within: tuple[datetime, datetime] | None,
    limit: int,
) -> list[int]:
    """Give the ties of articles that have any of the terms, whichever of those they have.

    That is one range after the other of the index, which takes MongoDB a fifth of `_candidates`.
    """
    stages: list[Document] = [
        {"$match": {"terms": {"$in": list(terms)}, "listed_at": _listed(within)}},
        {"$limit": limit},
        {"$project": {"_id": 0, "tie": 1}},
    ]
    # The one on the times alone looks as good where there are few articles, and is the worst later.
    found = finding.aggregate(db, "articles", stages, hint=TERMS.document["name"])
    return [row["tie"] for row in found]


def _having(term: str, told: float, within: tuple[datetime, datetime] | None) -> list[Document]:
    return [
        {"$match": {"terms": term, "listed_at": _listed(within)}},
        {"$sort": {"listed_at": DESCENDING, "tie": DESCENDING}},
        {"$limit": NEWEST},
        {"$project": {"_id": 0, "tie": 1, "told": {"$literal": told}}},
    ]


def _listed(within: tuple[datetime, datetime] | None) -> Document:
    return {"$gte": within[0], "$lte": within[1]} if within else {"$gte": UNDATED}
