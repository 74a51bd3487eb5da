import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import limits
from api.app import create_app
from api.limits import Policy, SharedCounts, address
from settings import Limit, Settings
from store.client import Database, connect
from store.errors import UnavailableError
from tests.api.asking import problem

NOW = 1_000_000.0


class Clock:
    """The time, which a test lets pass; counting in MongoDB and its pauses go by it."""

    def __init__(self) -> None:
        self.now = NOW

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(limits, "time", clock)
    return clock


class Api:
    """An app with something to write, limited as a test wants it."""

    def __init__(self, settings: Settings, db: Database, **limited: tuple[Limit, ...]) -> None:
        none: dict[str, Any] = dict.fromkeys(("write_limits", "comment_limits", "read_limits"), ())
        self.app = create_app(replace(settings, **(none | limited)), db)
        self.app.add_url_rule("/write", view_func=self._view, methods=["POST", "PUT", "DELETE"])
        self.app.add_url_rule("/bad", view_func=self._view, methods=["GET"])
        self.app.add_url_rule(
            "/comment", view_func=limits.comments(self._view), endpoint="comment", methods=["POST"]
        )
        self.client = self.app.test_client()
        self.key: str | None = None
        found = self.app.extensions["byline.limits"]
        self.app.extensions["byline.limits"] = replace(found, verified_key=lambda: self.key)
        self.written = 0

    def _view(self) -> str:
        self.written += 1
        return "written"

    def post(self, path: str = "/write", client: str = "192.0.2.1", **more: Any) -> TestResponse:
        return self.client.post(path, environ_base={"REMOTE_ADDR": client}, **more)

    def get(self, path: str, client: str = "192.0.2.1", **more: Any) -> TestResponse:
        return self.client.get(path, environ_base={"REMOTE_ADDR": client}, **more)


Make = Callable[..., Api]


@pytest.fixture
def make(settings: Settings, memory_db: Database) -> Make:
    return lambda **limited: Api(settings, memory_db, **limited)


TWO = (Limit(2, 60),)


def test_what_is_one_too_many_is_not_done_and_the_client_is_told_when_to_go_on(
    make: Make, clock: Clock
) -> None:
    api = make(write_limits=TWO)
    assert [api.post().status_code for _ in range(2)] == [200, 200]
    refused = api.post()
    found = problem(refused, 429)
    assert found["detail"] == "At most 2 writes per 60 seconds."
    assert api.written == 2
    wait = int(refused.headers["Retry-After"])
    assert 1 <= wait <= 60
    assert refused.headers["Cache-Control"] == "no-store"
    clock.now += wait
    assert api.post().status_code == 200


def test_one_second_is_written_as_such(make: Make, clock: Clock) -> None:
    api = make(write_limits=(Limit(1, 1),))
    api.post()
    assert problem(api.post(), 429)["detail"] == "At most 1 writes per second."


def test_every_answer_to_a_write_says_what_is_left(make: Make, clock: Clock) -> None:
    api = make(write_limits=TWO)
    left = []
    for _ in range(3):
        answer = api.post()
        assert answer.headers["RateLimit-Policy"] == '"writes";q=2;w=60'
        match = re.fullmatch(r'"writes";r=(\d);t=(\d+)', answer.headers["RateLimit"])
        assert match
        left.append(int(match[1]))
        assert 1 <= int(match[2]) <= 60
    assert left == [1, 0, 0]


def test_of_several_limits_all_hold(make: Make, clock: Clock) -> None:
    api = make(write_limits=(Limit(2, 60), Limit(3, 3_600)))
    first = api.post()
    assert first.headers["RateLimit-Policy"] == '"writes";q=2;w=60, "writes-3600s";q=3;w=3600'
    assert re.fullmatch(r'"writes";r=1;t=\d+, "writes-3600s";r=2;t=\d+', first.headers["RateLimit"])
    api.post()
    assert problem(api.post(), 429)["detail"] == "At most 2 writes per 60 seconds."
    clock.now += 60
    assert api.post().status_code == 200
    refused = api.post()
    assert problem(refused, 429)["detail"] == "At most 3 writes per 3600 seconds."
    assert int(refused.headers["Retry-After"]) > 60


def test_methods_and_addresses_share_one_budget(make: Make, clock: Clock) -> None:
    api = make(write_limits=TWO)
    base = {"REMOTE_ADDR": "192.0.2.1"}
    assert api.post().status_code == 200
    assert api.client.put("/write", environ_base=base).status_code == 200
    assert api.client.delete("/write", environ_base=base).status_code == 429


