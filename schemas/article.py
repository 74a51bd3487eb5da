"""Articles: what clients get, what they may ask for, and what the desk takes in."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, fields
from marshmallow.validate import Length, OneOf, Range

from schemas import search
from schemas.comment import CommentSchema
from schemas.compiled import Output, compile_output
from schemas.fields import (
    CURSOR,
    NOT_A_CURSOR,
    Limit,
    Moment,
    PositionCursor,
    Switch,
    Text,
    TimeBound,
    UtcTime,
    language_tag,
    printable,
    several,
)
from schemas.label import LabelSchema
from schemas.source import LONGEST_ID, SOURCE_ID_PATTERN, SourceSchema

FACETS = ("source", "category", "hashtag", "language")
"""What the articles of a list can be counted by."""
SEARCHED = {"title": "title", "summary": "summary", "body": "body_text"}
"""Where a search may look, and the field of an article that this is."""

PRECISIONS = ("second", "minute", "hour", "day", "week", "month", "year")
"""How exactly a time of publication is known, from the sharpest on."""

ID_PATTERN = "[0-9a-f]{32}"
NAME_PATTERN = "[a-z0-9]+(?:-[a-z0-9]+)*"
"""An id, or a slug."""
LONGEST_NAME = 80
PLACE = "/v1/articles"


class PublishedSchema(Schema):
    """How the input gave the time of publication."""

    text = fields.String(
        required=True, metadata={"description": "The input's own words, such as 8 hours ago."}
    )
    precision = fields.String(
        required=True,
        validate=OneOf(PRECISIONS),
        metadata={"description": "How exactly the time is known."},
    )
    inferred = fields.Boolean(
        required=True,
        metadata={"description": "Whether it was counted back from when the input was captured."},
    )


class EnclosureSchema(Schema):
    """A file that belongs to an article."""

    url = fields.URL(required=True, schemes={"http", "https"})
    type = fields.String(
        required=True,
        allow_none=True,
        validate=Length(max=100),
        metadata={"description": "Its media type."},
    )
    length = fields.Integer(
        required=True,
        allow_none=True,
        validate=Range(min=0, max=2**53),
        metadata={"description": "Its size in bytes, as the input says."},
    )


class DuplicateSchema(Schema):
    """Another copy of an article's text."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    source = fields.Nested(SourceSchema, allow_none=True)
    url = fields.String(allow_none=True)
    published_at = UtcTime(allow_none=True)


DUPLICATE = tuple(DuplicateSchema().fields)


def _links(place: str) -> dict[str, str]:
    return {"self": place, "related": f"{place}/related", "comments": f"{place}/comments"}


class ArticleSchema(Schema):
    """An article; a list leaves the bodies out unless `fields` names them."""

    id = fields.String(
        metadata={
            "pattern": f"^{ID_PATTERN}$",
            "description": "Made from the article's origin, so the same in every database.",
        }
    )
    slug = fields.String(metadata={"description": "A readable name; its address leads to the id."})
    url = fields.String(allow_none=True, metadata={"description": "The article's own address."})
    title = fields.String()
    summary = fields.String(metadata={"description": "The lead, in at most 280 characters."})
    source = fields.Nested(
        SourceSchema,
        allow_none=True,
        metadata={"description": "Id and name, or all of it with `include=source`."},
    )
    authors = fields.List(fields.String())
    image_url = fields.String(allow_none=True)
    published_at = UtcTime(allow_none=True, metadata={"description": "null if nobody said when."})
    published = fields.Nested(PublishedSchema, allow_none=True)
    language = fields.String(allow_none=True, metadata={"description": "A BCP 47 language tag."})
    category = fields.Function(
        lambda article: article["category"] and article["category"]["name"],
        metadata={"type": ["string", "null"]},
    )
    hashtags = fields.Function(
        lambda article: [hashtag["name"] for hashtag in article["hashtags"]],
        metadata={"type": "array", "items": {"type": "string"}},
    )
    enclosures = fields.List(
        fields.Nested(EnclosureSchema),
        metadata={"description": "Sound, video and other files that belong to it."},
    )
    excerpt = fields.Boolean(
        metadata={"description": "Whether the text is only what a feed shows of it."}
    )
    word_count = fields.Integer()
    reading_minutes = fields.Integer(metadata={"description": "At 238 words a minute, rounded up."})
    comments_count = fields.Integer(metadata={"description": "How many are visible."})
    comments_open = fields.Function(
        lambda article: article.get("comments_open", True),
        metadata={
            "type": "boolean",
            "description": "Whether readers may comment on it, where they may at all.",
        },
    )
    body_text = fields.String(metadata={"description": "Paragraphs with a blank line between."})
    body_html = fields.String(metadata={"description": "Sanitised when it was stored."})
    created_at = UtcTime(metadata={"description": "When Byline first stored it."})
    updated_at = UtcTime(metadata={"description": "When its content last changed."})
    revision = fields.Integer(metadata={"description": "1, and one more with every change."})
    links = fields.Function(
        lambda article: _links(f"{PLACE}/{article['id']}"),
        metadata={"type": "object", "additionalProperties": {"type": "string"}},
    )
    story = fields.Function(
        lambda article: article.get("story"),
        metadata={
            "type": ["string", "null"],
            "description": "The id of the story that it is part of.",
        },
    )
    duplicates = fields.List(
        fields.Nested(DuplicateSchema),
        metadata={
            "description": "Other copies of its text: in one article, and with "
            "`include=duplicates` in a list."
        },
    )
    related = fields.List(
        fields.Nested("RelatedArticleSchema"), metadata={"description": "With `include=related`."}
    )
    comments = fields.List(
        fields.Nested(CommentSchema), metadata={"description": "With `include=comments`."}
    )
    highlights = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={
            "description": "With `highlight=true`: by field, the texts with what was searched for "
            "in `<mark>`; all else in them is escaped as HTML."
        },
    )


