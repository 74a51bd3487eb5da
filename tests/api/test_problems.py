import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.exceptions import TooManyRequests

from api.app import MAX_BODY_BYTES, create_app
from api.problems import BadInputError, document, fault
from settings import Settings
from store.errors import NotFoundError, UnavailableError
from tests.api.asking import ID, PLACES, READS, WRITES, problem, said

GENERATED_ID = re.compile("[0-9a-f]{32}")


class AwayDatabase:
    """A database whose collections cannot be reached."""

    def __getitem__(self, name: str) -> Any:
        raise UnavailableError("no primary found for 10.0.0.7:27017")


def crash() -> str:
    raise RuntimeError("the secret is 12345")


def crash_twice() -> str:
    raise ZeroDivisionError


def handle(_: ZeroDivisionError) -> str:
    raise RuntimeError("the secret is 12345")


def slow_down() -> str:
    raise TooManyRequests(retry_after=7)


def bad_body() -> str:
    raise BadInputError([fault("body", "title", "is missing")], 422)


def nowhere() -> str:
    raise NotFoundError("source", "x")


def away() -> str:
    raise UnavailableError("no primary found for 10.0.0.7:27017")


def read() -> dict[str, int]:
    return {"bytes": len(request.get_data())}


def read_json() -> dict[str, int]:
    return {"members": len(request.get_json())}


def stop(status: int) -> str:
    abort(status)


VIEWS: list[Callable[..., Any]] = [
    crash, crash_twice, slow_down, bad_body, nowhere, away, read, read_json
]  # fmt: skip


@pytest.fixture
def failing(app: Flask) -> FlaskClient:
    """A client of an app that has a view for each way to fail."""
    for view in VIEWS:
        app.add_url_rule(f"/{view.__name__}", view_func=view, methods=["GET", "POST"])
    app.add_url_rule("/stop/<int:status>", view_func=stop)
    app.register_error_handler(ZeroDivisionError, handle)
    return app.test_client()


@pytest.fixture
def without_database(settings: Settings) -> FlaskClient:
    away: Any = AwayDatabase()
    return create_app(settings, away).test_client()


def test_a_route_that_is_not_there_is_a_problem(client: FlaskClient) -> None:
    for place in ("/nowhere", "/v1", "/v2/articles", "/v1/articles/a/b", "/v1/articles/a/b/c"):
        found = problem(client.get(place), 404)
        assert found["title"] == "Not Found"
        assert found["instance"] == place
        assert "errors" not in found


@pytest.mark.parametrize(
    "name",
    ["%00", "a%00b", "x" * 5_000, "9" * 5_000, "北京", "%ED%A0%80", "%FF", "%zz", "%", "a%2Fb",
     "..%2F..%2Fetc%2Fpasswd", "..", "$where", "%7B%22$ne%22:1%7D", ID.upper(), "%20", "'", "<b>"],
)  # fmt: skip
def test_an_article_of_a_strange_name_is_not_found(
    client: FlaskClient, published: dict[str, str], name: str
) -> None:
    for below in ("", "/related", "/comments"):
        found = problem(client.get(f"/v1/articles/{name}{below}"), 404)
        assert found["instance"].isascii()


def test_the_instance_is_the_path_escaped_and_without_the_query(client: FlaskClient) -> None:
    found = problem(client.get("/v1/articles/%3Cb%3E%20%C3%A9?fields=id"), 404)
    assert found["instance"] == "/v1/articles/%3Cb%3E%20%C3%A9"


@pytest.mark.parametrize("place", [*PLACES, "/livez", "/readyz", "/openapi.json", "/"])
def test_a_method_that_a_resource_does_not_know_is_a_problem_that_names_the_others(
    client: FlaskClient, place: str
) -> None:
    known = WRITES.get(place, set())
    for method in {"POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"} - known:
        answer = client.open(place.format(talks=ID, story=ID), method=method)
        assert problem(answer, 405)["title"] == "Method Not Allowed", method
        assert set(answer.allow) == READS | known, method


def test_a_host_that_is_none_is_a_problem(client: FlaskClient) -> None:
    problem(client.get("/v1/articles", headers={"Host": "a..b"}), 400)


def test_a_precondition_that_does_not_hold_is_a_problem(
    client: FlaskClient, published: dict[str, str]
) -> None:
    for place in PLACES:
        answer = client.get(place.format(**published), headers={"If-Match": '"another"'})
        problem(answer, 412)


def test_a_precondition_that_holds_changes_nothing(
    client: FlaskClient, published: dict[str, str]
) -> None:
    for place in PLACES:
        answer = client.get(place.format(**published))
        for condition in (answer.headers["ETag"], "*"):
            headers = {"If-Match": condition}
            again = client.get(place.format(**published), headers=headers)
            assert (again.status_code, again.data) == (200, answer.data)
            headers["If-None-Match"] = answer.headers["ETag"]
            assert client.get(place.format(**published), headers=headers).status_code == 304


def test_a_body_that_is_too_large_is_a_problem(failing: FlaskClient) -> None:
    largest = b" " * MAX_BODY_BYTES
    assert failing.post("/read", data=largest).json == {"bytes": MAX_BODY_BYTES}
    problem(failing.post("/read", data=largest + b" "), 413)


