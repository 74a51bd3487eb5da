"""Articles as a client of the API sends them."""

from typing import Any

from marshmallow import RAISE, Schema, fields
from marshmallow.validate import Length, Range, Regexp

from schemas.article import ArticleDraftSchema, EnclosureSchema
from schemas.fields import TimeStamp, TrueOrFalse

MOST_AT_ONCE = 500
"""How many articles one request may bring."""
NOT_BLANK = Regexp(r"[\s\S]*\S", error="must not be blank")


class EnclosureInputSchema(EnclosureSchema):
    """A file that belongs to an article."""

    type = fields.String(load_default=None, allow_none=True, validate=Length(max=100))
    length = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=Range(min=0, max=2**53)
    )


class ArticleInputSchema(ArticleDraftSchema):
    """An article; what is not sent is null or empty."""

    class Meta:
        """Take nothing that is not a client's to say."""

        unknown = RAISE
        exclude = ("id", "published", "captured_at")

    title = fields.String(required=True, validate=[Length(1, 1_000), NOT_BLANK])
    source = fields.String(
        load_default=None,
        allow_none=True,
        validate=[Length(1, 200), NOT_BLANK],
        metadata={"description": "The name of the source; it is added if it is not there."},
    )
    published_at = TimeStamp()
    excerpt = TrueOrFalse(
        load_default=False,
        metadata={"description": "Whether the text is only a part of the article."},
    )
    comments_open = TrueOrFalse(
        load_default=True, metadata={"description": "Whether readers may comment."}
    )
    enclosures = fields.List(
        fields.Nested(EnclosureInputSchema), load_default=list, validate=Length(max=50)
    )


class ArticleEditSchema(ArticleInputSchema):
    """All that an editor says of an article; what its source calls it stays."""

    class Meta(ArticleInputSchema.Meta):
        """An editor names no origin."""

        exclude = ("id", "published", "captured_at", "guid")


class ArticlePatchSchema(ArticleEditSchema):
    """What is to be changed of an article (RFC 7396); null where a field may be null."""


class ArticleInBatchSchema(ArticleInputSchema):
    """An article among several."""

    if_match = fields.String(
        load_default=None,
        allow_none=True,
        validate=Length(1, 200),
        metadata={"description": "The ETag of the article that this may change."},
    )


class BatchSchema(Schema):
    """Articles to publish; each is taken or refused by itself."""

    class Meta:
        """Take nothing else."""

        unknown = RAISE

    articles = fields.List(
        fields.Raw(required=True),
        required=True,
        validate=Length(1, MOST_AT_ONCE),
        metadata={"items": {"$ref": "#/components/schemas/ArticleInBatch"}},
    )


class BatchResultSchema(Schema):
    """What became of one article."""

    status = fields.Integer(
        required=True,
        metadata={"description": "What POST /v1/articles would have answered for it alone."},
    )
    id = fields.String(metadata={"description": "Unless it is not even an article."})
    detail = fields.String(metadata={"description": "Why it was refused."})
    errors = fields.List(
        fields.Dict(keys=fields.String(), values=fields.String()),
        metadata={"description": "What is wrong with it, as in a problem document."},
    )


class BatchResultsSchema(Schema):
    """What became of the articles, in their order."""

    results = fields.List(fields.Nested(BatchResultSchema), required=True)


def as_draft(values: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Give the draft that the loaded values of a client are."""
    return {"id": None, "published": None, "captured_at": None} | values | more
