"""The site itself, as its operator describes it, and its health."""

from marshmallow import Schema, fields
from marshmallow.validate import OneOf


class DownloadSchema(Schema):
    """A place to get the site's app."""

    name = fields.String(required=True)
    url = fields.String(required=True)


class SiteSchema(Schema):
    """What a frontend shows around the articles."""

    name = fields.String(required=True)
    tagline = fields.String(required=True)
    downloads = fields.List(fields.Nested(DownloadSchema), required=True)
    comments = fields.String(
        required=True,
        validate=OneOf(["open", "moderated", "closed"]),
        metadata={
            "description": "Whether what readers say is shown at once, is shown once it is "
            "approved, or is not taken in."
        },
    )


class HealthSchema(Schema):
    """A sign of life."""

    status = fields.String(required=True)
