from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.freshness import tags_of
from desk.publish import publish
from schemas.source import FEED_STATES
from seed.watch.polling import Failed, Gone, Outcome, Well, after
from store import feeds, sources
from store.client import Database
from tests.api.asking import ask, problem, walk
from tests.samples import draft

FIELDS = {
    "id", "name", "url", "country", "language", "category", "description", "feeds",
    "articles_count", "latest_at",
}  # fmt: skip


def test_a_source_says_all_there_is_to_say(client: FlaskClient, published: dict[str, str]) -> None:
    assert ask(client, "/v1/sources/korea-herald") == {
        "id": "korea-herald",
        "name": "Korea Herald",
        "url": None,
        "country": None,
        "language": None,
        "category": None,
        "description": None,
        "feeds": [],
        "feeds_health": [],
        "articles_count": 2,
        "latest_at": "2025-06-16T08:00:00Z",
    }


def test_what_is_known_of_a_source_is_shown(
    client: FlaskClient, published: dict[str, str], memory_db: Database
) -> None:
    known = {
        "url": "https://www.koreaherald.com",
        "country": "KR",
        "language": "en",
        "category": "general",
        "description": "A daily.",
        "feeds": ["https://www.koreaherald.com/rss"],
    }
    memory_db["sources"].update_one({"_id": "korea-herald"}, {"$set": known})
    source = ask(client, "/v1/sources/korea-herald")
    assert {name: source[name] for name in known} == known


def test_sources_are_listed_by_id_with_their_counts(
    client: FlaskClient, published: dict[str, str]
) -> None:
    listed = ask(client, "/v1/sources")
    assert listed.keys() == {"data", "next"}
    assert [source["id"] for source in listed["data"]] == ["korea-herald", "lnhr", "the-times"]
    assert all(source.keys() == FIELDS for source in listed["data"])
    for source in listed["data"]:
        alone = ask(client, f"/v1/sources/{source['id']}")
        assert alone == source | {"feeds_health": []}


def test_a_source_without_dated_articles_has_no_latest_time(
    client: FlaskClient, memory_db: Database
) -> None:
    publish(memory_db, draft(published_at=None, published=None))
    source = ask(client, "/v1/sources/korea-herald")
    assert (source["articles_count"], source["latest_at"]) == (1, None)


def test_a_source_without_articles_counts_none(client: FlaskClient, memory_db: Database) -> None:
    memory_db["sources"].insert_one({"_id": "quiet", "name": "Quiet", "feeds": []})
    source = ask(client, "/v1/sources/quiet")
    assert (source["articles_count"], source["latest_at"]) == (0, None)


FEEDS = ["https://www.koreaherald.com/rss", "https://www.koreaherald.com/rss/old"]
UNKNOWN = {
    "state": "pending",
    "last_ok_at": None,
    "last_new_at": None,
    "next_at": None,
    "failures": 0,
    "last_error": None,
}


@pytest.fixture
def fed(published: dict[str, str], memory_db: Database) -> Database:
    """The Korea Herald has feeds, which are watched."""
    memory_db["sources"].update_one({"_id": "korea-herald"}, {"$set": {"feeds": FEEDS}})
    feeds.enrol(memory_db, sources.feeds(memory_db), dict.fromkeys(FEEDS, ""))
    return memory_db


def poll(db: Database, url: str, outcome: Outcome) -> None:
    """Write down a poll, as a watcher does."""
    feed = db["feeds"].find_one({"_id": url})
    assert feed
    now, shortest = datetime(2025, 6, 16, 8, tzinfo=UTC), timedelta(minutes=5)
    values = after(feed, outcome, now, shortest=shortest, chance=0.0)
    assert feeds.note(db, feed | {"id": url}, values)


