"""Sources: who published what."""

from marshmallow import Schema, fields

from schemas.fields import CURSOR, NOT_A_CURSOR, Limit, Text, UtcTime

SOURCE_ID_PATTERN = "[a-z0-9]+(?:-[a-z0-9]+)*"


class SourceSchema(Schema):
    """A source; in an article only its id and name, unless more was asked for."""

    id = fields.String(required=True, metadata={"pattern": f"^{SOURCE_ID_PATTERN}$"})
    name = fields.String(required=True)
    url = fields.String(allow_none=True)
    country = fields.String(allow_none=True)
    language = fields.String(allow_none=True)
    category = fields.String(allow_none=True)
    description = fields.String(allow_none=True)
    feeds = fields.List(fields.String())
    articles_count = fields.Integer()
    latest_at = UtcTime(allow_none=True, metadata={"description": "When its newest article came."})


class SourcePageSchema(Schema):
    """One page of the list of sources, by id."""

    data = fields.List(fields.Nested(SourceSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class SourcesQuery(Schema):
    """What a client may ask of the list of sources."""

    limit = Limit()
    cursor = Text(SOURCE_ID_PATTERN, NOT_A_CURSOR, metadata=CURSOR)
