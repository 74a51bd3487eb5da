from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.wsgi import Response

from api.server import MOST_AT_ONCE, AtOnce, settle


class Connection:
    """A connection that notes what is sent at a time."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.sent.append(data)


def sent(
    kind: type[Response],
    pieces: list[bytes],
    *,
    method: str = "GET",
    status: str = "200 OK",
    length: int | None = None,
) -> list[bytes]:
    """Answer a request by gunicorn's ways, and give what is sent at a time."""
    connection = Connection()
    request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
    response = kind(request, connection, Config())
    headers = [("Content-Type", "application/json"), ("X-Request-Id", "r")]
    if length is not None:
        headers.append(("Content-Length", str(length)))
    response.start_response(status, headers)
    for piece in pieces:
        response.write(piece)
    response.close()
    noted = connection.sent
    assert response.sock is connection
    return noted


def without_date(data: list[bytes]) -> list[bytes]:
    lines = b"".join(data).split(b"\r\n")
    return [line for line in lines if not line.startswith(b"Date:")]


def test_a_body_of_one_piece_is_sent_with_its_head() -> None:
    [at_once] = sent(AtOnce, [b"{}"], length=2)
    assert at_once.startswith(b"HTTP/1.1 200 OK\r\n")
    assert at_once.endswith(b"\r\n\r\n{}")


@pytest.mark.parametrize(
    ("pieces", "options"),
    [
        ([b"{}"], {"length": 2}),
        ([b"{", b"}"], {"length": 2}),
        ([b"{}"], {}),
        ([b"{", b"}"], {}),
        ([b"{}}"], {"length": 2}),
        ([b"{"], {"length": 2}),
        ([], {"length": 0}),
        ([b""], {"length": 0}),
        ([], {"length": 2, "method": "HEAD"}),
        ([b"{}"], {"length": 2, "method": "HEAD"}),
        ([], {"status": "304 NOT MODIFIED"}),
        ([b"x" * (MOST_AT_ONCE + 1)], {"length": MOST_AT_ONCE + 1}),
    ],
)
def test_what_is_sent_is_what_gunicorn_sends(pieces: list[bytes], options: dict[str, Any]) -> None:
    ours, theirs = (sent(kind, pieces, **options) for kind in (AtOnce, Response))
    assert without_date(ours) == without_date(theirs)
    assert len(ours) <= len(theirs)


def test_settled_options_are_what_they_were_and_are_not_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = Config()
    options.set("keepalive", 15)
    before = {name: getattr(options, name) for name in options.settings}
    settle(options)
    monkeypatch.delattr(Config, "__getattr__")
    assert {name: getattr(options, name) for name in before} == before
    assert options.keepalive == 15
