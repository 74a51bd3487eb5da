"""What an article brings along when asked: its whole source, related articles, comments."""

from collections.abc import Sequence
from typing import Any

from schemas.article import LISTED, article_schema
from store import comments, links, sources
from store.client import Database, Document


def fields_to_read(names: Sequence[str], included: Sequence[str]) -> list[str]:
    """Name the fields of an article to read for an answer with these fields."""
    return [*names, "updated_at", *(["source"] if "source" in included else [])]


def include(db: Database, articles: list[Document], included: Sequence[str]) -> list[Document]:
    """Add to the articles what was asked for, in a query or two for all of them."""
    article_ids = [article["id"] for article in articles]
    if "source" in included:
        named = [article["source"]["id"] for article in articles if article["source"]]
        by_id = {source["id"]: source for source in sources.find_many(db, named)}
        for article in articles:
            article["source"] = article["source"] and by_id.get(
                article["source"]["id"], article["source"]
            )
    if "related" in included:
        related = links.related(db, article_ids, fields=LISTED)
        for article in articles:
            article["related"] = related[article["id"]]
    if "comments" in included:
        threads = comments.on_many(db, article_ids)
        for article in articles:
            article["comments"] = threads[article["id"]]
    return articles


def dump(
    articles: list[Document], names: Sequence[str], included: Sequence[str]
) -> list[dict[str, Any]]:
    """Write the articles with these fields and what they bring along."""
    shown = dict.fromkeys([*names, *included])
    dumped: list[dict[str, Any]] = article_schema(tuple(shown)).dump(articles, many=True)
    return dumped
