"""Comments: what readers say about articles, and what moderators make of it."""

from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, request

from api import limits, problems
from api.articles import LEADS_ON, lead_on
from api.articles import PATH as ARTICLE_PATH
from api.auth import caller, identified, requires
from api.blueprint import Blueprint
from api.caching import answer, depends_on
from api.context import db, settings
from api.idempotency import idempotent
from api.memory import ANY
from api.paging import listing
from api.problems import BadInputError, fault
from desk import comments as desk_comments
from desk.comments import ParentError
from schemas import cursor
from schemas.comment import (
    ID_PATTERN,
    PLACE,
    CommentDraftSchema,
    CommentPageSchema,
    CommentSchema,
    CommentsQuery,
    ModeratedCommentSchema,
    ModeratedPageSchema,
    ModerationQuery,
    ShownCommentSchema,
)
from store import articles, comments
from store.client import Document
from store.comments import VISIBLE
from store.errors import NotFoundError

blp = Blueprint("comments", __name__, url_prefix="/v1", description=__doc__)

PATH = [
    {
        "in": "path",
        "name": "comment_id",
        "description": "The comment's id.",
        "schema": {"type": "string", "pattern": f"^{ID_PATTERN}$", "maxLength": 32},
    }
]
MODERATE = "comments:moderate"
_FOR_ONE = "private, no-store"


@blp.route("/articles/<article_id>/comments", parameters=ARTICLE_PATH)
@blp.arguments(CommentsQuery(), location="query")
@blp.response(200, CommentPageSchema)
@blp.alt_response(302, description=LEADS_ON, success=True)
def list_comments(query: dict[str, Any], article_id: str) -> Response:
    """List the comments on an article, the oldest first."""
    depends_on(("articles", article_id), ("comments", ANY))
    articles.find(db(), article_id, ["id"])
    return listing(
        lambda limit: comments.page(db(), article_id, after=query.get("cursor"), limit=limit),
        query["limit"],
        cursor=_cursor,
        dump=CommentSchema(many=True).dump,
    )


@blp.route("/articles/<article_id>/comments", methods=["POST"], parameters=ARTICLE_PATH)
@idempotent
@blp.arguments(CommentDraftSchema(), location="json")
@blp.response(201, CommentSchema, description="The comment, which everybody sees.")
@blp.alt_response(
    202, schema=CommentSchema, description="The comment, which awaits approval.", success=True
)
@blp.alt_response(308, description=LEADS_ON, success=True)
@limits.comments
def post_comment(draft: dict[str, Any], article_id: str) -> Response:
    """Comment on an article; the same again is the same comment."""
    try:
        comment = desk_comments.post(
            db(),
            article_id,
            draft,
            address=request.remote_addr or "",
            policy=settings().comments,
        )
    except ParentError as error:
        faults = [fault("body", "parent_id", str(error))]
        raise BadInputError(faults, HTTPStatus.CONFLICT) from error
    shown = comment["status"] == VISIBLE
    return Response(
        orjson.dumps(CommentSchema().dump(comment)),
        HTTPStatus.CREATED if shown else HTTPStatus.ACCEPTED,
        headers={"Location": f"{PLACE}/{comment['id']}", "Cache-Control": "no-store"},
        mimetype="application/json",
    )


@blp.route("/comments")
@requires(MODERATE)
@blp.arguments(ModerationQuery(), location="query")
@blp.response(200, ModeratedPageSchema)
def list_all_comments(query: dict[str, Any]) -> Response:
    """List the comments on all articles, the newest first, for moderators."""
    return _private(
        listing(
            lambda limit: comments.moderated(
                db(),
                statuses=query["status"],
                article_ids=query["article"],
                after=query.get("cursor"),
                limit=limit,
            ),
            query["limit"],
            cursor=_cursor,
            dump=ModeratedCommentSchema(many=True).dump,
        )
    )


@blp.route("/comments/<comment_id>", parameters=PATH)
@blp.response(200, ShownCommentSchema)
def show_comment(comment_id: str) -> Response:
    """Show one comment; one that is not visible only with a key for moderators."""
    key = identified()
    comment = comments.find(db(), comment_id)
    if key and key.may(MODERATE):
        return _private(answer(ModeratedCommentSchema().dump(comment)))
    if comment["status"] != VISIBLE:
        raise NotFoundError("comment", comment_id)
    articles.find(db(), comment["article_id"], ["id"])
    depends_on(("comments", comment_id), ("articles", comment["article_id"]))
    return answer(CommentSchema().dump(comment))


@blp.route("/comments/<comment_id>/approve", methods=["POST"], parameters=PATH)
@requires(MODERATE)
@idempotent
@blp.response(200, ModeratedCommentSchema)
def approve_comment(comment_id: str) -> Response:
    """Let everybody see a comment, whether it was pending or hidden."""
    return _moderated(desk_comments.approve(db(), comment_id, by=caller().id))


@blp.route("/comments/<comment_id>/hide", methods=["POST"], parameters=PATH)
@requires(MODERATE)
@idempotent
@blp.response(200, ModeratedCommentSchema)
def hide_comment(comment_id: str) -> Response:
    """Let nobody but moderators see a comment, until it is approved again."""
    return _moderated(desk_comments.hide(db(), comment_id, by=caller().id))


@blp.route("/comments/<comment_id>", methods=["DELETE"], parameters=PATH)
@requires(MODERATE)
@blp.response(204)
def delete_comment(comment_id: str) -> Response:
    """Take away what a comment says and who said it, for good."""
    desk_comments.delete(db(), comment_id, by=caller().id)
    return Response(status=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})


@blp.errorhandler(NotFoundError)
def elsewhere_or_nowhere(error: NotFoundError) -> Response:
    """Lead from another name of an article to its id; there is no other name of a comment."""
    by_article = "article_id" in (request.view_args or {})
    return lead_on(error) if by_article else problems.not_found(error)


def _moderated(comment: Document) -> Response:
    return Response(
        orjson.dumps(ModeratedCommentSchema().dump(comment)),
        headers={"Cache-Control": _FOR_ONE},
        mimetype="application/json",
    )


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = _FOR_ONE
    return answer


def _cursor(comment: Document) -> str:
    return cursor.encode(comment["created_at"], comment["id"])
