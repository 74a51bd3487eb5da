"""The `revisions` collection: what articles said before they were changed.

The newest revision of an article is the article itself.
"""

from pymongo import DESCENDING
from pymongo.client_session import ClientSession

from store.client import Database, Document, outward
from store.errors import NotFoundError
from store.guard import reading

SAID = (
    *("slug", "url", "title", "summary", "source", "authors", "image_url", "published_at"),
    *("published", "language", "category", "hashtags", "enclosures", "excerpt", "word_count"),
    *("reading_minutes", "body_text", "body_html", "created_at", "updated_at", "revision"),
)
"""What is kept of an article: what it said, and nothing that it was found or compared by."""


def keep(db: Database, article: Document, session: ClientSession | None) -> None:
    """Keep what a stored article says, before it says something else."""
    said = {field: article[field] for field in SAID if field in article}
    kept = {"_id": _id(article["_id"], article["revision"]), "article_id": article["_id"], **said}
    db["revisions"].replace_one({"_id": kept["_id"]}, kept, upsert=True, session=session)


def forget(db: Database, article_id: str, session: ClientSession | None) -> None:
    """Forget what an article said."""
    db["revisions"].delete_many({"article_id": article_id}, session=session)


@reading
def find(db: Database, article_id: str, number: int) -> Document:
    """Give what an article said in a former revision; raise NotFoundError."""
    found = db["revisions"].find_one({"_id": _id(article_id, number)})
    if found is None:
        raise NotFoundError("revision", f"{article_id}:{number}")
    return _as_article(found)


@reading
def page(
    db: Database, article_id: str, *, below: int | None = None, limit: int = 20
) -> list[Document]:
    """Give at most `limit` former revisions of an article, the newest first."""
    if limit < 1:  # MongoDB takes 0 for all
        return []
    query: Document = {"article_id": article_id}
    if below is not None:
        query["revision"] = {"$lt": below}
    found = db["revisions"].find(query).sort("revision", DESCENDING).limit(limit)
    return list(map(_as_article, found))


def _as_article(kept: Document) -> Document:
    article = outward(kept)
    article["id"] = article.pop("article_id")
    return article


def _id(article_id: str, number: int) -> str:
    return f"{article_id}:{number}"
