"""The Flask app: the resources, and what every answer has in common."""

from functools import partial
from typing import Any

import orjson
import structlog
from flask import Flask, Response, request
from flask.json.provider import JSONProvider

from api import articles, docs, health, labels, problems, site, sources, stories
from api.blueprint import refuse_stray_parameters
from api.context import Context
from api.delivery import REQUEST_ID, Answer, Delivery
from api.freshness import Freshness
from api.memory import Memory
from settings import Settings
from store import changes
from store.client import Database, connect

RESOURCES = (articles, stories, sources, labels, site, health)
"""The modules whose `blp` is served."""

MAX_BODY_BYTES = 1024 * 1024
EXPOSED_HEADERS = "Allow, ETag, Last-Modified, Link, Location, Retry-After, X-Request-Id"


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
    app.before_request(_bind_log)
    app.before_request(refuse_stray_parameters)
    app.after_request(_finish)
    api = docs.register(app)
    for resource in RESOURCES:
        api.register_blueprint(resource.blp)
    memory: Memory[Answer] = Memory(settings.cache_bytes)
    freshness = Freshness(memory, partial(changes.watch, db))
    app.extensions["byline.freshness"] = freshness
    app.wsgi_app = Delivery(app.wsgi_app, memory, freshness)  # type: ignore[method-assign]
    return app


def create_worker_app(settings: Settings, uri: str) -> Flask:
    """Make the app of a server's worker, after the fork: with a connection and a cache."""
    app = create_app(settings, connect(uri, settings.mongodb_db, threads=settings.threads))
    if settings.cache_bytes:
        app.extensions["byline.freshness"].start()
    return app


def _bind_log() -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request.environ[REQUEST_ID])


def _finish(response: Response) -> Response:
    """Open the answer to every origin, and close it to guesses about its type."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = "*"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response
