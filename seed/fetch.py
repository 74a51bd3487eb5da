"""Fetching over http(s), without being led to a place that is not public, or kept there.

The host is looked up once, every address it has is checked, and the connection goes to an address
that was checked, so a name that changes its answer in between gains nothing. Every redirect is
checked in the same way. One clock runs from the first connection to the last byte. Proxies that
the environment names are not asked.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urljoin

from seed import addresses
from seed.addresses import AddressError, Target
from seed.decoding import CODINGS, DecodingError, decoded

MAX_REDIRECTS = 5
MAX_HEAD = 65_536
"""The most bytes that a server may say before the body."""
CONNECT_SECONDS = 5
TOTAL_SECONDS = 30

PRODUCT = "Byline"
"""How Byline is named in a robots.txt."""
_VERSION = "0.1.0"
AGENT = f"{PRODUCT}/{_VERSION} (news content API)"

OK, NOT_MODIFIED, GONE = 200, 304, 410
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_MOST_ADDRESSES = 4

_Place = tuple[str, int]
"""An address in numbers, and a port."""


class FetchError(Exception):
    """A document that cannot be fetched; the message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered."""

    status: int
    url: str
    """Where the answer came from, after all redirects, without a fragment."""
    body: bytes = b""
    """Undone from its coding; empty unless the status is 200."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By names in small letters."""
    moved_to: str | None = None
    """Where permanent redirects led, if the first was one (RFC 9110, 15.4.2 and 15.4.9)."""


def agent_of(contact: str | None) -> str:
    """Give the User-Agent of a Byline whose operator can be reached at an address."""
    return f"{PRODUCT}/{_VERSION} (+{contact})" if contact else AGENT


def get(url: str, *, max_bytes: int, allow_private: bool = False, agent: str = AGENT) -> bytes:
    """Give the body behind an http(s) address, following a few redirects; raise FetchError."""
    response = ask(url, max_bytes=max_bytes, allow_private=allow_private, agent=agent)
    if response.status != OK:
        raise FetchError(f"the server answered {response.status}")
    return response.body


