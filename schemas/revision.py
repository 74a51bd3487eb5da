"""Revisions: what an article said, and what has changed in it."""

from marshmallow import Schema, fields

from schemas.fields import Count, Limit, UtcTime


class RevisionSchema(Schema):
    """One revision of an article, without all that it says."""

    revision = fields.Integer(required=True)
    updated_at = UtcTime(required=True, metadata={"description": "When it came."})
    title = fields.String(required=True)
    word_count = fields.Integer(required=True)
    links = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class RevisionPageSchema(Schema):
    """One page of the revisions of an article, the newest first."""

    data = fields.List(fields.Nested(RevisionSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class RevisionsQuery(Schema):
    """What a client may ask of the revisions of an article."""

    limit = Limit()
    cursor = Count("The revision after which the page begins.")


class DiffQuery(Schema):
    """Which two revisions to compare."""

    from_ = Count("From which revision; from the one before `to` if not said.", data_key="from")
    to = Count("To which revision; to the newest if not said.")


class FieldChangeSchema(Schema):
    """What has changed in one field."""

    field = fields.String(required=True)
    before = fields.Raw(metadata={"description": "What it was."})
    after = fields.Raw(metadata={"description": "What it is."})
    parts = fields.List(
        fields.Dict(keys=fields.String(), values=fields.String()),
        metadata={
            "description": "Of the text in place of the two: its paragraphs in order, each with "
            "`op` (same, removed, added) and `text`."
        },
    )


class DiffSchema(Schema):
    """What has changed in an article between two of its revisions."""

    from_ = fields.Integer(required=True, data_key="from")
    to = fields.Integer(required=True)
    changes = fields.List(fields.Nested(FieldChangeSchema), required=True)
