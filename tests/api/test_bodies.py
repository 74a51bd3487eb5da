"""Bodies: one table for all that is no JSON or cannot be stored, and what a view makes of it."""

import gzip
import json
from typing import Any

import pytest
from flask import Flask, Response, jsonify
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields
from werkzeug.test import TestResponse

from api import bodies
from api.app import MAX_BODY_BYTES
from api.blueprint import Blueprint
from api.bodies import DEEPEST, BodyError, load, up_to
from settings import Settings
from store.client import Database
from tests.api.asking import app_with, problem, said

LARGEST = 2**63 - 1


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * depth + closing * depth).encode()


BAD: dict[bytes, str] = {
    b"": "empty",
    b" \r\n\t": "empty",
    b"\xef\xbb\xbf{}": "byte order mark",
    b"{": "line 1, column 2",
    b"{}{}": "Extra data",
    b"{}\n]": "line 2, column 1",
    b"{'a': 1}": "not JSON",
    b'{"a": 1,}': "not JSON",
    b"[1,]": "not JSON",
    b"{} // comment": "not JSON",
    b"True": "not JSON",
    b"undefined": "not JSON",
    b"01": "not JSON",
    b"+1": "not JSON",
    b".5": "not JSON",
    b"1.": "not JSON",
    b"0x1": "not JSON",
    "٣".encode(): "not JSON",
    b'"a': "not JSON",
    b'"a\\': "not JSON",
    b'"\n"': "not JSON",
    b'"\x00"': "not JSON",
    b'"\\x"': "not JSON",
    b'"\\u12"': "not JSON",
    b"\x0c{}": "not JSON",
    b"\xa0{}": "not UTF-8 at byte 0",
    b'"\xff"': "not UTF-8 at byte 1",
    b'"\xed\xa0\x80"': "not UTF-8",  # a surrogate
    b'"\xc0\x80"': "not UTF-8",  # a NUL, in too many bytes
    '{"a": 1}'.encode("utf-16"): "not",
    '{"a": 1}'.encode("utf-16-le"): "not",
    '{"a": 1}'.encode("utf-32"): "not",
    b"NaN": "NaN",
    b'{"a": NaN}': "NaN",
    b"[Infinity]": "Infinity",
    b"[-Infinity]": "-Infinity",
    b"1e999": "too large",
    b'{"a": [-1e999]}': "too large",
    b"1e0309": "too large",
    b"9" * 400 + b".0": "too large",
    b"[9223372036854775808]": "64 bits",
    b"-9223372036854775809": "64 bits",
    b"18446744073709551616": "64 bits",
    b"9" * 5_000: "64 bits",
    b"-" + b"9" * 5_000: "64 bits",
    b'{"a": 1, "a": 1}': "more than once",
    b'{"a": 1, "\\u0061": 2}': "more than once",
    b'[[{"b": {"a": 1, "c": 2, "a": null}}]]': "more than once",
    b'{"": 1, "": 2}': "more than once",
    b'"\\u0000"': "U+0000",
    b'{"a": "b\\u0000"}': "U+0000",
    b'{"a\\u0000": 1}': "U+0000",
    b'[{"a": ["\\\\\\u0000"]}]': "U+0000",
    b'"\\ud800"': "surrogate",
    b'"\\uDFFF"': "surrogate",
    b'{"\\ud800": 1}': "surrogate",
    b'{"a": ["\\udc00\\ud800"]}': "surrogate",
    b'"\\ud83d\\ud83d\\ude00"': "surrogate",
    b'"\\ud83d\\\\ude00"': "surrogate",
    nested(DEEPEST + 1): "deep",
    nested(DEEPEST + 1, '{"a":', "}").replace(b":}", b":1}"): "deep",
    b'{"a": ' + nested(DEEPEST) + b"}": "deep",
    nested(100_000): "deep",
    b"[" * 1_000_000: "deep",
    b'{"a":' * 100_000: "deep",
    b"[{}," * 100_000: "deep",
    b'["\\"]",' * (DEEPEST + 1): "deep",
    b"[" * 60 + b'"' + b'\\"' * 100_000: "deep",
    b"]" * 100 + b"[" * 50: "not JSON",
}

GOOD: dict[bytes, Any] = {
    b"{}": {},
    b' \r\n\t{"a" : [ 1 , 2.5 ] } ': {"a": [1, 2.5]},
    '{"a": "Ünïcode 뉴스 😀"}'.encode(): {"a": "Ünïcode 뉴스 😀"},
    b'"\\ud83d\\ude00"': "😀",
    b'"\\\\u0000 \\\\ud800 \\\\\\\\u0000"': "\\u0000 \\ud800 \\\\u0000",
    b'"\\\\\\ud83d\\ude00"': "\\😀",
    b'"\\u0001\\u007f"': "\x01\x7f",
    '"\ufeff"'.encode(): "\ufeff",
    b"[9223372036854775807, -9223372036854775808, -0, 1e5, 0.1, -1E-999]":
        [LARGEST, -LARGEST - 1, 0, 1e5, 0.1, -0.0],
    b"[true, false, null]": [True, False, None],
    b'[{"a": 1}, {"a": 1}, {"a": {"a": 1}}]': [{"a": 1}, {"a": 1}, {"a": {"a": 1}}],
    b'{"\\u0000"'.replace(b"\\u0000", b"$where") + b": 1}": {"$where": 1},
    b'"' + b"[" * 1_000 + b'"': "[" * 1_000,
    b'"' + b'\\"[' * 1_000 + b'"': '"[' * 1_000,
    b"[" + b"[]," * 1_000 + b"0]": [*([[]] * 1_000), 0],
}  # fmt: skip


