"""The revisions of an article: those before the newest are kept, the newest is the article."""

from typing import Any

from insight.difference import difference
from schemas.article import ArticleSchema
from store import articles, revisions
from store.client import Database

_TOLD = (
    *("title", "url", "source", "authors", "image_url", "published_at", "language"),
    *("category", "hashtags", "enclosures", "excerpt"),
)
"""What is compared beside the text; the summary and the like follow from these."""
_WRITTEN = ArticleSchema(only=_TOLD)


def find(db: Database, article_id: str, number: int) -> dict[str, Any]:
    """Give what an article said in a revision; raise NotFoundError."""
    newest = articles.find(db, article_id)
    if newest["revision"] == number:
        return newest
    return revisions.find(db, article_id, number)


def page(
    db: Database, article_id: str, *, below: int | None = None, limit: int = 20
) -> list[dict[str, Any]]:
    """Give at most `limit` revisions, the newest first; raise NotFoundError."""
    newest = articles.find(db, article_id)
    if below is None or newest["revision"] < below:
        return [newest, *revisions.page(db, article_id, below=newest["revision"], limit=limit - 1)]
    return revisions.page(db, article_id, below=below, limit=limit)


def compare(
    db: Database, article_id: str, from_: int | None = None, to: int | None = None
) -> dict[str, Any]:
    """Tell what changes from one revision to another, by default from the last but one to the last.

    Raises NotFoundError for a revision that is not there.
    """
    after = articles.find(db, article_id) if to is None else find(db, article_id, to)
    number = after["revision"] - 1 if from_ is None else from_
    before = find(db, article_id, number)
    return {"from_": number, "to": after["revision"], "changes": changes(before, after)}


def changes(earlier: dict[str, Any], later: dict[str, Any]) -> list[dict[str, Any]]:
    """Tell, field by field, what is not the same; of the text, which paragraphs."""
    before, after = _WRITTEN.dump(earlier), _WRITTEN.dump(later)
    found: list[dict[str, Any]] = [
        {"field": name, "before": before.get(name), "after": after.get(name)}
        for name in _TOLD
        if before.get(name) != after.get(name)
    ]
    if earlier["body_text"] != later["body_text"]:
        parts = difference(earlier["body_text"], later["body_text"])
        found.append({"field": "body_text", "parts": [part._asdict() for part in parts]})
    return found
