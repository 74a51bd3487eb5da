"""The stream of changes, as clients of both servers have it."""

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from desk.publish import delete, publish
from store import articles, changelog
from store.client import Database, connect
from store.errors import UnavailableError
from tests.listening import STREAM, Event, Listener, listening
from tests.samples import draft
from tests.server import Running, measured, processes_about, serving

SERVERS = ("gunicorn", "granian")
WRITERS = 4
ROUNDS = 40
LISTENERS = 3
PLACES = 4


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mongod_uri: str
) -> Any:
    """A server of one worker, so that it is known how many streams may be open."""
    data = tmp_path_factory.mktemp(request.param)
    variables = {"MONGODB_URI": mongod_uri, "MONGODB_DB": f"test-streams-{request.param}"}
    variables |= {"BYLINE_SERVER": request.param, "BYLINE_WORKERS": "1"} | measured()
    with serving(data, **variables) as running:
        yield running


@contextmanager
def database(uri: str, name: str) -> Iterator[Database]:
    db = connect(uri, name, threads=WRITERS)
    try:
        yield db
    finally:
        db.client.close()


@pytest.fixture
def db(server: Running) -> Iterator[Database]:
    named = server.environment
    with database(named["MONGODB_URI"], named["MONGODB_DB"]) as opened:
        yield opened


