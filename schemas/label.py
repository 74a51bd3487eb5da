"""Hashtags and categories, with how many articles carry each."""

from marshmallow import Schema, fields

from schemas.fields import Limit, TextCursor


class LabelSchema(Schema):
    """A hashtag or a category."""

    id = fields.String(required=True, metadata={"description": "What the filters compare."})
    name = fields.String(required=True, metadata={"description": "As the articles spell it."})
    articles_count = fields.Integer(required=True)


class LabelPageSchema(Schema):
    """One page of a list of labels, by id."""

    data = fields.List(fields.Nested(LabelSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class LabelsQuery(Schema):
    """What a client may ask of a list of labels."""

    limit = Limit()
    cursor = TextCursor()