def test_what_is_refused_anyway_is_not_counted(make: Make, clock: Clock) -> None:
    api = make(write_limits=TWO)
    for _ in range(5):
        assert api.post("/nowhere").status_code == 404
        assert api.post("/v1/site").status_code == 405
        assert api.client.options("/write").status_code == 200
        assert "RateLimit" not in api.get("/v1/site").headers
    assert api.post().status_code == 200


def test_clients_have_budgets_of_their_own(make: Make, clock: Clock) -> None:
    api = make(write_limits=TWO)
    for client in ("192.0.2.1", "192.0.2.2", "2001:db8::1"):
        assert [api.post(client=client).status_code for _ in range(3)] == [200, 200, 429]


def test_a_good_key_has_one_budget_wherever_it_is_used_from(make: Make, clock: Clock) -> None:
    api = make(write_limits=TWO)
    for _ in range(3):
        api.post()
    api.key = "abcdefgh"
    statuses = [api.post(client=f"192.0.2.{number}").status_code for number in range(1, 4)]
    assert statuses == [200, 200, 429]


def test_a_key_that_was_not_verified_is_no_way_around_the_limit_of_an_address(
    make: Make, clock: Clock
) -> None:
    api = make(write_limits=TWO)
    for number in range(2):
        assert api.post(headers={"X-API-Key": f"byline_abcdefg{number}_{'x' * 43}"}).status_code
    forged = {"Authorization": f"Bearer byline_abcdefgh_{'x' * 43}"}
    assert api.post(headers=forged).status_code == 429
    api.key = "abcdefgh"
    assert api.post(headers=forged).status_code == 200  # and nobody else used up its budget


def test_comments_without_a_key_have_a_limit_of_their_own(make: Make, clock: Clock) -> None:
    api = make(write_limits=(Limit(9, 60),), comment_limits=(Limit(1, 60), Limit(5, 86_400)))
    answer = api.post("/comment")
    policies = '"writes";q=9;w=60, "comments";q=1;w=60, "comments-86400s";q=5;w=86400'
    assert answer.headers["RateLimit-Policy"] == policies
    refused = api.post("/comment")
    assert problem(refused, 429)["detail"] == "At most 1 comments per 60 seconds."
    assert api.written == 1
    assert api.post("/write").status_code == 200
    api.key = "abcdefgh"
    assert [api.post("/comment").status_code for _ in range(3)] == [200] * 3


def test_without_limits_nothing_is_counted_and_nothing_told(
    make: Make, memory_db: Database
) -> None:
    api = make()
    for path in ("/write", "/comment"):
        assert "RateLimit" not in api.post(path).headers
    assert "RateLimit" not in api.get("/v1/site").headers
    assert memory_db["limits"].count_documents({}) == 0


def test_by_default_writes_are_limited_and_reads_are_not(app: Flask, client: FlaskClient) -> None:
    app.add_url_rule("/write", view_func=lambda: "", methods=["POST"])
    assert client.post("/write").headers["RateLimit-Policy"] == '"writes";q=600;w=60'
    assert "RateLimit" not in client.get("/v1/site").headers


def test_processes_share_the_budgets_of_writes(
    settings: Settings, mongod_uri: str, mongod_db: Database, clock: Clock
) -> None:
    one = Api(settings, mongod_db, write_limits=(Limit(20, 86_400),))
    with closing(connect(mongod_uri, mongod_db.name).client) as client:
        other = Api(settings, client[mongod_db.name], write_limits=(Limit(20, 86_400),))
        with ThreadPoolExecutor(8) as threads:
            answers = list(
                threads.map(lambda number: (one, other)[number % 2].post().status_code, range(50))
            )
    assert sorted(answers) == [200] * 20 + [429] * 30


# What happens while MongoDB is away


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        yield f"mongodb://127.0.0.1:{listening.getsockname()[1]}/"


def test_without_mongodb_the_limits_hold_in_this_process(
    settings: Settings, silent: str, clock: Clock
) -> None:
    db = connect(silent, "byline")
    with closing(db.client):
        api = Api(settings, db, write_limits=(Limit(5, 86_400),))
        assert [api.post().status_code for _ in range(7)] == [200] * 5 + [429] * 2


