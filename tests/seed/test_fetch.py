import gzip
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench import ssrf
from seed import addresses, fetch
from seed.fetch import FetchError, Response
from tests.seed import web
from tests.seed.web import Reply, Web
from tests.server import PROJECT

CERTIFICATE = Path(__file__).with_name("feeds.example.pem")


@pytest.fixture
def server() -> Iterator[Web]:
    with web.serving() as server:
        server.pages["/page"] = Reply(b"a page")
        for hops in range(1, 10):
            status = 302 if hops == 3 else 301
            there = f"/hop{hops - 1}" if hops > 1 else "/page"
            server.pages[f"/hop{hops}"] = Reply(status=status, headers={"Location": there})
        yield server


def get(address: str) -> bytes:
    return fetch.get(address, max_bytes=1_000_000, allow_private=True)


def ask(address: str, **known: Any) -> Response:
    return fetch.ask(address, max_bytes=1_000_000, allow_private=True, **known)


def test_no_spelling_of_a_forbidden_address_gets_a_connection() -> None:
    with ssrf.network() as network:
        tries = [(way, url) for way, url in ssrf.tries() if not ssrf.refused(url)]
    assert tries == []
    assert network.reached == 0
    assert network.rightly > 100
    assert len({url for _, url in ssrf.tries()}) > 400


def test_the_same_spellings_get_one_where_that_is_allowed() -> None:
    with ssrf.network() as network:
        for host in ("127.0.0.1", "2130706433", "[::1]"):
            with pytest.raises(FetchError, match="circle"):
                fetch.get(f"http://{host}/again", max_bytes=1, allow_private=True)
    assert network.reached == 3


