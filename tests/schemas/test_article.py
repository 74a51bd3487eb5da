from datetime import UTC, datetime
from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from schemas.article import (
    BODIES,
    FIELDS,
    INCLUDABLE,
    LISTED,
    PRECISIONS,
    RELATED,
    ArticleQuery,
    ArticlesQuery,
    RelatedQuery,
    article_output,
    article_schema,
    related_output,
    related_schema,
    validate_draft,
)

ID = "0123456789abcdef" * 2
STORED: dict[str, Any] = {
    "id": ID,
    "former_ids": ["f" * 32],
    "slug": "ties-grow-closer",
    "url": None,
    "title": "Ties grow closer",
    "title_key": "ties grow closer",
    "summary": "They met.",
    "source": {"id": "korea-herald", "name": "Korea Herald"},
    "authors": [],
    "image_url": None,
    "published_at": datetime(2025, 6, 16, 8, tzinfo=UTC),
    "listed_at": datetime(2025, 6, 16, 8, tzinfo=UTC),
    "published": {"text": "8 hours ago", "precision": "hour", "inferred": True},
    "language": "en",
    "category": {"id": "politics", "name": "Politics"},
    "hashtags": [{"id": "seoul", "name": "Seoul"}],
    "enclosures": [],
    "excerpt": False,
    "word_count": 2,
    "reading_minutes": 1,
    "comments_count": 0,
    "body_text": "They met.",
    "body_html": "<p>They met.</p>",
    "captured_at": None,
    "created_at": datetime(2025, 6, 16, 9, tzinfo=UTC),
    "updated_at": datetime(2025, 6, 16, 9, 0, 0, 5_000, tzinfo=UTC),
    "revision": 1,
}
SHOWN: dict[str, Any] = {
    "id": ID,
    "slug": "ties-grow-closer",
    "url": None,
    "title": "Ties grow closer",
    "summary": "They met.",
    "source": {"id": "korea-herald", "name": "Korea Herald"},
    "authors": [],
    "image_url": None,
    "published_at": "2025-06-16T08:00:00Z",
    "published": {"text": "8 hours ago", "precision": "hour", "inferred": True},
    "language": "en",
    "category": "Politics",
    "hashtags": ["Seoul"],
    "enclosures": [],
    "excerpt": False,
    "word_count": 2,
    "reading_minutes": 1,
    "comments_count": 0,
    "comments_open": True,
    "body_text": "They met.",
    "body_html": "<p>They met.</p>",
    "created_at": "2025-06-16T09:00:00Z",
    "updated_at": "2025-06-16T09:00:00.005Z",
    "revision": 1,
    "links": {
        "self": f"/v1/articles/{ID}",
        "related": f"/v1/articles/{ID}/related",
        "comments": f"/v1/articles/{ID}/comments",
    },
    "story": None,
}
LINK: dict[str, Any] = {"origin": "page", "score": None, "reasons": [], "position": 1}


def test_an_article_is_shown_as_the_design_has_it_and_nothing_internal_with_it() -> None:
    assert article_schema(FIELDS).dump(STORED) == SHOWN
    assert set(FIELDS) == set(SHOWN)


@pytest.mark.parametrize(("stored", "shown"), [({}, True), (True, True), (False, False)])
def test_an_article_is_open_to_comments_unless_somebody_closed_it(
    stored: bool | dict[str, Any], shown: bool
) -> None:
    article = STORED if stored == {} else STORED | {"comments_open": stored}
    for names in (["comments_open"], FIELDS):
        assert article_output(frozenset(names))(article)["comments_open"] is shown
        assert article_schema(names).dump(article)["comments_open"] is shown


def test_what_nobody_said_is_null() -> None:
    unknown = dict.fromkeys(("source", "published_at", "published", "language", "category"))
    assert article_schema(FIELDS).dump(STORED | unknown) == SHOWN | unknown


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_can_be_had_alone_from_what_was_read_for_it(name: str) -> None:
    read = {key: value for key, value in STORED.items() if key in {"id", name}}
    assert article_schema((name,)).dump(read) == {name: SHOWN[name]}


def test_a_list_leaves_the_bodies_out() -> None:
    assert set(FIELDS) - set(LISTED) == set(BODIES)


