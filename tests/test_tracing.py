"""Traces, as a collector gets them from a real server."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from desk.publish import publish
from store.client import Database
from tests.samples import draft
from tests.server import PROJECT, environment_for, free_port, measured, serving

SERVERS = ("gunicorn", "granian")


class Collector(ThreadingHTTPServer):
    """Takes traces as OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.paths: set[str] = set()
        self.bodies: list[bytes] = []

    def spans(self) -> list[dict[str, Any]]:
        """Give what was received."""
        trace_service = pytest.importorskip(
            "opentelemetry.proto.collector.trace.v1.trace_service_pb2"
        )
        return [
            told(span, resource)
            for body in list(self.bodies)
            for resource in trace_service.ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


def told(span: Any, resource: Any) -> dict[str, Any]:
    """Give a span as a test compares it."""
    return {
        "name": span.name,
        "id": span.span_id.hex(),
        "parent": span.parent_span_id.hex(),
        "trace": span.trace_id.hex(),
        "service": text_values(resource.resource)["service.name"],
        "about": text_values(span),
        "all": str(span),
    }


def text_values(described: Any) -> dict[str, str]:
    return {each.key: each.value.string_value for each in described.attributes}


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.paths.add(self.path)
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def collecting() -> Iterator[Collector]:
    with Collector() as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        yield collector
        collector.shutdown()


@pytest.mark.parametrize("name", SERVERS)
def test_requests_and_what_they_ask_mongodb_are_traced(
    tmp_path: Path, name: str, mongod_db: Database, elsewhere: dict[str, str]
) -> None:
    pytest.importorskip("opentelemetry.sdk")
    publish(mongod_db, draft("Traced"))
    with (
        collecting() as collector,
        serving(
            tmp_path / "var",
            BYLINE_SERVER=name,
            BYLINE_OTEL_ENDPOINT=f"{collector.url}/",
            BYLINE_TRUSTED_PROXIES="1",
            BYLINE_WORKERS="1",
            OTEL_RESOURCE_ATTRIBUTES="deployment.environment=test",
            **elsewhere,
            **measured(),
        ) as server,
    ):
        [path] = re.findall(r"http://[^/]+(/v1/articles/[0-9a-f]+)", server.said)
        parent = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
        answered = server.get(
            f"{path}?fields=title",
            **parent,
            X_Request_Id="traced",
            X_Forwarded_For="192.0.2.7",
        )
        assert answered[0] == 200
        server.get(f"{path}?fields=title", X_Request_Id="again")
        server.get("/v1/articles?q=illness", X_Request_Id="search")
        server.get("/readyz")
        said = server.stop_group()  # what has not been sent is sent now
        spans = collector.spans()
    assert server.process.returncode == 0
    assert said.strip() == ""
    assert collector.paths == {"/v1/traces"}
    requests = {
        span["about"]["byline.request_id"]: span
        for span in spans
        if "byline.request_id" in span["about"]
    }
    assert requests.keys() == {"traced", "again", "search"}
    one = requests["traced"]
    assert one["service"] == "byline"
    assert one["name"] == "GET /v1/articles/{article_id}"
    assert (one["trace"], one["parent"]) == ("a" * 32, "b" * 16)
    assert one["about"]["byline.cache"] == "miss"
    assert requests["again"]["about"]["byline.cache"] == "hit"
    assert "192.0.2.7" in one["all"]
    asked = [span for span in spans if span["parent"] == one["id"]]
    assert any(span["name"].startswith(f"{mongod_db.name}.find") for span in asked)
    assert all("illness" not in span["all"] for span in spans)


def test_a_collector_that_is_away_is_logged_and_delays_nothing(
    tmp_path: Path, elsewhere: dict[str, str]
) -> None:
    pytest.importorskip("opentelemetry.sdk")
    with serving(
        tmp_path / "var",
        BYLINE_OTEL_ENDPOINT=f"http://127.0.0.1:{free_port()}",
        BYLINE_WORKERS="1",
        **elsewhere,
    ) as server:
        assert server.get("/v1/site")[0] == 200
        said = server.stop_group()
    assert server.process.returncode == 0
    lines = [json.loads(line) for line in said.splitlines() if line]
    assert {line["event"] for line in lines} == {"traces are not sent"}


def test_without_opentelemetry_the_start_fails_with_the_command_that_installs_it(
    tmp_path: Path,
) -> None:
    absent = "import sys; sys.modules['opentelemetry'] = None; from api.__main__ import main; "
    refused = subprocess.run(
        [sys.executable, "-c", absent + "sys.exit(main(['serve']))"],
        cwd=PROJECT,
        env=environment_for(tmp_path / "var", BYLINE_OTEL_ENDPOINT="http://127.0.0.1:4318"),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert refused.returncode == 2
    assert refused.stderr == (
        "python -m api serve: opentelemetry is not installed: "
        ".venv/bin/pip install --require-hashes --no-deps -r requirements-otel.lock\n"
    )
    assert not (tmp_path / "var").exists()
