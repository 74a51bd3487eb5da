from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from desk.newsroom import Newsroom
from settings import Settings
from store import articles, groups
from store.client import Database
from tests.api.asking import ID, ask, pages, problem, walk
from tests.news import EVENTS, MONDAY, all_news, news
from tests.samples import draft

Ids = dict[str, str]


@pytest.fixture
def client(settings: Settings, mongod_db: Database) -> FlaskClient:
    return create_app(settings, mongod_db).test_client()


@pytest.fixture
def ids(mongod_db: Database) -> Ids:
    with Newsroom(mongod_db) as newsroom:
        return {name: newsroom.publish(each).article_id for name, each in all_news().items()}


def story_of(client: FlaskClient, ids: Ids, name: str) -> str:
    story_id = ask(client, f"/v1/articles/{ids[name]}")["story"]
    assert isinstance(story_id, str)
    return story_id


def test_stories_are_listed_with_the_latest_news_first(client: FlaskClient, ids: Ids) -> None:
    listed = ask(client, "/v1/stories")
    assert listed.keys() == {"data", "next"}
    assert len(listed["data"]) == len(EVENTS)
    latest = [story["latest_at"] for story in listed["data"]]
    assert latest == sorted(latest, reverse=True)
    for story in listed["data"]:
        assert story.keys() == {
            "id", "title", "articles_count", "sources", "first_at", "latest_at", "links"
        }  # fmt: skip


@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_pages_of_stories_join_to_the_whole(client: FlaskClient, ids: Ids, limit: int) -> None:
    whole = ask(client, "/v1/stories")["data"]
    found = pages(client, f"/v1/stories?limit={limit}")
    assert [story for page in found for story in page] == whole


def test_a_story_alone_is_the_one_in_the_list_and_has_its_articles(
    client: FlaskClient, ids: Ids
) -> None:
    listed = {story["id"]: story for story in ask(client, "/v1/stories")["data"]}
    for event, members in EVENTS.items():
        story = ask(client, f"/v1/stories/{story_of(client, ids, members[0])}")
        found = story.pop("articles")
        assert story == listed[story["id"]]
        names = {name for name in ids if name.split()[0] == event}
        assert {article["id"] for article in found} == {ids[name] for name in names}
        times = [article["published_at"] for article in found]
        assert times == sorted(times, reverse=True)
        assert story["articles_count"] == len(found)
        assert (story["title"], story["latest_at"]) == (found[0]["title"], times[0])
        assert story["first_at"] == times[-1]
        assert {each["name"] for each in story["sources"]} == {
            all_news()[name]["source"] for name in names
        }
        for article in found:
            alone = ask(client, article["links"]["self"])
            assert article == {name: alone[name] for name in article}
            assert article["story"] == story["id"]


def test_the_articles_of_a_story_are_a_list_like_any_other(client: FlaskClient, ids: Ids) -> None:
    story_id = story_of(client, ids, "ferry fire")
    place = ask(client, f"/v1/stories/{story_id}")["links"]["articles"]
    whole = ask(client, place)["data"]
    assert whole == ask(client, f"/v1/stories/{story_id}")["articles"]
    assert walk(client, f"{place}?limit=1") == [article["id"] for article in whole]
    for query, expected in (
        ("q=recordings", {"ferry inquiry"}),
        ("q=solvane&sort=relevance", {"ferry fire", "ferry rescue", "ferry inquiry",
                                      "ferry reprint"}),
        ("q=torland", set()),
        ("source=northern-wire", {"ferry rescue"}),
        ("exclude_source=evening-copy,harbour-post", {"ferry rescue", "ferry inquiry"}),
        ("published_from=2025-06-17", {"ferry inquiry"}),
        ("language=ko", set()),
    ):  # fmt: skip
        found = walk(client, f"{place}?{query}&limit=2")
        assert len(found) == len(set(found))
        assert set(found) == {ids[name] for name in expected}, query
        assert ask(client, f"{place}?{query}&count=true")["total"] == len(expected)
    distinct = ask(client, f"{place}?distinct=true&fields=id")["data"]
    assert len(distinct) == len(whole) - 1


