"""Bad parameters: one table for all of them, on every resource that they apply to."""

from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.api.asking import ask, problem

LISTS = {"limit"}
PICKS = {"fields", "include"}
FILTERS = {"category", "hashtag", "language", "published_from", "published_to", "sort", "count"}
TIMED_CURSOR, RELATED_CURSOR = {"cursor in time"}, {"cursor among related"}
SOURCE_CURSOR, LABEL_CURSOR = {"cursor among sources"}, {"cursor among labels"}

SEARCH = {"q", "in", "facets", "highlight", "distinct"}
PARAMETERS = {
    "/v1/articles": LISTS | PICKS | FILTERS | SEARCH | TIMED_CURSOR | {"source", "exclude_source"},
    "/v1/articles/{talks}": PICKS,
    "/v1/articles/{talks}/related": LISTS | RELATED_CURSOR | {"fields"},
    "/v1/articles/{talks}/comments": LISTS | TIMED_CURSOR,
    "/v1/stories": LISTS | TIMED_CURSOR,
    "/v1/sources": LISTS | SOURCE_CURSOR,
    "/v1/sources/korea-herald": set[str](),
    "/v1/sources/korea-herald/articles": LISTS | PICKS | FILTERS | SEARCH | TIMED_CURSOR,
    "/v1/hashtags": LISTS | LABEL_CURSOR,
    "/v1/categories": LISTS | LABEL_CURSOR,
    "/v1/site": set[str](),
    "/livez": set[str](),
    "/readyz": set[str](),
}
"""What each resource takes."""

MANY = ",".join(["x"] * 51)
BAD_EVERYWHERE = ["", "%00", "a%00b", "%ED%A0%80", "%FF", "%zz", "%", "%e", "%0A"]
BAD_TIMES = [
    "NaN", "today", "2025", "2025-02", "2025-02-30", "2025-13-01", "2025-6-16", "20250616",
    "0000-01-01", "10000-01-01", "2025-06-16T08:00:00", "2025-06-16%2008:00:00Z",
    "2025-06-16T08:00Z", "2025-06-16T24:00:00Z", "2025-06-16T08:60:00Z", "2025-06-16T08:00:61Z",
    "2025-06-16T08:00:00+09:00", "2025-06-16T08:00:00%2B24:00", "2025-06-16T08:00:00%2B09:60",
    "2025-06-16T08:00:00%2B0900", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:60Z",
    "9999-12-31T23:59:59-00:01", "%D9%A2%D9%A0%D9%A2%D9%A5-06-16", "1750060800", "2025-06-16Z",
    "2025-06-16,2025-06-17", "%202025-06-16",
]  # fmt: skip
BAD_SOURCES = ["Korea", "korea_herald", "-a", "a-", "a--b", "a,,b", ",", "a,", "$ne", MANY]
BAD_LABELS = ["a,,b", ",", "a,", "x" * 101, MANY, "a%1Fb", "a%C2%85b"]
BAD = {
    "limit": [
        "0", "-5", "101", "1000000000", "1_000", quote("٣"), "%205", "5%20", "+5", "%2B5", "05",
        "5.0", "5e0", "0x5", "5,6", "five", "NaN", "null", "true", "9" * 5_000,
    ],
    "cursor in time": ["abc", "A" * 31, "A" * 33, "A" * 31 + "=", "A" * 31 + "+", "A" * 5_000],
    "cursor among related": ["abc", "0" * 31, "0" * 33, "G" * 32, "A" * 32],
    "cursor among sources": ["Abc", "a_b", "-", "a,b", "a/b"],
    "cursor among labels": ["a", "abcde", "ab=", "ab/c", "ab,c", "A" * 4_005],
    "fields": ["nope", "id,nope", "ID", "id,", ",id", "related", "_id", "source.id", MANY],
    "include": ["nope", "source,nope", "Source", "source,", "articles", "*", MANY],
    "category": BAD_LABELS,
    "hashtag": BAD_LABELS,
    "language": ["e", "english", "en_GB", "en-", "12", "en,,ko", "*", quote("한"), MANY],
    "published_from": BAD_TIMES,
    "published_to": BAD_TIMES,
    "sort": ["Relevance", "title", "+published_at", "-Published_at", "published_at,id", "1"],
    "count": ["yes", "1", "0", "True", "TRUE", "on", "true,false"],
    "source": BAD_SOURCES,
    "exclude_source": BAD_SOURCES,
    "q": [
        "a+AND", "OR+a", "%22a", "(a", "a)", "NOT", "((((a))))", "a%00", "a%1F", "x" * 501,
        quote("「東京"), quote("«a"),
    ],
    "in": ["nope", "body_text", "title,", "Title", MANY],
    "facets": ["nope", "source.id", "source,", "Source", MANY],
    "highlight": ["yes", "1", "True"],
    "distinct": ["yes", "1", "True"],
}  # fmt: skip
"""Values that each parameter refuses."""

UNKNOWN = ["query=x", "page=2", "source[$ne]=x", "limit[]=5", "Limit=5", "fields_=id", "=x",
           "%00=x", "$where=1", "_method=DELETE", "__proto__=x", "x", "%20limit=5"]  # fmt: skip
MALFORMED_NAMES = ["%zz=1", "%ED%A0%80=1", "%FF=1", "%=1"]