def test_what_is_included_is_shown_whole() -> None:
    comment = {
        "id": "c" * 32,
        "article_id": ID,
        "author": "Kim",
        "text": "Well.",
        "created_at": datetime(2025, 6, 17, tzinfo=UTC),
        "status": "visible",
        "parent_id": None,
    }
    source = STORED["source"] | {"feeds": [], "articles_count": 1, "latest_at": None}
    stored = STORED | {"source": source, "related": [STORED | LINK], "comments": [comment]}
    assert article_schema(("id", *INCLUDABLE)).dump(stored) == {
        "id": ID,
        "source": source,
        "related": [{name: SHOWN.get(name, LINK.get(name)) for name in RELATED}],
        "comments": [comment | {"created_at": "2025-06-17T00:00:00Z"}],
    }


def test_related_articles_are_shown_without_bodies_and_with_what_their_link_says() -> None:
    assert set(RELATED) == {*LISTED, *LINK}
    shown = related_schema(RELATED).dump(STORED | LINK)
    assert shown == {name: value for name, value in SHOWN.items() if name not in BODIES} | LINK


def test_related_articles_can_be_shown_in_part() -> None:
    assert related_schema(("id", "score")).dump(STORED | LINK) == {"id": ID, "score": None}


def test_fields_come_in_the_same_order_however_they_are_asked_for() -> None:
    assert list(article_schema(("title", "id")).dump(STORED)) == ["id", "title"]
    assert list(related_schema(("score", "id")).dump(STORED | LINK)) == ["id", "score"]
    assert list(article_schema(FIELDS).dump(STORED)) == list(SHOWN)


def test_an_output_is_made_once_for_each_choice_of_fields() -> None:
    one, other = frozenset(("id", "title")), frozenset(("title", "id"))
    assert article_output(one) is article_output(other)
    assert related_output(one) is related_output(other)
    assert article_output(one)(STORED) == related_output(one)(STORED)


@pytest.mark.parametrize(
    ("schema", "parameters", "expected"),
    [
        (ArticleQuery, {"fields": "id,title"}, {"fields_": ["id", "title"]}),
        (ArticleQuery, {"include": ",".join(INCLUDABLE)}, {"include": list(INCLUDABLE)}),
        (ArticlesQuery, {"source": "bbc,korea-herald"}, {"source": ["bbc", "korea-herald"]}),
        (ArticlesQuery, {"exclude_source": "bbc"}, {"exclude_source": ["bbc"]}),
        (ArticlesQuery, {"category": "World News"}, {"category": ["World News"]}),
        (ArticlesQuery, {"hashtag": "#서울,AI"}, {"hashtag": ["#서울", "AI"]}),
        (ArticlesQuery, {"language": "en,zh-Hant-TW"}, {"language": ["en", "zh-Hant-TW"]}),
        (ArticlesQuery, {"sort": "published_at"}, {"sort": "published_at"}),
        (ArticlesQuery, {"count": "true"}, {"count": True}),
        (ArticlesQuery, {"q": '"rate cut" -oil'}, {"q": '"rate cut" -oil'}),
        (ArticlesQuery, {"in": "title,body"}, {"in_": ["title", "body"]}),
        (ArticlesQuery, {"facets": "source,hashtag"}, {"facets": ["source", "hashtag"]}),
        (ArticlesQuery, {"highlight": "true"}, {"highlight": True}),
        (ArticlesQuery, {"distinct": "true"}, {"distinct": True}),
        (ArticlesQuery, {"sort": "relevance"}, {"sort": "relevance"}),
        (RelatedQuery, {"fields": "score,id"}, {"fields_": ["score", "id"]}),
        (RelatedQuery, {"cursor": ID}, {"cursor": ID}),
    ],
)
def test_each_parameter_is_read(
    schema: type[Schema], parameters: dict[str, str], expected: dict[str, Any]
) -> None:
    loaded = schema().load(parameters)
    assert {name: loaded[name] for name in expected} == expected


def test_a_query_that_asks_for_nothing_has_its_defaults() -> None:
    assert ArticlesQuery().load({}) == {
        "fields_": [],
        "include": [],
        "category": [],
        "hashtag": [],
        "language": [],
        "source": [],
        "exclude_source": [],
        "in_": [],
        "facets": [],
        "highlight": False,
        "distinct": False,
        "sort": "-published_at",
        "limit": 20,
        "count": False,
    }


