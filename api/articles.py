"""Articles, what is related to them, and what readers say about them."""

from typing import Any

from flask import Response, request, url_for

from api import problems
from api.blueprint import Blueprint
from api.caching import answer, depends_on
from api.context import db
from api.including import dump, fields_to_read, include, related_to
from api.memory import ANY
from api.paging import listing
from insight.text import to_key
from schemas import cursor
from schemas.article import (
    FIELDS,
    ID_PATTERN,
    LISTED,
    RELATED,
    ArticlePageSchema,
    ArticleQuery,
    ArticleSchema,
    ArticlesQuery,
    RelatedPageSchema,
    RelatedQuery,
    related_output,
)
from schemas.comment import CommentPageSchema, CommentSchema, CommentsQuery
from store import articles, comments
from store.articles import ArticleFilter
from store.errors import NotFoundError, UnavailableError

blp = Blueprint("articles", __name__, url_prefix="/v1/articles", description=__doc__)

PATH = [
    {
        "in": "path",
        "name": "article_id",
        "description": "The article's id; its slug leads there.",
        "schema": {"type": "string", "pattern": f"^{ID_PATTERN}$"},
    }
]
LEADS_ON = "Another name of the article, such as its slug: its address follows."


@blp.route("")
@blp.arguments(ArticlesQuery(), location="query")
@blp.response(200, ArticlePageSchema)
def list_articles(query: dict[str, Any]) -> Response:
    """List articles, the newest first."""
    return article_page(query, sources=query["source"], exclude_sources=query["exclude_source"])


@blp.route("/<article_id>", parameters=PATH)
@blp.arguments(ArticleQuery(), location="query")
@blp.response(200, ArticleSchema)
@blp.alt_response(302, description=LEADS_ON, success=True)
def show_article(query: dict[str, Any], article_id: str) -> Response:
    """Show one article, and beside it what `include` names."""
    depends_on(("articles", article_id))
    names = tuple(query["fields_"]) or FIELDS
    article = articles.find(db(), article_id, fields_to_read(names, query["include"]))
    [shown] = dump(include(db(), [article], query["include"]), names, query["include"])
    # With others beside it, an article is not all that may have changed.
    return answer(shown, last_modified=None if query["include"] else article["updated_at"])


@blp.route("/<article_id>/related", parameters=PATH)
@blp.arguments(RelatedQuery(), location="query")
@blp.response(200, RelatedPageSchema)
@blp.alt_response(302, description=LEADS_ON, success=True)
def list_related(query: dict[str, Any], article_id: str) -> Response:
    """List the articles related to one, in the order of its page."""
    names = tuple(query["fields_"]) or RELATED
    write = related_output(frozenset(names))
    return listing(
        lambda limit: related_to(db(), article_id, names, after=query.get("cursor"), limit=limit),
        query["limit"],
        cursor=lambda article: str(article["id"]),
        dump=lambda found: [write(article) for article in found],
    )


@blp.route("/<article_id>/comments", parameters=PATH)
@blp.arguments(CommentsQuery(), location="query")
@blp.response(200, CommentPageSchema)
@blp.alt_response(302, description=LEADS_ON, success=True)
def list_comments(query: dict[str, Any], article_id: str) -> Response:
    """List the comments on an article, the oldest first."""
    depends_on(("articles", article_id), ("comments", ANY))
    articles.find(db(), article_id, ["id"])
    return listing(
        lambda limit: comments.page(db(), article_id, after=query.get("cursor"), limit=limit),
        query["limit"],
        cursor=lambda comment: cursor.encode(comment["created_at"], comment["id"]),
        dump=CommentSchema(many=True).dump,
    )


@blp.errorhandler(NotFoundError)
def lead_on(error: NotFoundError) -> Response:
    """Lead from a slug, or an id that the article had before, to its id."""
    try:
        article_id = articles.id_of(db(), error.key)
    except NotFoundError:
        return problems.not_found(error)
    except UnavailableError as away:  # raised in an error handler, it would find no other
        return problems.unavailable(away)
    place = url_for(request.endpoint or "", article_id=article_id)
    query = request.query_string.decode("ascii")
    return Response(status=302, headers={"Location": f"{place}?{query}" if query else place})


def article_page(query: dict[str, Any], **where: Any) -> Response:
    """Answer with one page of the articles that a query, and what `where` adds, lets through."""
    depends_on(("articles", ANY))
    wanted = ArticleFilter(
        categories=[to_key(name) for name in query["category"]],
        hashtags=[to_key(name) for name in query["hashtag"]],
        languages=query["language"],
        published_from=query.get("published_from"),
        published_to=query.get("published_to"),
        **where,
    )
    names = tuple(query["fields_"]) or LISTED
    return listing(
        lambda limit: articles.page(
            db(),
            wanted,
            after=query.get("cursor"),
            newest_first=query["sort"] == "-published_at",
            limit=limit,
            fields=[*fields_to_read(names, query["include"]), "listed_at"],
        ),
        query["limit"],
        cursor=lambda article: cursor.encode(article["listed_at"], article["id"]),
        dump=lambda found: dump(include(db(), found, query["include"]), names, query["include"]),
        total=articles.count(db(), wanted) if query["count"] else None,
    )
