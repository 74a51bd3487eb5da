"""Comments: what readers say under an article."""

from marshmallow import Schema, fields

from schemas.fields import Limit, PositionCursor, UtcTime


class CommentSchema(Schema):
    """A comment, in plain text."""

    id = fields.String(required=True)
    article_id = fields.String(required=True)
    author = fields.String(required=True)
    text = fields.String(required=True)
    created_at = UtcTime(required=True)
    status = fields.String(required=True)
    parent_id = fields.String(allow_none=True, metadata={"description": "The comment it answers."})


class CommentPageSchema(Schema):
    """One page of the comments on an article, oldest first."""

    data = fields.List(fields.Nested(CommentSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class CommentsQuery(Schema):
    """What a client may ask of the comments on an article."""

    limit = Limit()
    cursor = PositionCursor()
