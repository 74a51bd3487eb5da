from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from desk.newsroom import Newsroom
from settings import Settings
from store.client import Database
from tests.api.asking import ask
from tests.news import EVENTS, all_news, news
from tests.samples import draft

Ids = dict[str, str]

KOREAN = draft(
    "한은, 기준금리 동결",
    source="Seoul Daily",
    language="ko",
    body_text="한국은행이 오늘 기준금리를 연 3.5퍼센트로 동결했다. 물가 상승세가 둔화되었다.",
)


@pytest.fixture
def client(settings: Settings, shared_db: Database) -> Iterator[FlaskClient]:
    app: Flask = create_app(settings, shared_db)
    with app.test_client() as client:
        yield client


@pytest.fixture(scope="module")
def ids(shared_db: Database) -> Ids:
    drafts = all_news() | {"korean": KOREAN}
    with Newsroom(shared_db) as newsroom:
        return {name: newsroom.publish(each).article_id for name, each in drafts.items()}


def found(client: FlaskClient, ids: Ids, query: dict[str, Any]) -> list[str]:
    names = {id_: name for name, id_ in ids.items()}
    answer = client.get("/v1/articles", query_string={"limit": 100} | query)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return [names[article["id"]] for article in answer.json["data"]]


FERRY = {"ferry fire", "ferry rescue", "ferry inquiry", "ferry reprint"}


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("solvane", FERRY),
        ("SOLVANE ferries", FERRY),
        ('"fuel pipe"', {"ferry inquiry"}),
        ('solvane -"fuel pipe"', FERRY - {"ferry inquiry"}),
        ("solvane AND NOT helicopters", FERRY - {"ferry rescue"}),
        ("(helicopters OR recordings) solvane", {"ferry rescue", "ferry inquiry"}),
        ("금리", {"korean"}),
        ("기준금리를", {"korean"}),
        ("solvane 금리", set()),
        ("nothingofthekind", set()),
        ("🎉", set()),
    ],
)
def test_a_search_finds_what_it_asks_for(
    client: FlaskClient, ids: Ids, q: str, expected: set[str]
) -> None:
    assert set(found(client, ids, {"q": q})) == expected
    assert set(found(client, ids, {"q": q, "sort": "relevance"})) == expected
    assert set(found(client, ids, {"q": q, "sort": "published_at"})) == expected


def test_small_words_count_alone_and_in_phrases_only(client: FlaskClient, ids: Ids) -> None:
    assert set(found(client, ids, {"q": "the solvane"})) == FERRY
    assert set(found(client, ids, {"q": "the"})) == set(ids) - {"korean"}
    assert found(client, ids, {"q": '"of the coastguard slept"'}) == []
    assert "ferry rescue" in found(client, ids, {"q": '"of the coastguard"'})


def test_nothing_to_search_for_leaves_every_article(client: FlaskClient, ids: Ids) -> None:
    assert set(found(client, ids, {"q": " "})) == set(ids)
    assert set(found(client, ids, {"q": "", "sort": "relevance"})) == set(ids)


def test_a_search_looks_only_where_it_is_told_to(client: FlaskClient, ids: Ids) -> None:
    assert set(found(client, ids, {"q": "fuel pipe", "in": "title"})) == {"ferry inquiry"}
    assert set(found(client, ids, {"q": "captain", "in": "title"})) == set()
    assert set(found(client, ids, {"q": "captain", "in": "body"})) >= {"ferry fire"}
    assert found(client, ids, {"q": "recordings", "in": "title,summary"}) == []


def test_a_search_goes_with_every_other_filter(client: FlaskClient, ids: Ids) -> None:
    some = found(client, ids, {"q": "solvane", "source": "northern-wire"})
    assert some == ["ferry rescue"]
    assert found(client, ids, {"q": "solvane", "language": "ko"}) == []
    early = found(client, ids, {"q": "solvane", "published_to": "2025-06-16T12:00:00Z"})
    assert set(early) == FERRY - {"ferry inquiry"}
    assert (
        found(client, ids, {"q": "helicopters coastguard", "exclude_source": "northern-wire"}) == []
    )


@pytest.mark.parametrize("q", ["solvane", '"ferry solvane"', "solvane ferry", "-chess"])
@pytest.mark.parametrize("sort", ["-published_at", "published_at", "relevance"])
@pytest.mark.parametrize("distinct", ["true", "false"])
def test_pages_of_a_search_meet_every_match_once(
    client: FlaskClient, ids: Ids, q: str, sort: str, distinct: str
) -> None:
    query = {"q": q, "sort": sort, "distinct": distinct}
    whole = found(client, ids, query)
    walked: list[str] = []
    address: str | None = "/v1/articles?limit=1&" + "&".join(f"{k}={v}" for k, v in query.items())
    names = {id_: name for name, id_ in ids.items()}
    while address:
        page = ask(client, address.replace('"', "%22").replace(" ", "+"))
        walked += [names[article["id"]] for article in page["data"]]
        address = page["next"]
    assert walked == whole
    assert len(whole) == len(set(whole)) > 0


