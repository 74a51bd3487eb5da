"""The `comments` collection: what readers say under an article."""

from collections import defaultdict
from collections.abc import Sequence

from store.client import Database, Document, outward
from store.guard import reading
from store.position import Position, beyond, order

VISIBLE = "visible"
"""The status of a comment that everybody may read."""


@reading
def page(
    db: Database, article_id: str, *, after: Position | None = None, limit: int = 20
) -> list[Document]:
    """Give at most `limit` visible comments on an article that follow a position, oldest first."""
    conditions = beyond("created_at", after, newest_first=False)
    found = (
        db["comments"]
        .find({"$and": [{"article_id": article_id, "status": VISIBLE}, *conditions]})
        .sort(order("created_at", newest_first=False))
        .limit(limit)
    )
    return [outward(comment) for comment in found]


@reading
def on_many(
    db: Database, article_ids: Sequence[str], *, limit: int = 20
) -> dict[str, list[Document]]:
    """Give for each article its first `limit` visible comments, oldest first, in one query."""
    threads: dict[str, list[Document]] = defaultdict(list)
    query = {"article_id": {"$in": list(article_ids)}, "status": VISIBLE}
    for comment in db["comments"].find(query).sort(order("created_at", newest_first=False)):
        thread = threads[comment["article_id"]]
        if len(thread) < limit:
            thread.append(outward(comment))
    return threads
