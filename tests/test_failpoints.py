"""MongoDB fails in every way that it can be made to, at every command that the API uses.

What is asked gets an answer in time: a good one, or 503 with Retry-After; never 500. And what was
written in spite of it, or was not, is one thing when it is written again.
"""

import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from desk.newsroom import Newsroom
from settings import Settings
from store import guard, indexes, links, neighbours
from store.client import Database, Document
from store.errors import UnavailableError
from tests.api.asking import problem
from tests.api.keyring import MODERATE, bearer, token
from tests.failing import (
    ENDING_FAULTS,
    FAULTS,
    GRACE_SECONDS,
    LATE_FAULTS,
    READS,
    SHORT_SECONDS,
    UNSEEN_FAULTS,
    WRITES,
    Failing,
    short_limits,
)
from tests.news import all_news
from tests.samples import draft

PLACES = (
    "/v1/articles",
    "/v1/articles?count=true&source=harbour-post&fields=title",
    "/v1/articles?q=ferry+fire&highlight=true&facets=source,language",
    "/v1/articles?q=ferry+OR+bank&sort=relevance&distinct=true",
    "/v1/articles?include=source,related,comments,duplicates",
    "/v1/articles/{article}",
    "/v1/articles/{article}?include=source,related,comments,duplicates",
    "/v1/articles/{article}/related",
    "/v1/articles/{article}/comments",
    "/v1/articles/{article}/revisions",
    "/v1/articles/{article}/revisions/1",
    "/v1/articles/{article}/diff?from=1&to=1",
    "/v1/articles/{slug}",
    "/v1/changes?since=0",
    "/v1/changes?since=0&include=article",
    "/v1/comments",
    "/v1/comments/{comment}",
    "/v1/stories",
    "/v1/stories/{story}",
    "/v1/stories/{story}/articles",
    "/v1/sources",
    "/v1/sources/harbour-post",
    "/v1/sources/harbour-post/articles",
    "/v1/hashtags",
    "/v1/categories",
    "/readyz",
)
"""Every address that asks MongoDB."""


@pytest.fixture(scope="module")
def stored(failing: Failing) -> Iterator[Database]:
    """A database with news, its copies and stories, and comments."""
    db = failing.connect("stored")
    indexes.prepare(db)
    with Newsroom(db) as newsroom:
        ids = [newsroom.publish(each).article_id for each in all_news().values()]
        long = draft("Long", body_text="Words of no meaning. " * 100)
    db["comments"].insert_many(
        {
            "_id": f"{number:032x}",
            "article_id": ids[0],
            "author": "Reader",
            "text": long["body_text"],
            "created_at": long["published_at"],
            "status": "visible",
            "parent_id": None,
        }
        for number in range(30)
    )
    # More than MongoDB sends at once.
    said: Document = {"origin": links.PAGE, "score": None, "reasons": [], "position": 1}
    db["links"].insert_many(
        said | {"_id": number, "from": ids[0], "to": f"{number:032x}"} for number in range(1_100)
    )
    yield db
    db.client.drop_database(db.name)
    db.client.close()


@pytest.fixture(scope="module")
def places(stored: Database) -> list[str]:
    story = stored["stories"].find_one() or {}
    article = stored["articles"].find_one({"story": story["_id"]}) or {}
    named = {"article": article["_id"], "slug": article["slug"], "story": story["_id"]}
    named["comment"] = f"{0:032x}"
    return [place.format(**named) for place in PLACES]


@pytest.fixture
def client(stored: Database) -> FlaskClient:
    client = create_app(Settings.from_env(), stored).test_client()
    moderator = bearer(token(stored, MODERATE))
    client.environ_base["HTTP_AUTHORIZATION"] = moderator["Authorization"]
    return client


def uses(failing: Failing, client: FlaskClient, place: str) -> list[str]:
    """Give the commands that an answer takes."""
    found = failing.points(lambda: answered(client, place, guard.READ_SECONDS) != 503)
    return sorted({point.command for point in found} & set(READS))


def answered(client: FlaskClient, place: str, within: float) -> int:
    """Ask; an answer comes in time, and is good or a proper 503."""
    began = time.monotonic()
    answer = client.get(place)
    took = time.monotonic() - began
    assert took < within + GRACE_SECONDS, place
    assert answer.status_code in {200, 302, 308, 503}, (place, answer.data)
    if answer.status_code == 503:
        problem(answer, 503)
        assert int(answer.headers["Retry-After"]) > 0
    return answer.status_code


