"""Sending to addresses that the operator has named: no redirects, bounded in time and size."""

import http.client
import ssl
from contextlib import suppress
from functools import cache
from socket import SHUT_RDWR
from time import monotonic
from typing import Self
from urllib.parse import urlsplit

from api import VERSION

POST_SECONDS = 10
_MOST_READ = 4_096
_NEVER = float("inf")
_AGENT = f"Byline/{VERSION} (webhooks)"
_STALE = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)
"""What becomes of a connection that the other side has ended in between."""


class PostError(Exception):
    """Nothing was answered; the message is the reason, in one line."""


class Line:
    """A connection to one address, kept from one message to the next."""

    def __init__(self, url: str) -> None:
        """Get ready; the connection is made with the first message."""
        parts = urlsplit(url)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host, port = parts.hostname or "", parts.port
        self._connection = (
            http.client.HTTPSConnection(host, port, timeout=POST_SECONDS, context=_tls())
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=POST_SECONDS)
        )
        self._deadline = _NEVER

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def post(self, headers: dict[str, str], body: bytes) -> int:
        """Send a message and give the status of the answer; raise PostError if there is none."""
        known = self._connection.sock is not None
        self._deadline = monotonic() + POST_SECONDS
        try:
            try:
                return self._post(headers, body)
            except _STALE:
                if not known:
                    raise
                return self._post(headers, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if monotonic() >= self._deadline:
                raise PostError(f"took longer than {POST_SECONDS} s") from error
            said = " ".join(str(error).split()) or type(error).__name__
            raise PostError(said[:200]) from error
        finally:
            self._deadline = _NEVER

    def cut_if_late(self) -> None:
        """End what takes too long, from another thread: each part may be in time, but not all."""
        connected = self._connection.sock
        if connected is not None and monotonic() > self._deadline:
            with suppress(OSError):
                connected.shutdown(SHUT_RDWR)

    def _post(self, headers: dict[str, str], body: bytes) -> int:
        try:
            named = {"User-Agent": _AGENT, **headers}
            self._connection.request("POST", self._path, body, named)
            answer = self._connection.getresponse()
            answer.read(_MOST_READ)
            if not answer.isclosed():  # it says more than anybody wants to know
                self._connection.close()
        except BaseException:
            self._connection.close()
            raise
        return answer.status


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