def test_the_most_relevant_comes_first(client: FlaskClient, ids: Ids) -> None:
    [first, *_] = found(client, ids, {"q": "fuel pipe ferry", "sort": "relevance"})
    assert first == "ferry inquiry"


@pytest.mark.parametrize("source", ["", "harbour-post", "evening-copy"])
def test_of_copies_one_is_listed_under_every_filter(
    client: FlaskClient, ids: Ids, source: str
) -> None:
    query = {"distinct": "true"} | ({"source": source} if source else {})
    listed = found(client, ids, query)
    assert len({"ferry fire", "ferry reprint"}.intersection(listed)) == 1


def test_an_article_names_its_copies(client: FlaskClient, ids: Ids) -> None:
    [copy] = ask(client, f"/v1/articles/{ids['ferry fire']}")["duplicates"]
    assert copy["id"] == ids["ferry reprint"]
    assert copy["source"]["name"] == "Evening Copy"
    assert ask(client, f"/v1/articles/{ids['chess']}")["duplicates"] == []


def test_counts_name_where_they_stop(client: FlaskClient, ids: Ids) -> None:
    answer = ask(client, "/v1/articles?q=solvane&count=true&limit=1")
    assert (answer["total"], answer["total_cap"]) == (4, 100_000)
    answer = ask(client, "/v1/articles?q=solvane+ferry&count=true&limit=1")
    assert (answer["total"], answer["total_cap"]) == (4, 100_000)
    answer = ask(client, "/v1/articles?q=%22ferry+solvane%22&count=true&limit=1")
    assert (answer["total"], answer["total_cap"]) == (4, 1_000)


def test_facets_count_what_was_found(client: FlaskClient, ids: Ids) -> None:
    answer = ask(client, "/v1/articles?q=solvane&facets=source,language,hashtag,category&limit=1")
    assert answer["facets_cap"] == 1_000
    assert {each["id"] for each in answer["facets"]["source"]} == {
        "harbour-post", "northern-wire", "the-lantern", "evening-copy"
    }  # fmt: skip
    assert [each["articles_count"] for each in answer["facets"]["language"]] == [4]
    assert answer["facets"]["category"] == answer["facets"]["hashtag"] == []


def test_highlights_show_what_was_found(client: FlaskClient, ids: Ids) -> None:
    answer = ask(client, "/v1/articles?q=%22fuel+pipe%22&highlight=true&fields=id,title")
    [article] = answer["data"]
    assert "<mark>fuel pipe</mark>" in article["highlights"]["title"][0]
    assert article.keys() == {"id", "title", "highlights"}


@pytest.mark.parametrize(
    ("q", "character"), [("a AND", 6), ('a "b', 3), ("(a", 1), ("a)", 2), ("OR a", 1), ("a%00b", 2)]
)
def test_a_search_that_cannot_be_read_is_refused_at_the_character(
    client: FlaskClient, q: str, character: int
) -> None:
    answer = client.get("/v1/articles?q=" + q.replace(" ", "+").replace('"', "%22"))
    assert answer.status_code == 400
    assert answer.json is not None
    [fault] = answer.json["errors"]
    assert fault["field"] == "q"
    assert f"(at character {character})" in fault["message"]


def test_a_story_has_its_articles_its_sources_and_its_span(client: FlaskClient, ids: Ids) -> None:
    listed = ask(client, "/v1/stories?limit=1")
    assert listed["next"]
    every = ask(client, "/v1/stories")["data"]
    assert len(every) == len(EVENTS)
    story_id = ask(client, f"/v1/articles/{ids['rate cut']}")["story"]
    story = ask(client, f"/v1/stories/{story_id}")
    assert {article["id"] for article in story["articles"]} == {
        ids[name] for name in EVENTS["rate"]
    }
    assert story["articles_count"] == len(EVENTS["rate"])
    assert story["title"] == story["articles"][0]["title"]
    assert story["first_at"] == story["articles"][-1]["published_at"]
    assert story["latest_at"] == story["articles"][0]["published_at"]
    assert {source["name"] for source in story["sources"]} == {
        news(name)["source"] for name in EVENTS["rate"]
    }
    pages = ask(client, story["links"]["articles"] + "?limit=2")
    assert [article["id"] for article in pages["data"]] == [
        article["id"] for article in story["articles"][:2]
    ]
    assert client.get(f"/v1/stories/{'0' * 32}").status_code == 404
    assert client.get(f"/v1/stories/{'0' * 32}/articles").status_code == 404
    assert client.get("/v1/stories/nonsense").status_code == 404
