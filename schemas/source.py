"""Sources: who published what."""

from typing import Any

from marshmallow import RAISE, Schema, fields
from marshmallow.validate import Length

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


class SourceDraftSchema(Schema):
    """A source as a reader of some format found it; what is not said is null or empty."""

    class Meta:
        """Take nothing that has no place in a source."""

        unknown = RAISE

    name = fields.String(required=True, validate=Length(1, 200))
    url = fields.URL(load_default=None, allow_none=True, schemes={"http", "https"})
    country = fields.String(load_default=None, allow_none=True, validate=Length(2, 60))
    language = fields.String(load_default=None, allow_none=True, validate=Length(2, 35))
    category = fields.String(load_default=None, allow_none=True, validate=Length(1, 100))
    description = fields.String(load_default=None, allow_none=True, validate=Length(max=2_000))
    feeds = fields.List(
        fields.URL(schemes={"http", "https"}), load_default=list, validate=Length(max=50)
    )


def validate_source(values: dict[str, Any]) -> dict[str, Any]:
    """Check and complete a draft of a source; raise marshmallow's ValidationError."""
    draft: dict[str, Any] = SourceDraftSchema().load(values)
    return draft


class SourcePageSchema(Schema):
    """One page of the list of sources, by id."""

    data = fields.List(fields.Nested(SourceSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class SourcesQuery(Schema):
    """What a client may ask of the list of sources."""

    limit = Limit()
    cursor = Text(SOURCE_ID_PATTERN, NOT_A_CURSOR, metadata=CURSOR)
