from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from api.app import create_app
from api.freshness import tags_of
from api.sources import finish
from desk.publish import preview_source, publish, publish_source
from schemas.source import FEED_STATES, validate_source
from seed.watch.polling import Failed, Gone, Outcome, Well, after
from settings import Settings
from store import feeds, publication, sources
from store.client import Database, connect
from store.errors import UnavailableError
from tests.api.asking import ask, problem, said, walk
from tests.api.keyring import MODERATE, bearer, token
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
        "aliases": [],
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
        assert alone == source | {"aliases": [], "feeds_health": []}


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


PLACE = "/v1/sources"
HERALD = {
    "name": "Korea Herald",
    "url": "https://www.koreaherald.com/",
    "country": "KR",
    "language": "en",
    "feeds": FEEDS,
}
Send = Callable[..., TestResponse]


@pytest.fixture
def desk(settings: Settings, mongod_db: Database) -> FlaskClient:
    return create_app(settings, mongod_db).test_client()


@pytest.fixture
def send(desk: FlaskClient, mongod_db: Database) -> Send:
    """Send a request with a key."""
    key = bearer(token(mongod_db))

    def send(method: str, place: str, body: Any = None, tag: str | None = None) -> TestResponse:
        headers = key | ({"If-Match": tag} if tag else {})
        return desk.application.test_client().open(place, method=method, json=body, headers=headers)

    return send


@pytest.fixture
def place(send: Send) -> str:
    """Where a source is that was added."""
    answer = send("POST", PLACE, HERALD)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def etag(client: FlaskClient, place: str) -> str:
    return client.get(place).headers["ETag"]


def test_an_added_source_is_there_at_once(desk: FlaskClient, send: Send) -> None:
    answer = send("POST", PLACE, HERALD)
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{PLACE}/korea-herald")
    shown = desk.get(answer.headers["Location"])
    assert said(shown) == said(answer)
    assert shown.headers["ETag"] == answer.headers["ETag"]
    assert said(shown) == HERALD | {
        "id": "korea-herald",
        "aliases": [],
        "category": None,
        "description": None,
        "articles_count": 0,
        "latest_at": None,
        "feeds_health": [{"url": url, **UNKNOWN} for url in FEEDS],
    }


def test_what_is_known_of_a_source_can_be_said_again(send: Send, place: str) -> None:
    for known in (HERALD, {"name": "Korea Herald"}, {"name": "KOREA HERALD", "feeds": FEEDS[1:]}):
        answer = send("POST", PLACE, known)
        assert (answer.status_code, answer.headers["Location"]) == (200, place)
        assert said(answer)["name"] == "Korea Herald"


def test_saying_more_of_a_source_needs_the_form_that_it_changes(
    desk: FlaskClient, send: Send, place: str
) -> None:
    more = {"name": "Korea Herald", "category": "general", "feeds": ["https://k.example/new"]}
    problem(send("POST", PLACE, more), 409)
    problem(send("POST", PLACE, more, '"other"'), 412)
    answer = send("POST", PLACE, more, etag(desk, place))
    assert answer.status_code == 200
    assert said(answer)["category"] == "general"
    assert said(answer)["feeds"] == [*FEEDS, "https://k.example/new"]
    assert said(answer)["url"] == HERALD["url"], "what it does not say stays"


def test_a_source_that_came_with_an_article_is_completed(
    desk: FlaskClient, send: Send, mongod_db: Database
) -> None:
    publish(mongod_db, draft())
    place = f"{PLACE}/korea-herald"
    problem(send("POST", PLACE, HERALD), 409)
    answer = send("POST", PLACE, HERALD, etag(desk, place))
    assert (answer.status_code, said(answer)["feeds"]) == (200, FEEDS)
    assert said(answer)["articles_count"] == 1


def test_a_replaced_source_says_only_what_was_sent(
    desk: FlaskClient, send: Send, place: str
) -> None:
    answer = send("PUT", place, {"name": "Korea Herald", "country": "KR"}, etag(desk, place))
    assert answer.status_code == 200
    assert said(answer) == ask(desk, place)
    assert answer.headers["ETag"] == etag(desk, place)
    kept = {name: said(answer)[name] for name in ("country", "url", "language", "feeds")}
    assert kept == {"country": "KR", "url": None, "language": None, "feeds": []}


def test_a_patch_changes_only_what_it_names(desk: FlaskClient, send: Send, place: str) -> None:
    before = ask(desk, place)
    answer = send("PATCH", place, {"url": None, "category": "general"}, etag(desk, place))
    assert said(answer) == before | {"url": None, "category": "general"}


