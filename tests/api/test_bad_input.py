"""What is sent badly, to everything that it can be sent to, and exactly what is answered.

The endpoints are those that the app has, so a new one is tried as well.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from store.client import Database
from tests.api.asking import ID, problem
from tests.api.keyring import ADMIN, bearer, token

DIGITS = "9" * 5_000
NAMES = {
    "article_id": "talks",
    "story_id": "story",
    "source_id": "korea-herald",
    "other_id": "match",
}


@dataclass(frozen=True)
class Endpoint:
    method: str
    place: str
    takes: frozenset[str]
    """Where it takes arguments: query, json."""


def endpoints(app: Flask) -> Iterator[Endpoint]:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/v1/"):
            continue
        documented = getattr(app.view_functions[rule.endpoint], "_apidoc", {})
        parameters = documented.get("arguments", {}).get("parameters", ())
        takes = frozenset(each["in"] for each in parameters)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield Endpoint(method, rule.rule, takes)


class Sender:
    """Sends requests to every endpoint that there is."""

    def __init__(self, app: Flask, db: Database, published: dict[str, str]) -> None:
        self.client = app.test_client()
        self.endpoints = sorted(endpoints(app), key=lambda each: (each.place, each.method))
        self._key = bearer(token(db, ADMIN))
        self._ids = {name: published.get(value, value) for name, value in NAMES.items()}

    def place(self, endpoint: Endpoint) -> str:
        place = endpoint.place
        for name, value in {**self._ids, "comment_id": ID, "number": "1"}.items():
            for form in (f"<{name}>", f"<int:{name}>"):
                place = place.replace(form, value)
        assert "<" not in place, f"the test has no value for {place}"
        return place

    def send(self, endpoint: Endpoint, query: str = "", **options: Any) -> TestResponse:
        headers = {**self._key, "If-Match": "*", **options.pop("headers", {})}
        address = self.place(endpoint) + (f"?{query}" if query else "")
        return self.client.open(address, method=endpoint.method, headers=headers, **options)

    @property
    def reads(self) -> list[Endpoint]:
        return [each for each in self.endpoints if each.method == "GET"]

    @property
    def with_bodies(self) -> list[Endpoint]:
        return [each for each in self.endpoints if "json" in each.takes]


@pytest.fixture
def sender(app: Flask, memory_db: Database, published: dict[str, str]) -> Sender:
    return Sender(app, memory_db, published)


QUERIES = [
    ("source[$ne]=x", "source[$ne]"),
    ("source[$gt]=", "source[$gt]"),
    ("$where=1", "$where"),
    ("limit=0", "limit"),
    ("limit=-5", "limit"),
    ("limit=1000000000", "limit"),
    ("limit=1_000", "limit"),
    ("limit=%D9%A3", "limit"),
    ("limit=+5", "limit"),
    ("limit=5.0", "limit"),
    ("limit=1e1", "limit"),
    (f"limit={DIGITS}", "limit"),
    ("limit=5&limit=5", "limit"),
    ("cursor=!", "cursor"),
    ("fields=a,", "fields"),
    ("q=%00", "q"),
    ("q=%ED%A0%80", "q"),
    ("q=%ff", "q"),
    ("q=%zz", "q"),
    ("%00=1", "\0"),
    ("%ED%A0%80=1", "%ED%A0%80"),
    ("published_from=NaN", "published_from"),
    ("published_from=0001-01-01T00:00:00%2B14:00", "published_from"),
    ("published_from=2025-13-01", "published_from"),
    (f"published_from={DIGITS}", "published_from"),
    ("count=yes", "count"),
    ("id=x", "id"),
    ("_=1", "_"),
]


@pytest.mark.parametrize(("query", "field"), QUERIES, ids=[query[:40] for query, _ in QUERIES])
def test_a_bad_query_is_400_and_named_wherever_it_is_sent(
    sender: Sender, query: str, field: str
) -> None:
    assert len(sender.reads) > 15
    for endpoint in sender.reads:
        found = problem(sender.send(endpoint, query), 400)
        named = {(each["in"], each["field"].partition(".")[0]) for each in found["errors"]}
        assert named == {("query", field)}, endpoint


WHOLES = [
    (b" \n", "is empty"),
    (b"{", "JSON"),
    (b"{}x", "JSON"),
    (b"{'title': 1}", "JSON"),
    (b'{"title": NaN}', "NaN"),
    (b'{"title": -Infinity}', "Infinity"),
    (b'{"title": 1e999}', ""),
    (b'{"title": "a", "title": "b"}', "title"),
    (b'{"x": {"title": "a", "title": "b"}}', "title"),
    (b'{"title": "a\\u0000b"}', "U+0000"),
    (b'{"a\\u0000b": "x"}', "U+0000"),
    (b'{"title": "\\ud800"}', "surrogate"),
    (b'{"\\udfff": "x"}', "surrogate"),
    (b'{"title": "\xed\xa0\x80"}', "UTF-8"),
    (b'{"title": "\xff"}', "UTF-8"),
    (b'{"title": "a\nb"}', ""),
    (b'{"length": 99999999999999999999}', ""),
    (b'{"length": ' + DIGITS.encode() + b"}", ""),
    (b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deep"),
    (b'{"x": ' + b'{"x": ' * 200 + b"1" + b"}" * 201, "deep"),
    (b"[" * 100_000, "deep"),
    (b"\xef\xbb\xbf{}", "byte order mark"),
]


@pytest.mark.parametrize(("body", "said"), WHOLES, ids=[str(body[:30]) for body, _ in WHOLES])
def test_what_is_not_strictly_json_is_400_wherever_it_is_sent(
    sender: Sender, body: bytes, said: str
) -> None:
    assert len(sender.with_bodies) > 4
    for endpoint in sender.with_bodies:
        found = problem(sender.send(endpoint, data=body, content_type="application/json"), 400)
        assert said in json.dumps(found, ensure_ascii=False), endpoint
        assert {each["in"] for each in found["errors"]} == {"body"}


@pytest.mark.parametrize(
    "body",
    [
        [],
        "x",
        5,
        {"$gt": ""},
        {"$set": {"title": "x"}},
        {"id": ID},
        {"_id": ID},
        {"revision": 5},
        {"status": "visible"},
        {"created_at": "2025-06-16T08:00:00Z"},
        {"constructor": {"prototype": 1}},
    ],
    ids=str,
)
def test_what_no_client_may_say_is_422_wherever_it_is_sent(sender: Sender, body: Any) -> None:
    for endpoint in sender.with_bodies:
        found = problem(sender.send(endpoint, json=body), 422)
        named = {each["field"] for each in found["errors"]}
        wanted = set(body) if isinstance(body, dict) else {""}
        assert wanted <= named, endpoint
        assert {each["in"] for each in found["errors"]} == {"body"}


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (415, {"data": b"title=x", "content_type": "application/x-www-form-urlencoded"}),
        (415, {"data": b"{}", "content_type": "text/plain"}),
        (415, {"data": b"{}", "content_type": "application/jsonp"}),
        (415, {"data": b"{}", "content_type": ""}),
        (415, {"data": b"{}", "content_type": "application/json; charset=utf-16"}),
        (
            413,
            {"data": b'"' + b"x" * (17 * 1024 * 1024) + b'"', "content_type": "application/json"},
        ),
        (
            415,
            {
                "data": gzip.compress(b" " * 10_000_000),
                "content_type": "application/json",
                "headers": {"Content-Encoding": "gzip"},
            },
        ),
        (406, {"json": {}, "headers": {"Accept": "image/png"}}),
        (406, {"json": {}, "headers": {"Accept": "application/json;q=0"}}),
    ],
)
def test_a_body_that_is_not_even_read_is_told_why(
    sender: Sender, status: int, options: dict[str, Any]
) -> None:
    for endpoint in sender.with_bodies:
        found = problem(sender.send(endpoint, **options), status)
        assert "errors" not in found


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("image/png", 406),
        ("application/json;q=0, */*;q=0", 406),
        ("text/html", 406),
        ("*/*", 200),
        ("text/html, */*;q=0.1", 200),
        ("application/*", 200),
        ("application/json", 200),
        ("", 200),
        ("nonsense", 406),
    ],
)
def test_who_takes_no_json_gets_none(
    sender: Sender, client: FlaskClient, accept: str, status: int
) -> None:
    client.get("/v1/site")  # an answer that is kept is no reason to send it
    for endpoint in sender.reads:
        if endpoint.place in {"/v1/articles", "/v1/site", "/v1/articles/<article_id>"}:
            answer = sender.client.get(sender.place(endpoint), headers={"Accept": accept})
            assert answer.status_code == status
            if status != 200:
                problem(answer, status)


BAD_IDS = [
    "x.css",
    f"{ID}.json",
    "%00",
    "%ED%A0%80",
    "..%2f..%2fetc%2fpasswd",
    "%24ne",
    '{"$gt":""}',
    "x" * 5_000,
    "-1",
    "null",
    "\N{ARABIC LETTER MEEM}",
]


@pytest.mark.parametrize("bad", BAD_IDS, ids=[bad[:20] for bad in BAD_IDS])
def test_an_id_that_is_none_is_404_wherever_it_is_asked_for(sender: Sender, bad: str) -> None:
    tried = 0
    for endpoint in sender.endpoints:
        if "<" not in endpoint.place:
            continue
        place = endpoint.place.replace("<int:number>", "1")
        for name in ("article_id", "other_id", "story_id", "source_id", "comment_id"):
            place = place.replace(f"<{name}>", bad)
        headers = {**sender._key, "If-Match": "*"}
        bodies = {"/v1/articles": {"title": "x"}, "/v1/sources": {"name": "x"}}
        body = next(
            (value for start, value in bodies.items() if place.startswith(start)), {"title": "x"}
        )
        if endpoint.place.endswith("/comments"):
            body = {"author": "x", "text": "x"}
        if endpoint.place.endswith("/<other_id>"):
            body = {}
        sent: Any = {"json": body} if "json" in endpoint.takes else {}
        answer = sender.client.open(place, method=endpoint.method, headers=headers, **sent)
        problem(answer, 404)
        tried += 1
    assert tried > 10


def test_nothing_lies_below_an_article(sender: Sender, published: dict[str, str]) -> None:
    for rest in ("x.css", ".json", "comments/x.css", "revisions/1.0", "%2e%2e"):
        problem(sender.client.get(f"/v1/articles/{published['talks']}/{rest}"), 404)


@pytest.mark.parametrize(
    "search",
    ["(a%2B)%2B$", "a*a*a*a*a*a*a*b", "(" * 40 + "a" + ")" * 40, ".*" * 100, "%5C" * 400, '"' * 99],
)
def test_what_would_keep_a_regular_expression_busy_is_only_a_search(
    client: FlaskClient, published: dict[str, str], search: str
) -> None:
    answer = client.get(f"/v1/articles?q={search}")
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert problem(answer, 400)["errors"][0]["field"] == "q"


def test_names_that_look_the_same_are_the_same(client: FlaskClient, memory_db: Database) -> None:
    key = bearer(token(memory_db, ADMIN))
    composed, decomposed = "Caf\u00e9 opens", "Cafe\u0301 opens"
    first = client.post("/v1/sources", json={"name": composed}, headers=key)
    second = client.post("/v1/sources", json={"name": decomposed}, headers=key)
    assert first.headers["Location"] == second.headers["Location"]
