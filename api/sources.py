"""Sources, and the articles of each; and their changes by those with a key."""

from collections.abc import Iterator
from http import HTTPStatus
from threading import Thread
from time import monotonic, sleep
from typing import Any

import structlog
from flask import Response, abort, request, url_for

from api import problems
from api.articles import article_page
from api.auth import requires
from api.blueprint import Blueprint
from api.caching import answer, conditional, depends_on, require_match, written
from api.context import db
from api.idempotency import idempotent
from api.memory import ANY
from api.paging import listing
from desk.sources import (
    Source,
    adds_nothing,
    completed,
    compose,
    edited,
    finish_spreading,
    spread_name,
)
from schemas.article import ArticleListQuery, ArticlePageSchema
from schemas.source import (
    LONGEST_ID,
    SOURCE_ID_PATTERN,
    SourcePageSchema,
    SourceSchema,
    SourcesQuery,
    WholeSourceSchema,
)
from schemas.source_input import SourceInputSchema, SourcePatchSchema
from store import feeds, sources
from store.client import Database
from store.errors import ConflictError, NotFoundError, TakenError, UnavailableError

blp = Blueprint("sources", __name__, url_prefix="/v1/sources", description=__doc__)

PATH = [
    {
        "in": "path",
        "name": "source_id",
        "description": "The id of a source: the slug of the name that it came with.",
        "schema": {"type": "string", "pattern": f"^{SOURCE_ID_PATTERN}$", "maxLength": LONGEST_ID},
    }
]
LEADS_ON = "What another name of the source would be as an id: its address follows."
PLACE = "/v1/sources"
SCOPE = "articles:write"
PATIENCE_SECONDS = 2.0
"""For how long a client that gave a source a new name is kept waiting for it to be everywhere."""
PAUSES_SECONDS = (5.0, 15.0, 60.0, 300.0, 900.0)
"""After how long it is tried again to have it everywhere, where the database went away."""

_MEANWHILE = "Somebody else has just changed it: read it again."
_NAME_IT = "To say something else of it, or more, send its ETag in If-Match."
_TAKEN = "Another source goes by one of these names."
_log = structlog.get_logger("byline.sources")


@blp.route("", direct=True)
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
@blp.alt_response(302, description=LEADS_ON, success=True)
def show_source(source_id: str) -> Response:
    """Show one source, with how many articles it has, when the latest came, how its feeds fare."""
    depends_on(("sources", source_id), ("articles", ANY))
    source = sources.find(db(), source_id)
    depends_on(*(("feeds", url) for url in source.get("feeds") or ()))
    return answer(representation(source), own=own(source))


@blp.route("/<source_id>/articles", parameters=PATH, direct=True)
@blp.arguments(ArticleListQuery(), location="query")
@blp.response(200, ArticlePageSchema)
@blp.alt_response(302, description=LEADS_ON, success=True)
def list_source_articles(query: dict[str, Any], source_id: str) -> Response:
    """List the articles of a source, the newest first."""
    depends_on(("sources", source_id))
    if not sources.exists(db(), source_id):
        raise NotFoundError("source", source_id)
    return article_page(query, sources=[source_id])


@blp.route("", methods=["POST"])
@requires(SCOPE)
@idempotent
@conditional(required=False)
@blp.arguments(SourceInputSchema())
@blp.response(201, WholeSourceSchema, description="It is there now.")
@blp.alt_response(200, schema=WholeSourceSchema, success=True, description="It was there already.")
def add_source(values: dict[str, Any]) -> Response:
    """Add a source; what is known of it already changes nothing.

    Where the source is there, and something else is said of it or more, that needs If-Match.
    """
    source = compose(values)
    if _added(source):
        return _answer(source["id"], HTTPStatus.CREATED)
    stored = sources.find(db(), _id_of(source["id"]))
    return _changed(stored, completed(stored, values))


@blp.route("/<source_id>", methods=["PUT"], parameters=PATH)
@requires(SCOPE)
@conditional()
@blp.arguments(SourceInputSchema())
@blp.response(200, WholeSourceSchema)
@blp.alt_response(308, description=LEADS_ON, success=True)
def replace_source(values: dict[str, Any], source_id: str) -> Response:
    """Say what a source is; it stands from then on, whatever lists of feeds say."""
    stored = sources.find(db(), source_id)
    return _changed(stored, edited(stored, values))


@blp.route("/<source_id>", methods=["PATCH"], parameters=PATH)
@requires(SCOPE)
@conditional()
@blp.arguments(SourcePatchSchema(partial=True))
@blp.response(200, WholeSourceSchema)
@blp.alt_response(308, description=LEADS_ON, success=True)
def change_source(changes: dict[str, Any], source_id: str) -> Response:
    """Change some of what a source is; that stands from then on, whatever lists of feeds say."""
    stored = sources.find(db(), source_id)
    return _changed(stored, edited(stored, changes))