@pytest.mark.parametrize(
    ("method", "body"),
    [("PUT", HERALD | {"country": "KP"}), ("PATCH", {"country": "KP"}), ("DELETE", None)],
)
def test_a_change_needs_the_form_that_it_changes(
    desk: FlaskClient, send: Send, place: str, method: str, body: Any
) -> None:
    before = ask(desk, place)
    former = etag(desk, place)
    problem(send(method, place, body), 428)
    problem(send(method, place, body, '"0"'), 412)
    assert ask(desk, place) == before
    assert send("PATCH", place, {"category": "general"}, former).status_code == 200
    problem(send(method, place, body, former), 412)
    assert send(method, place, body, "*").status_code in {200, 204}


def test_what_changes_by_itself_keeps_nobody_from_changing_a_source(
    desk: FlaskClient, send: Send, place: str, mongod_db: Database
) -> None:
    seen = etag(desk, place)
    publish(mongod_db, draft())
    feeds.enrol(mongod_db, sources.feeds(mongod_db), dict.fromkeys(FEEDS, ""))
    poll(mongod_db, FEEDS[0], Well(news=True))
    assert etag(desk, place) != seen, "other bytes have another ETag"
    assert desk.get(place, headers={"If-None-Match": seen}).status_code == 200
    assert send("PATCH", place, {"country": "KP"}, seen).status_code == 200
    problem(send("PATCH", place, {"country": "JP"}, seen), 412)
    coded = etag(desk, place).strip('"') + "-gzip"
    assert send("PATCH", place, {"country": "JP"}, f'"{coded}"').status_code == 200