def test_a_listener_of_this_machine_hears_nothing_of_a_name_that_changes_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int, *rest: Any, **named: Any) -> list[Any]:
        if host == "127.0.0.1":  # another test's driver that still looks for its database
            return resolve(host, port, *rest, **named)
        asked.append(host)
        # Of a network that is for documentation and leads nowhere: what matters is where it goes.
        address = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    resolve = socket.getaddrinfo
    monkeypatch.setattr(addresses, "is_public", lambda address: str(address) == "192.0.2.1")
    monkeypatch.setattr(fetch, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        port = listener.getsockname()[1]
        with pytest.raises(FetchError, match="fetched"):
            fetch.get(f"http://rebinding.example:{port}/", max_bytes=1_000)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert asked == ["rebinding.example"]


def test_proxies_of_the_environment_are_not_asked(
    server: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert get(server.url("/page")) == b"a page"


def test_a_page_is_fetched_by_a_named_agent(server: Web) -> None:
    assert get(server.url("/page#part")) == b"a page"
    [(_, headers)] = server.asked
    version = re.findall(
        r'^version = "(.+)"', (PROJECT / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert headers["user-agent"] == f"Byline/{version[0]} (news content API)"
    assert headers["host"] == server.host


def test_an_agent_says_how_to_reach_who_runs_it(server: Web) -> None:
    for contact in ("mailto:news@example.org", None):
        fetch.get(
            server.url("/page"),
            max_bytes=1_000,
            allow_private=True,
            agent=fetch.agent_of(contact),
        )
    agents = [headers["user-agent"] for _, headers in server.asked]
    assert agents == ["Byline/0.1.0 (+mailto:news@example.org)", fetch.AGENT]


def test_a_few_redirects_are_followed_and_permanent_ones_are_told(server: Web) -> None:
    assert get(server.url("/hop5")) == b"a page"
    assert ask(server.url("/hop2")).moved_to == server.url("/page")
    # Of a chain only what is permanent from its start counts.
    assert ask(server.url("/hop5")).moved_to == server.url("/hop3")
    assert ask(server.url("/hop3")).moved_to is None
    assert ask(server.url("/page")).moved_to is None


def test_many_redirects_are_not(server: Web) -> None:
    with pytest.raises(FetchError, match="more than 5"):
        get(server.url("/hop6"))


def test_redirects_in_a_circle_are_seen(server: Web) -> None:
    server.pages["/a"] = Reply(status=302, headers={"Location": "/b"})
    server.pages["/b"] = Reply(status=302, headers={"Location": "/a#x"})
    with pytest.raises(FetchError, match="circle"):
        get(server.url("/a"))
    assert server.times("/a") == 1


def test_a_redirect_may_be_written_in_any_script(server: Web) -> None:
    there = "/قمة".encode().decode("latin-1")
    server.pages["/away"] = Reply(status=302, headers={"Location": there})
    server.pages["/%D9%82%D9%85%D8%A9"] = Reply(b"summit")
    assert get(server.url("/away")) == b"summit"


def test_a_redirect_to_another_host_is_the_answer_for_who_wants_to_stay(server: Web) -> None:
    there = server.url("/page").replace("127.0.0.1", "localhost")
    server.pages["/away"] = Reply(status=301, headers={"Location": there})
    server.pages["/near"] = Reply(status=301, headers={"Location": "/page"})
    assert ask(server.url("/away"), stay=True) == Response(301, there)
    assert ask(server.url("/near"), stay=True).body == b"a page"
    assert server.times("/page") == 1


@pytest.mark.parametrize("there", ["file:///etc/passwd", "http://[::1", "https://user@x.example/"])
def test_a_redirect_to_what_is_no_web_address_is_refused(server: Web, there: str) -> None:
    server.pages["/away"] = Reply(status=302, headers={"Location": there})
    with pytest.raises(FetchError):
        get(server.url("/away"))


def test_what_has_not_changed_is_not_sent_again(server: Web) -> None:
    server.pages["/feed"] = Reply(
        b"news", etag='"1"', last_modified="Mon, 16 Jun 2025 08:00:00 GMT"
    )
    first = ask(server.url("/feed"))
    etag, last_modified = first.headers["etag"], first.headers["last-modified"]
    assert (first.status, first.body) == (200, b"news")
    for known in ({"etag": etag}, {"last_modified": last_modified}):
        again = ask(server.url("/feed"), **known)
        assert (again.status, again.body) == (304, b"")
    assert ask(server.url("/feed"), etag='"0"').status == 200


def test_a_header_that_comes_twice_or_folded_is_one_line(server: Web) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nETag: a\r\n b\r\nCache-Control: public\r\n"
            b"Cache-Control: max-age=5\r\nContent-Length: 1\r\n\r\nx"
        )

    server.pages["/folded"] = answer
    headers = ask(server.url("/folded")).headers
    assert (headers["etag"], headers["cache-control"]) == ("a b", "public, max-age=5")
    assert ask(server.url("/folded"), etag=headers["etag"]).body == b"x"


@pytest.mark.parametrize("status", [204, 404, 410, 429, 503])
def test_an_answer_of_any_status_is_told_but_only_200_is_a_document(
    server: Web, status: int
) -> None:
    server.pages["/odd"] = Reply(status=status, headers={"Retry-After": "7"})
    answer = ask(server.url("/odd"))
    assert (answer.status, answer.headers["retry-after"]) == (status, "7")
    with pytest.raises(FetchError, match=str(status)):
        get(server.url("/odd"))


def test_a_body_may_come_coded_but_never_larger_than_wanted(server: Web) -> None:
    coded = {"Content-Encoding": "gzip"}
    server.pages["/coded"] = Reply(gzip.compress(b"news" * 1_000), headers=coded)
    server.pages["/bomb"] = Reply(gzip.compress(bytes(50_000_000)), headers=coded)
    server.pages["/garbage"] = Reply(b"news", headers=coded)
    assert get(server.url("/coded")) == b"news" * 1_000
    with pytest.raises(FetchError, match="larger"):
        get(server.url("/bomb"))
    with pytest.raises(FetchError, match="gzip"):
        get(server.url("/garbage"))


def endlessly(start: bytes, again: bytes, pause: float = 0.0) -> web.Raw:
    """Answer without end, a piece now and then."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(again)
            time.sleep(pause)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNK = b"5\r\nhello\r\n" * 1_000
ENDLESS = {
    "a stream": (endlessly(HEAD + b"\r\n", b"x" * 60_000), "more than it may|larger"),
    "chunks": (endlessly(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK), "more than|larger"),
    "headers": (endlessly(HEAD, b"X-Y: " + b"z" * 900 + b"\r\n"), "more than it may"),
    "one header": (endlessly(HEAD + b"X-Y: ", b"z" * 9_000), "more than it may|header"),
    "interim answers": (endlessly(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "more than it may"),
    "slow stream": (endlessly(HEAD + b"\r\n", b"x", 0.02), "took longer"),
    "slow header": (endlessly(HEAD + b"X-Y: ", b"z", 0.02), "took longer"),
    "slow status": (endlessly(b"HTTP/1.1 200 O", b"K", 0.02), "took longer"),
    "silence": (endlessly(b"", b"", 0.02), "took longer"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_an_endless_answer_ends(server: Web, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    answer, reason = ENDLESS[what]
    monkeypatch.setattr(fetch, "TOTAL_SECONDS", 0.3 if "took" in reason else 20)
    server.pages["/endless"] = answer
    with pytest.raises(FetchError, match=reason):
        get(server.url("/endless"))


def test_the_time_is_for_all_redirects_together(
    server: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(connection: socket.socket) -> None:
        time.sleep(0.2)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /slow2\r\n\r\n")

    server.pages["/slow"] = slowly
    server.pages["/slow2"] = endlessly(b"", b"", 0.02)
    monkeypatch.setattr(fetch, "TOTAL_SECONDS", 0.3)
    with pytest.raises(FetchError, match="took longer"):
        get(server.url("/slow"))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (HEAD + b"Content-Length: 9\r\n\r\nshort", "ends before"),
        (HEAD + b"Content-Length: 2000000\r\n\r\n", "larger"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "cannot be fetched"),
        (b"SSH-2.0-OpenSSH\r\n", "cannot be fetched"),
        (b"", "cannot be fetched"),
    ],
)
def test_a_broken_answer_has_a_reason_in_one_line(server: Web, answer: bytes, reason: str) -> None:
    server.pages["/broken"] = lambda connection: connection.sendall(answer)
    with pytest.raises(FetchError, match=reason) as refusal:
        get(server.url("/broken"))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.org/",
        "http://127.0.0.1:1/",
        "https://no-such-host.invalid/",
        "http://a..b/",
        "http://" + "a" * 300 + ".example/",
    ],
)
def test_what_cannot_be_reached_has_a_reason(address: str) -> None:
    with pytest.raises(FetchError):
        get(address)


def test_of_several_addresses_the_first_that_answers_is_taken(
    server: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(server.host.partition(":")[2])
    found = [("127.0.0.2", 1), ("127.0.0.1", port)]
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: infos)
    assert get(f"http://several.example:{port}/page") == b"a page"


@contextmanager
def over_tls() -> Iterator[tuple[int, list[str | None]]]:
    """Serve under the certificate of feeds.example: the port, and the names that were asked for."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://feeds.example/\r\n\r\n"

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
                with context.wrap_socket(connection, server_side=True) as secure:
                    path = secure.makefile("rb").readline()
                    page = HEAD + b"Content-Length: 4\r\n\r\nnews"
                    secure.sendall(answer if b"/down" in path else page)
            except ssl.SSLError:
                pass  # a client that does not trust us
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], names
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_an_https_server_proves_the_name_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [place])
    with over_tls() as (port, names):
        with pytest.raises(FetchError, match="certificate"):
            get(f"https://feeds.example:{port}/")  # nobody whom we trust vouches for it
        trusting = ssl.create_default_context(cafile=CERTIFICATE)
        monkeypatch.setattr(fetch, "_tls", lambda: trusting)
        assert get(f"https://feeds.example:{port}/") == b"news"
        with pytest.raises(FetchError, match=r"other\.example"):
            get(f"https://other.example:{port}/")
        with pytest.raises(FetchError, match="from https to http"):
            get(f"https://feeds.example:{port}/down")
    assert names == ["feeds.example", "feeds.example", "other.example", "feeds.example"]