def test_a_body_of_another_type_is_a_problem(failing: FlaskClient) -> None:
    problem(failing.post("/read_json", data="a=1", content_type="text/plain"), 415)


def test_a_body_that_is_no_json_is_a_problem(failing: FlaskClient) -> None:
    problem(failing.post("/read_json", data="{", content_type="application/json"), 400)


def test_whoever_asks_too_often_is_told_when_to_ask_again(failing: FlaskClient) -> None:
    answer = failing.get("/slow_down")
    problem(answer, 429)
    assert answer.headers["Retry-After"] == "7"


def test_a_well_formed_body_of_bad_values_is_a_problem_that_names_the_fields(
    failing: FlaskClient,
) -> None:
    found = problem(failing.post("/bad_body"), 422)
    assert found["errors"] == [{"in": "body", "field": "title", "message": "is missing"}]
    assert found["detail"] == "This cannot be asked: see title."


def test_what_a_view_does_not_find_is_a_problem_that_says_what(failing: FlaskClient) -> None:
    assert problem(failing.get("/nowhere"), 404)["detail"] == "There is no such source."


@pytest.mark.parametrize("testing", [False, True])
def test_a_crash_says_nothing_of_itself_but_the_log_does(
    failing: FlaskClient, testing: bool
) -> None:
    failing.application.testing = testing
    with capture_logs() as logs:
        answer = failing.get("/crash", headers={"X-Request-Id": "abc"})
    assert problem(answer, 500)["request_id"] == "abc"
    for secret in ("12345", "RuntimeError", "crash()", "site-packages"):
        assert secret not in answer.text
    [line] = logs
    assert (line["log_level"], line["event"]) == ("error", "unexpected error")
    assert (line["path"], str(line["exc_info"])) == ("/crash", "the secret is 12345")


def test_a_crash_while_an_error_is_handled_is_a_problem_too(failing: FlaskClient) -> None:
    answer = failing.get("/crash_twice")
    problem(answer, 500)
    assert "12345" not in answer.text


def test_an_unreachable_database_is_a_problem_that_says_when_to_try_again(
    failing: FlaskClient,
) -> None:
    with capture_logs() as logs:
        answer = failing.get("/away")
    problem(answer, 503)
    assert answer.headers["Retry-After"] == "2"
    assert "10.0.0.7" not in answer.text
    [line] = logs
    assert (line["log_level"], line["path"]) == ("warning", "/away")
    assert "10.0.0.7" in line["reason"]


@pytest.mark.parametrize("place", [place for place in PLACES if place != "/v1/site"])
def test_every_resource_says_that_the_database_is_away(
    without_database: FlaskClient, place: str
) -> None:
    answer = without_database.get(place.format(talks=ID, story=ID))
    problem(answer, 503)
    assert answer.headers["Retry-After"] == "2"


def test_what_needs_no_database_works_without_one(without_database: FlaskClient) -> None:
    for place in ("/v1/site", "/livez", "/openapi.json", "/docs/"):
        assert without_database.get(place).status_code == 200


def test_bad_input_is_told_before_the_database_is_asked(without_database: FlaskClient) -> None:
    problem(without_database.get("/v1/articles?limit=0"), 400)


@pytest.mark.parametrize("status", [400, 401, 403, 406, 409, 410, 414, 428, 431, 451, 501, 502])
def test_every_other_error_is_a_problem_too(failing: FlaskClient, status: int) -> None:
    found = problem(failing.get(f"/stop/{status}"), status)
    assert found["title"] == HTTPStatus(status).phrase


def test_a_redirect_is_no_problem(client: FlaskClient) -> None:
    answer = client.get("/v1//articles")
    assert answer.status_code == 308
    assert answer.headers["Location"].endswith("/v1/articles")


def test_the_head_of_a_problem_is_a_problem_without_its_body(client: FlaskClient) -> None:
    answer = client.head("/nowhere")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert answer.data == b""


@pytest.mark.parametrize("given", ["abc", "A-1._z", "0" * 64])
def test_a_request_keeps_the_id_that_its_client_gave_it(client: FlaskClient, given: str) -> None:
    for place in ("/nowhere", "/v1/articles?limit=0"):
        answer = client.get(place, headers={"X-Request-Id": given})
        assert said(answer)["request_id"] == answer.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "0" * 65, "a b", "<script>", "é", "a\tb", "a;b"])
def test_a_request_gets_an_id_when_its_own_is_none(client: FlaskClient, given: str) -> None:
    answers = [client.get("/nowhere", headers={"X-Request-Id": given}) for _ in range(2)]
    first, second = [problem(answer, 404)["request_id"] for answer in answers]
    assert GENERATED_ID.fullmatch(first)
    assert first != second


def test_a_long_name_is_told_shortened(client: FlaskClient) -> None:
    [error] = problem(client.get(f"/v1/site?{'x' * 3_000}=1"), 400)["errors"]
    assert error["field"] == "x" * 200


def test_a_problem_document_can_be_written_without_an_app() -> None:
    written = document(503, "Try again.", instance="/", request_id="1")
    assert json.loads(written) == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "Try again.",
        "instance": "/",
        "request_id": "1",
    }
