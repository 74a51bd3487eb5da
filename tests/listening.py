"""A client of the stream of changes, as a browser's EventSource is one."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import urlsplit

STREAM = "/v1/changes/stream"
PATIENCE_SECONDS = 60
"""After this a test that waits for an event has failed."""


class Event(NamedTuple):
    """What was sent: its cursor, what happened, and the change."""

    id: int
    kind: str
    change: dict[str, Any]


class Listener:
    """One open stream."""

    def __init__(self, connection: HTTPConnection, answer: HTTPResponse) -> None:
        self.connection = connection
        self.answer = answer
        self.status = answer.status
        self.headers = answer.headers

    def lines(self) -> Iterator[str]:
        """Give the lines that come, until the server ends the stream; IncompleteRead if cut."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while line := self.answer.readline():
            assert time.monotonic() < deadline
            yield line.decode().removesuffix("\n")

    def blocks(self) -> Iterator[dict[str, str]]:
        """Give the fields of each event; a comment is a field without a name."""
        fields: dict[str, str] = {}
        for line in self.lines():
            if line:
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
            else:
                yield fields
                fields = {}
        assert fields == {}

    def events(self) -> Iterator[Event]:
        for fields in self.blocks():
            if "data" in fields:
                assert fields.keys() == {"id", "event", "data"}
                yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))

    def read_to_end(self) -> bytes:
        """Give the rest; IncompleteRead if it was cut off."""
        return self.answer.read()


@contextmanager
def listening(url: str, path: str = STREAM, **headers: str) -> Iterator[Listener]:
    """Open a stream; in the end hang up, without a word."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_SECONDS)
    named = {"Accept": "text/event-stream"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("GET", path, headers=named)
        yield Listener(connection, connection.getresponse())
    finally:
        with suppress(OSError):
            connection.close()
