"""The `stories` collection: articles about one event, by the name that each article carries.

A story is counted from its articles, by the index alone, so it is right whatever was interrupted.
"""

from collections.abc import Collection

from pymongo import ASCENDING, DESCENDING, DeleteOne, ReplaceOne

from store.articles import UNDATED
from store.client import Database, Document, outward
from store.errors import NotFoundError
from store.guard import reading, rewriting
from store.position import Position, beyond, order


@reading
def find(db: Database, story_id: str) -> Document:
    """Give one story; raise NotFoundError."""
    found = db["stories"].find_one({"_id": story_id})
    if found is None:
        raise NotFoundError("story", story_id)
    return outward(found)


@reading
def page(db: Database, *, after: Position | None = None, limit: int = 20) -> list[Document]:
    """Give at most `limit` stories that follow a position, the one with the latest news first."""
    conditions = beyond("latest_at", after, newest_first=True)
    found = db["stories"].find({"$and": conditions} if conditions else {})
    return [outward(s) for s in found.sort(order("latest_at", newest_first=True)).limit(limit)]


@rewriting
def refresh(db: Database, story_ids: Collection[str]) -> None:
    """Count the articles of stories anew; a story of fewer than two is none, and goes."""
    if not story_ids:
        return
    counted = {story["_id"]: story for story in db["articles"].aggregate(_counting(story_ids))}
    db["stories"].bulk_write(
        [
            ReplaceOne({"_id": id_}, counted[id_], upsert=True)
            if id_ in counted
            else DeleteOne({"_id": id_})
            for id_ in story_ids
        ],
        ordered=False,
    )


FEWEST = 2
"""How many articles make a story."""


def _counting(story_ids: Collection[str]) -> list[Document]:
    dated = {"$cond": [{"$gt": ["$listed_at", UNDATED]}, "$listed_at", None]}
    return [
        {"$match": {"story": {"$in": list(story_ids)}}},
        {"$sort": {"story": ASCENDING, "listed_at": DESCENDING, "_id": DESCENDING}},
        {
            "$group": {
                "_id": "$story",
                "articles_count": {"$sum": 1},
                "first_at": {"$min": dated},
                "latest_at": {"$max": "$listed_at"},
                "newest": {"$first": "$_id"},
                "sources": {"$addToSet": "$source.id"},
            }
        },
        {"$match": {"articles_count": {"$gte": FEWEST}}},
        {"$set": {"sources": {"$sortArray": {"input": "$sources", "sortBy": 1}}}},
    ]
