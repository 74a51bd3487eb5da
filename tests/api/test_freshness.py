import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import structlog

from api import freshness
from api.freshness import OLDEST_SECONDS, Freshness, tags_of
from api.memory import Memory
from store.changes import EVERYTHING, Changed
from store.errors import UnavailableError


class Source:
    """Changes as a test tells them; an exception breaks the connection."""

    def __init__(self) -> None:
        self.told: deque[list[Changed] | Exception] = deque()
        self.connected = 0
        self.asked = 0
        self.hold = threading.Event()
        self.hold.set()

    def __call__(self) -> Iterator[list[Changed]]:
        self.connected += 1
        return self._changes()

    def _changes(self) -> Iterator[list[Changed]]:
        yield [EVERYTHING]
        while True:
            self.asked += 1
            self.hold.wait(5)
            item = self.told.popleft() if self.told else []
            if isinstance(item, Exception):
                raise item
            yield item


class Memo:
    size = 1


class Clock:
    """The time, which a test lets pass."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(freshness, "time", clock)
    return clock


@pytest.fixture
def memory() -> Memory[Any]:
    return Memory(100)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def fresh(memory: Memory[Any], source: Source, clock: Clock) -> Freshness:
    """What follows already."""
    followed = Freshness(memory, source)
    followed.start()
    assert followed()
    return followed


def keep(memory: Memory[Any]) -> None:
    assert memory.put("one", Memo(), [("articles", "1")], memory.now)


def test_before_it_is_started_nothing_is_fresh(memory: Memory[Any], source: Source) -> None:
    followed = Freshness(memory, source)
    assert not followed()
    assert not followed.is_connected
    assert source.connected == 0


def test_what_was_kept_before_the_connection_is_gone(memory: Memory[Any], source: Source) -> None:
    keep(memory)
    followed = Freshness(memory, source)
    followed.start()
    assert followed()
    assert followed.is_connected
    assert memory.get("one") is None


def test_a_change_takes_its_answers_away(
    fresh: Freshness, source: Source, memory: Memory[Any], clock: Clock
) -> None:
    keep(memory)
    source.told.append([("articles", "2")])
    clock.now += 1
    assert fresh()
    assert memory.get("one")
    source.told.append([("articles", "1")])
    clock.now += 1
    assert fresh()
    assert memory.get("one") is None


def test_when_anything_may_have_changed_all_is_gone(
    fresh: Freshness, source: Source, memory: Memory[Any], clock: Clock
) -> None:
    keep(memory)
    source.told.append([EVERYTHING])
    clock.now += 1
    assert fresh()
    assert memory.get("one") is None


def test_no_change_is_known_later_than_is_promised(
    fresh: Freshness, source: Source, memory: Memory[Any], clock: Clock
) -> None:
    for _ in range(100):
        keep(memory)
        source.told.append([("articles", "1")])
        clock.now += OLDEST_SECONDS
        assert fresh()
        assert memory.get("one") is None


def test_what_was_asked_a_moment_ago_is_not_asked_again(
    fresh: Freshness, source: Source, clock: Clock
) -> None:
    for _ in range(100):
        clock.now += OLDEST_SECONDS / 100
        assert fresh()
    assert 1 <= source.asked <= 3


def test_how_old_it_is_counts_from_the_question_not_from_the_answer(
    fresh: Freshness, source: Source, clock: Clock
) -> None:
    class Slow(deque[list[Changed] | Exception]):
        def popleft(self) -> list[Changed] | Exception:
            clock.now += 2 * OLDEST_SECONDS
            return super().popleft()

    source.told = Slow([[]])
    clock.now += 1
    assert not fresh()


def test_a_broken_connection_is_not_fresh_until_it_is_made_anew(
    fresh: Freshness, source: Source, memory: Memory[Any], clock: Clock
) -> None:
    keep(memory)
    source.told.append(UnavailableError("gone"))
    clock.now += 0.1
    assert not fresh()
    assert not fresh.is_connected
    clock.now += 0.1
    assert not fresh()
    assert source.connected == 1
    clock.now += 1
    assert fresh()
    assert source.connected == 2
    assert memory.get("one") is None


def test_where_no_more_is_told_the_connection_is_made_anew(
    memory: Memory[Any], clock: Clock
) -> None:
    followed = Freshness(memory, lambda: iter([[EVERYTHING]]))
    followed.start()
    assert followed()
    clock.now += 1
    assert not followed()
    clock.now += 1
    assert followed()


def test_while_one_asks_the_others_go_on_for_as_long_as_they_may(
    fresh: Freshness, source: Source, clock: Clock
) -> None:
    source.hold.clear()
    with ThreadPoolExecutor(1) as asking:
        clock.now += 0.6 * OLDEST_SECONDS
        first = asking.submit(fresh)
        while source.asked == 0:
            time.sleep(0.001)
        assert fresh()  # and does not wait
        clock.now += 0.6 * OLDEST_SECONDS
        assert not fresh()
        source.hold.set()
        assert first.result(5)


def test_many_who_come_at_once_ask_once(fresh: Freshness, source: Source, clock: Clock) -> None:
    clock.now += 1
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lambda _: fresh(), range(100)))
    assert source.asked == 1


def test_a_link_belongs_to_the_article_that_it_leads_from() -> None:
    assert tags_of(("links", "a:b:page")) == (("links", "a"), ("links", "*"))
    assert tags_of(("articles", "a")) == (("articles", "a"), ("articles", "*"))


def test_a_request_that_cannot_hear_of_changes_is_named_in_the_log(
    memory: Memory[Memo], source: Source, clock: Clock
) -> None:
    followed = Freshness(memory, source)
    followed.start()
    source.told.append(UnavailableError("away"))
    with structlog.testing.capture_logs() as lines:
        assert followed("first")
        clock.now += OLDEST_SECONDS
        assert not followed("second")
    [line] = lines
    assert line["request_id"] == "second"