def bad_queries() -> list[tuple[str, str, str]]:
    """Give every resource with every bad query, and the field that the answer must name."""
    rows = []
    for place, parameters in PARAMETERS.items():
        for parameter in parameters:
            name = parameter.split()[0]
            values = [f"{name}={value}" for value in (*BAD_EVERYWHERE, *BAD[parameter])]
            # A form whose field was left empty searches for nothing.
            empty = {"q="} if name == "q" else {name}
            rows += [(place, query, name) for query in {*values, *empty} - {"q="}]
        rows += [(place, query, query.split("=")[0]) for query in UNKNOWN]
        rows += [(place, query, query.split("=")[0]) for query in MALFORMED_NAMES]
        rows += [
            (place, f"{query}&{query}", query.split("=")[0])
            for query in ("limit=5", "fields=id", "sort=published_at", "nope=1")
        ]
        unfit = {name for name in BAD if " " not in name} - {part.split()[0] for part in parameters}
        rows += [(place, f"{name}=1", name) for name in unfit]
    return sorted(rows)


def test_every_bad_query_is_refused_with_the_name_of_its_field(
    client: FlaskClient, published: dict[str, str]
) -> None:
    rows = bad_queries()
    assert len(rows) > 900
    for place, query, field in rows:
        answer = client.get(f"{place.format(**published)}?{query}")
        shown = f"{place}?{query[:80]}: {answer.status} {answer.text}"
        assert answer.status_code == 400, shown
        found = problem(answer, 400)
        [error] = found["errors"]
        assert error.keys() == {"in", "field", "message"}, shown
        assert error["in"] == "query", shown
        assert error["message"], shown
        names = {
            field, field.replace("%00", "\0"), field.replace("%20", " "),
            field.replace("%FF", "\ufffd"),
        }  # fmt: skip
        assert error["field"] in names, shown
        assert answer.headers["Access-Control-Allow-Origin"] == "*", shown


def test_all_that_is_wrong_is_said_at_once(client: FlaskClient) -> None:
    answer = client.get("/v1/articles?limit=0&sort=up&nope=1&published_from=NaN")
    found = problem(answer, 400)
    assert {error["field"] for error in found["errors"]} == {
        "limit", "sort", "nope", "published_from"
    }  # fmt: skip
    for name in ("limit", "sort", "nope", "published_from"):
        assert name in found["detail"]


def test_a_good_parameter_beside_a_bad_one_is_not_complained_of(client: FlaskClient) -> None:
    [error] = problem(client.get("/v1/articles?limit=5&sort=up"), 400)["errors"]
    assert error["field"] == "sort"


def test_a_bad_query_to_an_unknown_article_is_refused_first(client: FlaskClient) -> None:
    problem(client.get("/v1/articles/nobody?fields=nope"), 400)
    problem(client.get("/v1/sources/nobody?x=1"), 400)


@pytest.mark.parametrize("place", PARAMETERS)
def test_a_question_mark_or_an_ampersand_alone_asks_for_nothing(
    client: FlaskClient, published: dict[str, str], place: str
) -> None:
    whole = ask(client, place.format(**published))
    for query in ("?", "?&", "?&&"):
        assert ask(client, place.format(**published) + query) == whole


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("hashtag=seoul%2Cfootball", "hashtag=seoul,football"),
        ("&&limit=2&", "limit=2"),
        ("li%6dit=2", "limit=2"),
        ("category=politics&", "category=Politics"),
        ("hashtag=+seoul+", "hashtag=seoul"),
        ("limit=100", "limit=20"),
    ],
)
def test_two_spellings_of_one_question_have_one_answer(
    client: FlaskClient, published: dict[str, str], query: str, same: str
) -> None:
    listed, expected = (ask(client, f"/v1/articles?{each}")["data"] for each in (query, same))
    assert listed == expected != []


@pytest.mark.parametrize("queries", [("limit=1", "limit=2"), ("hashtag=seoul", "hashtag=x")])
def test_a_question_asked_again_is_answered_as_it_was_and_no_other_is(
    client: FlaskClient, published: dict[str, str], queries: tuple[str, str]
) -> None:
    first, second = (ask(client, f"/v1/articles?{query}") for query in queries)
    assert first != second
    assert [ask(client, f"/v1/articles?{query}") for query in queries] == [first, second]
    # The same words to another resource are another question.
    related = ask(client, f"/v1/articles/{published['talks']}/related?limit=1")
    assert related["data"] != ask(client, "/v1/articles?limit=1")["data"]
    for _ in range(2):
        problem(client.get(f"/v1/articles/{published['talks']}/related?hashtag=seoul"), 400)


def test_a_question_too_long_to_be_remembered_is_answered(
    client: FlaskClient, published: dict[str, str]
) -> None:
    names = ",".join(["x" * 90] * 6 + ["seoul"])
    for _ in range(2):
        assert len(ask(client, f"/v1/articles?hashtag={names}")["data"]) == 2
        problem(client.get(f"/v1/articles?hashtag={names}&limit=0"), 400)


def test_a_list_may_have_fifty_values(client: FlaskClient, published: dict[str, str]) -> None:
    fifty = ",".join([f"x{number}" for number in range(49)] + ["seoul"])
    assert len(ask(client, f"/v1/articles?hashtag={fifty}")["data"]) == 2
    assert problem(client.get(f"/v1/articles?hashtag={fifty},y"), 400)