def ask(
    url: str,
    *,
    max_bytes: int,
    allow_private: bool = False,
    agent: str = AGENT,
    etag: str | None = None,
    last_modified: str | None = None,
    stay: bool = False,
) -> Response:
    """Give the answer of a server, whatever its status, after a few redirects; raise FetchError.

    With the `etag` or the `last_modified` of an earlier answer, it is 304 if nothing has changed.
    With `stay`, a redirect to another host is not followed, but is the answer: its `url` is where
    it leads.
    """
    headers = {
        "User-Agent": agent,
        "Accept-Encoding": CODINGS,
        "Accept": "*/*",
        "Connection": "close",
    }
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": last_modified} if last_modified else {}
    deadline = time.monotonic() + TOTAL_SECONDS
    try:
        return _follow(url, headers, max_bytes, deadline, allow_private=allow_private, stay=stay)
    except (AddressError, DecodingError) as error:
        raise FetchError(str(error)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        if time.monotonic() >= deadline:
            raise FetchError(f"took longer than {TOTAL_SECONDS} s") from error
        said = " ".join(str(error).split()) or type(error).__name__
        raise FetchError(f"cannot be fetched: {said[:200]}") from error


def _follow(
    url: str,
    headers: dict[str, str],
    max_bytes: int,
    deadline: float,
    *,
    allow_private: bool,
    stay: bool,
) -> Response:
    seen: list[str] = []
    moved_to, permanent = None, True
    while len(seen) <= MAX_REDIRECTS:
        target = addresses.read(url)
        if target.url in seen:
            raise FetchError("redirects in a circle")
        seen.append(target.url)
        found = _resolve(target, allow_private=allow_private)
        with closing(_connect(target, found, deadline)) as line:
            response = _request(line, target, headers)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or location is None:
                return _finished(response, line, target.url, moved_to, max_bytes)
        url = _next(target, location)
        if stay and addresses.read(url).authority != target.authority:
            return Response(response.status, url)
        permanent = permanent and response.status in _PERMANENT
        moved_to = url if permanent else moved_to
    raise FetchError(f"redirects more than {MAX_REDIRECTS} times")


def _next(target: Target, location: str) -> str:
    """Give where a redirect leads; the way back from https to http is not taken."""
    # http.client reads a header as Latin-1; what is beyond ASCII was meant as UTF-8.
    url = urljoin(target.url, quote(location.encode("latin-1"), safe=addresses.AS_IT_IS))
    there = addresses.read(url)
    if target.scheme == "https" and there.scheme == "http":
        raise FetchError("redirects from https to http")
    return there.url


def _resolve(target: Target, *, allow_private: bool) -> list[_Place]:
    """Look the host up, and give the addresses it has once all of them are checked."""
    try:
        infos = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(f"the host {target.host} is not known") from error
    found = list(dict.fromkeys((str(info[4][0]), target.port) for info in infos))
    if allow_private:
        return found[:_MOST_ADDRESSES]
    if not all("%" not in each and addresses.is_public(ip_address(each)) for each, _ in found):
        raise FetchError(
            f"{target.host} is not a public address; BYLINE_FETCH_PRIVATE=true allows it"
        )
    if not addresses.is_web_port(target.port):
        raise FetchError(f"{target.port} is no port of a web server")
    return found[:_MOST_ADDRESSES]


class _Line(io.RawIOBase):
    """A connection that ends at a deadline, and after as many bytes as are allowed.

    A limit for each read would let a server that sends a byte a second go on for ever.
    """

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline
        self.allowed = MAX_HEAD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.allowed <= 0:
            raise FetchError("says more than it may")
        self._connection.settimeout(_left(self._deadline))
        size = self._connection.recv_into(buffer)
        self.allowed -= size
        return size

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(_left(self._deadline))
        self._connection.sendall(data)

    def makefile(self, *_: Any) -> io.BufferedReader:
        """Give itself in the form that http.client reads from."""
        return io.BufferedReader(self)

    def close(self) -> None:
        self._connection.close()
        super().close()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connect(target: Target, found: list[_Place], deadline: float) -> _Line:
    """Connect to the first of the addresses that answers; TLS verifies the name, not the number."""
    for number, place in enumerate(found, 1):
        # Not socket.create_connection, which would look the address up once more.
        connection = socket.socket(socket.AF_INET6 if ":" in place[0] else socket.AF_INET)
        try:
            connection.settimeout(min(CONNECT_SECONDS, _left(deadline)))
            connection.connect(place)
            if target.scheme == "https":
                connection.settimeout(_left(deadline))
                connection = _tls().wrap_socket(connection, server_hostname=target.host)
            return _Line(connection, deadline)
        except OSError:
            connection.close()
            if number == len(found):
                raise
    raise FetchError(f"the host {target.host} has no address")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _request(line: _Line, target: Target, headers: dict[str, str]) -> http.client.HTTPResponse:
    head = [f"GET {target.path} HTTP/1.1", f"Host: {target.authority}"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    line.sendall("\r\n".join([*head, "", ""]).encode("latin-1"))
    response = http.client.HTTPResponse(line, method="GET")  # type: ignore[arg-type]
    response.begin()
    return response


def _finished(
    response: http.client.HTTPResponse,
    line: _Line,
    url: str,
    moved_to: str | None,
    max_bytes: int,
) -> Response:
    headers: dict[str, str] = {}
    for name, said in response.getheaders():
        known, value = headers.get(name.lower()), " ".join(said.split())
        headers[name.lower()] = f"{known}, {value}" if known else value
    body = b""
    if response.status == OK:
        line.allowed += max_bytes
        body = _body(response, headers.get("content-encoding", ""), max_bytes)
    return Response(response.status, url, body, headers, moved_to)


def _body(response: http.client.HTTPResponse, coding: str, max_bytes: int) -> bytes:
    too_large = FetchError(f"is larger than {max_bytes / 1024 / 1024:g} MB")
    if (response.length or 0) > max_bytes:
        raise too_large
    body = bytearray()
    for piece in decoded(response.read, coding):
        body += piece
        if len(body) > max_bytes:
            raise too_large
    if response.length:  # http.client says nothing of a body that stops early
        raise FetchError("ends before it should")
    return bytes(body)
