import threading
from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest

from api import freshness
from api.freshness import Freshness, tags_of
from api.memory import Memory
from store.changes import EVERYTHING, Changed
from store.errors import UnavailableError


class Source:
    """Changes as a test tells them; an exception breaks the connection."""

    def __init__(self) -> None:
        self.told: Queue[list[Changed] | Exception] = Queue()
        self.taken = threading.Semaphore(0)

    def __call__(self) -> Iterator[list[Changed]]:
        while True:
            item = self.told.get()
            if isinstance(item, Exception):
                raise item
            yield item
            self.taken.release()

    def tell(self, changes: list[Changed]) -> None:
        """Tell it and wait until it has been taken to heart."""
        self.told.put(changes)
        assert self.taken.acquire(timeout=5)


class Memo:
    size = 1


@pytest.fixture
def memory() -> Memory[Any]:
    return Memory(100)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def fresh(memory: Memory[Any], source: Source, monkeypatch: pytest.MonkeyPatch) -> Freshness:
    monkeypatch.setattr(freshness, "_PAUSE_SECONDS", 0.01)
    followed = Freshness(memory, source)
    followed.start()
    return followed


def keep(memory: Memory[Any]) -> None:
    assert memory.put("one", Memo(), [("articles", "1")], memory.now)


def test_before_the_first_word_nothing_is_fresh(fresh: Freshness) -> None:
    assert not fresh()


def test_once_connected_it_is_fresh_and_what_was_kept_before_is_gone(
    fresh: Freshness, source: Source, memory: Memory[Any]
) -> None:
    keep(memory)
    source.tell([])
    source.told.put([])
    source.taken.acquire(timeout=5)
    assert fresh()
    assert memory.get("one") is None


def test_a_change_takes_its_answers_away(
    fresh: Freshness, source: Source, memory: Memory[Any]
) -> None:
    source.tell([])
    keep(memory)
    source.tell([("articles", "2")])
    assert memory.get("one")
    source.tell([("articles", "1")])
    assert memory.get("one") is None


def test_when_anything_may_have_changed_all_is_gone(
    fresh: Freshness, source: Source, memory: Memory[Any]
) -> None:
    source.tell([])
    keep(memory)
    source.tell([EVERYTHING])
    assert memory.get("one") is None


def test_a_broken_connection_is_not_fresh_until_it_is_made_anew(
    fresh: Freshness, source: Source, memory: Memory[Any]
) -> None:
    source.tell([])
    keep(memory)
    source.told.put(UnavailableError("gone"))
    source.tell([])
    assert memory.get("one") is None


def test_silence_for_too_long_is_not_fresh(
    fresh: Freshness, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.tell([])
    source.tell([])
    assert fresh()
    monkeypatch.setattr(freshness, "_PATIENCE_SECONDS", 0.0)
    assert not fresh()


def test_a_link_belongs_to_the_article_that_it_leads_from() -> None:
    assert tags_of(("links", "a:b:page")) == (("links", "a"), ("links", "*"))
    assert tags_of(("articles", "a")) == (("articles", "a"), ("articles", "*"))