def named(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def take(listener: Listener, number: int) -> list[Event]:
    return [event for _, event in zip(range(number), listener.events(), strict=False)]


def test_what_happens_is_sent_as_it_happens(server: Running, db: Database) -> None:
    url = "https://news.example/stream"
    with listening(server.url) as listener:
        events = listener.events()
        made = publish(db, draft("A stream begins", url=url, captured_at=None)).article_id
        assert next(events).change.items() >= {"id": made, "change": "made", "revision": 1}.items()
        publish(db, draft("A stream goes on", url=url, captured_at=None))
        changed = next(events)
        assert changed.change.items() >= {"id": made, "change": "changed", "revision": 2}.items()
        delete(db, articles.find(db, made))
        gone = next(events)
        assert (gone.kind, gone.change["id"]) == ("deleted", made)
    since = f"since={changed.id - 1}"
    [listed] = json.loads(server.get(f"/v1/changes?{since}")[2])["data"]
    assert gone.change == listed
    with listening(server.url, f"{STREAM}?{since}") as again:
        assert take(again, 1) == [gone]


def test_whole_articles_come_along_if_they_are_wanted(server: Running, db: Database) -> None:
    start = changelog.last(db)
    wanted = f"{STREAM}?include=article"
    with listening(server.url, wanted) as live, listening(server.url) as plain:
        made = publish(db, draft("Come along whole", body_text="Whole.")).article_id
        [event], [short] = take(live, 1), take(plain, 1)
    assert event.change["article"]["body_text"] == "Whole."
    assert short.change == {name: event.change[name] for name in event.change if name != "article"}
    [listed] = json.loads(server.get(f"/v1/changes?since={start}&include=article")[2])["data"]
    assert event.change == listed
    assert event.change["id"] == made


def test_the_head_is_that_of_a_stream(server: Running) -> None:
    with listening(server.url, X_Request_Id="mine") as listener:
        assert listener.status == 200
        assert (
            named(listener.headers).items()
            >= {
                "content-type": "text/event-stream",
                "cache-control": "no-store",
                "x-accel-buffering": "no",
                "access-control-allow-origin": "*",
                "x-request-id": "mine",
                "transfer-encoding": "chunked",
            }.items()
        )
        assert "Content-Encoding" not in listener.headers
        assert next(listener.blocks()) == {"retry": "2000"}


@pytest.mark.parametrize(
    ("query", "headers", "expected", "where"),
    [
        ("?since=some", {}, 400, ("query", "since")),
        ("?since=999999999999", {}, 409, ("query", "since")),
        ("", {"Last_Event_ID": "some"}, 400, ("header", "Last-Event-ID")),
        ("?since=0", {"Last_Event_ID": "999999999999"}, 409, ("header", "Last-Event-ID")),
        ("?include=body", {}, 400, ("query", "include")),
        ("?limit=5", {}, 400, ("query", "limit")),
    ],
)
def test_what_cannot_be_sent_is_a_problem_before_the_stream_begins(
    server: Running, query: str, headers: dict[str, str], expected: int, where: tuple[str, str]
) -> None:
    status, answered, body = server.get(STREAM + query, **headers)
    assert status == expected
    assert named(answered)["content-type"] == "application/problem+json"
    assert [(each["in"], each["field"]) for each in json.loads(body)["errors"]] == [where]


def test_a_client_that_takes_no_stream_is_told_so(server: Running) -> None:
    assert server.get(STREAM, Accept="application/json")[0] == 406


def test_what_a_client_has_seen_counts_before_where_it_once_began(
    server: Running, db: Database
) -> None:
    publish(db, draft("Seen before"))
    last = changelog.last(db)
    with listening(server.url, f"{STREAM}?since=0", Last_Event_ID=str(last - 1)) as listener:
        assert [event.id for event in take(listener, 1)] == [last]


def open_streams(server: Running) -> int:
    [line] = [
        line
        for line in server.get("/metrics")[2].decode().splitlines()
        if line.startswith("byline_streams ")
    ]
    return int(float(line.split()[1]))


def test_streams_leave_threads_to_others_and_places_to_who_comes_when_one_has_gone(
    server: Running, db: Database
) -> None:
    with ExitStack() as opened:
        open_ = [opened.enter_context(listening(server.url)) for _ in range(PLACES)]
        assert [each.status for each in open_] == [200] * PLACES
        with listening(server.url) as refused:
            assert refused.status == 503
            assert refused.headers["Retry-After"] == "5"
            assert json.loads(refused.read_to_end())["status"] == 503
        assert [server.get(f"/v1/articles?limit={n}")[0] for n in range(1, 9)] == [200] * 8
        assert open_streams(server) == PLACES
        open_[0].answer.close()
        open_[0].connection.close()
        with listening(server.url) as next_:
            assert next_.status == 200
            publish(db, draft("Heard in the place of another"))
            for listener in (*open_[1:], next_):
                assert take(listener, 1)[0].kind == "made"
    with ThreadPoolExecutor(2 * PLACES) as threads:  # nobody is left who has a place for ever
        again = list(threads.map(lambda _: server.get("/v1/site")[0], range(50)))
    assert again == [200] * 50
    with ExitStack() as opened:
        open_ = [opened.enter_context(listening(server.url)) for _ in range(PLACES)]
        assert [each.status for each in open_] == [200] * PLACES


def test_the_head_alone_takes_no_place(server: Running) -> None:
    place = urlsplit(server.url).netloc
    connection = HTTPConnection(place, timeout=10)
    for _ in range(2 * PLACES):
        connection.request("HEAD", STREAM)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        assert answer.headers["Content-Type"] == "text/event-stream"
    connection.close()


def test_a_stream_is_counted_once_as_it_begins(server: Running) -> None:
    line = 'byline_http_requests_total{method="GET",route="/v1/changes/stream",status="200"}'

    def counted() -> float:
        text = server.get("/metrics")[2].decode()
        found = [each.split()[-1] for each in text.splitlines() if each.startswith(line)]
        return float(found[0]) if found else 0.0

    before = counted()
    with listening(server.url):
        assert counted() == before + 1
    with listening(server.url):
        assert counted() == before + 2


class Told:
    """What a client is told by all of its streams."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.streams = 0

    def listen(self, url: str, start: int, last_article: str, chance: random.Random) -> None:
        """Listen until an article changes, hanging up after a few events and coming again."""
        while not self.events or self.events[-1].change["id"] != last_article:
            seen = self.events[-1].id if self.events else start
            with listening(url, f"{STREAM}?since={start}", Last_Event_ID=str(seen)) as listener:
                if listener.status == 503:  # it has not been noticed yet that somebody has gone
                    continue
                self.streams += 1
                few = chance.randrange(1, 9)
                for event in listener.events():
                    self.events.append(event)
                    few -= 1
                    if not few or event.change["id"] == last_article:
                        break


def write(db: Database, writer: int) -> None:
    """Add, change and delete articles."""
    for number in range(ROUNDS):
        url = f"https://news.example/{writer}/{number // 4}"
        published = publish(db, draft(f"By {writer}, {number}", url=url, captured_at=None))
        if number % 8 == 7:
            delete(db, articles.find(db, published.article_id))


def test_every_change_comes_once_and_in_order_while_many_write_and_clients_come_and_go(
    server: Running, db: Database
) -> None:
    last_article = publish(db, draft("The last", captured_at=None)).article_id
    start = changelog.last(db)
    told = [Told() for _ in range(LISTENERS)]
    with ThreadPoolExecutor(WRITERS + LISTENERS) as threads:
        done = [
            threads.submit(each.listen, server.url, start, last_article, random.Random(number))
            for number, each in enumerate(told)
        ]
        list(threads.map(write, [db] * WRITERS, range(WRITERS)))
        publish(db, draft("The last", captured_at=None, body_text="It has changed now."))
        for each in done:
            each.result()
    found = changelog.since(db, start, limit=10_000, fields=("id",))
    known = {change["id"]: change["seq"] for change in found}
    assert len(known) > WRITERS * ROUNDS // 4
    for client in told:
        ids = [event.id for event in client.events]
        assert ids == sorted(set(ids))
        assert {event.change["id"]: event.id for event in client.events} == known
        assert client.streams > 3


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_open_streams_properly(
    tmp_path: Path, name: str, sent: signal.Signals, elsewhere: dict[str, str]
) -> None:
    with (
        serving(tmp_path / "var", BYLINE_SERVER=name, **elsewhere) as server,
        ExitStack() as opened,
    ):
        open_ = [opened.enter_context(listening(server.url)) for _ in range(PLACES)]
        for listener in open_:
            assert next(listener.blocks()) == {"retry": "2000"}
        server.process.send_signal(sent)
        for listener in open_:  # one that was cut off would raise
            listener.read_to_end()
            listener.connection.close()
        assert server.process.wait(timeout=30) == 0


@pytest.mark.parametrize("name", SERVERS)
def test_streams_outlast_a_database_that_is_away_and_lose_nothing(
    tmp_path: Path, name: str
) -> None:
    data = tmp_path / "var"
    with (
        serving(data, BYLINE_SERVER=name, BYLINE_WORKERS="1") as server,
        database(json.loads((data / "mongod.json").read_text())["uri"], "byline") as db,
        listening(server.url) as listener,
    ):
        events = listener.events()
        before = publish(db, draft("Before")).article_id
        assert next(events).change["id"] == before
        [mongod] = [line for line in processes_about(data) if "mongod " in line]
        os.kill(int(mongod.split()[0]), signal.SIGKILL)
        after = [until_stored(db, f"After {number}") for number in range(3)]
        assert [next(events).change["id"] for _ in after] == after


def until_stored(db: Database, title: str) -> str:
    """Publish an article as soon as the database is there."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return publish(db, draft(title)).article_id
        except UnavailableError:
            if time.monotonic() > deadline:
                raise
