"""Articles as they are published, changed and deleted, by those with a key."""

from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, abort, request
from marshmallow import ValidationError

from api import bodies
from api.articles import LEADS_ON, PATH, lead_on, own, representation
from api.auth import requires
from api.blueprint import Blueprint, faults_in_body
from api.caching import conditional, matches, require_match, written
from api.context import db, newsroom
from api.idempotency import idempotent
from api.problems import Fault, fault
from desk.compose import Article, adds_nothing, compose
from desk.edit import EVERYTHING, as_draft, edit, patched
from desk.newsroom import Newsroom
from desk.publish import Outcome, now
from schemas import article_input
from schemas.article import PLACE, ArticleSchema
from schemas.article_input import (
    ArticleEditSchema,
    ArticleInBatchSchema,
    ArticleInputSchema,
    ArticlePatchSchema,
    BatchResultsSchema,
    BatchSchema,
)
from store import articles
from store.errors import ConflictError, GoneError, NotFoundError

blp = Blueprint("editing", __name__, url_prefix=PLACE, description=__doc__)
blp.register_error_handler(NotFoundError, lead_on)

SCOPE = "articles:write"
ARTICLE_BYTES = 4 * 1024 * 1024
"""So much fits into one document of MongoDB (16 MiB) also as HTML, with its terms."""
BATCH_BYTES = 16 * 1024 * 1024
_IN_BATCH = ArticleInBatchSchema()
_STATUS = {
    "new": HTTPStatus.CREATED,
    "changed": HTTPStatus.OK,
    "unchanged": HTTPStatus.OK,
    "deleted": HTTPStatus.GONE,
}


@blp.route("", methods=["POST"])
@requires(SCOPE)
@bodies.up_to(ARTICLE_BYTES)
@idempotent
@conditional(required=False)
@blp.arguments(ArticleInputSchema())
@blp.response(201, ArticleSchema, description="It is published.")
@blp.alt_response(200, schema=ArticleSchema, success=True, description="It is there already.")
def publish_article(values: dict[str, Any]) -> Response:
    """Publish an article; the same again changes nothing.

    Where it is there and says something else, that is a conflict; with If-Match, the two are
    merged, as when a feed is loaded again.
    """
    draft = article_input.as_draft(values, captured_at=now())
    with newsroom() as desk:
        outcome = desk.publish(draft, allow=_allowed)
    if outcome.status == "deleted":
        raise GoneError("article", outcome.article_id)
    return _answer(outcome)


@blp.route("/batch", methods=["POST"])
@requires(SCOPE)
@bodies.up_to(BATCH_BYTES)
@idempotent
@blp.arguments(BatchSchema())
@blp.response(200, BatchResultsSchema)
def publish_articles(values: dict[str, Any]) -> Response:
    """Publish up to 500 articles; what became of each is told in their order."""
    batch = [_checked(each) for each in values["articles"]]
    accepted = [each for each in batch if not isinstance(each, list)]
    conditions = [each.pop("if_match") for each in accepted]
    with newsroom() as desk:
        outcomes = _publish_each(desk, accepted, conditions)
    results = map(_result, outcomes, conditions)
    told = [_refusal(each) if isinstance(each, list) else next(results) for each in batch]
    return written({"results": told}, HTTPStatus.OK)


@blp.route("/<article_id>", methods=["PUT"], parameters=PATH)
@requires(SCOPE)
@bodies.up_to(ARTICLE_BYTES)
@conditional()
@blp.arguments(ArticleEditSchema())
@blp.response(200, ArticleSchema)
@blp.alt_response(308, description=LEADS_ON, success=True)
def replace_article(values: dict[str, Any], article_id: str) -> Response:
    """Say what an article is; all of it stands from then on, whatever a feed says."""
    stored = articles.find(db(), article_id)
    draft = as_draft(stored) | article_input.as_draft(values, captured_at=stored["captured_at"])
    return _edited(stored, edit(stored, draft, EVERYTHING, now()))


@blp.route("/<article_id>", methods=["PATCH"], parameters=PATH)
@requires(SCOPE)
@bodies.up_to(ARTICLE_BYTES)
@conditional()
@blp.arguments(ArticlePatchSchema(partial=True))
@blp.response(200, ArticleSchema)
@blp.alt_response(308, description=LEADS_ON, success=True)
def change_article(changes: dict[str, Any], article_id: str) -> Response:
    """Change some of what an article says; that stands from then on, whatever a feed says."""
    stored = articles.find(db(), article_id)
    return _edited(stored, edit(stored, patched(as_draft(stored), changes), changes, now()))


