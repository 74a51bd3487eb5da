"""Stories: articles about the same event."""

from marshmallow import Schema, fields

from schemas.article import ID_PATTERN, ArticleSchema
from schemas.fields import Limit, PositionCursor, UtcTime


class StorySourceSchema(Schema):
    """A source that tells a story."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class StorySchema(Schema):
    """A story; alone it has its articles, in a list it has not."""

    id = fields.String(
        required=True,
        metadata={
            "pattern": f"^{ID_PATTERN}$",
            "description": "Made from the article that it began with; it stays as coverage grows.",
        },
    )
    title = fields.String(required=True, metadata={"description": "That of its newest article."})
    articles_count = fields.Integer(required=True)
    sources = fields.List(fields.Nested(StorySourceSchema), required=True)
    first_at = UtcTime(
        allow_none=True, metadata={"description": "When the first of them was published."}
    )
    latest_at = UtcTime(
        allow_none=True, metadata={"description": "When the last of them was published."}
    )
    links = fields.Function(
        lambda story: {
            "self": f"{PLACE}/{story['id']}",
            "articles": f"{PLACE}/{story['id']}/articles",
        },
        metadata={"type": "object", "additionalProperties": {"type": "string"}},
    )
    articles = fields.List(
        fields.Nested(ArticleSchema), metadata={"description": "The newest 100, newest first."}
    )


PLACE = "/v1/stories"


class StoryPageSchema(Schema):
    """One page of the list of stories."""

    data = fields.List(fields.Nested(StorySchema), required=True)
    next = fields.String(required=True, allow_none=True)


class StoriesQuery(Schema):
    """What a client may ask of the list of stories."""

    limit = Limit()
    cursor = PositionCursor()
