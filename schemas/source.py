"""Sources: who published what."""

from typing import Any

from marshmallow import RAISE, Schema, fields
from marshmallow.validate import Length, OneOf

from schemas.fields import CURSOR, NOT_A_CURSOR, Limit, Text, UtcTime

SOURCE_ID_PATTERN = "[a-z0-9]+(?:-[a-z0-9]+)*"
LONGEST_ID = 80
"""How many characters the id of a source has at most."""


FEED_STATES = ("pending", "active", "failing", "gone")
"""Not polled yet; well; not well at its last poll; ended by its publisher."""


class FeedHealthSchema(Schema):
    """How a feed fares that `python -m seed watch` keeps up with."""

    url = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=OneOf(FEED_STATES),
        metadata={
            "description": "`pending`: not polled yet. `active`: its last poll went well. "
            "`failing`: it did not. `gone`: its publisher ended it, and it is not polled again."
        },
    )
    last_ok_at = UtcTime(
        required=True, allow_none=True, metadata={"description": "When a poll last went well."}
    )
    last_new_at = UtcTime(
        required=True,
        allow_none=True,
        metadata={"description": "When a poll last found a new or changed article."},
    )
    next_at = UtcTime(
        required=True,
        allow_none=True,
        metadata={"description": "When it is polled next; null if it is gone or pending."},
    )
    failures = fields.Integer(
        required=True, metadata={"description": "How many polls in a row have failed."}
    )
    last_error = fields.String(
        required=True, allow_none=True, metadata={"description": "Why, in one line."}
    )


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


class WholeSourceSchema(SourceSchema):
    """A source by itself, with its other names and how its feeds fare."""

    aliases = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "What else articles and lists of feeds call it."},
    )
    feeds_health = fields.List(
        fields.Nested(FeedHealthSchema),
        required=True,
        metadata={"description": "How each of its feeds fares, in the order of `feeds`."},
    )


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
    cursor = Text(SOURCE_ID_PATTERN, NOT_A_CURSOR, longest=LONGEST_ID, metadata=CURSOR)