@blp.route("/<article_id>", methods=["DELETE"], parameters=PATH)
@requires(SCOPE)
@conditional()
@blp.response(204)
@blp.alt_response(308, description=LEADS_ON, success=True)
def delete_article(article_id: str) -> Response:
    """Delete an article for good, with its revisions and comments; no feed brings it back."""
    stored = articles.find(db(), article_id)
    require_match(lambda: own(stored), is_own=True)
    try:
        with newsroom() as desk:
            desk.delete(stored)
    except ConflictError:
        abort(HTTPStatus.PRECONDITION_FAILED, _MEANWHILE)
    return Response(status=HTTPStatus.NO_CONTENT)


_MEANWHILE = "Somebody else has just changed it: read it again."


def _edited(stored: Article, wanted: Article) -> Response:
    """Store what an editor made of an article, if the client has seen what it was."""
    # A change that was made already, by a client that did not get the answer, is no failure
    # though its condition does not hold any more (RFC 9110, section 13.1.1).
    if "HTTP_IF_MATCH" not in request.environ or not adds_nothing(wanted, stored):
        require_match(lambda: own(stored), is_own=True)
    try:
        with newsroom() as desk:
            return _answer(desk.edit(stored, wanted))
    except ConflictError:
        abort(HTTPStatus.PRECONDITION_FAILED, _MEANWHILE)


def _allowed(stored: Article, _incoming: Article) -> bool:
    """Tell whether the client of this request may change an article; raise if not."""
    if "HTTP_IF_MATCH" not in request.environ:
        place = f"{PLACE}/{stored['id']}"
        abort(HTTPStatus.CONFLICT, f"{place} is this article and says something else. {_NAME_IT}")
    require_match(lambda: own(stored), is_own=True)
    return True


_NAME_IT = "To change it, send its ETag in If-Match."


def _answer(outcome: Outcome) -> Response:
    article = articles.find(db(), outcome.article_id)
    location = f"{PLACE}/{outcome.article_id}"
    status = _STATUS[outcome.status]
    return written(representation(article), status, location=location, own=own(article))


def _checked(values: Any) -> dict[str, Any] | list[Fault]:
    """Give an article of a batch as it was loaded, or what is wrong with it."""
    if len(orjson.dumps(values)) > ARTICLE_BYTES:  # it could come alone no more than here
        return [fault("body", "", f"is larger than {ARTICLE_BYTES:,} bytes")]
    try:
        loaded: dict[str, Any] = _IN_BATCH.load(values)
    except ValidationError as error:
        return faults_in_body(error.messages)
    return loaded


def _publish_each(
    desk: Newsroom, batch: list[dict[str, Any]], conditions: list[str | None]
) -> list[Outcome | ConflictError]:
    """Publish the articles of a batch, at once if nobody else changes one meanwhile."""
    moment = now()
    composed = [compose(article_input.as_draft(each, captured_at=moment), moment) for each in batch]
    named = {article["id"]: said for article, said in zip(composed, conditions, strict=True)}

    def allow(stored: Article, incoming: Article) -> bool:
        # Under a source that goes by several names, its id may be another than it came with.
        ids = (incoming["id"], *incoming["former_ids"])
        said = next((named[id_] for id_ in ids if id_ in named), None)
        return said is not None and matches(said, lambda: own(stored), is_own=True)

    try:
        return list(desk.publish_all(composed, allow=allow))
    except ConflictError:
        return [_publish_alone(desk, each, allow) for each in composed]


def _publish_alone(desk: Newsroom, article: Article, allow: Any) -> Outcome | ConflictError:
    try:
        [outcome] = desk.publish_all([article], allow=allow)
    except ConflictError as error:
        return error
    return outcome


def _refusal(faults: list[Fault]) -> dict[str, Any]:
    return {"status": HTTPStatus.UNPROCESSABLE_ENTITY, "errors": faults}


def _result(outcome: Outcome | ConflictError, condition: str | None) -> dict[str, Any]:
    if isinstance(outcome, ConflictError):
        return {"status": HTTPStatus.CONFLICT, "detail": _MEANWHILE}
    if outcome.status == "refused":
        status = HTTPStatus.PRECONDITION_FAILED if condition else HTTPStatus.CONFLICT
        detail = "It is there and says something else: to change it, send its ETag in if_match."
        return {"status": status, "id": outcome.article_id, "detail": detail}
    return {"status": _STATUS[outcome.status], "id": outcome.article_id}
