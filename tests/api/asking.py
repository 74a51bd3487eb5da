"""What several tests of the API do with its answers."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import app as app_module
from api.app import RESOURCES
from api.blueprint import Blueprint
from settings import Settings
from store.client import Database

ID = "0" * 32
"""The id of no article."""

PROBLEM_MEMBERS = {"type", "title", "status", "detail", "instance", "request_id"}

PLACES = (
    "/v1/articles",
    "/v1/articles/{talks}",
    "/v1/articles/{talks}/related",
    "/v1/articles/{talks}/comments",
    "/v1/sources",
    "/v1/sources/korea-herald",
    "/v1/sources/korea-herald/articles",
    "/v1/hashtags",
    "/v1/categories",
    "/v1/site",
    "/v1/stories",
    "/v1/stories/{story}",
    "/v1/stories/{story}/articles",
)
"""Every resource; {talks} stands for the id of an article, {story} for that of a story."""


class Called(NamedTuple):
    """What a command that was called in this process has come to, as of one that was run."""

    returncode: int
    stdout: str
    stderr: str


Command = Callable[..., Called]


def app_with(
    blp: Blueprint, settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> Flask:
    """Make an app that also serves a blueprint of a test's own."""
    monkeypatch.setattr(app_module, "RESOURCES", (*RESOURCES, SimpleNamespace(blp=blp)))
    return app_module.create_app(settings, db)


WRITES = {
    "/v1/articles": {"POST"},
    "/v1/articles?limit=0": {"POST"},
    "/v1/articles/{talks}": {"PUT", "PATCH", "DELETE"},
    "/v1/articles/{talks}/comments": {"POST"},
    "/v1/sources": {"POST"},
    "/v1/sources/korea-herald": {"PUT", "PATCH", "DELETE"},
}
"""The methods that a resource takes beside those for reading."""
READS = {"GET", "HEAD", "OPTIONS"}


def ask(client: FlaskClient, address: str) -> Any:
    """Give the JSON that an address answers with."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    return said(answer)


def said(answer: TestResponse) -> Any:
    """Give the JSON of an answer."""
    return answer.get_json()


def pages(client: FlaskClient, address: str) -> list[list[dict[str, Any]]]:
    """Follow `next` until there is none; the Link header must always say the same."""
    found = []
    following: str | None = address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        page = said(answer)
        following = page["next"]
        expected = f'<{following}>; rel="next"' if following else None
        assert answer.headers.get("Link") == expected
        found.append(page["data"])
    return found


def walk(client: FlaskClient, address: str) -> list[str]:
    """Give the ids of all items of a list, page after page."""
    return [item["id"] for page in pages(client, address) for item in page]


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """Give the problem document of an answer, having checked all that holds for each."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    found: dict[str, Any] = said(answer)
    assert found.keys() - {"errors"} == PROBLEM_MEMBERS
    assert found["type"] == "about:blank"
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    assert found["instance"].startswith("/")
    assert found["request_id"] == answer.headers["X-Request-Id"]
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text
    return found