def test_a_change_that_was_made_already_is_no_failure(
    desk: FlaskClient, send: Send, place: str
) -> None:
    seen = etag(desk, place)
    first, again = (send("PATCH", place, {"country": "KP"}, seen) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert said(first) == said(again)


def test_of_two_who_change_the_same_form_at_once_one_is_refused(
    desk: FlaskClient, send: Send, place: str
) -> None:
    for turn in range(5):
        change = partial(send, "PATCH", place, tag=etag(desk, place))
        changes = [{"description": f"{turn} by {who}"} for who in range(4)]
        with ThreadPoolExecutor(4) as writers:
            answers = list(writers.map(change, changes))
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
        [won] = [said(answer) for answer in answers if answer.status_code == 200]
        assert ask(desk, place)["description"] == won["description"]


def test_of_many_who_add_one_source_at_once_one_does(desk: FlaskClient, send: Send) -> None:
    with ThreadPoolExecutor(6) as writers:
        answers = list(writers.map(lambda _: send("POST", PLACE, HERALD), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert walk(desk, PLACE) == ["korea-herald"]


def test_a_new_name_is_everywhere_and_the_old_one_still_leads_there(
    desk: FlaskClient, send: Send, place: str, mongod_db: Database
) -> None:
    article_id = publish(mongod_db, draft()).article_id
    other_id = publish(mongod_db, draft("Other", source="The Times")).article_id
    since = ask(desk, "/v1/changes?since=0")["cursor"]
    answer = send("PATCH", place, {"name": "The Korea Daily"}, etag(desk, place))
    assert (answer.status_code, said(answer)["name"]) == (200, "The Korea Daily")
    assert said(answer)["aliases"] == [], "its id leads to it already"
    named = {"id": "korea-herald", "name": "The Korea Daily"}
    assert ask(desk, f"/v1/articles/{article_id}")["source"] == named
    assert ask(desk, f"/v1/articles/{other_id}")["source"]["name"] == "The Times"
    changed = ask(desk, f"/v1/changes?since={since}")["data"]
    assert [each["id"] for each in changed] == [article_id], "who keeps a copy learns of it"
    for name in ("Korea Herald", "The Korea Daily"):
        assert publish(mongod_db, draft(source=name)).status == "unchanged"
        new = publish(mongod_db, draft(f"By {name}", source=name))
        assert ask(desk, f"/v1/articles/{new.article_id}")["source"] == named
    assert walk(desk, PLACE) == ["korea-herald", "the-times"]
    moved = desk.get(f"{PLACE}/the-korea-daily/articles?limit=1")
    assert moved.status_code == 302
    assert moved.headers["Location"] == f"{place}/articles?limit=1"
    assert send("PATCH", f"{PLACE}/the-korea-daily", {}, "*").status_code == 308


def test_an_article_is_no_newer_for_its_client_until_its_source_has_another_name(
    desk: FlaskClient, send: Send, place: str, mongod_db: Database
) -> None:
    article = f"/v1/articles/{publish(mongod_db, draft()).article_id}"
    mongod_db["articles"].update_one({}, {"$set": {"updated_at": datetime(2025, 6, 1, tzinfo=UTC)}})
    for query in ("", "?fields=source"):
        seen = desk.get(article + query).headers["Last-Modified"]
        again = {"If-Modified-Since": seen}
        assert desk.get(article + query, headers=again).status_code == 304
    send("PATCH", place, {"name": "The Korea Daily"}, "*")
    for query in ("", "?fields=source"):
        shown = desk.get(article + query, headers=again)
        assert said(shown)["source"]["name"] == "The Korea Daily"


def test_renaming_twice_keeps_every_name_and_what_is_said_of_names_goes(
    desk: FlaskClient, send: Send, place: str, mongod_db: Database
) -> None:
    send("PATCH", place, {"name": "BBC"}, "*")
    answer = send("PUT", place, HERALD | {"name": "The Korea Daily"}, "*")
    assert said(answer)["aliases"] == ["BBC"]
    problem(send("POST", PLACE, {"name": "BBC", "country": "GB"}), 409)
    assert said(send("PATCH", place, {"aliases": []}, "*"))["aliases"] == []
    assert send("POST", PLACE, {"name": "BBC"}).status_code == 201
    problem(send("PATCH", place, {"name": "BBC"}, "*"), 409)
    problem(send("PATCH", place, {"aliases": ["bbc"]}, "*"), 409)
    problem(send("POST", PLACE, {"name": "Third", "aliases": ["The Korea Daily"]}), 409)
    assert ask(desk, place)["name"] == "The Korea Daily"
    assert walk(desk, PLACE) == ["bbc", "korea-herald"]


def test_a_batch_under_another_name_of_its_source_finds_its_articles(
    desk: FlaskClient, send: Send, place: str
) -> None:
    article = {"title": "Ties", "source": "Korea Herald", "body_text": "One."}
    first = said(send("POST", "/v1/articles", article))
    send("PATCH", place, {"name": "The Korea Daily"}, "*")
    batch = [article | {"source": "The Korea Daily", "body_text": "One. Two."}]
    [refused] = said(send("POST", "/v1/articles/batch", {"articles": batch}))["results"]
    assert (refused["status"], refused["id"]) == (409, first["id"])
    tag = etag(desk, f"/v1/articles/{first['id']}")
    [done] = said(send("POST", "/v1/articles/batch", {"articles": [batch[0] | {"if_match": tag}]}))[
        "results"
    ]
    assert done == {"status": 200, "id": first["id"]}


def test_a_source_that_has_articles_is_not_deleted(
    desk: FlaskClient, send: Send, place: str, mongod_db: Database
) -> None:
    article_id = publish(mongod_db, draft()).article_id
    found = problem(send("DELETE", place, tag=etag(desk, place)), 409)
    assert found["detail"].startswith("It has articles")
    assert send("DELETE", f"/v1/articles/{article_id}", tag="*").status_code == 204
    answer = send("DELETE", place, tag=etag(desk, place))
    assert (answer.status_code, answer.data) == (204, b"")
    problem(desk.get(place), 404)
    problem(send("DELETE", place, tag="*"), 404)
    publish(mongod_db, draft(url="https://news.example/new"))
    assert ask(desk, place)["articles_count"] == 1


def test_a_source_that_is_not_there_is_not_changed(send: Send) -> None:
    for method, body in (("PUT", HERALD), ("PATCH", {"country": "KP"}), ("DELETE", None)):
        problem(send(method, f"{PLACE}/nobody", body, "*"), 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"), ({"name": " \t"}, "name"), ({"name": None}, "name"),
        ({"name": {"$ne": None}}, "name"), ({"name": "x" * 201}, "name"),
        ({"feeds": FEEDS[:1] * 2}, "feeds"), ({"feeds": ["ftp://k.example/rss"]}, "feeds.0"),
        ({"feeds": [FEEDS[0], "javascript:alert(1)"]}, "feeds.1"), ({"feeds": None}, "feeds"),
        ({"feeds": "https://k.example/rss"}, "feeds"), ({"feeds": [{"$gt": ""}]}, "feeds.0"),
        ({"feeds": [f"https://k.example/{n}" for n in range(51)]}, "feeds"),
        ({"url": "file:///etc/passwd"}, "url"), ({"url": 1}, "url"),
        ({"aliases": ["A", "A"]}, "aliases"), ({"aliases": [""]}, "aliases.0"),
        ({"language": "not a tag"}, "language"), ({"description": "x" * 2001}, "description"),
        ({"id": "other"}, "id"), ({"_id": "other"}, "_id"), ({"$set": {"name": "x"}}, "$set"),
        ({"articles_count": 3}, "articles_count"), ({"feeds_health": []}, "feeds_health"),
        ({"names": ["bbc"]}, "names"), ({"held": []}, "held"),
    ],
)  # fmt: skip
def test_bad_values_are_refused_by_field(
    desk: FlaskClient, send: Send, place: str, body: dict[str, Any], field: str
) -> None:
    before = ask(desk, place)
    for method, sent in (("PATCH", body), ("PUT", HERALD | body)):
        found = problem(send(method, place, sent, "*"), 422)
        assert [error["field"] for error in found["errors"]] == [field]
    problem(send("POST", PLACE, HERALD | {"name": "New"} | body), 422)
    assert ask(desk, place) == before
    assert walk(desk, PLACE) == ["korea-herald"]


def test_only_who_may_write_changes_sources(
    desk: FlaskClient, place: str, mongod_db: Database
) -> None:
    key = bearer(token(mongod_db, MODERATE))
    for method, where in (("POST", PLACE), ("PUT", place), ("PATCH", place), ("DELETE", place)):
        problem(desk.open(where, method=method, json={}), 401)
        problem(desk.open(where, method=method, json={}, headers=key), 403)


def test_what_was_said_of_a_source_stands_over_lists_of_feeds(
    desk: FlaskClient, send: Send, place: str, mongod_db: Database
) -> None:
    send("PUT", place, {"name": "Korea Herald", "feeds": FEEDS[:1]}, "*")
    listed = validate_source(HERALD | {"category": "general"})
    assert preview_source(mongod_db, listed) == ("korea-herald", "unchanged")
    assert publish_source(mongod_db, listed) == ("korea-herald", "unchanged")
    source = ask(desk, place)
    assert (source["feeds"], source["url"], source["category"]) == (FEEDS[:1], None, None)


def test_a_name_that_takes_long_to_spread_is_everywhere_in_the_end(
    desk: FlaskClient, send: Send, place: str, mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        publish(mongod_db, draft(f"Title {number}"))
    monkeypatch.setattr("api.sources.PATIENCE_SECONDS", -1)
    monkeypatch.setattr("desk.sources.AT_ONCE", 1)
    # As if this process ended when it had just answered.
    monkeypatch.setattr("api.sources.Thread", lambda **_: SimpleNamespace(start=lambda: None))
    assert send("PATCH", place, {"name": "The Korea Daily"}, "*").status_code == 200

    def names() -> set[str]:
        return {each["source"]["name"] for each in ask(desk, "/v1/articles")["data"]}

    assert names() == {"Korea Herald", "The Korea Daily"}
    finish(mongod_db)
    assert names() == {"The Korea Daily"}
    assert sources.renamed(mongod_db) == []


def test_a_name_goes_on_to_spread_when_the_database_is_back(
    desk: FlaskClient, send: Send, place: str, mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        publish(mongod_db, draft(f"Title {number}"))
    name_source = publication.name_source
    asked: list[Any] = []

    def now_and_then(*args: Any) -> bool:
        asked.append(args)
        if len(asked) in {2, 3}:
            raise UnavailableError("no primary found")
        return name_source(*args)

    monkeypatch.setattr(publication, "name_source", now_and_then)
    monkeypatch.setattr("api.sources.PATIENCE_SECONDS", -1)
    monkeypatch.setattr("api.sources.PAUSES_SECONDS", (0.01, 0.01))
    monkeypatch.setattr("desk.sources.AT_ONCE", 1)
    with capture_logs():
        assert send("PATCH", place, {"name": "The Korea Daily"}, "*").status_code == 200
        deadline = monotonic() + 10
        while sources.renamed(mongod_db) and monotonic() < deadline:
            sleep(0.01)
    names = {each["source"]["name"] for each in ask(desk, "/v1/articles")["data"]}
    assert names == {"The Korea Daily"}
    assert len(asked) == 5


def test_to_go_on_later_is_no_failure_while_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.sources.PAUSES_SECONDS", (0.01,))
    away = connect("mongodb://127.0.0.1:1", "x")
    away.client.close()
    with capture_logs() as logs:
        finish(away)
    assert [each["log_level"] for each in logs] == ["warning", "warning"]
