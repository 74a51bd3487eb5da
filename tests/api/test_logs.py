import io
import json
import sys
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask

from api import logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    structlog.contextvars.clear_contextvars()
    yield
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_program_gets_one_line_of_json_for_each_event(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("info")
    structlog.get_logger().warning("database unavailable", path="/v1/site")
    out, err = capsys.readouterr()
    assert out == ""
    line = json.loads(err)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "database unavailable", "level": "warning", "path": "/v1/site"}


def test_a_crash_is_logged_with_its_trace_and_the_id_of_its_request(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash() -> str:
        raise RuntimeError("the secret is 12345")

    app.add_url_rule("/crash", view_func=crash)
    logs.configure("info")
    app.test_client().get("/crash", headers={"X-Request-Id": "abc"})
    line = json.loads(capsys.readouterr().err)
    assert line["request_id"] == "abc"
    assert line["path"] == "/crash"
    assert "RuntimeError: the secret is 12345" in line["exception"]


def test_what_is_below_the_level_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("error")
    structlog.get_logger().warning("quiet")
    assert capsys.readouterr().err == ""
    structlog.get_logger().error("loud")
    assert "loud" in capsys.readouterr().err


def test_a_person_at_a_terminal_gets_lines_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    logs.configure("debug")
    structlog.get_logger().debug("hello", path="/v1/site")
    written = terminal.getvalue()
    assert "hello" in written
    assert not written.startswith("{")
