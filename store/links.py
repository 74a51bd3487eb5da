"""The `links` collection: which articles are related to which, and who says so."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import dropwhile

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from store import articles, finding
from store.client import Database, Document
from store.guard import reading, writing

PAGE = "page"
"""The origin of a link that the document itself named."""


@reading
def of(
    db: Database,
    article_ids: Sequence[str],
    *,
    after: str | None = None,
    limit: int | None = None,
) -> dict[str, list[Document]]:
    """Give for each article its links in their order, one for each article they lead to.

    With `after`, the id of a related article, only those that follow it; with `limit`, at most so
    many. Where a link leads there may be no article.
    """
    found = finding.find(
        db,
        "links",
        {"from": {"$in": list(article_ids)}},
        order=[("from", ASCENDING), ("position", ASCENDING), ("to", ASCENDING)],
    )
    # By where it leads: an article that two origins name is related once, at its first place.
    links: dict[str, dict[str, Document]] = defaultdict(dict)
    for link in found:
        links[link["from"]].setdefault(link["to"], link)
    return {
        article_id: _following(list(links[article_id].values()), after)[:limit]
        for article_id in article_ids
    }


def targets(links: Mapping[str, Iterable[Document]]) -> list[str]:
    """Give the ids of the articles that the links of `of` lead to, be they there or not."""
    return list({link["to"] for group in links.values() for link in group})


def join(
    links: Mapping[str, Iterable[Document]], articles: Iterable[Document]
) -> dict[str, list[Document]]:
    """Put in place of the links of `of` the articles they lead to, with what each link says.

    That is its `origin`, `score`, `reasons` and `position`. A link to an article that is not
    among these is passed over.
    """
    there = {article["id"]: article for article in articles}
    return {
        article_id: [
            there[link["to"]] | {key: link[key] for key in _SAID}
            for link in group
            if link["to"] in there
        ]
        for article_id, group in links.items()
    }


@reading
def related(
    db: Database,
    article_ids: Sequence[str],
    *,
    fields: Iterable[str] = (),
    limit: int = 20,
    after: str | None = None,
) -> dict[str, list[Document]]:
    """Give for each article at most `limit` related ones that are there, as `join` gives them.

    They have the `fields` asked for and their ids. With `after`, the id of a related article,
    only those that follow it.
    """
    found = of(db, article_ids, after=after)
    there = articles.find_many(db, targets(found), fields)
    return {article_id: group[:limit] for article_id, group in join(found, there).items()}


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
def move(db: Database, old_id: str, new_id: str) -> None:
    """Let every link from or to an article lead from or to its new id."""
    for link in list(db["links"].find({"$or": [{"from": old_id}, {"to": old_id}]})):
        from_id, to_id = (new_id if end == old_id else end for end in (link["from"], link["to"]))
        if from_id != to_id:
            _add_one(db, from_id, to_id, link["origin"], link["position"])
        db["links"].delete_one({"_id": link["_id"]})


def _add_one(db: Database, from_id: str, to_id: str, origin: str, position: int) -> bool:
    link: Document = {
        "from": from_id,
        "to": to_id,
        "origin": origin,
        "score": None,
        "reasons": [],
        "position": position,
    }
    try:
        result = db["links"].update_one(
            {"_id": f"{from_id}:{to_id}:{origin}"}, {"$setOnInsert": link}, upsert=True
        )
    except DuplicateKeyError:  # somebody else added it between our look and our insert
        return False
    return result.upserted_id is not None
