"""Changes: what has happened to articles, for those who keep a copy or show what is new."""

from marshmallow import Schema, fields
from marshmallow.validate import OneOf
from webargs.fields import DelimitedList

from schemas.article import ArticleSchema
from schemas.fields import NOT_A_CURSOR, Limit, Text, UtcTime, several

KINDS = ("made", "changed", "moved", "deleted")
INCLUDABLE = ("article",)
NUMBER = "0|[1-9][0-9]{0,14}"


def place(description: str) -> Text:
    """Make a field for a place among the changes."""
    return Text(
        f"(?:{NUMBER})",
        NOT_A_CURSOR,
        longest=15,
        load_default="0",
        metadata={"description": description},
    )


def _included() -> DelimitedList:
    return several(
        fields.String(validate=OneOf(INCLUDABLE)), "What to send along with each change."
    )


class ChangeSchema(Schema):
    """What happened last to one article."""

    cursor = fields.String(
        required=True, metadata={"description": "The place after it, to be sent as `since`."}
    )
    id = fields.String(required=True, metadata={"description": "The article's id."})
    change = fields.String(
        required=True,
        validate=OneOf(KINDS),
        metadata={
            "description": "`made`: it is new. `changed`: it says something else. `moved`: it has "
            "another id now. `deleted`: it is gone for good."
        },
    )
    revision = fields.Integer(
        metadata={"description": "Which revision there is now, of one that is there."}
    )
    at = UtcTime(required=True, metadata={"description": "When that was."})
    moved_to = fields.String(metadata={"description": "Of one that moved: the id it has now."})
    article = fields.Nested(
        ArticleSchema, metadata={"description": "With `include=article`, unless it is gone."}
    )


class ChangePageSchema(Schema):
    """One page of changes, in their order."""

    data = fields.List(fields.Nested(ChangeSchema), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "The next page's address."}
    )
    cursor = fields.String(
        required=True,
        metadata={"description": "Where to go on, also later, when `next` is null."},
    )


class ChangesQuery(Schema):
    """What a client may ask of the changes."""

    since = place("The `cursor` of what was read before; everything if not said.")
    limit = Limit()
    include = _included()


class StreamQuery(Schema):
    """What a client may ask of the stream."""

    since = Text(
        f"(?:{NUMBER})",
        NOT_A_CURSOR,
        longest=15,
        metadata={"description": "The `cursor` of what was read before; from now on if not said."},
    )
    include = _included()


LAST_EVENT_ID = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "The `id` of the last event that came; it counts before `since`. "
    "An EventSource sends it by itself.",
    "schema": {"type": "string", "maxLength": 15, "pattern": f"^(?:{NUMBER})$"},
}

EVENT = {
    "type": "object",
    "description": "One event; the answer is a sequence of them.",
    "required": ["id", "event", "data"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "maxLength": 15, "pattern": f"^(?:{NUMBER})$"},
        "event": {"enum": list(KINDS)},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/Change"},
        },
    },
}
"""OpenAPI 3.1 cannot tell the items of a stream from the whole: tools read this as each event."""