def test_whatever_fails_a_read_is_answered_in_time(
    failing: Failing, client: FlaskClient, places: list[str]
) -> None:
    others, tried = cycle(FAULTS), set()
    for place in places:
        for command in uses(failing, client, place):
            # All is tried where a command comes first, and one thing after the other elsewhere.
            for name in [next(others)] if command in tried else FAULTS | ENDING_FAULTS:
                assert fails(failing, client, place, command, name), (place, command, name)
                assert answered(client, place, guard.READ_SECONDS) != 503, (place, command, name)
            tried.add(command)
    assert tried == set(READS)


def fails(failing: Failing, client: FlaskClient, place: str, command: str, name: str) -> bool:
    """Let a command fail while a place is asked for; tell whether the answer came so far."""
    for seconds in (SHORT_SECONDS, 4 * SHORT_SECONDS, guard.READ_SECONDS):
        with failing.at(command, (FAULTS | ENDING_FAULTS)[name]), short_limits(seconds):
            answered(client, place, seconds)
        if failing.met:
            return True
    return False


@pytest.mark.parametrize("name", UNSEEN_FAULTS)
def test_a_read_that_fails_once_is_answered_all_the_same(
    failing: Failing, client: FlaskClient, places: list[str], name: str
) -> None:
    for command in ("find", "aggregate", "distinct"):  # what has begun to come must come whole
        place = next(place for place in places if command in uses(failing, client, place))
        with failing.at(command, FAULTS[name], times=1):
            assert answered(client, place, guard.READ_SECONDS) != 503, command
        assert failing.met


@pytest.mark.parametrize("name", ["the connection breaks", "it takes too long"])
def test_a_read_ends_when_its_time_is_up(
    failing: Failing, client: FlaskClient, places: list[str], name: str
) -> None:
    long = {"blockTimeMS": 3_000} if "blockConnection" in FAULTS[name] else {}
    with failing.at("find", FAULTS[name] | long):
        assert answered(client, places[0], guard.READ_SECONDS) == 503
    assert answered(client, places[0], guard.READ_SECONDS) == 200


def test_several_slow_questions_of_one_read_share_its_time(
    failing: Failing, client: FlaskClient, places: list[str]
) -> None:
    place = next(place for place in places if place.startswith("/v1/articles?include"))
    # Each by itself would be in time.
    with failing.at("find", {"blockConnection": True, "blockTimeMS": 900}):
        assert answered(client, place, guard.READ_SECONDS) == 503
    assert failing.met > 2


WITHOUT_MONGODB = ("/livez", "/openapi.json", "/docs/", "/metrics", "/v1/site")


def test_what_needs_no_database_is_answered_while_it_does_not_answer(
    failing: Failing, client: FlaskClient
) -> None:
    for command in READS:
        with failing.at(command, {"blockConnection": True, "blockTimeMS": 150}), short_limits():
            for place in WITHOUT_MONGODB:
                assert client.get(place).status_code == 200, place


@pytest.fixture
def emptied(failing: Failing) -> Iterator[Database]:
    """A database to publish into."""
    db = failing.connect(f"written-{uuid4().hex[:8]}")
    indexes.prepare(db)
    yield db
    db.client.drop_database(db.name)
    db.client.close()


def publish_until_done(db: Database, draft: dict[str, Any]) -> int:
    """Publish as whoever gets an error does, again and again; tell how often it took."""
    for attempt in range(1, 20):
        try:
            with Newsroom(db) as newsroom:
                newsroom.publish(draft)
        except UnavailableError:
            continue
        return attempt
    raise AssertionError


def everything(db: Database) -> dict[str, list[Document]]:
    """Give all that is stored, but when, and what follows from counts that need not be exact."""
    kept: dict[str, list[Document]] = {}
    for name in ("articles", "links", "stories", "sources"):
        kept[name] = list(db[name].find().sort("_id"))
        for document in kept[name]:
            for varying in ("created_at", "updated_at", "grouped_at", "score", "reasons", "seq"):
                document.pop(varying, None)
    return kept


@pytest.mark.parametrize("command", ["find", "aggregate", "insert", "update"])
def test_what_is_published_again_after_an_error_is_there_once_and_whole(
    failing: Failing, emptied: Database, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As where there are many of them, which MongoDB puts in order.
    monkeypatch.setattr(neighbours, "_having_any", lambda *_: range(1_000))
    wanted = list(all_news().values())[:3]
    for each in wanted:
        with Newsroom(emptied) as newsroom:
            newsroom.publish(each)
    once = everything(emptied)
    late = ("it could not wait for the others", "it goes away and has written")
    for name in ("its time is up", *(late if command in WRITES else ())):
        for collection in ("articles", "links", "stories", "sources", "vocabulary"):
            emptied[collection].delete_many({})
        for each in wanted:
            with failing.at(command, (FAULTS | LATE_FAULTS)[name], times=2):
                publish_until_done(emptied, each)
            assert failing.met, name
        assert everything(emptied) == once, name
        assert {each["revision"] for each in once["articles"]} == {1}
