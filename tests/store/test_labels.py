from collections.abc import Iterator

import pytest

from store import labels, publication
from store.client import Database
from tests.store import documents
from tests.store.documents import article


@pytest.fixture(autouse=True)
def stored(db: Database) -> None:
    world = {"id": "world", "name": "World"}
    for document in (
        article(1, hashtags=documents.labels("Seoul", "AI"), category=world),
        article(2, hashtags=documents.labels("SEOUL", "서울"), category=world),
        article(3, category={"id": "politics", "name": "Politics"}),
        article(4),
    ):
        publication.insert(db, document)


AI, SEOUL, HANGUL = (
    {"id": "ai", "name": "AI", "articles_count": 1},
    {"id": "seoul", "name": "SEOUL", "articles_count": 2},
    {"id": "서울", "name": "서울", "articles_count": 1},
)


def test_each_hashtag_comes_once_by_id_with_one_spelling_and_its_count(db: Database) -> None:
    assert labels.page(db, "hashtags") == [AI, SEOUL, HANGUL]


def test_categories_come_likewise(db: Database) -> None:
    assert labels.page(db, "category") == [
        {"id": "politics", "name": "Politics", "articles_count": 1},
        {"id": "world", "name": "World", "articles_count": 2},
    ]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_paging_yields_every_label_once(db: Database, size: int) -> None:
    def walk() -> Iterator[dict[str, object]]:
        after = None
        while found := labels.page(db, "hashtags", after=after, limit=size):
            assert len(found) <= size
            yield from found
            after = found[-1]["id"]

    assert list(walk()) == [AI, SEOUL, HANGUL]


def test_a_page_may_begin_after_a_label_that_is_not_there(db: Database) -> None:
    assert labels.page(db, "hashtags", after="b") == [SEOUL, HANGUL]
    assert labels.page(db, "category", after="z") == []