INCLUDABLE = ("source", "duplicates", "related", "comments")
_EVERYTHING = tuple(ArticleSchema().fields)
_BESIDE = frozenset(("duplicates", "related", "comments", "highlights"))
FIELDS = tuple(name for name in _EVERYTHING if name not in _BESIDE)
"""What an article has of its own."""
BODIES = ("body_text", "body_html")
LISTED = tuple(name for name in FIELDS if name not in BODIES)
"""What an article in a list has unless a client asks for other fields."""


class RelatedArticleSchema(ArticleSchema):
    """An article without its bodies, and why it is related."""

    class Meta:
        """Leave out what only an article asked for by itself has."""

        exclude = (*BODIES, *sorted(_BESIDE))

    origin = fields.String(
        validate=OneOf(["page", "editor", "computed"]),
        metadata={"description": "Who says so: the document, a person, or a computation."},
    )
    score = fields.Float(
        allow_none=True, validate=Range(0, 1), metadata={"description": "null if not computed."}
    )
    reasons = fields.List(fields.String(), metadata={"description": "Shared terms or names."})
    position = fields.Integer(
        allow_none=True,
        metadata={"description": "Its place on the page, from 1; null if not from a page."},
    )


RELATED = tuple(RelatedArticleSchema().fields)


class ArticlePageSchema(Schema):
    """One page of a list of articles."""

    data = fields.List(fields.Nested(ArticleSchema), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "The next page's address."}
    )
    total = fields.Integer(
        metadata={"description": "With `count=true`: how many in all pages, at most `total_cap`."}
    )
    total_cap = fields.Integer(metadata={"description": "With `count=true`: where it stops."})
    facets = fields.Dict(
        keys=fields.String(validate=OneOf(FACETS)),
        values=fields.List(fields.Nested(LabelSchema)),
        metadata={
            "description": "With `facets`: the most frequent values, and how many have them."
        },
    )
    facets_cap = fields.Integer(
        metadata={
            "description": "With `facets`: how many articles, the newest, they count at most."
        }
    )


