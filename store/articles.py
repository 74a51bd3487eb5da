"""The `articles` collection.

A list is ordered by `listed_at`: the time of publication, or the least of all times where the
input does not say, so that no article drops out of a list.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from store import finding
from store.client import Database, Document, outward
from store.conditions import Condition, Has, as_query, conjuncts, is_anchored
from store.errors import GoneError, NotFoundError
from store.guard import reading
from store.position import Position, beyond, order
from store.postings import common

COUNT_CAP = 100_000
"""Where a count stops: every article counted costs a step through an index."""

UNDATED = datetime(1, 1, 1, tzinfo=UTC)
"""Where an article stands in a list when nobody said when it was published."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """How much of an article is about some things: its length in words, and a weight for each."""

    id: str
    words: int
    weights: Sequence[int]


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles; within a field any of the values will do, between fields all must hold."""

    sources: Sequence[str] = ()
    exclude_sources: Sequence[str] = ()
    categories: Sequence[str] = ()
    hashtags: Sequence[str] = ()
    languages: Sequence[str] = ()
    published_from: datetime | None = None
    published_to: datetime | None = None
    terms: Condition | None = None
    ids: Sequence[str] | None = None
    copies: Sequence[str] = ()
    story: str | None = None

    def as_query(self) -> Document:
        """Give the filter in MongoDB's words."""
        query: Document = {}
        for field, values in (
            ("source.id", self.sources),
            ("category.id", self.categories),
            ("hashtags.id", self.hashtags),
            ("language", self.languages),
            ("copies", self.copies),
        ):
            if values:
                query[field] = {"$in": list(values)}
        if self.exclude_sources:
            query.setdefault("source.id", {})["$nin"] = list(self.exclude_sources)
        if self.story:
            query["story"] = self.story
        if self.ids is not None:
            query["_id"] = {"$in": list(self.ids)}
        if self.terms:
            query |= as_query(self.terms)
        if self.published_from or self.published_to:
            # An article without a date is in no range of dates.
            query["listed_at"] = {"$gt": UNDATED}
        if self.published_from:
            query["listed_at"]["$gte"] = self.published_from
        if self.published_to:
            query["listed_at"]["$lte"] = self.published_to
        return query


@reading
def find(db: Database, article_id: str, fields: Iterable[str] = ()) -> Document:
    """Give one article, or only some of its fields; raise NotFoundError."""
    found = finding.find(db, "articles", {"_id": article_id}, fields=_projection(fields), limit=1)
    if not found:
        raise NotFoundError("article", article_id)
    return outward(found[0])


@reading
def find_many(db: Database, ids: Sequence[str], fields: Iterable[str] = ()) -> list[Document]:
    """Give the articles that exist among these, in the order asked for."""
    if not ids:
        return []
    found = finding.find(db, "articles", {"_id": {"$in": list(ids)}}, fields=_projection(fields))
    by_id = {document["_id"]: outward(document) for document in found}
    return [by_id[id_] for id_ in ids if id_ in by_id]


@reading
def id_of(db: Database, name: str) -> str:
    """Give the id behind a slug or a former id; raise NotFoundError, or GoneError."""
    found = db["articles"].find_one({"$or": [{"slug": name}, {"former_ids": name}]}, {"_id": 1})
    if found is None:
        if db["tombstones"].find_one({"names": name}, {"_id": 1}):
            raise GoneError("article", name)
        raise NotFoundError("article", name)
    return str(found["_id"])


@reading
def page(
    db: Database,
    where: ArticleFilter,
    *,
    after: Position | None = None,
    newest_first: bool = True,
    limit: int = 20,
    fields: Iterable[str] = (),
    zoned: bool = True,
) -> list[Document]:
    """Give at most `limit` articles that follow a position, in order of publication.

    Without `zoned`, times are in UTC and do not say so; see `store.finding`.
    """
    read = partial(finding.find, db, "articles", fields=_projection(fields), zoned=zoned)
    if several := _several(where):
        return _page_of_common(db, where, several, read, after, newest_first, limit)
    # The index on the terms has its ties in short.
    by_tie = is_anchored(where.terms)
    conditions = beyond("listed_at", after, newest_first=newest_first, by_tie=by_tie)
    found = read(
        {"$and": [where.as_query(), *conditions]},
        order=order("listed_at", newest_first=newest_first, by_tie=by_tie),
        limit=limit,
    )
    return [outward(document) for document in found]


