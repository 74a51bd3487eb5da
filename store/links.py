"""The `links` collection: which articles are related to which, and who says so."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from pymongo import DeleteMany, DeleteOne, ReplaceOne
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

Change = DeleteMany | DeleteOne | ReplaceOne[Document]

_ORIGINS = (EDITOR, PAGE, COMPUTED)


@dataclass(frozen=True, slots=True)
class Computed:
    """How near two articles are, from 0 to 1, and what they share."""

    score: float
    reasons: Sequence[str]


@reading
def of(
    db: Database,
    article_ids: Sequence[str],
    *,
    after: str | None = None,
) -> dict[str, list[Document]]:
    """Give for each article its links in their order, one for each article they lead to.

    With `after`, the id of a related article, only those that follow it. Where a link leads there
    may be no article.
    """
    found = finding.find(db, "links", {"from": {"$in": list(article_ids)}})
    # By where it leads: an article that two origins name is related once, at its first place.
    links: dict[str, dict[str, Document]] = defaultdict(dict)
    for link in sorted(found, key=_place):
        links[link["from"]].setdefault(link["to"], link)
    return {
        article_id: _following(list(filter(_stands, links[article_id].values())), after)
        for article_id in article_ids
    }


def _place(link: Document) -> tuple[int, int, float, str]:
    """Put an editor's links first, then the page's, then the computed ones, the nearest first."""
    origin, position, score = link["origin"], link["position"], link["score"]
    return _ORIGINS.index(origin), position or 0, -(score or 0), link["to"]


def _stands(link: Document) -> bool:
    return not link.get("removed")


def targets(links: Mapping[str, Iterable[Document]]) -> list[str]:
    """Give the ids of the articles that the links of `of` lead to, be they there or not."""
    return list({link["to"] for group in links.values() for link in group})


def join(
    links: Mapping[str, Iterable[Document]], articles: Iterable[Document]
) -> dict[str, list[Document]]:
    """Put in place of the links of `of` the articles they lead to, with what each link says.

    That is its `origin`, `score`, `reasons` and `position`. Passed over is a link to an article
    that is not among these, and to another copy (by `copies`) of a text that is there already:
    of the article's own, if that is among these, or of one before.
    """
    there = {article["id"]: article for article in articles}
    return {
        article_id: [
            linked | {key: link[key] for key in _SAID}
            for link, linked in _distinct(there.get(article_id, {}), group, there)
        ]
        for article_id, group in links.items()
    }


def _distinct(
    own: Document, links: Iterable[Document], there: Mapping[str, Document]
) -> Iterator[tuple[Document, Document]]:
    """Give the links that lead to an article, and it, but of several copies only the first."""
    seen = {own.get("copies")} - {None}
    for link in links:
        linked = there.get(link["to"])
        if linked is not None and linked.get("copies") not in seen:
            seen |= {linked.get("copies")} - {None}
            yield link, linked


def _following(links: list[Document], after: str | None) -> list[Document]:
    if after is None:
        return links
    return list(dropwhile(lambda link: link["to"] != after, links))[1:]


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
def compute(
    db: Database,
    article_id: str,
    nearest: Mapping[str, Computed],
    *,
    offered: Mapping[str, Computed],
    most: int,
    twins: Collection[str] = (),
    near: Collection[str] | None = None,
) -> None:
    """Let the computed links of an article lead to its nearest, and to it those that are near.

    An article that the link back is `offered` takes it if that is among its `most` nearest, and
    gives up what is then too many; but not if it leads to a copy (`twins`) already. With `near`,
    those that are near at all, every other that leads to the article gives that up.
    """
    current: dict[str, dict[str, Document]] = defaultdict(dict)
    query = {"from": {"$in": [article_id, *offered]}, "origin": COMPUTED}
    for link in db["links"].find(query):
        current[link["from"]][link["to"]] = link
    changes = _changes(article_id, current[article_id], nearest)
    if near is not None:
        stale = {"to": article_id, "origin": COMPUTED, "from": {"$nin": list(near)}}
        changes.append(DeleteMany(stale))
    for other_id, offer in offered.items():
        known = current[other_id]
        if not known.keys().isdisjoint(twins):
            continue
        near = {to_id: Computed(old["score"], old["reasons"]) for to_id, old in known.items()}
        near[article_id] = offer
        kept = sorted(near.items(), key=lambda item: (-item[1].score, item[0]))[:most]
        changes += _changes(other_id, known, dict(kept))
    if changes:
        db["links"].bulk_write(changes, ordered=False)


def _changes(
    from_id: str, known: Mapping[str, Document], wanted: Mapping[str, Computed]
) -> list[Change]:
    """Give the writes that turn the known computed links of an article into those wanted."""
    gone: list[Change] = [
        DeleteOne({"_id": known[to_id]["_id"]}) for to_id in known if to_id not in wanted
    ]
    new = [
        _link(from_id, to_id, COMPUTED, score=link.score, reasons=list(link.reasons))
        for to_id, link in wanted.items()
    ]
    return gone + [
        ReplaceOne({"_id": link["_id"]}, link, upsert=True)
        for link in new
        if known.get(link["to"]) != link
    ]


@writing
def move(db: Database, old_id: str, new_id: str) -> None:
    """Let every link from or to an article lead from or to its new id."""
    for link in list(db["links"].find({"$or": [{"from": old_id}, {"to": old_id}]})):
        from_id, to_id = (new_id if end == old_id else end for end in (link["from"], link["to"]))
        if from_id != to_id:
            moved = link | {"from": from_id, "to": to_id}
            moved["_id"] = f"{from_id}:{to_id}:{link['origin']}"
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
        "_id": f"{from_id}:{to_id}:{origin}",
        "from": from_id,
        "to": to_id,
        "origin": origin,
        "score": score,
        "reasons": list(reasons),
        "position": position,
    }
