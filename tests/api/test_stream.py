import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from werkzeug.exceptions import ServiceUnavailable

from api import feed as feed_module
from api import stream as stream_module
from api.feed import Feed
from api.stopping import Stop
from api.stream import Stream, Streams
from store import articles, changelog, publication
from store.client import Database
from store.errors import UnavailableError
from tests.store.documents import article, hours

PLACES = 4


def never() -> bool:
    return False


@pytest.fixture
def stop() -> Iterator[Stop]:
    told = Stop()
    yield told
    told()
    for thread in threading.enumerate():
        if thread.name == "feed":
            thread.join(30)
            assert not thread.is_alive()


@pytest.fixture
def streams(mongod_db: Database, stop: Stop, monkeypatch: pytest.MonkeyPatch) -> Streams:
    monkeypatch.setattr(feed_module, "POLL_SECONDS", 0.02)
    return Streams(Feed(mongod_db, stop), stop, PLACES)


def full(number: int, **values: Any) -> dict[str, Any]:
    return article(number, created_at=hours(number), **values)


def ids(pieces: Iterator[bytes], number: int) -> list[int]:
    """Take events until there are so many, and give their cursors."""
    found: list[int] = []
    while len(found) < number:
        lines = next(pieces).decode().splitlines()
        found += [int(line.removeprefix("id: ")) for line in lines if line.startswith("id: ")]
    return found


def all_at_once(opened: list[Stream], do: Callable[[Iterator[bytes]], Any]) -> list[Any]:
    """Have each stream read in a thread of its own."""
    results: list[Any] = [None] * len(opened)

    def read(at: int, pieces: Iterator[bytes]) -> None:
        results[at] = do(pieces)

    threads = [
        threading.Thread(target=read, args=(at, iter(each))) for at, each in enumerate(opened)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_however_many_listen_mongodb_is_asked_by_one(
    mongod_db: Database, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking: set[str] = set()
    asked_by_feed = threading.Semaphore(0)
    since, last = changelog.since, changelog.last

    def noted(function: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*args: Any, **kwargs: Any) -> Any:
            asking.add(threading.current_thread().name)
            if threading.current_thread().name == "feed":
                asked_by_feed.release()
            return function(*args, **kwargs)

        return ask

    opened = [streams.open(0, whole=False, is_gone=never) for _ in range(PLACES)]
    publication.insert(mongod_db, full(1))
    assert all_at_once(opened, lambda pieces: ids(pieces, 1)) == [[1]] * PLACES
    monkeypatch.setattr(changelog, "since", noted(since))
    monkeypatch.setattr(changelog, "last", noted(last))
    for _ in range(2):  # who asks again keeps what it sees; until then each reads by itself
        assert asked_by_feed.acquire(timeout=30)
    asking.clear()
    for number in range(2, 12):
        publication.insert(mongod_db, full(number))
    wanted = list(range(2, 12))
    assert all_at_once(opened, lambda pieces: ids(pieces, 10)) == [wanted] * PLACES
    assert asking == {"feed"}
    for each in opened:
        each.close()


def test_with_nobody_listening_nothing_is_asked(mongod_db: Database, streams: Streams) -> None:
    opened = streams.open(0, whole=False, is_gone=never)
    publication.insert(mongod_db, full(1))
    ids(iter(opened), 1)
    opened.close()
    for thread in threading.enumerate():
        if thread.name == "feed":
            thread.join(30)
            assert not thread.is_alive()
    publication.insert(mongod_db, full(2))
    again = streams.open(1, whole=False, is_gone=never)
    assert ids(iter(again), 1) == [2]
    again.close()


def test_a_stream_has_a_place_until_it_is_closed_even_if_it_was_never_read(
    streams: Streams,
) -> None:
    opened = [streams.open(0, whole=False, is_gone=never) for _ in range(PLACES)]
    assert streams.count == PLACES
    with pytest.raises(ServiceUnavailable) as refused:
        streams.open(0, whole=False, is_gone=never)
    assert ("Retry-After", "5") in refused.value.get_headers()
    for _ in range(2):
        opened[0].close()
    assert streams.count == PLACES - 1
    opened[0] = streams.open(0, whole=False, is_gone=never)
    assert streams.count == PLACES
    for each in opened:
        each.close()


def test_a_newcomer_gets_the_place_of_who_has_gone(streams: Streams) -> None:
    gone = threading.Event()
    opened = [streams.open(0, whole=False, is_gone=gone.is_set) for _ in range(PLACES)]

    def serve(each: Stream) -> None:
        list(each)
        each.close()

    servers = [threading.Thread(target=serve, args=(each,)) for each in opened]
    for server in servers:
        server.start()
    gone.set()
    streams.open(0, whole=False, is_gone=never).close()
    for server in servers:
        server.join(30)
        assert not server.is_alive()


def test_a_silent_stream_has_a_heartbeat_and_an_end(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(stream_module, "STREAM_SECONDS", (0.5, 0.5))
    opened = streams.open(0, whole=False, is_gone=never)
    pieces = list(opened)
    opened.close()
    assert pieces[0] == b"retry: 2000\n\n"
    assert len(pieces) > 2
    assert set(pieces[1:]) == {b": still here\n\n"}


def test_the_end_of_the_worker_is_the_end_of_its_streams(streams: Streams, stop: Stop) -> None:
    opened = [streams.open(0, whole=False, is_gone=never) for _ in range(PLACES)]
    for each in opened:
        next(iter(each))
    threading.Timer(0.1, stop).start()
    assert all_at_once(opened, list) is not None  # without an end it would not come here
    for each in opened:
        each.close()
    assert streams.count == 0


def test_while_mongodb_is_away_a_stream_waits_and_loses_nothing(
    mongod_db: Database, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    last, calls = changelog.last, count()

    def seldom(db: Database) -> int:
        if next(calls) // 3 % 2 == 0:  # three times away, three times there
            raise UnavailableError("away")
        return last(db)

    monkeypatch.setattr(changelog, "last", seldom)
    monkeypatch.setattr(stream_module, "_AWAY_SECONDS", 0.01)
    opened = streams.open(0, whole=False, is_gone=never)
    for number in range(1, 6):
        publication.insert(mongod_db, full(number))
    assert ids(iter(opened), 5) == [1, 2, 3, 4, 5]
    opened.close()


def test_who_begins_far_back_gets_everything_once(
    mongod_db: Database, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "_BATCH", 3)
    monkeypatch.setattr(feed_module, "_MOST_EVENTS", 4)
    for number in range(1, 21):
        publication.insert(mongod_db, full(number))
    opened = streams.open(2, whole=False, is_gone=never)
    assert ids(iter(opened), 18) == list(range(3, 21))
    for number in range(21, 41):
        publication.insert(mongod_db, full(number))
    assert ids(iter(opened), 20) == list(range(21, 41))
    opened.close()


def test_what_is_deleted_is_told_no_more_to_who_comes_later(
    mongod_db: Database, streams: Streams
) -> None:
    first = streams.open(0, whole=False, is_gone=never)
    pieces = iter(first)
    publication.insert(mongod_db, full(1, title="Taken back"))
    publication.insert(mongod_db, full(2))
    assert ids(pieces, 2) == [1, 2]
    publication.delete(mongod_db, articles.find(mongod_db, full(1)["id"]), hours(9))
    assert ids(pieces, 1) == [3]
    second = streams.open(0, whole=False, is_gone=never)
    assert ids(iter(second), 2) == [2, 3]
    for each in (first, second):
        each.close()
