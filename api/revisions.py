"""What articles said before they were changed, and what has changed."""

from typing import Any

from flask import Response

from api.articles import LEADS_ON, PATH, lead_on
from api.blueprint import Blueprint
from api.caching import answer, depends_on
from api.context import db
from api.paging import page_of
from desk import revisions
from schemas.article import PLACE, ArticleSchema, article_output
from schemas.revision import (
    DiffQuery,
    DiffSchema,
    RevisionPageSchema,
    RevisionSchema,
    RevisionsQuery,
)
from store.client import Document
from store.errors import NotFoundError
from store.revisions import SAID

blp = Blueprint("revisions", __name__, url_prefix=PLACE, description=__doc__)
blp.register_error_handler(NotFoundError, lead_on)

_NUMBERED = [
    *PATH,
    {
        "in": "path",
        "name": "number",
        "description": "Which revision: 1 is the first.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    },
]
_SHOWN = frozenset(("id", *SAID))


@blp.route("/<article_id>/revisions", parameters=PATH)
@blp.arguments(RevisionsQuery(), location="query")
@blp.response(200, RevisionPageSchema)
@blp.alt_response(302, description=LEADS_ON, success=True)
def list_revisions(query: dict[str, Any], article_id: str) -> Response:
    """List the revisions of an article, the newest first."""
    depends_on(("articles", article_id))
    limit = query["limit"]
    found = revisions.page(db(), article_id, below=query.get("cursor"), limit=limit + 1)
    shown = RevisionSchema(many=True).dump([_listed(each) for each in found[:limit]])
    return page_of(shown, str(found[limit - 1]["revision"]) if len(found) > limit else None)


@blp.route("/<article_id>/revisions/<int:number>", parameters=_NUMBERED)
@blp.response(200, ArticleSchema)
@blp.alt_response(302, description=LEADS_ON, success=True)
def show_revision(article_id: str, number: int) -> Response:
    """Show what an article said in one of its revisions."""
    depends_on(("articles", article_id))
    return answer(article_output(_SHOWN)(revisions.find(db(), article_id, number)))


@blp.route("/<article_id>/diff", parameters=PATH)
@blp.arguments(DiffQuery(), location="query")
@blp.response(200, DiffSchema)
@blp.alt_response(302, description=LEADS_ON, success=True)
def show_diff(query: dict[str, Any], article_id: str) -> Response:
    """Show what has changed in an article between two revisions, the newest two if not said."""
    depends_on(("articles", article_id))
    compared = revisions.compare(db(), article_id, query.get("from_"), query.get("to"))
    return answer(DiffSchema().dump(compared))


def _listed(revision: Document) -> Document:
    place = f"{PLACE}/{revision['id']}/revisions/{revision['revision']}"
    return revision | {"links": {"self": place}}