@pytest.mark.parametrize(
    ("schema", "parameter", "text"),
    [
        *((ArticlesQuery, "fields", text) for text in ("", "id,", "nope", "ID", "related", "_id")),
        *((ArticlesQuery, "include", text) for text in ("", "all", "source,source ", "body_text")),
        *((ArticlesQuery, "source", text) for text in ("", "BBC", "-bbc", "a--b", "bbc,", "a\x00")),
        *((ArticlesQuery, "exclude_source", text) for text in ("", "a b", "ab\n", '{"$ne":1}')),
        *((ArticlesQuery, "category", text) for text in ("", ",", "a\x00", "\x85", "x" * 101)),
        *((ArticlesQuery, "hashtag", text) for text in ("", "a,,b", "a\nb", "x,y" * 60)),
        *(
            (ArticlesQuery, "language", text)
            for text in ("", "e", "en_US", "english", "en-", "한국")
        ),
        *(
            (ArticlesQuery, "sort", text)
            for text in ("", "title", "-published_at,title", "RELEVANCE")
        ),
        *((ArticlesQuery, name, "x") for name in ("source[$ne]", "$where", "Limit", "fields_")),
        *((RelatedQuery, "cursor", text) for text in ("", "A" * 32, ID[:31], ID + "\n")),
        *((RelatedQuery, "fields", text) for text in ("", "body_text", "related")),
    ],
)
def test_a_bad_parameter_is_named(schema: type[Schema], parameter: str, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        schema().load({parameter: text})
    assert list(refused.value.messages_dict) == [parameter]


def test_a_draft_is_completed_with_what_is_not_known() -> None:
    assert validate_draft({"title": "Ties"}) == {
        "title": "Ties",
        "url": None,
        "source": None,
        "authors": [],
        "image_url": None,
        "published_at": None,
        "published": None,
        "language": None,
        "category": None,
        "hashtags": [],
        "body_text": "",
        "captured_at": None,
        "id": None,
        "guid": None,
        "summary": None,
        "body_html": None,
        "excerpt": False,
        "enclosures": [],
    }


PUBLISHED = {"text": "8 hours ago", "precision": "hour", "inferred": True}


@pytest.mark.parametrize(
    "values",
    [
        {"url": "https://news.example/1?a=b#c"},
        {"image_url": "http://news.example/a.jpg"},
        {"authors": ["Kim", "김"]},
        {"hashtags": ["x"] * 100},
        {"body_text": "x" * 2_000_000},
        *({"published": PUBLISHED | {"precision": precision}} for precision in PRECISIONS),
    ],
)
def test_a_good_draft_is_taken_as_it_is(values: dict[str, Any]) -> None:
    draft = validate_draft({"title": "Ties", **values})
    assert {name: draft[name] for name in values} == values


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("title", value) for value in ("", None, 5, "x" * 1001, {"$gt": ""})),
        *(("url", value) for value in ("", "news", "ftp://a.example", "javascript:alert(1)", 5)),
        *(("image_url", value) for value in ("data:image/png;base64,xx", "//a.example/b")),
        *(("source", value) for value in ("", "x" * 201, ["BBC"])),
        *(("authors", value) for value in ("Kim", [""], [None], None)),
        *(("published_at", value) for value in ("2025-06-16", 0, float("nan"))),
        *(("captured_at", value) for value in ("now", datetime(2025, 6, 16))),  # noqa: DTZ001
        *(("published", value) for value in ({}, {"text": "today"}, PUBLISHED | {"extra": 1})),
        ("published", PUBLISHED | {"precision": "decade"}),
        *(("language", value) for value in ("", "e", "x" * 36)),
        *(("category", value) for value in ("", "x" * 101)),
        *(("hashtags", value) for value in (["x"] * 101, [""], ["x" * 101], "Seoul")),
        *(("body_text", value) for value in (None, 5, "x" * 2_000_001)),
        *(("id", value) for value in ("f" * 31, "F" * 32, 5)),
        *(("enclosures", [value]) for value in ({}, {"url": "ftp://a.example"})),
        ("revision", 2),
        ("status", "visible"),
    ],
)
def test_a_bad_draft_is_refused_and_the_field_is_named(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_draft({"title": "Ties", field: value})
    assert list(refused.value.messages_dict) == [field]


def test_a_draft_needs_a_title() -> None:
    with pytest.raises(ValidationError, match="title"):
        validate_draft({"body_text": "They met."})
