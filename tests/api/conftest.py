"""An app over a database in memory, a client of it, and a few articles published."""

import os
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.__main__ import main
from api.app import create_app
from desk.publish import link, publish
from settings import Settings
from store.client import Database
from tests.api.asking import Called, Command
from tests.samples import draft

STORY = "5" * 32


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What an operator gets who decides nothing."""
    for name in os.environ:
        if name.startswith(("BYLINE_", "MONGODB_")):
            monkeypatch.delenv(name)
    return Settings.from_env()


@pytest.fixture
def app(settings: Settings, memory_db: Database) -> Flask:
    return create_app(settings, memory_db)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: Settings,
    elsewhere: dict[str, str],
) -> Command:
    """Call `python -m api` in this process, on the database of the test."""
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> Called:
        capsys.readouterr()
        return Called(main(arguments), *capsys.readouterr())

    return call


@pytest.fixture
def published(memory_db: Database) -> dict[str, str]:
    """Five articles: the id of each by a short name. `talks` is related to three others.

    Two of them are a story; its id is beside theirs.
    """
    drafts = {
        "talks": draft(
            "Ties grow closer",
            url="https://news.example/ties",
            image_url="https://news.example/ties.jpg",
            authors=["Kim Min-ji", "Lee Joon"],
            category="Politics",
            hashtags=["Seoul", "Diplomacy"],
        ),
        "match": draft(
            "Match ends level",
            source="The Times",
            category="Sport",
            hashtags=["Football", "SEOUL"],
            published_at=datetime(2025, 6, 15, 8, tzinfo=UTC),
        ),
        "summit": draft(
            "قمة في بيروت",
            source="النهار",
            category="politics",
            language="ar",
            published_at=datetime(2025, 6, 14, 23, 59, 59, 500_000, tzinfo=UTC),
        ),
        "notice": draft("A notice", source=None, published_at=None, published=None, language=None),
        "poll": draft(
            "Poll opens",
            hashtags=["Diplomacy"],
            language="ko",
            published_at=datetime(2025, 6, 13, tzinfo=UTC),
        ),
    }
    ids = {name: publish(memory_db, values).article_id for name, values in drafts.items()}
    link(memory_db, ids["talks"], [ids["poll"], ids["talks"], ids["match"], ids["notice"]])
    # By hand: a database in memory cannot count a story.
    stories = dict.fromkeys((ids["match"], ids["poll"]), STORY)
    for article_id, story in stories.items():
        memory_db["articles"].update_one({"_id": article_id}, {"$set": {"story": story}})
    memory_db["stories"].insert_one(
        {
            "_id": STORY,
            "articles_count": 2,
            "first_at": drafts["poll"]["published_at"],
            "latest_at": drafts["match"]["published_at"],
            "newest": ids["match"],
            "sources": ["korea-herald", "the-times"],
        }
    )
    return ids | {"story": STORY}


@pytest.fixture
def commented(memory_db: Database, published: dict[str, str]) -> list[str]:
    """Three visible comments on `talks`, two of one moment, and one that is hidden: their ids."""
    ids = [f"{number:032x}" for number in range(4)]
    for number, (comment_id, hour) in enumerate(zip(ids, (3, 1, 1, 2), strict=True)):
        memory_db["comments"].insert_one(
            {
                "_id": comment_id,
                "article_id": published["talks"],
                "author": "Reader",
                "text": f"Comment {number}",
                "created_at": datetime(2025, 6, 17, hour, tzinfo=UTC),
                "status": "hidden" if number == 3 else "visible",
                "listed": number != 3,
                "parent_id": ids[0] if number == 1 else None,
                "sender": None,
                "moderated_at": None,
                "moderated_by": None,
            }
        )
    memory_db["articles"].update_one(
        {"_id": published["talks"]}, {"$set": {"comments_count": len(ids) - 1}}
    )
    return [ids[1], ids[2], ids[0]]