class RelatedPageSchema(Schema):
    """The articles related to one."""

    data = fields.List(fields.Nested(RelatedArticleSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ArticleQuery(Schema):
    """What a client may ask of one article."""

    fields_ = several(
        fields.String(validate=OneOf(FIELDS)),
        "Only these fields of each article.",
        data_key="fields",
    )
    include = several(
        fields.String(validate=OneOf(INCLUDABLE)),
        "What to send along, so that one request shows a whole page.",
    )


class ArticleListQuery(ArticleQuery):
    """What a client may ask of a list of articles, whatever it is a list of."""

    category = several(printable(100), "In any of these categories; case does not matter.")
    hashtag = several(printable(100), "With any of these hashtags; case does not matter.")
    language = several(language_tag(), "In any of these languages.")
    published_from = TimeBound(end=False, description="Published then or later.")
    published_to = TimeBound(end=True, description="Published then or earlier.")
    q = fields.String(
        validate=Length(max=search.LONGEST),
        # Only told: who reads the search says at which character it cannot be read.
        metadata={
            "pattern": f"^{search.PATTERN}$",
            "description": 'What to search for: words, "phrases", `-word`, `AND`, `OR`, `NOT` and '
            "parentheses. Upper and lower case and accents do not matter.",
        },
    )
    in_ = several(
        fields.String(validate=OneOf(SEARCHED)),
        "Where to search; everywhere if not said.",
        data_key="in",
    )
    highlight = Switch("Whether to show, in `highlights`, where an article has what `q` asks for.")
    facets = several(fields.String(validate=OneOf(FACETS)), "What to count the articles by.")
    distinct = Switch("Whether to list only one of several copies of a text.")
    sort = fields.String(
        load_default="-published_at",
        validate=OneOf(["-published_at", "published_at", "relevance"]),
        metadata={
            "description": "Newest first, oldest first or, with `q`, the most relevant of the "
            "newest 1,000 matches first; without `q` nothing is more relevant than what is new."
        },
    )
    limit = Limit()
    cursor = PositionCursor()
    count = Switch("Whether to add `total`, which costs a count.")


def _source_id() -> Text:
    return Text(SOURCE_ID_PATTERN, "must be source ids", longest=LONGEST_ID)


class ArticlesQuery(ArticleListQuery):
    """What a client may ask of the list of all articles."""

    source = several(_source_id(), "From any of these sources.")
    exclude_source = several(_source_id(), "From none of these sources.")


class RelatedQuery(Schema):
    """What a client may ask of the list of related articles."""

    fields_ = several(
        fields.String(validate=OneOf(RELATED)),
        "Only these fields of each article.",
        data_key="fields",
    )
    limit = Limit()
    cursor = Text(ID_PATTERN, NOT_A_CURSOR, longest=32, metadata=CURSOR)


def article_schema(names: Collection[str]) -> Schema:
    """Give the schema that writes just these fields of an article, in the order of all fields."""
    return ArticleSchema(only=[name for name in _EVERYTHING if name in names])


def related_schema(names: Collection[str]) -> Schema:
    """Give the schema that writes just these fields of a related article, in the same order."""
    return RelatedArticleSchema(only=[name for name in RELATED if name in names])


@lru_cache(maxsize=256)
def article_output(names: frozenset[str]) -> Output:
    """Give the function that writes just these fields of an article; made once a choice."""
    return compile_output(article_schema(names))


@lru_cache(maxsize=256)
def related_output(names: frozenset[str]) -> Output:
    """Give the function that writes just these fields of a related article."""
    return compile_output(related_schema(names))


class ArticleDraftSchema(Schema):
    """An article as a reader of some format found it; what is not said is null or empty."""

    class Meta:
        """Take nothing that has no place in an article."""

        unknown = RAISE

    id = Text(
        ID_PATTERN,
        "must be 32 hexadecimal digits",
        longest=32,
        load_default=None,
        allow_none=True,
    )
    """Only in what Byline itself gave out: an article keeps the id that it has."""
    guid = fields.String(load_default=None, allow_none=True, validate=Length(1, 2_000))
    """What its source calls it, whatever its address is."""
    title = fields.String(required=True, validate=Length(1, 1_000))
    url = fields.URL(load_default=None, allow_none=True, schemes={"http", "https"})
    source = fields.String(load_default=None, allow_none=True, validate=Length(1, 200))
    authors = fields.List(fields.String(validate=Length(1, 200)), load_default=list)
    image_url = fields.URL(load_default=None, allow_none=True, schemes={"http", "https"})
    published_at = Moment()
    published = fields.Nested(PublishedSchema, load_default=None, allow_none=True)
    language = fields.String(load_default=None, allow_none=True, validate=Length(2, 35))
    category = fields.String(load_default=None, allow_none=True, validate=Length(1, 100))
    hashtags = fields.List(
        fields.String(validate=Length(1, 100)), load_default=list, validate=Length(max=100)
    )
    summary = fields.String(load_default=None, allow_none=True, validate=Length(max=10_000))
    """The lead where the source wrote one; otherwise it is taken from the text."""
    body_text = fields.String(load_default="", validate=Length(max=2_000_000))
    body_html = fields.String(load_default=None, allow_none=True, validate=Length(max=4_000_000))
    """The text as its source set it, not yet sanitised; without it, plain paragraphs are."""
    excerpt = fields.Boolean(load_default=False)
    """Whether the text is only a part, such as a feed shows."""
    enclosures = fields.List(
        fields.Nested(EnclosureSchema), load_default=list, validate=Length(max=50)
    )
    captured_at = Moment()
    """When this account of the article was made: when it was fetched, or last changed."""


_DRAFT = ArticleDraftSchema()  # to make it takes four times what it takes to check an article


def validate_draft(values: dict[str, Any]) -> dict[str, Any]:
    """Check and complete a draft; raise marshmallow's ValidationError, which names the fields."""
    draft: dict[str, Any] = _DRAFT.load(values)
    return draft