def _several(where: ArticleFilter) -> tuple[list[Has], list[Has]] | None:
    """Give the terms wanted and barred of a filter that has more than one and nothing between."""
    found = conjuncts(where.terms) if where.terms else None
    return found if found and found[0] and len(found[0]) + len(found[1]) > 1 else None


def _page_of_common(
    db: Database,
    where: ArticleFilter,
    several: tuple[list[Has], list[Has]],
    read: Callable[..., list[Document]],
    after: Position | None,
    newest_first: bool,
    limit: int,
) -> list[Document]:
    """Give a page of the articles that have several terms in common, as the index tells."""
    rest = dataclasses.replace(where, terms=None).as_query()
    listed = [{"listed_at": rest["listed_at"]}] if "listed_at" in rest else []
    found: list[Document] = []
    batches = common(
        db, *several, after=after, newest_first=newest_first, enough=limit, listed=listed
    )
    for ties in batches:
        for start in range(0, len(ties), limit):
            some = ties[start : start + limit]
            by_tie = order("listed_at", newest_first=newest_first, by_tie=True)
            there = read({"tie": {"$in": some}, **rest}, order=by_tie)
            found += map(outward, there)
            if len(found) >= limit:
                return found[:limit]
    return found


@reading
def term_weights(
    db: Database, where: ArticleFilter, groups: Sequence[Sequence[str]], *, limit: int
) -> list[Weighed]:
    """Give for the newest articles their length in words and how much of each is of each group.

    That is the sum of what the group's terms weigh in it; 0 for one that it is only found by.
    """
    terms = [term for group in groups for term in group]
    places = {str(at): {"$indexOfArray": ["$terms", term]} for at, term in enumerate(terms)}
    found = db["articles"].aggregate(
        [
            {"$match": where.as_query()},
            {"$sort": dict(order("listed_at", newest_first=True, by_tie=is_anchored(where.terms)))},
            {"$limit": limit},
            {"$project": {"weights": 1, "word_count": 1, **({"at": places} if places else {})}},
        ]
    )
    return [_weighed(row, groups) for row in found]


def _weighed(row: Document, groups: Sequence[Sequence[str]]) -> Weighed:
    weights = row["weights"]
    each = iter(row.get("at", {}).values())
    found = [[next(each) for _ in group] for group in groups]
    return Weighed(
        row["_id"],
        row["word_count"],
        [sum(weights[at] for at in group if 0 <= at < len(weights)) for group in found],
    )


@reading
def count(db: Database, where: ArticleFilter) -> int:
    """Count the articles that a filter lets through, but no further than `COUNT_CAP`.

    Of several terms the index is asked for what they have in common; beside them there must be
    no other filter.
    """
    if several := _several(where):
        batches = common(db, *several, after=None, newest_first=True, enough=COUNT_CAP)
        return min(sum(map(len, batches)), COUNT_CAP)
    # Every article has a `listed_at`: asking for it lets an index answer where no filter does.
    query = where.as_query() or {"listed_at": {"$gte": UNDATED}}
    return db["articles"].count_documents(query, limit=COUNT_CAP)


@reading
def is_empty(db: Database) -> bool:
    """Tell whether there is no article at all."""
    return db["articles"].find_one({}, {"_id": 1}) is None


@reading
def estimate(db: Database) -> int:
    """Tell how many articles there are, about."""
    return db["articles"].estimated_document_count()


def every(db: Database, fields: Iterable[str] = (), size: int = 200) -> Iterator[Document]:
    """Give every article there is, the oldest first; what comes meanwhile may be left out."""
    fields = [*fields, "listed_at"] if fields else []
    after: Position | None = None
    while found := page(
        db, ArticleFilter(), after=after, newest_first=False, limit=size, fields=fields
    ):
        yield from found
        after = found[-1]["listed_at"], found[-1]["id"]


def _projection(fields: Iterable[str]) -> dict[str, Any] | None:
    """Name the fields to read; none named means all of them."""
    names = ["_id" if name == "id" else name for name in fields]
    return dict.fromkeys(names, 1) if names else None
