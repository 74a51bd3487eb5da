"""Sources as a client of the API sends them."""

from collections.abc import Sequence

from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.validate import Length

from schemas.fields import language_tag, text, web_address, words

MOST = 50
"""How many feeds, and how many other names, a source has at most."""


def none_twice(values: Sequence[str]) -> None:
    """Refuse a list that names the same twice."""
    if len(set(values)) < len(values):
        raise ValidationError("must not name the same twice")


class SourceInputSchema(Schema):
    """A source; what is not sent is null or empty."""

    class Meta:
        """Take nothing that is not a client's to say."""

        unknown = RAISE

    name = words(200, required=True)
    aliases = fields.List(
        words(200),
        validate=[Length(max=MOST), none_twice],
        metadata={
            "uniqueItems": True,
            "description": "What else articles and lists of feeds call it. If not sent they stay, "
            "and under a new name the old one joins them.",
        },
    )
    url = web_address(load_default=None, allow_none=True)
    country = words(60, load_default=None, allow_none=True)
    language = language_tag(load_default=None, allow_none=True)
    category = words(100, load_default=None, allow_none=True)
    description = text(2_000, load_default=None, allow_none=True)
    feeds = fields.List(
        web_address(),
        load_default=list,
        validate=[Length(max=MOST), none_twice],
        metadata={
            "uniqueItems": True,
            "description": "The addresses of its feeds, for `python -m seed watch`.",
        },
    )


class SourcePatchSchema(SourceInputSchema):
    """What is to be changed of a source (RFC 7396); null where a field may be null."""
