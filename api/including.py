"""What an article brings along when asked: its whole source, related articles, comments."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from api.caching import depends_on
from api.memory import ANY
from schemas.article import DUPLICATE, LISTED, article_output
from store import articles, comments, links, sources
from store.articles import ArticleFilter
from store.client import Database, Document
from store.errors import NotFoundError

MOST_RELATED = 20
"""How many related articles one article brings along at most."""
MOST_COPIES = 200
"""How many copies the articles of one answer bring along at most, all together."""


def fields_to_read(names: Collection[str], included: Collection[str]) -> list[str]:
    """Name the fields of an article to read for an answer with these fields."""
    needed = {
        "source": ("source",),
        "duplicates": ("copies",),
        "related": ("copies",),
        "comments": ("comments_count",),
    }
    told = ("revision", "updated_at", "grouped_at", "commented_at")
    return [*names, *told, *(field for name in included for field in needed.get(name, ()))]


def include(db: Database, shown: list[Document], included: Collection[str]) -> list[Document]:
    """Add to the articles what was asked for, in a query or two for all of them."""
    article_ids = [article["id"] for article in shown]
    if "source" in included:
        depends_on(("sources", ANY), ("articles", ANY))  # a source tells how many it has
        named = [article["source"]["id"] for article in shown if article["source"]]
        by_id = {source["id"]: source for source in sources.find_many(db, named)}
        for article in shown:
            article["source"] = article["source"] and by_id.get(
                article["source"]["id"], article["source"]
            )
    if "duplicates" in included:
        _add_duplicates(db, shown)
    if "related" in included:
        linked = links.of(db, article_ids)
        _depend_on_links(linked)
        there = articles.find_many(db, links.targets(linked), [*LISTED, "copies"])
        related = links.join(linked, [*shown, *there])
        for article in shown:
            article["related"] = related[article["id"]][:MOST_RELATED]
    if "comments" in included:
        depends_on(("comments", ANY))
        commented = [article["id"] for article in shown if article["comments_count"]]
        threads = comments.on_many(db, commented)
        for article in shown:
            article["comments"] = threads.get(article["id"], [])
    return shown


def _add_duplicates(db: Database, shown: list[Document]) -> None:
    groups = sorted({article["copies"] for article in shown if article.get("copies")})
    copies: dict[str, list[Document]] = defaultdict(list)
    if groups:
        depends_on(("articles", ANY))  # another copy may come at any time
        where = ArticleFilter(copies=groups)
        for copy in articles.page(db, where, limit=MOST_COPIES, fields=[*DUPLICATE, "copies"]):
            copies[copy["copies"]].append(copy)
    for article in shown:
        group = copies[article.get("copies", "")]
        article["duplicates"] = [copy for copy in group if copy["id"] != article["id"]]


def related_to(
    db: Database,
    article_id: str,
    names: Sequence[str],
    *,
    after: str | None = None,
    limit: int | None = None,
) -> list[Document]:
    """Give at most `limit` articles related to one, and these fields; raise NotFoundError.

    With `after`, the id of a related article, only those that follow it.
    """
    linked = links.of(db, [article_id])
    depends_on(("articles", article_id))
    _depend_on_links(linked)
    # The article comes along in the same query, which tells whether it is there itself.
    there = articles.find_many(db, [article_id, *links.targets(linked)], [*names, "copies"])
    if not there or there[0]["id"] != article_id:
        raise NotFoundError("article", article_id)
    return links.join(linked, there, after=after)[article_id][:limit]


def _depend_on_links(linked: dict[str, list[Document]]) -> None:
    depends_on(*(("links", article_id) for article_id in linked))
    # Also on those that are not there: one day they may be.
    depends_on(*(("articles", article_id) for article_id in links.targets(linked)))


def dump(
    shown: list[Document], names: Sequence[str], included: Collection[str]
) -> list[dict[str, Any]]:
    """Write the articles with these fields and what they bring along."""
    write = article_output(frozenset((*names, *included)))
    return [write(article) for article in shown]