def test_a_source_says_how_its_feeds_fare(client: FlaskClient, fed: Database) -> None:
    place = "/v1/sources/korea-herald"
    assert ask(client, place)["feeds_health"] == [{"url": url, **UNKNOWN} for url in FEEDS]
    poll(fed, FEEDS[0], Well(news=True))
    poll(fed, FEEDS[1], Failed("the server answered 500"))
    assert ask(client, place)["feeds_health"] == [
        {
            "url": FEEDS[0],
            "state": "active",
            "last_ok_at": "2025-06-16T08:00:00Z",
            "last_new_at": "2025-06-16T08:00:00Z",
            "next_at": "2025-06-16T08:05:00Z",
            "failures": 0,
            "last_error": None,
        },
        {
            "url": FEEDS[1],
            "state": "failing",
            "last_ok_at": None,
            "last_new_at": None,
            "next_at": "2025-06-16T08:05:00Z",
            "failures": 1,
            "last_error": "the server answered 500",
        },
    ]
    poll(fed, FEEDS[1], Gone("the server answered 410"))
    [_, gone] = ask(client, place)["feeds_health"]
    assert (gone["state"], gone["next_at"]) == ("gone", None)


def test_a_source_in_a_list_or_an_article_does_not_say_how_its_feeds_fare(
    client: FlaskClient, fed: Database
) -> None:
    assert all("feeds_health" not in each for each in ask(client, "/v1/sources")["data"])
    listed = ask(client, "/v1/articles?include=source&source=korea-herald")["data"]
    assert [each["source"].keys() for each in listed] == [FIELDS, FIELDS]


def test_a_poll_takes_the_answers_about_its_own_source_from_memory(
    app: Flask, client: FlaskClient, fed: Database
) -> None:
    delivery: Any = app.wsgi_app
    delivery._is_fresh = lambda _: True
    herald, times = "/v1/sources/korea-herald", "/v1/sources/the-times"

    def hits() -> list[bool]:
        return ["hit" in client.get(each).headers["Cache-Status"] for each in (herald, times)]

    assert hits() == [False, False]
    assert hits() == [True, True]
    delivery._memory.change(tags_of(("feeds", FEEDS[1])))
    assert hits() == [False, True]


def test_the_states_of_a_feed_are_those_that_a_watcher_gives() -> None:
    assert FEED_STATES == (feeds.PENDING, feeds.ACTIVE, feeds.FAILING, feeds.GONE)


@pytest.mark.parametrize(
    "query",
    ["", "hashtag=diplomacy&limit=1", "count=true", "sort=published_at", "fields=id,body_text",
     "include=source,related,comments&limit=1", "language=en", "category=politics",
     "published_from=2025-06-14", "published_to=2025-06-14"],
)  # fmt: skip
def test_the_articles_of_a_source_are_those_that_the_filter_gives(
    client: FlaskClient, published: dict[str, str], query: str
) -> None:
    below = ask(client, f"/v1/sources/korea-herald/articles?{query}")
    filtered = ask(client, f"/v1/articles?source=korea-herald&{query}")
    assert below["data"] == filtered["data"] != []
    assert below.get("total") == filtered.get("total")


def test_the_articles_of_a_source_can_be_walked(
    client: FlaskClient, published: dict[str, str]
) -> None:
    found = walk(client, "/v1/sources/korea-herald/articles?limit=1")
    assert found == [published["talks"], published["poll"]]


@pytest.mark.parametrize("below", ["", "/articles"])
def test_an_unknown_source_is_not_found(
    client: FlaskClient, published: dict[str, str], below: str
) -> None:
    for name in ("nobody", "Korea%20Herald", "%00", "no--body"):
        found = problem(client.get(f"/v1/sources/{name}{below}"), 404)
        assert found["detail"] == "There is no such source."


@pytest.mark.parametrize("name", ["source", "exclude_source"])
def test_the_articles_of_a_source_take_no_other_sources(
    client: FlaskClient, published: dict[str, str], name: str
) -> None:
    answer = client.get(f"/v1/sources/korea-herald/articles?{name}=the-times")
    assert [error["field"] for error in problem(answer, 400)["errors"]] == [name]
