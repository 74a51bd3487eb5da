"""A receiver of webhooks, on a port of this machine, that answers as a test tells it to."""

import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Message(NamedTuple):
    """What was received."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said

    @property
    def article_id(self) -> str:
        return str(self.said["data"]["id"])

    def is_signed_with(self, secret: str) -> bool:
        """Check the signature as the specification says, by other means than Byline's."""
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        key = b64decode(secret.split("_", 1)[1])
        wanted = "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()
        given = self.headers["webhook-signature"].split(" ")
        return any(hmac.compare_digest(wanted, each) for each in given)


class Receiver:
    """What has arrived, and how it is answered: with the status that `answer` gives."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.answer: Callable[[Message], int] = lambda _: 204
        self.headers: dict[str, str] = {}
        self.body = b""
        self.url = ""
        self._came = threading.Condition()

    def take(self, message: Message) -> int:
        with self._came:
            self.messages.append(message)
            self._came.notify_all()
        return self.answer(message)

    def wait_for(self, number: int, seconds: float = 60) -> list[Message]:
        """Wait until so many have arrived, and give all that have."""
        with self._came:
            self._came.wait_for(lambda: len(self.messages) >= number, seconds)
            assert len(self.messages) >= number, self.messages
            return list(self.messages)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            named = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.take(Message(self.path, named, body))
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(receiver.body)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # who sends may hang up

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook?from=byline"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
