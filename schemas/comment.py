"""Comments: what readers say under an article, and what is made of it."""

from marshmallow import RAISE, Schema, fields
from marshmallow.validate import OneOf

from schemas import fields as fields_
from schemas.fields import Limit, PositionCursor, Text, UtcTime, several
from schemas.plain_text import PlainText

ID_PATTERN = "[0-9a-f]{32}"
PLACE = "/v1/comments"

STATUSES = ("pending", "visible", "hidden", "deleted")
LONGEST_AUTHOR = 80
LONGEST_TEXT = 5_000


class CommentSchema(Schema):
    """A comment, in plain text."""

    id = fields.String(required=True, metadata={"pattern": f"^{ID_PATTERN}$"})
    article_id = fields.String(required=True)
    author = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The name that the reader gave; null if it was taken away."},
    )
    text = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Plain text, never HTML; null if it was taken away."},
    )
    created_at = UtcTime(required=True)
    status = fields.String(
        required=True,
        validate=OneOf(STATUSES),
        metadata={
            "description": "`pending` until somebody approves it. A comment that was hidden or "
            "deleted and has replies keeps its place in the thread, without its words."
        },
    )
    parent_id = fields.String(
        allow_none=True,
        metadata={"description": "The comment under which it stands; null if under none."},
    )


class ModeratedCommentSchema(CommentSchema):
    """A comment as moderators see it."""

    sender = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "The same for the comments that one address sent on one day; it tells "
            "nothing of the address."
        },
    )
    moderated_at = UtcTime(required=True, allow_none=True)
    moderated_by = fields.String(
        required=True, allow_none=True, metadata={"description": "The id of the key."}
    )


class ShownCommentSchema(CommentSchema):
    """A comment by itself, to moderators with all that a `ModeratedComment` has."""

    sender = fields.String(allow_none=True)
    moderated_at = UtcTime(allow_none=True)
    moderated_by = fields.String(allow_none=True)


class CommentPageSchema(Schema):
    """One page of the comments on an article, oldest first."""

    data = fields.List(fields.Nested(CommentSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ModeratedPageSchema(Schema):
    """One page of comments on any articles, newest first."""

    data = fields.List(fields.Nested(ModeratedCommentSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class CommentsQuery(Schema):
    """What a client may ask of the comments on an article."""

    limit = Limit()
    cursor = PositionCursor()


class ModerationQuery(CommentsQuery):
    """What a moderator may ask of all comments."""

    status = several(fields.String(validate=OneOf(STATUSES)), "Of any of these statuses.")
    article = several(
        Text(ID_PATTERN, "must be 32 hexadecimal digits", longest=32), "On any of these articles."
    )


class CommentDraftSchema(Schema):
    """A comment as a reader sends it."""

    class Meta:
        """Take nothing that has no place in a comment."""

        unknown = RAISE

    author = PlainText(
        LONGEST_AUTHOR, required=True, metadata={"description": "The name to show, on one line."}
    )
    text = PlainText(
        LONGEST_TEXT,
        lines=True,
        required=True,
        metadata={"description": "Plain text: what looks like markup is shown as it was typed."},
    )
    parent_id = Text(
        ID_PATTERN,
        "must be 32 hexadecimal digits",
        longest=32,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "The visible comment on the same article to which this is a reply.",
        },
    )
    website = fields_.text(
        2_000,
        load_default="",
        metadata={
            "description": "A trap for programs: leave it out, or keep it in a form where people "
            "do not see it. What comes with it filled in is dropped."
        },
    )
