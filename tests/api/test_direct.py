"""What is answered without Flask is what Flask would have answered."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client, create_environ

from api import direct
from api.app import create_app
from api.context import Context
from api.direct import Direct, Read
from settings import Settings
from store.client import Database
from store.errors import UnavailableError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ORDINARY = (
    *("/v1/articles", "/v1/articles?limit=2", "/v1/articles?limit=2&fields=id,title"),
    *("/v1/articles?q=talks&highlight=true&facets=source", "/v1/articles?q=talks&sort=relevance"),
    *("/v1/articles?include=source,related,comments&count=true", "/v1/articles?distinct=true"),
    *("/v1/articles/{talks}", "/v1/articles/{talks}?include=related", "/v1/articles/{match}"),
    *("/v1/articles/{talks}/related", "/v1/articles/{talks}/related?limit=1&fields=id"),
    *("/v1/sources", "/v1/sources?limit=1", "/v1/sources/the-times/articles", "/v1/stories"),
)
OTHERS = (
    *("/v1/articles?limit=0", "/v1/articles?unknown=1", "/v1/articles?limit=1&limit=2"),
    *("/v1/articles?q=(", "/v1/articles?cursor=x", "/v1/articles/", "/v1/articles?%FF=1"),
    *("/v1/articles/ties-grow-closer", "/v1/articles/none", "/v1/articles/none/related"),
    *("/v1/articles/n%C3%B6", "/v1/articles/{talks}/x.css", "/v1/sources/none/articles"),
    *("/v1/sources/The%20Times/articles", "/v1/articles/{talks}/related?cursor=!"),
)
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"Accept": "application/json"},
    {"Accept": "text/html"},
    {"If-Match": "*"},
    {"If-Match": '"x"'},
    {"If-None-Match": "*"},
    {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
    {"Host": "a..b"},
    {"Host": "[::1]:8000"},
    {"Accept-Encoding": "gzip"},
    {"X-API-Key": "nonsense"},
)


class Nothing(Direct):
    """Answers nothing by itself."""

    def __init__(self, app: "WSGIApplication", own: Context, reads: Iterable[Read]) -> None:
        assert tuple(reads)
        super().__init__(app, own, ())


@pytest.fixture
def flask_client(
    settings: Settings, memory_db: Database, monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    """A client of an app over the same database that has Flask answer everything."""
    with monkeypatch.context() as patched:
        patched.setattr("api.app.Direct", Nothing)
        return create_app(settings, memory_db).test_client()


def asked(client: FlaskClient, place: str, headers: dict[str, str]) -> Any:
    answer = client.get(place, headers=headers | {"X-Request-Id": "one"})
    return answer.status, sorted(answer.headers), answer.data


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_an_answer_is_the_same_with_and_without_flask(
    client: FlaskClient,
    flask_client: FlaskClient,
    published: dict[str, str],
    headers: dict[str, str],
) -> None:
    for place in (*ORDINARY, *OTHERS):
        named = place.format(**published)
        assert asked(client, named, headers) == asked(flask_client, named, headers), named


def unasked(_: "WSGIEnvironment", __: "StartResponse") -> list[bytes]:
    raise AssertionError("Flask was asked")


@pytest.fixture
def alone(app: Flask) -> Direct:
    """What answers without Flask, and with nothing behind it."""
    reads = [read for each in app.blueprints.values() for read in getattr(each, "direct", ())]
    return Direct(unasked, app.extensions["byline"], reads)


@pytest.mark.parametrize("place", ORDINARY)
def test_what_is_ordinary_is_answered_without_flask(
    alone: Direct, published: dict[str, str], place: str
) -> None:
    assert Client(alone).get(place.format(**published)).status_code == 200


@pytest.mark.parametrize("place", OTHERS)
def test_what_is_not_is_left_to_flask(alone: Direct, published: dict[str, str], place: str) -> None:
    with pytest.raises(AssertionError, match="Flask was asked"):
        Client(alone).get(place.format(**published))


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS", "DELETE"])
def test_what_does_not_get_is_left_to_flask(alone: Direct, method: str) -> None:
    with pytest.raises(AssertionError, match="Flask was asked"):
        Client(alone).open("/v1/articles", method=method)


@pytest.mark.parametrize("error", [UnavailableError("away"), RuntimeError("a bug")])
def test_what_goes_wrong_is_told_by_flask(app: Flask, error: Exception) -> None:
    def fail(_: dict[str, Any]) -> Any:
        raise error

    def tell(_: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        start_response("503 SERVICE UNAVAILABLE", [])
        return [b"told"]

    reads = [Read("/", direct.path_of("/"), lambda _: {}, fail)]
    answer = Client(Direct(tell, app.extensions["byline"], reads)).get("/")
    assert (answer.status_code, answer.data) == (503, b"told")


def test_a_request_that_names_no_host_is_left_to_flask(alone: Direct) -> None:
    environ = create_environ("/v1/articles")
    del environ["HTTP_HOST"]
    with pytest.raises(AssertionError, match="Flask was asked"):
        alone(environ, lambda *_: lambda _: None)
