from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from bson import Int64, tz_util
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, fields, post_dump, pre_dump

from schemas.article import (
    FIELDS,
    INCLUDABLE,
    RELATED,
    ArticlePageSchema,
    article_output,
    article_schema,
    related_output,
    related_schema,
)
from schemas.comment import CommentSchema
from schemas.compiled import compile_output
from schemas.fields import UtcTime
from schemas.source import SourceSchema

Values = st.SearchStrategy[dict[str, Any]]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
counts = st.integers(0, 2**31) | st.integers(0, 2**62).map(Int64)
times = st.datetimes(timezones=st.sampled_from([UTC, tz_util.utc])) | st.just(
    datetime(2025, 6, 16, 8, tzinfo=tz_util.utc)
)


def or_none(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, max_size=3)


labels = st.fixed_dictionaries({"id": texts, "name": texts})
sources: Values = st.fixed_dictionaries(
    {"id": texts, "name": texts},
    optional={
        **dict.fromkeys(("url", "country", "language", "category", "description"), or_none(texts)),
        "feeds": several(texts),
        "articles_count": counts,
        "latest_at": or_none(times),
    },
)
comments: Values = st.fixed_dictionaries(
    dict.fromkeys(("id", "article_id", "status"), texts)
    | dict.fromkeys(("author", "text", "parent_id"), or_none(texts))
    | {"created_at": times}
)
OWN: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("slug", "title", "summary", "body_text", "body_html"), texts),
    **dict.fromkeys(("url", "image_url", "language"), or_none(texts)),
    **dict.fromkeys(("word_count", "reading_minutes", "comments_count", "revision"), counts),
    **dict.fromkeys(("created_at", "updated_at"), times),
    "comments_open": st.booleans(),
    "published_at": or_none(times),
    "published": or_none(
        st.fixed_dictionaries({"text": texts}, optional={"inferred": st.booleans()})
    ),
    "source": or_none(sources),
    "authors": several(texts),
    "title_key": texts,
}
# Without these the functions of the schema cannot do their part.
NEEDED = {"id": texts, "category": or_none(labels), "hashtags": several(labels)}
LINK = {
    "origin": texts,
    "score": or_none(st.floats(0, 1) | st.just(1)),
    "reasons": several(texts),
    "position": counts,
}
related: Values = st.fixed_dictionaries(NEEDED, optional=OWN | LINK)
articles: Values = st.fixed_dictionaries(
    NEEDED, optional=OWN | {"related": several(related), "comments": several(comments)}
)


def assert_same(shown: Any, dumped: Any) -> None:
    assert shown == dumped
    assert orjson.dumps(shown) == orjson.dumps(dumped)


@given(article=articles, names=st.sets(st.sampled_from([*FIELDS, *INCLUDABLE])))
def test_an_article_is_written_as_its_schema_dumps_it(
    article: dict[str, Any], names: set[str]
) -> None:
    assert_same(article_output(frozenset(names))(article), article_schema(names).dump(article))


@given(article=articles)
def test_a_whole_article_is_written_as_its_schema_dumps_it(article: dict[str, Any]) -> None:
    names = frozenset((*FIELDS, *INCLUDABLE))
    assert_same(article_output(names)(article), article_schema(names).dump(article))


@given(article=related, names=st.sets(st.sampled_from(RELATED)) | st.just(set(RELATED)))
def test_a_related_article_is_written_as_its_schema_dumps_it(
    article: dict[str, Any], names: set[str]
) -> None:
    assert_same(related_output(frozenset(names))(article), related_schema(names).dump(article))


@settings(max_examples=30)  # each is several articles; those alone have been tried above
@given(data=several(articles))
def test_a_page_is_written_as_its_schema_dumps_it(data: list[dict[str, Any]]) -> None:
    page = {"data": data, "next": None}
    schema = ArticlePageSchema()
    assert_same(compile_output(schema)(page), schema.dump(page))


@given(source=sources, comment=comments)
def test_a_source_and_a_comment_are_written_as_their_schemas_dump_them(
    source: dict[str, Any], comment: dict[str, Any]
) -> None:
    assert_same(compile_output(SourceSchema())(source), SourceSchema().dump(source))
    assert_same(compile_output(CommentSchema())(comment), CommentSchema().dump(comment))


class Inner(Schema):
    at = UtcTime(data_key="when")


class Hooked(Inner):
    @post_dump
    def note(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return data | {"noted": True}


class Prepared(Inner):
    @pre_dump
    def prepare(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return data | {"at": None}


class Loud(Inner):
    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        return None


class Shout(fields.String):
    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value and str(value).upper()


class Odd(Schema):
    """What the articles do not have (yet)."""

    renamed = fields.String(data_key="newName")
    elsewhere = fields.String(attribute="other")
    deep = fields.String(attribute="inner.at.year")
    loud = Shout()
    louds = fields.List(Shout())
    by_default = fields.Integer(dump_default=3)
    as_text = fields.Integer(as_string=True)
    texts = fields.List(fields.Integer(as_string=True))
    anything = fields.Raw()
    constant = fields.Constant(5)
    secret = fields.String(load_only=True)
    method = fields.Method("shown_by_method")
    silent = fields.Method()
    times = fields.List(UtcTime())
    rows = fields.List(fields.List(fields.Float()))
    inner = fields.Nested(Inner)
    inners = fields.Nested(Inner, many=True)
    more_inners = fields.Nested(Inner(many=True))
    part = fields.Nested(Inner, only=("at",))
    name = fields.Pluck(Inner, "at")
    hooked = fields.Nested(Hooked)
    prepared = fields.List(fields.Nested(Prepared))
    own_access = fields.Nested(Loud)

    def shown_by_method(self, document: dict[str, Any]) -> int:
        return len(document)


MOMENT = datetime(2025, 6, 16, 8, 0, 0, 120_000, tzinfo=UTC)
INNER = {"at": MOMENT}
ODD: dict[str, Any] = {
    "renamed": "a",
    "elsewhere": "not this",
    "other": "b",
    "loud": "c",
    "louds": ["d", None],
    "as_text": 5,
    "texts": [1, None],
    "anything": {"x": [1]},
    "secret": "e",
    "times": [MOMENT, None],
    "rows": [[1, 2.5, None], None],
    "inner": INNER,
    "inners": [INNER, {}],
    "more_inners": [INNER],
    "part": INNER,
    "name": INNER,
    "hooked": INNER,
    "prepared": [INNER, None],
    "own_access": INNER,
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_missing_is_left_out_and_none_stays_none(name: str) -> None:
    for document in ({}, {name: ODD[name]}, ODD, ODD | {name: None}):
        assert_same(compile_output(Odd())(document), Odd().dump(document))


def test_what_a_schema_or_field_does_in_a_way_of_its_own_is_left_to_it() -> None:
    shown = compile_output(Odd())(ODD)
    assert shown["newName"] == "a"
    assert shown["elsewhere"] == "b"
    assert shown["louds"] == ["D", None]
    assert shown["by_default"] == 3
    assert shown["hooked"] == {"when": "2025-06-16T08:00:00.120Z", "noted": True}
    assert not {"secret", "silent"} & set(shown)


def test_the_output_of_a_schema_for_many_writes_one() -> None:
    for schema in (Inner(many=True), Hooked(many=True)):
        assert_same(compile_output(schema)(INNER), schema.dump(INNER, many=False))


def test_the_document_stays_as_it_is() -> None:
    document = {"inner": {"at": MOMENT}, "times": [MOMENT]}
    compile_output(Odd())(document)
    assert document == {"inner": {"at": MOMENT}, "times": [MOMENT]}
