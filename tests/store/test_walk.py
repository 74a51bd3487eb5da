from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import walk as walks
from store.client import Document
from store.position import Position
from store.walk import Walked, position_of, walk
from tests.store.documents import hours


class Shelf:
    """A list of so many items, of which every so many-th belongs to what is looked for."""

    def __init__(self, size: int, step: int) -> None:
        self.items = [
            {"id": f"{number:032x}", "listed_at": hours(number)} for number in range(size)
        ]
        self.fetched: list[int] = []
        self._step = step

    def fetch(self, after: Position | None, size: int) -> list[Document]:
        self.fetched.append(size)
        start = 0 if after is None else 1 + [position_of(item) for item in self.items].index(after)
        return self.items[start : start + size]

    def keep(self, batch: Sequence[Document]) -> list[Document]:
        return [item for item in batch if self.belongs(item)]

    def belongs(self, item: Document) -> bool:
        return bool(self._step) and int(item["id"], 16) % self._step == 0

    def walk(self, limit: int, after: Position | None = None) -> Walked:
        return walk(self.fetch, self.keep, after=after, limit=limit)


@given(size=st.integers(0, 70), step=st.integers(0, 9), limit=st.integers(1, 30))
def test_walks_meet_everything_that_belongs_once(size: int, step: int, limit: int) -> None:
    shelf = Shelf(size, step)
    found: list[Document] = []
    after: Position | None = None
    while True:
        walked = shelf.walk(limit, after)
        found += walked.items
        if walked.stopped_at is None:
            break
        assert len(walked.items) == limit, "a walk stops early only when its time is up"
        after = walked.stopped_at
    assert found == list(filter(shelf.belongs, shelf.items))


@pytest.mark.parametrize(
    ("size", "limit", "more"), [(5, 5, False), (6, 5, True), (0, 5, False), (21, 20, True)]
)
def test_a_walk_goes_on_only_where_something_follows(size: int, limit: int, more: bool) -> None:
    walked = Shelf(size, 1).walk(limit)
    assert (walked.stopped_at is not None) is more
    assert len(walked.items) == min(size, limit)


def test_a_walk_that_finds_all_it_wants_at_once_reads_once() -> None:
    shelf = Shelf(500, 1)
    shelf.walk(20)
    assert shelf.fetched == [21]


def test_batches_grow_while_little_is_found_and_no_further_than_the_largest() -> None:
    shelf = Shelf(3_000, 0)
    assert shelf.walk(20) == Walked([], None)
    assert shelf.fetched[:3] == [21, 42, 84]
    assert max(shelf.fetched) == walks._LARGEST


def test_a_walk_that_finds_little_ends_in_time_and_can_be_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(walks, "SECONDS", -1.0)
    shelf = Shelf(100, 30)
    found: list[Document] = []
    after: Position | None = None
    stops = 0
    while True:
        walked = shelf.walk(2, after)
        found += walked.items
        if walked.stopped_at is None:
            break
        after = walked.stopped_at
        stops += 1
    assert stops > 1
    assert found == list(filter(shelf.belongs, shelf.items))
