"""Hashtags and categories, with how many articles carry each."""

from typing import Any

from flask import Response

from api.blueprint import Blueprint
from api.caching import depends_on
from api.context import db
from api.memory import ANY
from api.paging import listing
from schemas import cursor
from schemas.label import LabelPageSchema, LabelSchema, LabelsQuery
from store import labels

blp = Blueprint("labels", __name__, url_prefix="/v1", description=__doc__)


@blp.route("/hashtags")
@blp.arguments(LabelsQuery(), location="query")
@blp.response(200, LabelPageSchema)
def list_hashtags(query: dict[str, Any]) -> Response:
    """List the hashtags, by id."""
    return label_page("hashtags", query)


@blp.route("/categories")
@blp.arguments(LabelsQuery(), location="query")
@blp.response(200, LabelPageSchema)
def list_categories(query: dict[str, Any]) -> Response:
    """List the categories, by id."""
    return label_page("category", query)


def label_page(kind: labels.Kind, query: dict[str, Any]) -> Response:
    """Answer with one page of the labels of one kind."""
    depends_on(("articles", ANY))
    return listing(
        lambda limit: labels.page(db(), kind, after=query.get("cursor"), limit=limit),
        query["limit"],
        cursor=lambda label: cursor.encode_text(label["id"]),
        dump=LabelSchema(many=True).dump,
    )
