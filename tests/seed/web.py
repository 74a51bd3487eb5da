"""A web server on this machine, whose answers a test sets."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Reply:
    """An answer. `etag` and `last_modified` make it 304 for who has them."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: str | None = None


Raw = Callable[[socket.socket], None]
"""Answers on the bare connection."""


class Web:
    """`pages` are the answers by path; `asked` is what was asked for, with its headers."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.pages: dict[str, Reply | Raw] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def times(self, path: str) -> int:
        """Say how often a path was asked for."""
        return sum(path == each for each, _ in self.asked)


class Handler(BaseHTTPRequestHandler):
    web: Web

    def do_GET(self) -> None:
        asked = {name.lower(): value for name, value in self.headers.items()}
        self.web.asked.append((self.path, asked))
        reply = self.web.pages.get(self.path, Reply(status=404))
        if not isinstance(reply, Reply):
            self.close_connection = True
            reply(self.connection)
            return
        known = [asked.get("if-none-match"), asked.get("if-modified-since")]
        fresh = [value for value in (reply.etag, reply.last_modified) if value]
        status = 304 if fresh and set(fresh) & set(known) else reply.status
        self.send_response(status)
        headers = {"ETag": reply.etag, "Last-Modified": reply.last_modified, **reply.headers}
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)) if status == 200 else "0")
        self.end_headers()
        if status == 200:
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up."""


@contextmanager
def serving() -> Iterator[Web]:
    """Run a web server for as long as a test needs it."""
    handler = type("Handler", (Handler,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        handler.web = Web(server.server_port)  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield handler.web  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
