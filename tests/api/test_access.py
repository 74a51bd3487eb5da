import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient

from api import logs
from api.app import create_app
from settings import Limit, Settings
from store.client import Database

TOKEN = "byline_abcdefgh_" + "x" * 43


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What is logged."""
    written = StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    logs.configure("info")
    yield written
    structlog.reset_defaults()


@pytest.fixture
def client(settings: Settings, memory_db: Database) -> FlaskClient:
    app = create_app(replace(settings, access_log=True, read_limits=(Limit(3, 86_400),)), memory_db)
    return app.test_client()


def logged(written: StringIO) -> list[dict[str, Any]]:
    """Give the lines about requests, without what differs from run to run."""
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    for line in lines:
        assert line.pop("timestamp").endswith("Z")
        assert line.pop("ms") > 0
        assert line.pop("level") == "info"
        assert line.pop("event") == "request"
    return lines


def test_every_request_is_a_line(
    client: FlaskClient, published: dict[str, str], written: StringIO
) -> None:
    path = f"/v1/articles/{published['talks']}"
    answer = client.get(
        f"{path}?fields=title",
        headers={"X-Request-Id": "mine", "X-API-Key": TOKEN},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert logged(written) == [
        {
            "request_id": "mine",
            "method": "GET",
            "path": path,
            "route": "/v1/articles/{article_id}",
            "status": 200,
            "bytes": len(answer.data),
            "client": "192.0.2.7",
            "cache": "miss",
            "key": "abcdefgh",
        }
    ]


def test_heads_writes_and_refusals_are_lines_too(client: FlaskClient, written: StringIO) -> None:
    client.head("/v1/site")
    posted = client.post("/v1/site")
    client.get("/nowhere")
    client.get("/livez")
    client.get("/v1/site")
    refused = client.get("/v1/site")
    lines = logged(written)
    told = [(line["method"], line["route"], line["status"], line["cache"]) for line in lines]
    assert told == [
        ("HEAD", "/v1/site", 200, "miss"),
        ("POST", "unmatched", 405, "-"),
        ("GET", "unmatched", 404, "miss"),
        ("GET", "/livez", 200, "miss"),
        ("GET", "/v1/site", 200, "miss"),
        ("GET", "unmatched", 429, "-"),
    ]
    assert (lines[0]["bytes"], lines[1]["bytes"]) == (0, len(posted.data))
    assert lines[-1]["request_id"] == refused.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"Authorization": f"Bearer {TOKEN}"}, "abcdefgh"),
        ({"Authorization": f"bearer  {TOKEN} "}, "abcdefgh"),
        ({"X-API-Key": TOKEN}, "abcdefgh"),
        ({"X-API-Key": "byline_abcdefgh"}, None),
        ({"X-API-Key": "hunter2"}, None),
        ({"Authorization": "Basic aHVudGVyMg=="}, None),
        ({}, None),
    ],
)
def test_of_a_key_only_the_prefix_is_logged(
    client: FlaskClient,
    written: StringIO,
    headers: dict[str, str],
    key: str | None,
) -> None:
    client.get("/v1/site", headers=headers)
    assert json.loads(written.getvalue())["key"] == key
    for secret in ("xxx", "hunter2", "aHVudGVy"):
        assert secret not in written.getvalue()


def test_what_is_asked_for_is_not_logged(client: FlaskClient, written: StringIO) -> None:
    client.get("/v1/articles?q=illness&api_key=hunter2")
    assert "illness" not in written.getvalue()
    assert "hunter2" not in written.getvalue()


def test_a_path_is_logged_on_one_line_and_not_without_end(
    client: FlaskClient, written: StringIO
) -> None:
    client.get("/v1/뉴스%0A" + "x" * 5_000)
    assert written.getvalue().count("\n") == 1
    path = json.loads(written.getvalue())["path"]
    assert path.startswith("/v1/뉴스\n")
    assert len(path) == 500


def test_by_default_no_request_is_logged(
    settings: Settings, memory_db: Database, written: StringIO
) -> None:
    create_app(settings, memory_db).test_client().get("/v1/site")
    assert written.getvalue() == ""
