from typing import Any

import pytest

from desk.edit import as_draft, edit, patched
from desk.newsroom import Newsroom
from desk.publish import now
from desk.revisions import compare, find, page
from store import articles
from store.client import Database
from store.errors import NotFoundError
from tests.samples import draft


@pytest.fixture
def article_id(mongod_db: Database) -> str:
    """An article that was changed twice."""
    with Newsroom(mongod_db) as newsroom:
        article_id = newsroom.publish(draft(title="First", body_text="One.\n\nTwo.")).article_id
        for changes in ({"title": "Second", "authors": ["Kim"]}, {"body_text": "One.\n\nThree."}):
            change(mongod_db, newsroom, article_id, changes)
    return article_id


def change(db: Database, newsroom: Newsroom, article_id: str, changes: dict[str, Any]) -> None:
    stored = articles.find(db, article_id)
    wanted = edit(stored, patched(as_draft(stored), changes), changes, now())
    assert newsroom.edit(stored, wanted).status == "changed"


def test_every_revision_can_be_read(mongod_db: Database, article_id: str) -> None:
    titles = [find(mongod_db, article_id, number)["title"] for number in (1, 2, 3)]
    assert titles == ["First", "Second", "Second"]
    for number in (0, 4):
        with pytest.raises(NotFoundError):
            find(mongod_db, article_id, number)


def test_revisions_are_listed_from_the_newest_on(mongod_db: Database, article_id: str) -> None:
    def numbers(below: int | None = None, limit: int = 20) -> list[int]:
        found = page(mongod_db, article_id, below=below, limit=limit)
        return [each["revision"] for each in found]

    assert numbers() == [3, 2, 1]
    assert numbers(limit=1) == [3]
    assert numbers(limit=2) == [3, 2]
    assert numbers(below=3) == [2, 1]
    assert numbers(below=1) == []
    assert numbers(below=9) == [3, 2, 1]


def test_two_revisions_are_compared_field_by_field(mongod_db: Database, article_id: str) -> None:
    newest = compare(mongod_db, article_id)
    assert (newest["from_"], newest["to"]) == (2, 3)
    assert newest["changes"] == [
        {
            "field": "body_text",
            "parts": [
                {"op": "same", "text": "One."},
                {"op": "removed", "text": "Two."},
                {"op": "added", "text": "Three."},
            ],
        }
    ]
    first = compare(mongod_db, article_id, to=2)["changes"]
    assert first == [
        {"field": "title", "before": "First", "after": "Second"},
        {"field": "authors", "before": [], "after": ["Kim"]},
    ]
    both = compare(mongod_db, article_id, 1, 3)["changes"]
    assert [each["field"] for each in both] == ["title", "authors", "body_text"]


def test_revisions_are_compared_in_either_direction(mongod_db: Database, article_id: str) -> None:
    assert compare(mongod_db, article_id, 2, 1)["changes"] == [
        {"field": "title", "before": "Second", "after": "First"},
        {"field": "authors", "before": ["Kim"], "after": []},
    ]
    assert compare(mongod_db, article_id, 2, 2)["changes"] == []


@pytest.mark.parametrize(("from_", "to"), [(4, None), (None, 1), (1, 9), (0, 2)])
def test_what_cannot_be_compared_is_not_there(
    mongod_db: Database, article_id: str, from_: int | None, to: int | None
) -> None:
    with pytest.raises(NotFoundError):
        compare(mongod_db, article_id, from_, to)
