"""The Flask app: the resources, and what every answer has in common."""

import gc
import os
from collections.abc import Callable
from functools import partial
from multiprocessing.util import Finalize
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import orjson
from flask import Flask, Request, Response, request
from flask.json.provider import JSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter, RequestRedirect
from werkzeug.wsgi import get_host

from api import (
    access,
    articles,
    auth,
    changes,
    comments,
    docs,
    editing,
    health,
    labels,
    limits,
    links,
    metrics,
    problems,
    revisions,
    site,
    sources,
    stories,
    stream,
)
from api.blueprint import refuse_stray_parameters, refuse_unacceptable
from api.context import Context
from api.delivery import ROUTE, Answer, Delivery, Observer, template
from api.direct import Direct
from api.feed import Feed
from api.freshness import Freshness
from api.memory import Memory
from api.postman import Postman
from api.stopping import Stop
from api.stream import Streams
from api.tally import Counts, Tally
from api.traffic import Traffic
from desk.newsroom import Newsrooms
from settings import Settings
from store import limits as store_limits
from store.changes import watch
from store.client import Database, connect

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from api.tracing import Tracing

RESOURCES = (
    *(articles, editing, links, revisions, changes, stream, comments),
    *(stories, sources, labels, site, health, metrics),
)
"""The modules whose `blp` is served."""

_OWN_THREADS = 6
"""How many threads of a worker's own may ask MongoDB, besides those that answer."""
MAX_BODY_BYTES = 1024 * 1024

# The star means all but Authorization, and to older browsers only itself.
_ALLOWED_HEADERS = (
    "*, Authorization, Content-Type, Idempotency-Key, If-Match, Last-Event-ID, X-API-Key"
)


class OrjsonProvider(JSONProvider):
    """Flask's JSON, written and read by orjson."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Write JSON; layout options are for people, and are ignored."""
        return orjson.dumps(obj, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Read JSON; raise ValueError for anything else."""
        return orjson.loads(s)


class App(Flask):
    """Flask, without what it would do for every request and no request here needs."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Give the function as it is: none here is a coroutine."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Look at the host once; Flask does so three times, for subdomains, which we have not."""
        if request is None:
            return super().create_url_adapter(request)
        request.host = get_host(request.environ)
        return self.url_map.bind(
            request.host,
            script_name=request.root_path,
            url_scheme=request.scheme,
            default_method=request.method,
            path_info=request.path,
            query_args=request.query_string.decode("utf-8", "replace"),
        )

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Lead to the right address by its path alone; the host is the client's word."""
        if isinstance(error := request.routing_exception, RequestRedirect):
            error.new_url = urlsplit(error.new_url)._replace(scheme="", netloc="").geturl()
        super().raise_routing_exception(request)


def create_app(settings: Settings, db: Database, tracing: "Tracing | None" = None) -> Flask:
    """Make an app that serves one database; tests pass one in memory."""
    app = App(__name__, static_folder=None)
    app.json = OrjsonProvider(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.strict_slashes = False
    memory: Memory[Answer] = Memory(settings.cache_bytes)
    freshness = Freshness(memory, partial(watch, db))
    traffic = Traffic()
    stop = Stop()
    streams = Streams(Feed(db, stop), stop, settings.streams)
    tally = Tally(partial(_counts, settings, traffic, memory, freshness, streams))
    own = app.extensions["byline"] = Context(settings, db, tally, Newsrooms(db))
    app.extensions["byline.freshness"] = freshness
    app.extensions["byline.stop"] = stop
    app.extensions["byline.streams"] = streams
    problems.register(app)
    app.before_request(_note_route)
    app.before_request(refuse_unacceptable)
    limits.register(app, settings, partial(store_limits.count, db), verified_key=auth.verified_key)
    app.before_request(refuse_stray_parameters)
    app.after_request(_allow_all)
    api = docs.register(app)
    for resource in RESOURCES:
        api.register_blueprint(resource.blp)
    observers: list[Observer] = [access.log] if settings.access_log else []
    if tracing:
        observers.append(tracing.observe)
    gate = limits.ReadGate(settings.read_limits) if settings.read_limits else None
    direct = Direct(app.wsgi_app, own, (read for each in RESOURCES for read in each.blp.direct))
    delivered: WSGIApplication = Delivery(
        direct, memory, freshness, traffic, gate=gate, observers=observers
    )
    if tracing:
        delivered = tracing.wrap(delivered)
    if proxies := settings.trusted_proxies:
        delivered = ProxyFix(delivered, x_for=proxies, x_proto=proxies, x_host=proxies)
    app.wsgi_app = delivered  # type: ignore[method-assign,assignment] # as Flask has it
    return app


def create_worker_app(settings: Settings, uri: str, tallies: Path) -> Flask:
    """Make the app of a server's worker, after the fork: with a connection and a cache.

    What it counts it shares in the folder `tallies`.
    """
    tracing = _tracing(settings.otel_endpoint) if settings.otel_endpoint else None
    db = connect(uri, settings.mongodb_db, threads=settings.threads + _OWN_THREADS)
    app = create_app(settings, db, tracing)
    if settings.cache_bytes:
        app.extensions["byline.freshness"].start()
    app.extensions["byline"].tally.share(tallies)
    Thread(target=sources.finish, args=(app.extensions["byline"].db,), daemon=True).start()
    Postman(db, app.extensions["byline.stop"]).start()
    # Runs at the end of granian's workers as well, which leave out atexit.
    Finalize(None, app.extensions["byline"].newsrooms.close, exitpriority=1)
    # All of this stays. To look through it for garbage would hold up every thread.
    gc.freeze()
    return app


def _tracing(endpoint: str) -> "Tracing":
    from api.tracing import Tracing  # noqa: PLC0415 # it is there only when installed

    return Tracing(endpoint)


def _counts(
    settings: Settings,
    traffic: Traffic,
    memory: Memory[Answer],
    freshness: Freshness,
    streams: Streams,
) -> Counts:
    """Give what this worker has counted, and what it has in use."""
    in_use = {
        "entries": memory.entries,
        "bytes": memory.bytes,
        "max_bytes": settings.cache_bytes,
        "followers": int(freshness.is_connected),
        "streams": streams.count,
    }
    return Counts(traffic.times(), memory.evicted, in_use, [os.getpid()])


def _note_route() -> None:
    if request.url_rule:
        request.environ[ROUTE] = template(request.url_rule.rule)


def _allow_all(response: Response) -> Response:
    """Tell a browser that asks before it asks that it may."""
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
        response.headers["Access-Control-Max-Age"] = "86400"
    return response
