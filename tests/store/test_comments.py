from collections.abc import Iterator

import pytest

from store import comments
from store.client import Database
from tests.store.documents import comment, hours

ONE, TWO, THREE = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture(autouse=True)
def stored(db: Database) -> None:
    db["comments"].insert_many(
        [
            comment(5, ONE),
            comment(1, ONE, parent_id=f"{5:032x}"),
            comment(2, TWO),
            comment(3, ONE, status="pending"),
            comment(4, ONE, created_at=hours(5)),
            comment(6, ONE, created_at=hours(5)),
        ]
    )


def walk(db: Database, size: int) -> Iterator[int]:
    after = None
    while found := comments.page(db, ONE, after=after, limit=size):
        yield from (int(document["id"], 16) for document in found)
        after = (found[-1]["created_at"], found[-1]["id"])


@pytest.mark.parametrize("size", [1, 2, 3, 4, 20])
def test_visible_comments_come_once_each_the_oldest_first(db: Database, size: int) -> None:
    assert list(walk(db, size)) == [1, 4, 5, 6]


def test_a_comment_comes_as_it_is_stored(db: Database) -> None:
    [found] = comments.page(db, TWO)
    expected = comment(2, TWO)
    assert found == {"id": expected.pop("_id")} | expected


def test_the_comments_on_many_articles_come_by_article(db: Database) -> None:
    threads = comments.on_many(db, [ONE, TWO, THREE], limit=3)
    assert [document["text"] for document in threads[ONE]] == [
        "Comment 1",
        "Comment 4",
        "Comment 5",
    ]
    assert [document["text"] for document in threads[TWO]] == ["Comment 2"]
    assert threads[THREE] == []
