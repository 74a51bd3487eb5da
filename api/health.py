"""Health: whether the process lives, and whether it can do its work."""

from flask import Response, jsonify

from api.blueprint import Blueprint
from api.context import db
from schemas.site import HealthSchema
from store import indexes

blp = Blueprint("health", __name__, description=__doc__, etags=False)


@blp.route("/livez")
@blp.response(200, HealthSchema)
def livez() -> Response:
    """Tell that this process answers, whatever the database does."""
    return _status("alive")


@blp.route("/readyz")
@blp.response(200, HealthSchema)
@blp.alt_response(503, "Problem")
def readyz() -> Response:
    """Tell that the database answers and is prepared; prepare it if it is not."""
    if not indexes.is_prepared(db()):
        indexes.prepare(db())
    return _status("ready")


def _status(status: str) -> Response:
    response = jsonify(HealthSchema().dump({"status": status}))
    response.headers["Cache-Control"] = "no-store"
    return response