@pytest.mark.parametrize("raw", BAD, ids=lambda raw: repr(raw[:24]))
def test_what_is_no_json_or_cannot_be_stored_is_refused_with_the_reason(raw: bytes) -> None:
    with pytest.raises(BodyError) as raised:
        load(raw)
    assert BAD[raw] in raised.value.message


@pytest.mark.parametrize("raw", GOOD, ids=lambda raw: repr(raw[:24]))
def test_what_is_good_is_read_as_it_is(raw: bytes) -> None:
    assert load(raw) == GOOD[raw]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_body_may_be_nested_so_deep_and_no_deeper(opening: str, closing: str) -> None:
    for depth, good in ((DEEPEST, True), (DEEPEST + 1, False)):
        raw = (opening * depth + closing * depth).replace(":}", ":0}").encode()
        if good:
            assert load(raw) == json.loads(raw)
        else:
            with pytest.raises(BodyError, match="deep"):
                load(raw)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST - 1, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda below: st.lists(below) | st.dictionaries(st.text('ab\\"u0[{é'), below),
)


@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_all_that_is_good_is_read_in_whatever_way_it_is_written(
    value: Any, ascii_only: bool, indent: int | None
) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert load(raw) == value


@given(st.binary(max_size=40) | st.text('[]{}",:\\u0d8 1e9').map(str.encode))
def test_whatever_is_sent_is_read_as_any_reader_does_or_refused(raw: bytes) -> None:
    try:
        value = load(raw)
    except BodyError:
        return
    assert value == json.loads(raw.decode())


class PartOfThingSchema(Schema):
    url = fields.URL(required=True)


class ThingSchema(Schema):
    title = fields.String(required=True)
    enclosures = fields.List(fields.Nested(PartOfThingSchema))


LARGE = 3 * MAX_BODY_BYTES


def blueprint() -> Blueprint:
    blp = Blueprint("things", __name__, url_prefix="/things")

    @blp.route("", methods=["POST"])
    @blp.arguments(ThingSchema(), location="json")
    @blp.response(201, ThingSchema)
    def make_thing(thing: dict[str, Any]) -> tuple[Response, int]:
        """Make a thing."""
        return jsonify(thing), 201

    @blp.route("/batch", methods=["POST"])
    @up_to(LARGE)
    @blp.arguments(ThingSchema(many=True), location="json")
    @blp.response(200)
    def make_things(things: list[dict[str, Any]]) -> Response:
        """Make many things."""
        return jsonify(len(things))

    return blp


@pytest.fixture
def app(settings: Settings, memory_db: Database, monkeypatch: pytest.MonkeyPatch) -> Flask:
    return app_with(blueprint(), settings, memory_db, monkeypatch)


def post(
    client: FlaskClient, raw: bytes, content_type: str | None = "application/json", **more: Any
) -> TestResponse:
    return client.post(more.pop("place", "/things"), data=raw, content_type=content_type, **more)


def test_a_view_never_gets_what_is_bad(client: FlaskClient) -> None:
    for raw, reason in BAD.items():
        [error] = problem(post(client, raw), 400)["errors"]
        assert error["in"] == "body", raw[:24]
        assert reason in error["message"], raw[:24]


def test_what_is_wrong_with_the_whole_is_said_in_a_sentence(client: FlaskClient) -> None:
    found = problem(post(client, b"[1,]"), 400)
    assert found["detail"].startswith("The body is not JSON at line 1, column 4: ")
    assert found["errors"][0]["field"] == ""
    found = problem(post(client, b'{"a": 1, "b": 2, "a": 3}'), 400)
    assert found["detail"] == "This cannot be asked: see a."


@pytest.mark.parametrize("raw", [b"[]", b"1", b"null", b'"a"', b"true", b'[{"title": "a"}]'])
def test_a_body_that_is_no_object_is_a_bad_value(client: FlaskClient, raw: bytes) -> None:
    [error] = problem(post(client, raw), 422)["errors"]
    assert error == {"in": "body", "field": "", "message": "must be an object"}


def test_a_list_is_taken_where_it_is_asked_for(client: FlaskClient) -> None:
    assert said(post(client, b'[{"title": "a"}]', place="/things/batch")) == 1
    [error] = problem(post(client, b"{}", place="/things/batch"), 422)["errors"]
    assert error["message"] == "must be a list"
    [error] = problem(post(client, b'[{"title": "a"}, {}]', place="/things/batch"), 422)["errors"]
    assert error["field"] == "1.title"


