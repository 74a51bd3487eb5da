import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest

from seed import fetch
from seed.fetch import FetchError

PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"]
FORBIDDEN = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001:0:7f00:1::",
    "fc00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "0",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::]",
]


class Handler(BaseHTTPRequestHandler):
    """Serves a page, redirects, and what goes wrong."""

    def do_GET(self) -> None:
        where = self.path.split("/")[1]
        if where == "page":
            self.answer(200, b"a page")
        elif where == "large":
            self.answer(200, b"x" * 2_000_000)
        elif where == "hop":
            left = int(self.path.rpartition("/")[2])
            self.answer(302, b"", Location=f"/hop/{left - 1}" if left else "/page")
        elif where == "elsewhere":
            self.answer(302, b"", Location="http://127.0.0.1:1/")
        elif where == "file":
            self.answer(302, b"", Location="file:///etc/passwd")
        else:
            self.answer(404, b"")

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        self.server.asked.append(self.path)  # type: ignore[attr-defined]


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def url(server: ThreadingHTTPServer, path: str, host: str = "127.0.0.1") -> str:
    return f"http://{host}:{server.server_port}/{path}"


def get(address: str, *, allow_private: bool = True) -> bytes:
    return fetch.get(address, max_bytes=1_000_000, allow_private=allow_private)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_on_the_open_internet_is_public(address: str) -> None:
    assert fetch.is_public(ip_address(address))


@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_that_is_not_on_the_open_internet_is_refused(address: str) -> None:
    assert not fetch.is_public(ip_address(address))


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_this_machine_gets_a_connection(
    server: ThreadingHTTPServer, host: str
) -> None:
    with pytest.raises(FetchError):
        get(url(server, "page", host), allow_private=False)
    assert server.asked == []  # type: ignore[attr-defined]


def test_the_connection_goes_to_the_address_that_was_checked(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def rebinding(host: str, port: int, **_: Any) -> list[Any]:
        """Answer a public address first and this machine ever after."""
        asked.append(host)
        address = "127.0.0.1" if len(asked) > 1 else "93.184.216.34"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    opened = []

    def open_(parts: Any, address: str) -> Any:
        opened.append(address)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(fetch, "_open", open_)
    with pytest.raises(FetchError):
        get("http://rebinding.example/", allow_private=False)
    assert opened == ["93.184.216.34"]


def test_a_page_is_fetched(server: ThreadingHTTPServer) -> None:
    assert get(url(server, "page")) == b"a page"


def test_a_few_redirects_are_followed(server: ThreadingHTTPServer) -> None:
    assert get(url(server, "hop/3")) == b"a page"


def test_many_redirects_are_not(server: ThreadingHTTPServer) -> None:
    with pytest.raises(FetchError, match="redirects"):
        get(url(server, "hop/9"))


def test_a_redirect_to_a_file_is_refused(server: ThreadingHTTPServer) -> None:
    with pytest.raises(FetchError, match="no http"):
        get(url(server, "file"))


@pytest.mark.parametrize(
    ("path", "reason"), [("missing", "404"), ("large", "larger"), ("elsewhere", "fetched")]
)
def test_what_cannot_be_had_has_a_reason(
    server: ThreadingHTTPServer, path: str, reason: str
) -> None:
    with pytest.raises(FetchError, match=reason):
        get(url(server, path))


def test_an_endless_answer_ends(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "TOTAL_SECONDS", -1)
    with pytest.raises(FetchError, match="longer"):
        get(url(server, "page"))


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.org/",
        "http://",
        "http://[::1",
        "http://example.org:99999/",
        "http://user:password@example.org/",
        "https://no-such-host.invalid/",
        "http://" + "a" * 300 + ".example/",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(FetchError):
        get(address)


def test_the_name_of_an_https_server_is_verified(server: ThreadingHTTPServer) -> None:
    with pytest.raises(FetchError, match="fetched"):
        get(f"https://127.0.0.1:{server.server_port}/page")
