"""Sources, and the articles of each."""

from typing import Any

from flask import Response

from api.articles import article_page
from api.blueprint import Blueprint
from api.caching import answer, depends_on
from api.context import db
from api.memory import ANY
from api.paging import listing
from schemas.article import ArticleListQuery, ArticlePageSchema
from schemas.source import (
    SOURCE_ID_PATTERN,
    SourcePageSchema,
    SourceSchema,
    SourcesQuery,
    WholeSourceSchema,
)
from store import feeds, sources
from store.errors import NotFoundError

blp = Blueprint("sources", __name__, url_prefix="/v1/sources", description=__doc__)

PATH = [
    {
        "in": "path",
        "name": "source_id",
        "description": "The id of a source: the slug of its name.",
        "schema": {"type": "string", "pattern": f"^{SOURCE_ID_PATTERN}$"},
    }
]


@blp.route("")
@blp.arguments(SourcesQuery(), location="query")
@blp.response(200, SourcePageSchema)
def list_sources(query: dict[str, Any]) -> Response:
    """List the sources, by id."""
    depends_on(("sources", ANY), ("articles", ANY))
    return listing(
        lambda limit: sources.page(db(), after=query.get("cursor"), limit=limit),
        query["limit"],
        cursor=lambda source: str(source["id"]),
        dump=SourceSchema(many=True).dump,
    )


@blp.route("/<source_id>", parameters=PATH)
@blp.response(200, WholeSourceSchema)
def show_source(source_id: str) -> Response:
    """Show one source, with how many articles it has, when the latest came, how its feeds fare."""
    depends_on(("sources", source_id), ("articles", ANY))
    source = sources.find(db(), source_id)
    urls = source.get("feeds") or []
    depends_on(*(("feeds", url) for url in urls))
    source["feeds_health"] = feeds.health(db(), urls)
    return answer(WholeSourceSchema().dump(source))


@blp.route("/<source_id>/articles", parameters=PATH)
@blp.arguments(ArticleListQuery(), location="query")
@blp.response(200, ArticlePageSchema)
def list_source_articles(query: dict[str, Any], source_id: str) -> Response:
    """List the articles of a source, the newest first."""
    depends_on(("sources", source_id))
    if not sources.exists(db(), source_id):
        raise NotFoundError("source", source_id)
    return article_page(query, sources=[source_id])