def test_bad_values_are_told_with_the_path_of_each(client: FlaskClient) -> None:
    sent = {"title": 1, "other": {"a": 1}, "enclosures": [{"url": "x", "b": 1}, {}, 7]}
    found = problem(post(client, json.dumps(sent).encode()), 422)
    assert all(error["in"] == "body" and error["message"] for error in found["errors"])
    assert {error["field"]: error["message"] for error in found["errors"]}.items() >= {
        "other": "is not a field here",
        "enclosures.0.b": "is not a field here",
    }.items()
    assert {error["field"] for error in found["errors"]} == {
        *("title", "other", "enclosures.0.url", "enclosures.0.b"),
        *("enclosures.1.url", "enclosures.2"),
    }


def test_of_very_many_faults_some_are_told(client: FlaskClient) -> None:
    found = problem(post(client, json.dumps({"enclosures": [1] * 10_000}).encode()), 422)
    assert len(found["errors"]) == 50
    assert len(found["detail"]) < 300


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON", "application/json; charset=utf-8",
     'application/json;charset="UTF-8"', "application/json; charset=utf8",
     "application/json; profile=x", "application/merge-patch+json", "application/vnd.a-b.c+json"],
)  # fmt: skip
def test_json_is_taken_under_any_of_its_names(client: FlaskClient, content_type: str) -> None:
    assert post(client, b'{"title": "a"}', content_type).status_code == 201


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "text/json", "application/x-www-form-urlencoded", "*/*", "json",
     "multipart/form-data; boundary=x", "application/json; charset=latin-1", "application/jsonl",
     "application/json; charset=utf-16", "application/+json", "application/json+xml", "a" * 5_000,
     "application/json, text/plain"],
)  # fmt: skip
@pytest.mark.parametrize("raw", [b'{"title": "a"}', b"{"])
def test_another_type_is_refused_before_the_body_is_looked_at(
    client: FlaskClient, content_type: str | None, raw: bytes
) -> None:
    found = problem(post(client, raw, content_type), 415)
    assert "application/json" in found["detail"]


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate", "gzip, identity", "x", ""])
def test_a_coded_body_is_refused_and_never_unpacked(client: FlaskClient, coding: str) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    answer = post(client, bomb, headers={"Content-Encoding": coding})
    problem(answer, 415)
    assert answer.headers["Accept-Encoding"] == "identity"


def test_a_coding_that_is_none_is_no_matter(client: FlaskClient) -> None:
    for coding in ("identity", " Identity "):
        answer = post(client, b'{"title": "a"}', headers={"Content-Encoding": coding})
        assert answer.status_code == 201


def padded(size: int, raw: bytes = b'{"title": "a"}') -> bytes:
    return raw + b" " * (size - len(raw))


def test_a_body_has_a_cap_and_a_view_may_have_a_higher_one(client: FlaskClient) -> None:
    assert post(client, padded(MAX_BODY_BYTES)).status_code == 201
    for more in (1, 2, MAX_BODY_BYTES):
        found = problem(post(client, padded(MAX_BODY_BYTES + more)), 413)
        assert f"larger than {MAX_BODY_BYTES:,} bytes" in found["detail"]
    batch = {"place": "/things/batch"}
    assert post(client, padded(LARGE, b"[]"), **batch).status_code == 200
    problem(post(client, padded(LARGE + 1, b"[]"), **batch), 413)


class Endless:
    """A body without an end, which counts how much of it was taken."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0
        self.taken += size
        return b" " * size

    def readinto(self, buffer: bytearray) -> int:
        buffer[:] = b" " * len(buffer)
        self.taken += len(buffer)
        return len(buffer)


def test_of_a_body_without_a_length_no_more_is_read_than_the_cap(client: FlaskClient) -> None:
    body = Endless()
    answer = client.post(
        "/things",
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input": body, "wsgi.input_terminated": True},
    )
    problem(answer, 413)
    assert body.taken <= MAX_BODY_BYTES + 1


def test_a_parameter_that_a_view_of_bodies_does_not_know_is_refused(client: FlaskClient) -> None:
    [error] = problem(post(client, b'{"title": "a"}', place="/things?x=1"), 400)["errors"]
    assert (error["in"], error["field"]) == ("query", "x")


def test_the_document_says_what_can_be_wrong_with_a_body(client: FlaskClient) -> None:
    operation = said(client.get("/openapi.json"))["paths"]["/things"]["post"]
    assert set(operation["responses"]) == {
        *("201", "400", "413", "415", "422", "429", "500", "default")
    }
    assert operation["requestBody"]["content"].keys() == {"application/json"}


def test_the_reader_has_no_cap_of_its_own() -> None:
    assert bodies.load(padded(LARGE)) == {"title": "a"}
