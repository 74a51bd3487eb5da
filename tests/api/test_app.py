import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.asking import ID, PLACES, READS, WRITES, ask

EVERYWHERE = [*PLACES, "/livez", "/readyz", "/openapi.json", "/docs/", "/"]
ERRORS = ["/nowhere", f"/v1/articles/{ID}", "/v1/articles?limit=0", "/v1/site?x=1"]

EXPOSED = {
    *("Allow", "ETag", "Last-Modified", "Link", "Location", "Retry-After", "X-Request-Id"),
    *("Idempotency-Replayed", "RateLimit", "RateLimit-Policy", "WWW-Authenticate"),
}


def is_open(answer: TestResponse) -> bool:
    exposed = answer.headers["Access-Control-Expose-Headers"]
    return (
        answer.headers["Access-Control-Allow-Origin"] == "*"
        and "Access-Control-Allow-Credentials" not in answer.headers
        and answer.headers["X-Content-Type-Options"] == "nosniff"
        and set(exposed.split(", ")) >= EXPOSED
    )


@pytest.mark.parametrize("place", EVERYWHERE + ERRORS)
def test_pages_of_every_origin_may_read_every_answer(
    client: FlaskClient, published: dict[str, str], place: str
) -> None:
    for origin in ({"Origin": "https://reader.example"}, {"Origin": "null"}, {}):
        assert is_open(client.get(place.format(**published), headers=origin))
    assert is_open(client.post(place.format(**published)))


@pytest.mark.parametrize("place", [*PLACES, "/v1/articles?limit=0"])
def test_a_page_may_ask_first(client: FlaskClient, place: str) -> None:
    answer = client.options(
        place.format(talks=ID, story=ID),
        headers={
            "Origin": "https://reader.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "if-none-match,x-request-id",
        },
    )
    assert answer.status_code == 200
    assert answer.data == b""
    assert is_open(answer)
    methods = answer.headers["Access-Control-Allow-Methods"]
    assert set(methods.split(", ")) == READS | WRITES.get(place, set()) == set(answer.allow)
    # Authorization is the one header for which the star does not stand.
    assert set(answer.headers["Access-Control-Allow-Headers"].split(", ")) == {
        *("*", "Authorization", "Content-Type", "Idempotency-Key", "If-Match"),
        *("Last-Event-ID", "X-API-Key"),
    }
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


def test_only_who_asks_first_is_told_what_is_allowed(client: FlaskClient) -> None:
    assert "Access-Control-Allow-Methods" not in client.get("/v1/site").headers


@pytest.mark.parametrize("given", ["abc", "0" * 64, "a.b_c-D"])
def test_every_answer_carries_the_id_of_its_request(client: FlaskClient, given: str) -> None:
    for place in ("/v1/site", "/livez", "/nowhere", "/docs/", "/"):
        answer = client.get(place, headers={"X-Request-Id": given})
        assert answer.headers["X-Request-Id"] == given
        assert client.get(place, headers={"X-Request-Id": "a b"}).headers["X-Request-Id"] != "a b"


@pytest.mark.parametrize("place", PLACES)
def test_a_slash_at_the_end_does_not_matter(
    client: FlaskClient, published: dict[str, str], place: str
) -> None:
    whole = ask(client, place.format(**published))
    assert ask(client, f"{place.format(**published)}/") == whole


def test_json_is_utf8_as_it_is(client: FlaskClient, published: dict[str, str]) -> None:
    answer = client.get(f"/v1/articles/{published['summit']}")
    assert "قمة في بيروت" in answer.data.decode("utf-8")
    assert answer.content_type == "application/json"


def test_the_bare_address_leads_to_the_documentation(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/docs/"


def test_two_apps_of_one_process_do_not_meet(
    app: Flask, client: FlaskClient, published: dict[str, str]
) -> None:
    first, second = app.test_client(), app.test_client()
    assert first.get("/v1/site", headers={"X-Request-Id": "1"}).headers["X-Request-Id"] == "1"
    assert second.get("/v1/site").headers["X-Request-Id"] != "1"