@blp.route("/<source_id>", methods=["DELETE"], parameters=PATH)
@requires(SCOPE)
@conditional()
@blp.response(204)
@blp.alt_response(308, description=LEADS_ON, success=True)
@blp.alt_response(409, schema="Problem", content_type=problems.MEDIA_TYPE)
def delete_source(source_id: str) -> Response:
    """Delete a source that has no articles; what names it later adds it anew."""
    stored = sources.find(db(), source_id)
    require_match(lambda: own(stored), is_own=True)
    if sources.has_articles(db(), source_id):
        abort(HTTPStatus.CONFLICT, "It has articles: delete those first, or let it be.")
    try:
        sources.delete(db(), stored)
    except ConflictError:
        abort(HTTPStatus.PRECONDITION_FAILED, _MEANWHILE)
    return Response(status=HTTPStatus.NO_CONTENT)


def representation(source: Source) -> Any:
    """Give a source, as it was found, as it is shown by itself."""
    health = feeds.health(db(), source.get("feeds") or [])
    beside = {"aliases": source.get("aliases") or [], "feeds_health": health}
    return WholeSourceSchema().dump(source | beside)


def own(source: Source) -> dict[str, Any]:
    """Give what a client can change of a source: its articles come and its feeds fare."""
    return {name: source.get(name) or None for name in sources.OWN}


@blp.errorhandler(NotFoundError)
def lead_on(error: NotFoundError) -> Response:
    """Lead from what another name of a source would be as an id to its id."""
    if error.kind != "source":
        return problems.not_found(error)
    try:
        source_id = _id_of(error.key)
    except NotFoundError as missing:
        return problems.not_found(missing)
    except UnavailableError as away:  # raised in an error handler, it would find no other
        return problems.unavailable(away)
    place = url_for(request.endpoint or "", source_id=source_id)
    query = request.query_string.decode("ascii")
    status = HTTPStatus.FOUND if request.method == "GET" else HTTPStatus.PERMANENT_REDIRECT
    return Response(status=status, headers={"Location": f"{place}?{query}" if query else place})


def _id_of(name: str) -> str:
    found = sources.known(db(), [name])
    if name not in found:
        raise NotFoundError("source", name)
    return found[name]["id"]


def _added(source: Source) -> bool:
    try:
        return sources.add(db(), source)
    except TakenError:
        abort(HTTPStatus.CONFLICT, _TAKEN)


def _changed(stored: Source, wanted: Source) -> Response:
    """Store what somebody made of a source, if the client has seen what it was."""
    is_news = not adds_nothing(wanted, stored)
    # A POST names a source that may be there; and a change that was made already, by a client that
    # did not get the answer, is no failure though its condition does not hold any more.
    if is_news and request.method == "POST" and "HTTP_IF_MATCH" not in request.environ:
        abort(HTTPStatus.CONFLICT, f"{PLACE}/{stored['id']} is this source. {_NAME_IT}")
    if is_news or ("HTTP_IF_MATCH" not in request.environ and request.method != "POST"):
        require_match(lambda: own(stored), is_own=True)
    if is_news or wanted["held"] != stored.get("held", []):
        try:
            sources.replace(db(), stored, wanted)
        except ConflictError:
            abort(HTTPStatus.PRECONDITION_FAILED, _MEANWHILE)
        except TakenError:
            abort(HTTPStatus.CONFLICT, _TAKEN)
    if wanted["name"] != stored["name"] or stored.get("renamed"):
        _spread_name(stored["id"])
    return _answer(stored["id"], HTTPStatus.OK)


def _spread_name(source_id: str) -> None:
    """Give the articles of a source its name; if there are many, go on without the client."""
    steps, deadline = spread_name(db(), source_id), monotonic() + PATIENCE_SECONDS
    for _ in steps:
        if monotonic() > deadline:
            Thread(target=_go_on, args=(db(), steps), daemon=True).start()
            return


def finish(database: Database) -> None:
    """Give their names to the articles of all sources where that was cut short."""
    _go_on(database, finish_spreading(database))


def _go_on(database: Database, steps: Iterator[int]) -> None:
    """Take the steps that are left; where the database goes away, wait for it and go on then."""
    for pause in (0, *PAUSES_SECONDS):
        sleep(pause)
        try:
            for _ in steps:
                pass
        except UnavailableError as error:  # in the end the next start of the server goes on
            _log.warning("articles keep the former name of their source", reason=str(error))
            steps = finish_spreading(database)
        else:
            return


def _answer(source_id: str, status: int) -> Response:
    source = sources.find(db(), source_id)
    location = f"{PLACE}/{source_id}"
    return written(representation(source), status, location=location, own=own(source))
