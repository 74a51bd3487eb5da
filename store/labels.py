"""The labels that articles carry: hashtags and categories, with how many articles each has.

Nothing reads the articles one by one: the ids come from a skip through the index that lists by
label, the counts from walking a label's part of it, the spelling from its first entry.
"""

from bisect import bisect_right
from typing import Literal

from store.client import Database, Document
from store.guard import reading
from store.position import order

Kind = Literal["hashtags", "category"]
"""The article's field that holds the labels."""


@reading
def page(db: Database, kind: Kind, *, after: str | None = None, limit: int = 20) -> list[Document]:
    """Give at most `limit` labels (`id`, `name`, `articles_count`) that follow `after`, by id."""
    every_id = sorted(filter(None, db["articles"].distinct(f"{kind}.id")))
    first = 0 if after is None else bisect_right(every_id, after)
    return [_label(db, kind, label_id) for label_id in every_id[first : first + limit]]


def _label(db: Database, kind: Kind, label_id: str) -> Document:
    """Give a label with its count, as the newest article that carries it spells it."""
    carried = {f"{kind}.id": label_id}
    newest = db["articles"].find_one(carried, {kind: 1}, sort=order("listed_at", newest_first=True))
    found = newest[kind] if newest else []
    spellings = found if isinstance(found, list) else [found]
    return {
        "id": label_id,
        "name": next((each["name"] for each in spellings if each["id"] == label_id), label_id),
        "articles_count": db["articles"].count_documents(carried),
    }
