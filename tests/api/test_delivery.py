import gzip
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from werkzeug.test import Client

from api.delivery import MADE_FROM, REQUEST_ID, ROUTE, Answer, Delivery
from api.memory import Memory, Tag
from api.traffic import Traffic

JSON = ("Content-Type", "application/json")
LONG = b'{"text": "' + b"x" * 5000 + b'"}'


class App:
    """A WSGI app that counts how often it is asked, and answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.status = "200 OK"
        self.headers = [JSON, ("ETag", '"one"'), ("Last-Modified", "Mon, 16 Jun 2025 08:00:00 GMT")]
        self.body = b"{}"
        self.route: str | None = "/{id}"
        self.made_from: Iterable[Tag] | None = [("articles", "1")]
        self.meanwhile: Callable[[], None] = lambda: None
        self.closed = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.asked.append(environ)
        if self.made_from is not None:
            environ[MADE_FROM] = self.made_from
        if self.route is not None:
            environ[ROUTE] = self.route
        self.meanwhile()
        start_response(self.status, [*self.headers, ("Content-Length", str(len(self.body)))])
        return self

    def __iter__(self) -> Any:
        yield self.body

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def memory() -> Memory[Answer]:
    return Memory(1_000_000)


@pytest.fixture
def client(app: App, memory: Memory[Answer]) -> Client:
    return Client(Delivery(app, memory, lambda _: True, Traffic()), use_cookies=False)


def test_the_app_is_asked_once_for_what_does_not_change(app: App, client: Client) -> None:
    first, second = client.get("/v1/articles"), client.get("/v1/articles")
    assert len(app.asked) == app.closed == 1
    assert first.data == second.data == b"{}"
    assert first.headers["ETag"] == second.headers["ETag"]


def test_after_a_change_the_app_is_asked_again(
    app: App, client: Client, memory: Memory[Answer]
) -> None:
    client.get("/")
    app.body = b"[]"
    memory.change([("articles", "1")])
    assert client.get("/").data == b"[]"


def test_an_answer_overtaken_by_a_change_is_given_but_not_kept(
    app: App, client: Client, memory: Memory[Answer]
) -> None:
    app.meanwhile = lambda: memory.change([("articles", "1")])
    assert client.get("/").status_code == 200
    client.get("/")
    assert len(app.asked) == 2


def test_while_nobody_knows_what_changes_every_answer_is_made_anew(app: App) -> None:
    client = Client(Delivery(app, Memory(1_000_000), lambda _: False, Traffic()))
    client.get("/")
    client.get("/")
    assert len(app.asked) == 2


def test_every_request_is_counted_under_its_route(app: App, memory: Memory[Answer]) -> None:
    traffic = Traffic()
    client = Client(Delivery(app, memory, lambda _: True, traffic))
    for _ in range(3):
        client.get("/one")
    client.head("/one", headers={"If-None-Match": '"one"'})
    client.post("/one")
    app.status, app.route = "404 NOT FOUND", None
    client.get("/two")
    client.get("/three")
    assert {kind: sum(times[:-1]) for kind, times in traffic.times().items()} == {
        "GET /{id} 200 miss": 1,
        "GET /{id} 200 hit": 2,
        "HEAD /{id} 304 hit": 1,
        "POST /{id} 200 -": 1,
        "GET unmatched 404 miss": 2,
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [("/?a=1&b=2", "/?b=2&a=1"), ("/?a=%41", "/?a=A"), ("/?a=1&", "/?a=1"), ("/?a=+", "/?a=%20")],
)
def test_the_same_question_in_other_words_is_the_same(
    app: App, client: Client, one: str, other: str
) -> None:
    client.get(one)
    client.get(other)
    assert len(app.asked) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("/?a=1", "/?a=2"), ("/?a=1", "/"), ("/?a=%25zz", "/?a=%zz"), ("/a", "/b"), ("/?a", "/?b")],
)
def test_another_question_is_another(app: App, client: Client, one: str, other: str) -> None:
    client.get(one)
    client.get(other)
    assert len(app.asked) == 2


@pytest.mark.parametrize(
    "header", ["Authorization", "X-API-Key", "Cookie", "If-Match", "If-Unmodified-Since"]
)
def test_what_is_for_one_client_is_neither_kept_nor_given_from_memory(
    app: App, client: Client, header: str
) -> None:
    client.get("/")
    for _ in range(2):
        client.get("/", headers={header: "a=b"})
    client.get("/")
    assert len(app.asked) == 3


def test_an_answer_that_does_not_say_what_it_is_made_from_is_not_kept(
    app: App, client: Client
) -> None:
    app.made_from = None
    client.get("/")
    client.get("/")
    assert len(app.asked) == 2


def test_an_answer_to_a_very_long_query_is_not_kept(app: App, client: Client) -> None:
    for _ in range(2):
        client.get("/?a=" + "x" * 500)
    assert len(app.asked) == 2


def test_an_error_is_not_kept(app: App, client: Client) -> None:
    app.status = "404 NOT FOUND"
    client.get("/")
    client.get("/")
    assert len(app.asked) == 2


def test_who_has_the_answer_gets_304_from_the_app_and_from_memory(app: App, client: Client) -> None:
    for _ in range(2):
        known = client.get("/", headers={"If-None-Match": '"one"'})
        assert known.status_code == 304
        assert known.data == b""
        assert known.headers["ETag"] == '"one"'
        assert "Content-Length" not in known.headers
        assert "Content-Type" not in known.headers
    assert len(app.asked) == 1
    assert "HTTP_IF_NONE_MATCH" not in app.asked[0]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": 'W/"one"'}, 304),
        ({"If-None-Match": '"two", "one"'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"two"'}, 200),
        ({"If-Modified-Since": "Mon, 16 Jun 2025 08:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Mon, 16 Jun 2025 07:59:59 GMT"}, 200),
        ({"If-Modified-Since": "some day"}, 200),
        ({"If-None-Match": '"two"', "If-Modified-Since": "Mon, 16 Jun 2025 08:00:00 GMT"}, 200),
    ],
)
def test_conditions_hold_as_the_standard_says(
    client: Client, headers: dict[str, str], status: int
) -> None:
    assert client.get("/", headers=headers).status_code == status


def test_without_a_time_only_the_etag_can_tell(app: App, client: Client) -> None:
    app.headers = [JSON]
    late = "Mon, 16 Jun 2035 08:00:00 GMT"
    for known in ({"If-Modified-Since": late}, {"If-None-Match": '"one"'}):
        assert client.get("/", headers=known).status_code == 200
    assert client.get("/", headers={"If-None-Match": "*"}).status_code == 304


@pytest.mark.parametrize("known", ["*", '"one"'])
def test_an_error_is_told_also_to_who_has_an_answer(app: App, client: Client, known: str) -> None:
    app.status = "404 NOT FOUND"
    assert client.get("/", headers={"If-None-Match": known}).status_code == 404


def test_a_304_has_the_headers_of_the_answer_it_stands_for(app: App, client: Client) -> None:
    app.headers += [("Cache-Control", "public, no-cache"), ("Link", "</x>; rel=next")]
    app.body = LONG
    for coding in ("identity", "gzip", "zstd"):
        whole = client.get("/", headers={"Accept-Encoding": coding})
        known = {"Accept-Encoding": coding, "If-None-Match": whole.headers["ETag"]}
        again = client.get("/", headers=known)
        assert again.status_code == 304
        for name in ("ETag", "Cache-Control", "Vary", "Last-Modified", "Link"):
            assert again.headers[name] == whole.headers[name]
        assert not {"Content-Encoding", "Content-Length", "Content-Type"} & {*again.headers.keys()}


def test_an_etag_holds_for_its_own_coding_only(app: App, client: Client) -> None:
    app.body = LONG
    etags = {
        coding: client.get("/", headers={"Accept-Encoding": coding}).headers["ETag"]
        for coding in ("identity", "gzip", "br", "zstd")
    }
    assert len(set(etags.values())) == 4
    for coding in etags:
        for other, etag in etags.items():
            known = {"Accept-Encoding": coding, "If-None-Match": etag}
            expected = 304 if coding == other else 200
            assert client.get("/", headers=known).status_code == expected


def test_a_body_comes_whole_whatever_part_is_asked_for(app: App, client: Client) -> None:
    app.headers += [("Accept-Ranges", "bytes")]
    app.body = LONG
    part = {"Range": "bytes=0-9", "If-Range": '"one"', "Accept-Encoding": "gzip"}
    answer = client.get("/", headers=part)
    assert answer.status_code == 200
    assert gzip.decompress(answer.data) == LONG
    assert "Accept-Ranges" not in answer.headers
    assert not {"HTTP_RANGE", "HTTP_IF_RANGE"} & app.asked[0].keys()


def test_the_date_is_for_the_server_to_say(app: App, client: Client) -> None:
    app.headers += [("Date", "Mon, 16 Jun 2025 08:00:00 GMT")]
    assert "Date" not in client.get("/").headers


def test_head_is_get_without_the_body_and_shares_its_answer(app: App, client: Client) -> None:
    head, get = client.head("/"), client.get("/")
    assert head.data == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"] == "2"
    assert [environ["REQUEST_METHOD"] for environ in app.asked] == ["GET"]


def test_each_coding_has_an_answer_and_an_etag_of_its_own(app: App, client: Client) -> None:
    app.body = LONG
    plain = client.get("/")
    coded = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(coded.data) == plain.data == LONG
    assert coded.headers["Content-Encoding"] == "gzip"
    assert coded.headers["Content-Length"] == str(len(coded.data))
    assert coded.headers["ETag"] == '"one-gzip"'
    assert plain.headers["Vary"] == coded.headers["Vary"] == "Accept-Encoding"
    known = {"Accept-Encoding": "gzip", "If-None-Match": '"one-gzip"'}
    assert client.get("/", headers=known).status_code == 304


def test_what_is_no_text_is_not_coded(app: App, client: Client) -> None:
    app.headers = [("Content-Type", "image/png")]
    app.body = LONG
    image = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert image.data == LONG
    assert "Vary" not in image.headers


def test_a_body_without_an_etag_can_be_coded(app: App, client: Client) -> None:
    app.headers = [JSON]
    app.body = LONG
    coded = client.get("/", headers={"Accept-Encoding": "br"})
    assert coded.headers["Content-Encoding"] == "br"
    assert "ETag" not in coded.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_every_request_has_an_id_that_is_in_the_answer(
    app: App, client: Client, method: str
) -> None:
    given = client.open("/", method=method, headers={"X-Request-Id": "mine"})
    made = client.open("/other", method=method, headers={"X-Request-Id": "not fit\x7f"})
    assert given.headers["X-Request-Id"] == app.asked[0][REQUEST_ID] == "mine"
    assert made.headers["X-Request-Id"] == app.asked[1][REQUEST_ID] != "not fit\x7f"


def test_an_answer_from_memory_has_the_id_of_its_own_request(client: Client) -> None:
    ids = {client.get("/").headers["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3


def test_writes_pass_through(app: App, client: Client) -> None:
    for _ in range(2):
        assert client.post("/").status_code == 200
    assert len(app.asked) == 2
