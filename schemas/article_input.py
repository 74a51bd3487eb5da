"""Articles as a client of the API sends them."""

from typing import Any

from marshmallow import RAISE, Schema, fields
from marshmallow.validate import Length, Range

from schemas.fields import (
    TimeStamp,
    TrueOrFalse,
    WholeNumber,
    language_tag,
    text,
    web_address,
    words,
)

MOST_AT_ONCE = 500
"""How many articles one request may bring."""


class EnclosureInputSchema(Schema):
    """A file that belongs to an article."""

    class Meta:
        """Take nothing else."""

        unknown = RAISE

    url = web_address(required=True)
    type = text(100, load_default=None, allow_none=True)
    length = WholeNumber(load_default=None, allow_none=True, validate=Range(min=0, max=2**53))


class _Whole(fields.Nested):
    """An object that is sent whole, also where of what it is in only a part is."""

    def _deserialize(  # type: ignore[override] # of what it is told, this is all it needs
        self, value: Any, attr: str | None, data: Any, **_: Any
    ) -> Any:
        return super()._deserialize(value, attr, data, partial=False)


class ArticleInputSchema(Schema):
    """An article; what is not sent is null or empty."""

    class Meta:
        """Take nothing that is not a client's to say."""

        unknown = RAISE

    title = words(1_000, required=True)
    url = web_address(
        load_default=None, allow_none=True, metadata={"description": "The article's own address."}
    )
    guid = words(
        2_000,
        load_default=None,
        allow_none=True,
        metadata={"description": "What its source calls it, whatever its address is."},
    )
    source = words(
        200,
        load_default=None,
        allow_none=True,
        metadata={"description": "The name of the source; it is added if it is not there."},
    )
    authors = fields.List(words(200), load_default=list, validate=Length(max=100))
    image_url = web_address(load_default=None, allow_none=True)
    published_at = TimeStamp()
    language = language_tag(load_default=None, allow_none=True)
    category = words(100, load_default=None, allow_none=True)
    hashtags = fields.List(words(100), load_default=list, validate=Length(max=100))
    summary = text(
        10_000,
        load_default=None,
        allow_none=True,
        metadata={"description": "The lead; without it, it is taken from the text."},
    )
    body_text = text(500_000, load_default="")
    body_html = text(
        1_000_000,
        load_default=None,
        allow_none=True,
        metadata={"description": "The text as it is set; it is sanitised."},
    )
    excerpt = TrueOrFalse(
        load_default=False,
        metadata={"description": "Whether the text is only a part of the article."},
    )
    enclosures = fields.List(
        _Whole(EnclosureInputSchema), load_default=list, validate=Length(max=50)
    )
    comments_open = TrueOrFalse(
        load_default=True, metadata={"description": "Whether readers may comment."}
    )


class ArticleEditSchema(ArticleInputSchema):
    """All that an editor says of an article; what its source calls it stays."""

    class Meta(ArticleInputSchema.Meta):
        """Take no other name for it."""

        exclude = ("guid",)


class ArticlePatchSchema(ArticleEditSchema):
    """What is to be changed of an article (RFC 7396); null where a field may be null."""


class ArticleInBatchSchema(ArticleInputSchema):
    """An article among several."""

    if_match = text(
        200,
        load_default=None,
        allow_none=True,
        metadata={"description": "The ETag of the article that this may change."},
    )


class _Unchecked(fields.Nested):
    """What is described as such an object, and checked later, each by itself."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return value


class BatchSchema(Schema):
    """Articles to publish; each is taken or refused by itself."""

    class Meta:
        """Take nothing else."""

        unknown = RAISE

    articles = fields.List(
        _Unchecked(ArticleInBatchSchema), required=True, validate=Length(1, MOST_AT_ONCE)
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
    return {"id": None, "guid": None, "published": None, "captured_at": None} | values | more
