from typing import Any

import pytest

from store import groups, publication, stories
from store.articles import UNDATED
from store.client import Database, Document
from store.errors import NotFoundError
from store.position import Position
from tests.store.documents import article, hours

STORY, OTHER = "a" * 32, "b" * 32


def add(db: Database, number: int, story: str | None = STORY, **values: Any) -> None:
    told = {"story": story} if story else {}
    publication.insert(db, article(number, **told, **values))


def refreshed(db: Database, story_id: str = STORY) -> Document:
    stories.refresh(db, [story_id])
    return stories.find(db, story_id)


def test_a_story_is_counted_from_its_articles(mongod_db: Database) -> None:
    add(mongod_db, 1, source={"id": "zeit", "name": "Zeit"})
    add(mongod_db, 2)
    add(mongod_db, 3)
    add(mongod_db, 4, OTHER)
    assert refreshed(mongod_db) == {
        "id": STORY,
        "articles_count": 3,
        "first_at": hours(1),
        "latest_at": hours(3),
        "newest": f"{3:032x}",
        "sources": ["bbc", "zeit"],
    }


def test_articles_nobody_dated_do_not_stretch_a_story(mongod_db: Database) -> None:
    add(mongod_db, 1, published_at=None)
    add(mongod_db, 2)
    story = refreshed(mongod_db)
    assert (story["first_at"], story["latest_at"]) == (hours(2), hours(2))
    add(mongod_db, 3, OTHER, published_at=None)
    add(mongod_db, 4, OTHER, published_at=None)
    story = refreshed(mongod_db, OTHER)
    assert (story["first_at"], story["latest_at"]) == (None, UNDATED)


def test_counting_again_changes_nothing_and_a_new_article_is_counted_in(
    mongod_db: Database,
) -> None:
    add(mongod_db, 1)
    add(mongod_db, 2)
    assert refreshed(mongod_db) == refreshed(mongod_db)
    add(mongod_db, 3)
    assert refreshed(mongod_db)["articles_count"] == 3


@pytest.mark.parametrize("number", [0, 1])
def test_fewer_than_two_articles_are_no_story(mongod_db: Database, number: int) -> None:
    for each in range(number):
        add(mongod_db, each)
    with pytest.raises(NotFoundError, match="story"):
        refreshed(mongod_db)


def test_a_story_that_too_few_are_left_of_is_none(mongod_db: Database) -> None:
    for number in (1, 2, 3):
        add(mongod_db, number)
    refreshed(mongod_db)
    groups.assign(mongod_db, copies={}, story={f"{3:032x}": None})
    assert refreshed(mongod_db)["latest_at"] == hours(2)
    groups.assign(mongod_db, copies={}, story={f"{2:032x}": None})
    for _ in range(2):
        with pytest.raises(NotFoundError):
            refreshed(mongod_db)


def test_stories_come_with_the_latest_news_first_page_by_page(mongod_db: Database) -> None:
    ids = [f"{number:032x}" for number in range(5)]
    for number, story_id in enumerate(ids):
        for each in (0, 1):
            # Two stories of one moment each, so that only their ids tell them apart.
            add(mongod_db, 10 * number + each, story_id, published_at=hours(number // 2 + each))
        stories.refresh(mongod_db, [story_id])
    found: list[str] = []
    after: Position | None = None
    while page := stories.page(mongod_db, after=after, limit=2):
        found += [story["id"] for story in page]
        after = page[-1]["latest_at"], page[-1]["id"]
    assert found == ids[::-1]
