"""How many ways to a forbidden address are tried, and how many lead there: `python -m bench.ssrf`.

Every connection that is opened, to whatever address, ends at a listener on this machine, which
counts it. So a fetch that is refused only because nobody answers would be seen.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, unquote

from seed import fetch
from seed.fetch import FetchError

PUBLIC = "93.184.216.34"

ADDRESSES = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1",
    "127.255.255.254", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.0.9", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255",
    "::", "::1", "::2", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe",
    "64:ff9b::c0a8:101", "64:ff9b:1::1", "64:ff9b:1::8.8.8.8", "100::1", "2001:0:7f00:1::",
    "2001:0:808:808::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::",
    "2002:a00:1::", "2002:808:808::1", "2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:a00:1",
    "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::5efe:10.0.0.1",
    "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
"""As a look-up gives them."""

HOSTS = [
    "2130706433", "017700000001", "0x7f000001", "0x7F.1", "0177.0.0.1", "0177.0.0.01", "127.1",
    "127.0.1", "127.0.0.1.", "127.000.000.001", "0x7f.0x0.0x0.0x1", "0", "0.0.0.0", "00",
    "localhost", "LOCALHOST", "localhost.", "1２7.0.0.1", "１２７.０.０.１", "127。0。0。1",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "①②⑦.⓪.⓪.①", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[::127.0.0.1]",
    "[::1%25lo]", "[::1%lo]", "[fe80::1%25eth0]", "[64:ff9b::7f00:1]", "2852039166",
    "0xa9fea9fe", "0251.0376.0251.0376", "169.16689662", "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]",
    "user@127.0.0.1", "example.org@127.0.0.1", "user:word@127.0.0.1", "@127.0.0.1",
    "example.org\\@127.0.0.1", "127.0.0.1\\@example.org", "127.0.0.1\\.example.org",
    "127.0.0.1\t", "127.0.\t0.1", "127.0.0.1\n", "\r127.0.0.1", "127.0.0.1 ", "127.0.0.1\x00",
    "127.0.0.1%00", "%31%32%37.0.0.1", "127.0.0.1%2f", "[127.0.0.1]", "127.0.0.1:80:80",
    "[v1.127]", "①２⑦.0x0.1",
]  # fmt: skip
"""As an address names them."""


OTHERS = [
    "http:127.0.0.1", "http:/127.0.0.1", "http:///127.0.0.1", "http://127.0.0.1:0/",
    "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:6379/_INFO", "dict://127.0.0.1/",
    "unix:///run/x.sock", "data:text/plain,x", "javascript:1", "http://93.184.216.34:25/",
    "http://93.184.216.34:6/", "http://93.184.216.34:99999/", "http://93.184.216.34:-1/",
    "http://localhost#@example.org/", "http://localhost?@example.org/",
    "http://example.org:80@127.0.0.1/", "//127.0.0.1/", "http://127.0.0.1:８０/",
]  # fmt: skip
"""Whole addresses that must lead nowhere."""


def tries() -> Iterator[tuple[str, str]]:
    """Give each address to fetch that must lead nowhere, and in which way it tries to."""
    for number, address in enumerate(ADDRESSES):
        literal = f"[{address}]" if ":" in address else address
        yield "directly", f"http://{literal}:8080/"
        yield "by redirect", _redirecting(f"http://{literal}:8080/")
        yield "by DNS", f"http://forbidden-{number}.example/"
        yield "by DNS, among others", f"https://mixed-{number}.example/"
        yield "by DNS that changes", f"http://changing-{number}.example/"
    for host in HOSTS:
        yield "directly", f"http://{host}/"
        yield "directly", f"https://{host}/"
        yield "by redirect", _redirecting(f"http://{host}/")
    for url in OTHERS:
        yield "directly", url
        yield "by redirect", _redirecting(url)


def _redirecting(to: str) -> str:
    return f"http://redirecting.example/?to={quote(to)}"


class Network:
    """All the network there is: a DNS with an answer for every name, and a listener behind it.

    `reached` counts the connections to anything that is not the public address; `rightly` those to
    it. A name that changes its answer is public the first time only.
    """

    def __init__(self) -> None:
        self.reached = 0
        self.rightly = 0
        self._asked: set[str] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._look_up: Callable[..., Any] = socket.getaddrinfo
        self._connect: Callable[..., Any] = socket.socket.connect

    def getaddrinfo(self, host: str, port: int, **_options: Any) -> list[Any]:
        """Answer in the place of DNS."""
        kind, _, number = host.partition(".")[0].rpartition("-")
        if host == "redirecting.example":
            found = [PUBLIC]
        elif kind == "changing":
            found = [ADDRESSES[int(number)] if host in self._asked else PUBLIC]
            self._asked.add(host)
        elif kind in {"forbidden", "mixed"}:
            found = [PUBLIC] * (kind == "mixed") + [ADDRESSES[int(number)]]
        else:  # what is no name of ours is a spelling, for the system to make of what it will
            found = [str(each[4][0]) for each in self._look_up(host, port)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    def connect(self, connection: socket.socket, place: tuple[str, int]) -> None:
        """Lead a connection to the listener, and note where it was to go."""
        if place[0] == PUBLIC:
            self.rightly += 1
        else:
            self.reached += 1
        self._connect(connection, self._listener.getsockname())
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        """Redirect to where the request wants to be sent, or else to the same host once more."""
        connection, _ = self._listener.accept()
        with connection:
            path = connection.makefile("rb").readline().split()[1].decode()
            to = unquote(path.partition("?to=")[2]) or "/again"
            connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {to}\r\n\r\n".encode())

    def close(self) -> None:
        """End the listener."""
        self._listener.close()


@contextmanager
def network() -> Iterator[Network]:
    """Put a network of ours in place of the real one."""
    ours = Network()

    class Recorded(socket.socket):
        def __init__(self, _family: int = 0, *others: Any, **named: Any) -> None:
            super().__init__(socket.AF_INET, *others, **named)

        def connect(self, place: Any) -> None:
            ours.connect(self, place)

    with (
        patch.object(socket, "getaddrinfo", ours.getaddrinfo),
        patch.object(socket, "socket", Recorded),
    ):
        try:
            yield ours
        finally:
            ours.close()


def refused(url: str) -> bool:
    """Fetch an address, and tell whether that was refused."""
    try:
        fetch.get(url, max_bytes=1_000_000)
    except FetchError:
        return True
    return False


def main() -> None:
    with network() as ours:
        tried = [(way, url, refused(url)) for way, url in tries()]
    ways = {way: sum(way == each[0] for each in tried) for way, _, _ in tried}
    spellings = len(ADDRESSES) + len(HOSTS) + len(OTHERS)
    print(f"{spellings} spellings of forbidden addresses, tried in {len(tried)} ways:")
    for way, number in ways.items():
        print(f"  {number:>4}  {way}")
    print(f"{sum(not was for _, _, was in tried)} were not refused")
    print(f"{ours.reached} connections to the listener, beside {ours.rightly} to a public address")


if __name__ == "__main__":
    main()