class Shared:
    """A count that fails when a test says so."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False

    def __call__(self, key: str, seconds: int) -> int:
        self.asked += 1
        if self.fails:
            raise UnavailableError("away")
        return 100 + self.asked


def test_while_mongodb_is_away_it_is_asked_now_and_then_only(clock: Clock) -> None:
    shared = Shared()
    counts = SharedCounts(shared)
    assert counts("a", 60) == 101
    shared.fails = True
    assert [counts("a", 60) for _ in range(50)] == list(range(1, 51))
    assert shared.asked == 2
    for _ in range(3):
        clock.now += limits.PAUSE_SECONDS
        counts("a", 60)
        counts("a", 60)
    assert shared.asked == 5
    shared.fails = False
    assert counts("a", 60) == 57
    clock.now += limits.PAUSE_SECONDS
    assert [counts("a", 60) for _ in range(2)] == [106, 107]


def test_while_one_asks_whether_mongodb_is_back_the_others_go_on(clock: Clock) -> None:
    inner: list[int] = []

    def shared(key: str, seconds: int) -> int:
        if key == "first":
            raise UnavailableError("away")
        inner.append(counts("other", 60))  # somebody else, in the meantime
        return 100

    counts = SharedCounts(shared)
    counts("first", 60)
    clock.now += limits.PAUSE_SECONDS
    assert counts("probe", 60) == 100
    assert inner == [1]


def test_a_process_keeps_so_many_counts_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_COUNTS", 2)
    counts = limits.OwnCounts()
    assert [counts(key, 60) for key in "aabbacb"] == [1, 2, 1, 2, 3, 1, 1]


# Reads


def test_reads_are_limited_where_that_is_asked_for_also_those_from_memory(
    make: Make, clock: Clock
) -> None:
    api = make(read_limits=TWO)
    answers = [api.get("/v1/site") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"reads";q=2;w=60'
    assert answers[1].headers["RateLimit"].startswith('"reads";r=0;t=')
    assert problem(answers[2], 429)["detail"] == "At most 2 reads per 60 seconds."
    assert answers[2].headers["Access-Control-Allow-Origin"] == "*"
    wait = int(answers[2].headers["Retry-After"])
    etag = answers[0].headers["ETag"]
    clock.now += wait
    again = api.get("/v1/site", headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert again.headers["RateLimit"].startswith('"reads";r=1;t=')


def test_a_refused_read_is_a_problem_of_its_own_path_and_id(make: Make, clock: Clock) -> None:
    api = make(read_limits=(Limit(1, 60),))
    api.get("/")
    refused = api.get("/v1/뉴스", headers={"X-Request-Id": "mine"})
    found = problem(refused, 429)
    assert found["instance"] == "/v1/%EB%89%B4%EC%8A%A4"
    assert found["request_id"] == "mine"
    head = api.client.head("/v1/site", environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert (head.status_code, head.data) == (429, b"")


def test_what_is_refused_is_counted_as_such(make: Make, clock: Clock) -> None:
    api = make(read_limits=(Limit(1, 60),), write_limits=(Limit(1, 60),))
    for _ in range(3):
        api.get("/v1/site")
        api.post()
    text = api.get("/metrics").text
    assert '{method="GET",route="unmatched",status="429"} 2.0' in text
    assert '{method="POST",route="/write",status="429"} 2.0' in text


def test_health_and_metrics_are_never_refused(make: Make, clock: Clock) -> None:
    api = make(read_limits=(Limit(1, 60),), write_limits=(Limit(1, 60),))
    for _ in range(3):
        for path in limits.UNLIMITED:
            answer = api.get(path)
            assert answer.status_code == 200
            assert "RateLimit" not in answer.headers
    assert set(limits.UNLIMITED) == {"/livez", "/readyz", "/metrics"}


def test_a_page_may_always_ask_first(make: Make, clock: Clock) -> None:
    api = make(read_limits=(Limit(1, 60),))
    assert [api.client.options("/v1/site").status_code for _ in range(3)] == [200] * 3


# Who is who


@pytest.mark.parametrize(
    ("remote", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unknown", "unknown"),
        ("x" * 1_000, "x" * 64),
    ],
)
def test_an_ipv6_client_is_its_network(remote: str, counted: str) -> None:
    assert address({"REMOTE_ADDR": remote}) == counted


def test_budgets_do_not_all_begin_anew_at_once(clock: Clock) -> None:
    policy = Policy("writes", (Limit(1, 60),), limits.OwnCounts())
    ends = {policy.standings(f"192.0.2.{number}")[0].ends_in for number in range(50)}
    assert len(ends) > 10
    assert all(1 <= end <= 60 for end in ends)
