"""The labels that articles carry: hashtags and categories, with how many articles each has."""

from typing import Literal

from pymongo import ASCENDING

from store.client import Database, Document, outward
from store.guard import reading

Kind = Literal["hashtags", "category"]
"""The article's field that holds the labels."""


@reading
def page(db: Database, kind: Kind, *, after: str | None = None, limit: int = 20) -> list[Document]:
    """Give at most `limit` labels (`id`, `name`, `articles_count`) that follow `after`, by id."""
    beyond = {f"{kind}.id": {"$gt": after or ""}}
    rows = db["articles"].aggregate(
        [
            {"$match": beyond},
            {"$project": {kind: 1}},
            {"$unwind": f"${kind}"},
            # Again: an article found by one of its labels brings its other labels along.
            {"$match": beyond},
            {
                "$group": {
                    "_id": f"${kind}.id",
                    "name": {"$min": f"${kind}.name"},
                    "articles_count": {"$sum": 1},
                }
            },
            {"$sort": {"_id": ASCENDING}},
            {"$limit": limit},
        ]
    )
    return [outward(row) for row in rows]
