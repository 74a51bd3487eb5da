"""Related links that people set or take away."""

from http import HTTPStatus
from typing import Any

import orjson
from flask import Response

from api.articles import LEADS_ON, PATH, lead_on
from api.auth import requires
from api.blueprint import Blueprint
from api.context import db
from api.including import related_to
from api.problems import BadInputError, fault
from schemas.article import (
    LONGEST_NAME,
    NAME_PATTERN,
    PLACE,
    RELATED,
    RelatedArticleSchema,
    related_output,
)
from schemas.link import LinkInputSchema
from store import articles, links
from store.errors import ConflictError, NotFoundError

blp = Blueprint("links", __name__, url_prefix=PLACE, description=__doc__)
blp.register_error_handler(NotFoundError, lead_on)

SCOPE = "articles:write"
_PATHS = [
    *PATH,
    {
        "in": "path",
        "name": "other_id",
        "description": "The id of the article that it leads to; its slug leads there.",
        "schema": {"type": "string", "pattern": f"^{NAME_PATTERN}$", "maxLength": LONGEST_NAME},
    },
]


@blp.route("/<article_id>/related/<other_id>", methods=["PUT"], parameters=_PATHS)
@requires(SCOPE)
@blp.arguments(LinkInputSchema(), required=False)
@blp.response(200, RelatedArticleSchema, description="It was related already, and is by hand now.")
@blp.alt_response(201, schema=RelatedArticleSchema, success=True, description="It is related now.")
@blp.alt_response(308, description=LEADS_ON, success=True)
def relate_by_hand(values: dict[str, Any], article_id: str, other_id: str) -> Response:
    """Relate an article to another, whatever its page or a computation says."""
    _check_ends(article_id, other_id)
    is_new = links.put(db(), article_id, other_id, values["position"])
    found = related_to(db(), article_id, RELATED)
    linked = next((each for each in found if each["id"] == other_id), None)
    if linked is None:
        _check_ends(article_id, other_id)
        raise ConflictError(other_id)  # somebody took the link away meanwhile
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    body = orjson.dumps(related_output(frozenset(RELATED))(linked))
    # No ETag: whoever sets a link says all of it, so there is nothing to have seen before.
    return Response(body, status, {"Cache-Control": "no-store"}, mimetype="application/json")


@blp.route("/<article_id>/related/<other_id>", methods=["DELETE"], parameters=_PATHS)
@requires(SCOPE)
@blp.response(204)
@blp.alt_response(308, description=LEADS_ON, success=True)
def unrelate(article_id: str, other_id: str) -> Response:
    """Take a related article away for good, whoever named it; only setting it brings it back."""
    _check_ends(article_id, other_id)
    links.remove(db(), article_id, other_id)
    return Response(status=HTTPStatus.NO_CONTENT)


def _check_ends(article_id: str, other_id: str) -> None:
    """Raise NotFoundError unless both articles are there, and BadInputError if they are one."""
    there = [each["id"] for each in articles.find_many(db(), [article_id, other_id], ["id"])]
    for id_ in (article_id, other_id):
        if id_ not in there:
            raise NotFoundError("article", id_)
    if article_id == other_id:
        message = "is the article itself"
        raise BadInputError([fault("path", "other_id", message)], HTTPStatus.CONFLICT)
