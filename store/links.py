"""The `links` collection: which articles are related to which, and who says so."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pymongo import DeleteOne, ReplaceOne
from pymongo.errors import DuplicateKeyError

from store import finding
from store.client import Database, Document
from store.guard import reading, writing

EDITOR = "editor"
"""The origin of a link that a person set, or, with `removed`, took away for good."""
PAGE = "page"
"""The origin of a link that the document itself named."""
COMPUTED = "computed"
"""The origin of a link that follows from the two texts."""

Change = DeleteOne | ReplaceOne[Document]

_ORIGINS = (EDITOR, PAGE, COMPUTED)


@dataclass(frozen=True, slots=True)
class Computed:
    """How near two articles are, from 0 to 1, and what they share."""

    score: float
    reasons: tuple[str, ...]


@reading
def of(db: Database, article_ids: Sequence[str]) -> dict[str, list[Document]]:
    """Give for each article its links in their order, one for each article they lead to.

    Those that an editor took away are among them, for `join` to know. Where a link leads there
    may be no article.
    """
    found = finding.find(db, "links", {"from": {"$in": list(article_ids)}})
    # By where it leads: an article that two origins name is related once, at its first place.
    links: dict[str, dict[str, Document]] = defaultdict(dict)
    for link in sorted(found, key=_place):
        links[link["from"]].setdefault(link["to"], link)
    return {article_id: list(links[article_id].values()) for article_id in article_ids}


def _place(link: Document) -> tuple[int, int, float, str]:
    """Put an editor's links first, then the page's, then the computed ones, the nearest first."""
    origin, position, score = link["origin"], link["position"], link["score"]
    return _ORIGINS.index(origin), position or 0, -(score or 0), link["to"]


def stands(link: Document) -> bool:
    """Tell whether a link is one, and no note that an editor took it away."""
    return not link.get("removed")


def targets(links: Mapping[str, Iterable[Document]]) -> list[str]:
    """Give the ids of the articles that the links of `of` lead to, be they there or not."""
    return list({link["to"] for group in links.values() for link in group})


def join(
    links: Mapping[str, Sequence[Document]],
    articles: Iterable[Document],
    *,
    after: str | None = None,
) -> dict[str, list[Document]]:
    """Put in place of the links of `of` the articles they lead to, with what each link says.

    That is its `origin`, `score`, `reasons` and `position`. Passed over is a link to an article
    that is not among these, one that an editor took away, and, unless an editor set it, one to
    another copy (by `copies`) of a text that is there already or was taken away: of the article's
    own, if that is among these, or of one before. With `after`, the id of a related article, only
    those that follow it are given.
    """
    there = {article["id"]: article for article in articles}
    return {
        article_id: [
            linked | {key: link[key] for key in _SAID}
            for link, linked in _distinct(there.get(article_id, {}), group, there)
            if link["to"] in following
        ]
        for article_id, group in links.items()
        for following in [_following(group, after)]
    }


def _distinct(
    own: Document, links: Sequence[Document], there: Mapping[str, Document]
) -> Iterator[tuple[Document, Document]]:
    """Give the links that lead to an article, and it, but of several copies only the first."""
    removed = [there.get(link["to"], {}) for link in links if not stands(link)]
    seen = {each.get("copies") for each in (own, *removed)} - {None}
    for link in filter(stands, links):
        linked = there.get(link["to"])
        if linked is None or (link["origin"] != EDITOR and linked.get("copies") in seen):
            continue
        seen |= {linked.get("copies")} - {None}
        yield link, linked


def _following(links: Sequence[Document], after: str | None) -> set[str]:
    """Give where the links lead that follow the one to an article."""
    ends = [link["to"] for link in links]
    if after is None:
        return set(ends)
    return set(ends[ends.index(after) + 1 :]) if after in ends else set()


_SAID = ("origin", "score", "reasons", "position")


@writing
def add(db: Database, from_id: str, to_ids: Sequence[str], origin: str = PAGE) -> int:
    """Link an article to others in this order; give how many of the links are new.

    A link that is there keeps its place. An article is never linked to itself.
    """
    others = [to_id for to_id in to_ids if to_id != from_id]
    return sum(
        _add_one(db, from_id, to_id, origin, position)
        for position, to_id in enumerate(others, start=1)
    )


@writing
def put(db: Database, from_id: str, to_id: str, position: int | None = None) -> bool:
    """Set an editor's link, at a place among the editor's links; tell whether there was none.

    Without a position it keeps the place that it has, or goes behind the others.
    """
    known = {link["_id"]: link for link in db["links"].find({"from": from_id})}
    standing = [link for link in known.values() if link["origin"] == EDITOR and stands(link)]
    places = {link["to"]: link["position"] or 0 for link in standing}
    at = position or places.get(to_id) or max(places.values(), default=0) + 1
    _say(db, _link(from_id, to_id, EDITOR, position=at))
    taken_away = _id(from_id, to_id, EDITOR) in known and to_id not in places
    return taken_away or all(link["to"] != to_id for link in known.values())


@writing
def remove(db: Database, from_id: str, to_id: str) -> None:
    """Take a link away for good, whoever set it or would set it later."""
    _say(db, _link(from_id, to_id, EDITOR) | {"removed": True})


def _say(db: Database, link: Document) -> None:
    """Store what an editor said of a link in place of what was said before."""
    try:
        db["links"].replace_one({"_id": link["_id"]}, link, upsert=True)
    except DuplicateKeyError:  # somebody else said something first, and we after them
        db["links"].replace_one({"_id": link["_id"]}, link, upsert=True)


Links = dict[str, dict[str, Computed]]
"""Computed links, by where they start and where they lead."""


@reading
def computed(db: Database, from_ids: Sequence[str], to_ids: Sequence[str] = ()) -> Links:
    """Give all computed links that start at some articles, and those that lead to others."""
    ends = {"from": {"$in": list(from_ids)}}, {"to": {"$in": list(to_ids)}}
    links: Links = defaultdict(dict)
    for link in finding.find(db, "links", {"origin": COMPUTED, "$or": list(ends)}):
        links[link["from"]][link["to"]] = Computed(link["score"], tuple(link["reasons"]))
    return links


@writing
def rewrite_computed(db: Database, before: Links, after: Links) -> None:
    """Turn the computed links that there are into others."""
    changes: list[Change] = []
    for from_id in before.keys() | after.keys():
        known, wanted = before.get(from_id, {}), after.get(from_id, {})
        gone = known.keys() - wanted.keys()
        changes += [DeleteOne({"_id": _id(from_id, to_id, COMPUTED)}) for to_id in gone]
        for to_id, link in wanted.items():
            if known.get(to_id) != link:
                new = _link(from_id, to_id, COMPUTED, score=link.score, reasons=link.reasons)
                changes.append(ReplaceOne({"_id": new["_id"]}, new, upsert=True))
    if changes:
        db["links"].bulk_write(changes, ordered=False)


@writing
def move(db: Database, old_id: str, new_id: str) -> None:
    """Let every link from or to an article lead from or to its new id."""
    for link in list(db["links"].find({"$or": [{"from": old_id}, {"to": old_id}]})):
        from_id, to_id = (new_id if end == old_id else end for end in (link["from"], link["to"]))
        if from_id != to_id:
            moved = link | {"from": from_id, "to": to_id}
            moved["_id"] = _id(from_id, to_id, link["origin"])
            _insert(db, moved)
        db["links"].delete_one({"_id": link["_id"]})


def _add_one(db: Database, from_id: str, to_id: str, origin: str, position: int) -> bool:
    return _insert(db, _link(from_id, to_id, origin, position=position))


def _insert(db: Database, link: Document) -> bool:
    """Add a link unless it is there; tell whether it was added."""
    try:
        result = db["links"].update_one({"_id": link["_id"]}, {"$setOnInsert": link}, upsert=True)
    except DuplicateKeyError:  # somebody else added it between our look and our insert
        return False
    return result.upserted_id is not None


def _id(from_id: str, to_id: str, origin: str) -> str:
    return f"{from_id}:{to_id}:{origin}"


def _link(
    from_id: str,
    to_id: str,
    origin: str,
    *,
    score: float | None = None,
    reasons: Sequence[str] = (),
    position: int | None = None,
) -> Document:
    return {
        "_id": _id(from_id, to_id, origin),
        "from": from_id,
        "to": to_id,
        "origin": origin,
        "score": score,
        "reasons": list(reasons),
        "position": position,
    }
