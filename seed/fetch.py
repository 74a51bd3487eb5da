"""Fetching a document by its address, without being led to a place that is not public.

The host is looked up once, every address it has is checked, and the connection goes to the
address that was checked, so a name that changes its answer in between gains nothing. Every
redirect is checked in the same way.
"""

import socket
import ssl
import time
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

MAX_REDIRECTS = 5
CONNECT_SECONDS = 5
READ_SECONDS = 10
TOTAL_SECONDS = 30

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200
_CHUNK = 65_536
_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last four bytes
_HEADERS = {
    "User-Agent": "Byline/0.1 (news content API)",
    "Accept-Encoding": "identity",
    "Accept": "*/*",
}


class FetchError(Exception):
    """A document that cannot be fetched; the message is the reason, in one line."""


def get(url: str, *, max_bytes: int, allow_private: bool = False) -> bytes:
    """Give the body behind an http(s) address, following a few redirects; raise FetchError."""
    deadline = time.monotonic() + TOTAL_SECONDS
    for _ in range(MAX_REDIRECTS + 1):
        parts = _split(url)
        address = _resolve(parts, allow_private=allow_private)
        try:
            with _open(parts, address) as response:
                if response.status in _REDIRECTS and "Location" in response.headers:
                    url = urljoin(url, response.headers["Location"])
                    continue
                if response.status != _OK:
                    raise FetchError(f"the server answered {response.status}")
                return _read(response, max_bytes, deadline)
        except (HTTPError, OSError, ValueError) as error:
            raise FetchError(f"cannot be fetched: {error}") from error
    raise FetchError(f"redirects more than {MAX_REDIRECTS} times")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one on the open internet, also where it hides another in it."""
    if isinstance(address, IPv6Address):
        hidden = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            hidden = IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo:
            return False
        if hidden:
            return is_public(hidden)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise FetchError(f"is no address: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise FetchError("is no http or https address")
    if parts.username is not None:
        raise FetchError("must not carry a user name")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _resolve(parts: SplitResult, *, allow_private: bool) -> str:
    """Look the host up and give an address of it, having checked all of them."""
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(f"the host {host} is not known") from error
    addresses = [str(info[4][0]).partition("%")[0] for info in found]
    if not allow_private and not all(is_public(ip_address(address)) for address in addresses):
        raise FetchError(f"{host} is not a public address; BYLINE_FETCH_PRIVATE=true allows it")
    return addresses[0]


def _open(parts: SplitResult, address: str) -> urllib3.BaseHTTPResponse:
    limits = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address,
            _port(parts),
            timeout=limits,
            ssl_context=ssl.create_default_context(),
            server_hostname=parts.hostname,
            assert_hostname=parts.hostname,
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, _port(parts), timeout=limits)
    host = parts.netloc
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return pool.urlopen(
        "GET",
        target,
        headers=_HEADERS | {"Host": host},
        redirect=False,
        retries=False,
        preload_content=False,
    )


def _read(response: urllib3.BaseHTTPResponse, max_bytes: int, deadline: float) -> bytes:
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise FetchError(f"is larger than {max_bytes // 1024 // 1024} MB")
        if time.monotonic() > deadline:
            raise FetchError(f"took longer than {TOTAL_SECONDS} s")
    return bytes(body)