def test_a_story_keeps_its_id_as_it_grows_and_shows_what_is_new_at_once(
    client: FlaskClient, mongod_db: Database
) -> None:
    first, second, third = EVENTS["probe"]
    with Newsroom(mongod_db) as newsroom:
        ids = {first: newsroom.publish(news(first)).article_id}
        assert ask(client, f"/v1/articles/{ids[first]}")["story"] is None
        assert ask(client, "/v1/stories")["data"] == []
        newsroom.publish(news(second))
        story_id = story_of(client, ids, first)
        before = ask(client, f"/v1/stories/{story_id}")
        newsroom.publish(news(third))
    after = ask(client, f"/v1/stories/{story_id}")
    assert (before["articles_count"], after["articles_count"]) == (2, 3)
    assert (before["title"], after["title"]) == (news(second)["title"], news(third)["title"])
    assert after["first_at"] == before["first_at"]


def test_what_an_article_belongs_to_changes_when_it_says_it_changed(
    client: FlaskClient, mongod_db: Database
) -> None:
    with Newsroom(mongod_db) as newsroom:
        one = newsroom.publish(news("ferry fire")).article_id
        mongod_db["articles"].update_one(
            {"_id": one}, {"$set": {"updated_at": MONDAY, "created_at": MONDAY}}
        )
        place = f"/v1/articles/{one}"
        seen = client.get(place).headers["Last-Modified"]
        newsroom.publish(news("ferry rescue"))
    assert articles.find(mongod_db, one)["grouped_at"] > MONDAY
    assert client.get(place, headers={"If-Modified-Since": seen}).status_code == 200


def test_a_story_of_articles_nobody_dated_has_no_times(
    client: FlaskClient, mongod_db: Database
) -> None:
    with Newsroom(mongod_db) as newsroom:
        for name in EVENTS["ferry"][:2]:
            newsroom.publish(news(name, published_at=None))
        for name in EVENTS["rate"][:2]:
            newsroom.publish(news(name))
    dated, undated = pages(client, "/v1/stories?limit=1")
    assert dated[0]["latest_at"]
    assert (undated[0]["first_at"], undated[0]["latest_at"]) == (None, None)


def test_a_source_that_is_not_stored_is_shown_by_its_id_and_none_not_at_all(
    client: FlaskClient, mongod_db: Database
) -> None:
    with Newsroom(mongod_db) as newsroom:
        one = newsroom.publish(news("rate cut", source=None)).article_id
        newsroom.publish(news("rate markets"))
    story_id = story_of(client, {"rate cut": one}, "rate cut")
    place = f"/v1/stories/{story_id}"
    assert ask(client, place)["sources"] == [{"id": "northern-wire", "name": "Northern Wire"}]
    mongod_db["sources"].delete_many({})
    assert ask(client, place)["sources"] == [{"id": "northern-wire", "name": "northern-wire"}]


@pytest.mark.parametrize("below", ["", "/articles", "/articles?q=ferry"])
@pytest.mark.parametrize("name", [ID, "nonsense"])
def test_an_unknown_story_is_not_found(client: FlaskClient, name: str, below: str) -> None:
    found = problem(client.get(f"/v1/stories/{name}{below}"), 404)
    assert found["detail"] == "There is no such story."


@pytest.mark.parametrize(
    ("query", "field"), [("limit=0", "limit"), ("cursor=x", "cursor"), ("q=ferry", "q")]
)
def test_what_cannot_be_asked_of_stories_is_named(
    client: FlaskClient, query: str, field: str
) -> None:
    found: dict[str, Any] = problem(client.get(f"/v1/stories?{query}"), 400)
    assert [error["field"] for error in found["errors"]] == [field]


def test_a_story_of_many_articles_shows_the_newest_hundred(
    client: FlaskClient, mongod_db: Database
) -> None:
    with Newsroom(mongod_db) as newsroom:
        ids = [newsroom.publish(news(name)).article_id for name in EVENTS["rate"]]
        story_id = story_of(client, {"": ids[0]}, "")
        # What the story has is asked of its articles, however they came to it.
        more = [
            newsroom.publish(
                draft(f"{n}", body_text="", published_at=MONDAY - timedelta(hours=n))
            ).article_id
            for n in range(100)
        ]
    groups.assign(mongod_db, copies={}, story=dict.fromkeys(more, story_id))
    found = ask(client, f"/v1/stories/{story_id}")["articles"]
    assert len(found) == 100
    assert [article["id"] for article in found[:3]] == sorted(
        ids, key=lambda id_: articles.find(mongod_db, id_)["listed_at"], reverse=True
    )
    assert len(walk(client, f"/v1/stories/{story_id}/articles")) == 103
