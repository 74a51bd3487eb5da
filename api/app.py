"""The Flask app: the resources, and what every answer has in common."""

import re
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request
from flask.json.provider import JSONProvider

from api import articles, docs, health, labels, problems, site, sources
from api.blueprint import refuse_stray_parameters
from api.context import Context
from settings import Settings
from store.client import Database

RESOURCES = (articles, sources, labels, site, health)
"""The modules whose `blp` is served."""

MAX_BODY_BYTES = 1024 * 1024
EXPOSED_HEADERS = "Allow, ETag, Last-Modified, Link, Location, Retry-After, X-Request-Id"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class OrjsonProvider(JSONProvider):
    """Flask's JSON, written and read by orjson."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Write JSON; layout options are for people, and are ignored."""
        return orjson.dumps(obj, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Read JSON; raise ValueError for anything else."""
        return orjson.loads(s)


def create_app(settings: Settings, db: Database) -> Flask:
    """Make an app that serves one database; tests pass one in memory."""
    app = Flask(__name__, static_folder=None)
    app.json = OrjsonProvider(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.strict_slashes = False
    app.extensions["byline"] = Context(settings, db)
    problems.register(app)
    app.before_request(_identify)
    app.before_request(refuse_stray_parameters)
    app.after_request(_finish)
    api = docs.register(app)
    for resource in RESOURCES:
        api.register_blueprint(resource.blp)
    return app


def _identify() -> None:
    """Give the request an id: the client's own, if it has the form of one."""
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else problems.new_request_id()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    """Open the answer to every origin, and close it to guesses about its type."""
    response.headers["X-Request-Id"] = g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = "*"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response
