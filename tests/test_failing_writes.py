"""MongoDB fails while something is written over HTTP: at each command that it takes, in turn.

The answer comes in time, and is good or 503; and the same request, sent again until it is good,
comes to what it would have come to at once.
"""

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from pymongo import WriteConcern
from werkzeug.test import TestResponse

from api import idempotency, limits
from api.app import create_app
from api.context import Context
from desk import comments as desk_comments
from desk import sources as desk_sources
from desk.later import Later
from desk.newsroom import Newsroom, Newsrooms
from settings import Limit, Settings
from store import contact, guard, indexes
from store.client import Database, Document
from tests.api.asking import problem
from tests.api.keyring import MODERATE, WRITE, bearer, token
from tests.failing import (
    ENDING_FAULTS,
    FAULTS,
    GRACE_SECONDS,
    LATE_FAULTS,
    UNSEEN_FAULTS,
    WRITES,
    Failing,
    Point,
    short_limits,
)
from tests.news import news

SUDDEN = ("its time is up", "it was interrupted", "it may not", "it does not know why")
"""What is told at once, and not tried again by the driver."""
LASTING = [name for name in FAULTS | ENDING_FAULTS if name not in SUDDEN]
"""What is waited for, for as long as one may: a few of these are as good as many."""
LIMITS = (0.2, 0.8, 3.2)
"""How long one waits then: enough to come to the failing point, if need be on a busy machine."""
PAUSE_SECONDS = 0.02

_RESCUE = news("ferry rescue")
NEW = {
    "url": "https://news.example/new",
    "title": _RESCUE["title"],
    "source": "Northern Wire",
    "language": "en",
    "body_text": _RESCUE["body_text"],
}
BATCH = {"articles": [NEW, NEW | {"url": "https://news.example/2", "title": "Another"}]}
SOURCE = {"name": "Marvik Times", "country": "NO", "feeds": ["https://marvik.example/rss"]}
SAID = {"author": "Kim Min-ji", "text": "Well said."}
MERGE = {"Content-Type": "application/merge-patch+json"}


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    """What is there before each request, and with what headers one sends it."""

    db: Database
    client: FlaskClient
    stored: dict[str, list[Document]]
    """All that is there, but keys."""
    article: str
    other: str
    shown: str
    """The address of a comment that everybody sees."""
    pending: str
    key: dict[str, str]

    @property
    def link(self) -> str:
        return f"{self.article}/related/{self.other.rpartition('/')[2]}"

    @property
    def match(self) -> dict[str, str]:
        return self.key | {"If-Match": "*"}

    @property
    def once(self) -> dict[str, str]:
        return self.key | {"Idempotency-Key": "8e03978e"}

    @property
    def newsrooms(self) -> Newsrooms:
        context: Context = self.client.application.extensions["byline"]
        return context.newsrooms

    def set(self) -> None:
        """Have again what was there, and nothing else."""
        quick = WriteConcern(w=1, j=False)
        for name in {*self.db.list_collection_names(), *self.stored} - {"keys"}:
            collection = self.db[name].with_options(write_concern=quick)
            collection.delete_many({})
            if self.stored.get(name):
                collection.insert_many(self.stored[name])
        self.newsrooms._later = Later(self.db)  # it knows what it has counted and not marked


Send = Callable[[FlaskClient, Stage], TestResponse]
SENT: dict[str, Send] = {
    "publish": lambda client, at: client.post("/v1/articles", json=NEW, headers=at.key),
    "publish several": lambda client, at: client.post(
        "/v1/articles/batch", json=BATCH, headers=at.key
    ),
    "publish once": lambda client, at: client.post("/v1/articles", json=NEW, headers=at.once),
    "publish several once": lambda client, at: client.post(
        "/v1/articles/batch", json=BATCH, headers=at.once
    ),
    "change": lambda client, at: client.patch(
        at.article, json={"title": "Said anew"}, headers=at.match | MERGE
    ),
    "replace": lambda client, at: client.put(
        at.article, json=NEW | {"title": "Said anew"}, headers=at.match
    ),
    "delete": lambda client, at: client.delete(at.article, headers=at.match),
    "relate": lambda client, at: client.put(at.link, headers=at.key),
    "unrelate": lambda client, at: client.delete(at.link, headers=at.key),
    "add a source": lambda client, at: client.post("/v1/sources", json=SOURCE, headers=at.key),
    "replace a source": lambda client, at: client.put(
        "/v1/sources/spare", json=SOURCE, headers=at.match
    ),
    "rename a source": lambda client, at: client.patch(
        "/v1/sources/harbour-post", json={"name": "Marvik Post"}, headers=at.match | MERGE
    ),
    "delete a source": lambda client, at: client.delete("/v1/sources/spare", headers=at.match),
    "comment": lambda client, at: client.post(f"{at.article}/comments", json=SAID),
    "comment once": lambda client, at: client.post(
        f"{at.article}/comments", json=SAID, headers={"Idempotency-Key": "8e03978e"}
    ),
    "approve": lambda client, at: client.post(f"{at.pending}/approve", headers=at.key),
    "hide": lambda client, at: client.post(f"{at.shown}/hide", headers=at.once),
    "delete a comment": lambda client, at: client.delete(at.shown, headers=at.key),
}
GONE = {"delete": 410, "delete a source": 404}
"""What says that something was deleted to one who was not told when it was."""
LIKE_OTHERS = {
    "publish several": 2,
    "replace": 2,
    "publish once": 5,
    "publish several once": 5,
    "comment once": 5,
}
"""Where all but a key for the repetition is as elsewhere: every how many points are tried."""


@pytest.fixture(scope="module")
def db(failing: Failing) -> Iterator[Database]:
    found = failing.connect(f"written-{uuid4().hex[:8]}")
    indexes.prepare(found)
    yield found
    found.client.drop_database(found.name)
    found.client.close()


@pytest.fixture(scope="module")
def client(db: Database) -> FlaskClient:
    unlimited = dataclasses.replace(
        Settings.from_env(), comments="open", write_limits=(), comment_limits=()
    )
    with pytest.MonkeyPatch.context() as patch:
        # A newsroom that is kept still knows the terms of what `set` has taken away under it.
        patch.setattr(Newsrooms, "_KEPT", 0)
        return create_app(unlimited, db).test_client()


@pytest.fixture(scope="module")
def first(db: Database, client: FlaskClient) -> Stage:
    """Two articles of one source and comments on one of them; a source without articles."""
    key = bearer(token(db, WRITE, MODERATE))
    with Newsroom(db) as newsroom:
        [article, other] = [
            newsroom.publish(news(name) | {"source": "Harbour Post"}).article_id
            for name in ("ferry fire", "chess")
        ]
    assert client.post("/v1/sources", json={"name": "Spare"}, headers=key).status_code == 201
    [shown, pending] = [
        desk_comments.post(
            db,
            article,
            {"author": "Reader", "text": policy, "parent_id": None, "website": ""},
            address="127.0.0.1",
            policy=policy,
        )["id"]
        for policy in (desk_comments.OPEN, desk_comments.MODERATED)
    ]
    names = set(db.list_collection_names()) - {"keys"}
    stored = {name: list(db[name].find()) for name in names}
    return Stage(
        db,
        client,
        stored,
        article=f"/v1/articles/{article}",
        other=f"/v1/articles/{other}",
        shown=f"/v1/comments/{shown}",
        pending=f"/v1/comments/{pending}",
        key=key,
    )


@pytest.fixture
def stage(first: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(desk_sources, "AT_ONCE", 1)
    monkeypatch.setattr(contact, "QUIET_SECONDS", PAUSE_SECONDS)
    first.set()
    return first


def end(db: Database) -> dict[str, list[Document]]:
    """Give all that is stored, but when, and what follows from counts that need not be exact."""
    kept: dict[str, list[Document]] = {}
    for name in ("articles", "links", "stories", "sources", "tombstones", "revisions", "comments"):
        kept[name] = list(map(_timeless, db[name].find().sort("_id")))
    return kept


_VARYING = {"score", "reasons", "captured_at", "observed_at", "turn", "comments_turn"}


def _timeless(document: Any) -> Any:
    if isinstance(document, dict):
        return {
            name: _timeless(value)
            for name, value in document.items()
            if name not in _VARYING and not name.endswith("_at")
        }
    return [_timeless(each) for each in document] if isinstance(document, list) else document


def answered(ask: Callable[[], TestResponse], within: float) -> TestResponse:
    """Send; an answer comes in time, and is no error of ours but a proper 503."""
    began = time.monotonic()
    answer = ask()
    assert time.monotonic() - began < within + GRACE_SECONDS
    assert answer.status_code < 500 or answer.status_code == 503, answer.data
    if answer.status_code == 503:
        problem(answer, 503)
        assert int(answer.headers["Retry-After"]) > 0
    return answer


def tried(what: str, points: Sequence[Point]) -> list[Point]:
    """Give the points at which a request is to fail: not those that it only sometimes comes by.

    Of one that goes the way of another, all that this one does not ask, and some of the others.
    """
    steady = [each for each in points if each.command != "ping"]
    steady = [each for each in steady if not each.namespace.endswith(".keys")]
    if what not in LIKE_OTHERS:
        return steady
    others = [each for each in steady if not each.namespace.endswith(".idempotency")]
    return [each for each in steady if each not in others or each in others[:: LIKE_OTHERS[what]]]


def trials(points: Sequence[Point]) -> Iterator[tuple[Point, str]]:
    """Give something that goes wrong at each point, and at one that writes after that is done.

    All of it happens here or there; what is waited for at every fifth point.
    """
    [waits, *others] = LATE_FAULTS
    late = cycle(each for other in others for each in (waits, other))
    sudden, lasting = cycle(SUDDEN), cycle(LASTING)
    for number, point in enumerate(points):
        yield point, next(sudden if number % 5 else lasting)
        if point.command in WRITES:
            yield point, next(late)


def spoilt(failing: Failing, stage: Stage, send: Send, point: Point, name: str) -> TestResponse:
    """Set the stage and send what fails at a point."""
    fault = (FAULTS | ENDING_FAULTS | LATE_FAULTS)[name]
    for seconds in (guard.WRITE_SECONDS,) if name in SUDDEN else LIMITS:
        long = {"blockTimeMS": int(2_000 * seconds)} if "blockConnection" in fault else {}
        stage.set()
        with failing.at(point, fault | long), short_limits(seconds):
            answer = answered(lambda: send(stage.client, stage), seconds)
        if failing.met:
            return answer
    raise AssertionError(point, name)


def sent_until_good(what: str, stage: Stage) -> None:
    """Send until it is done; whoever has to come again comes a second later, by the clock."""
    with pytest.MonkeyPatch.context() as patch:
        for seconds in range(2 * idempotency.LEASE.seconds):
            later = timedelta(seconds=seconds)
            patch.setattr(idempotency, "_now", lambda later=later: datetime.now(UTC) + later)
            answer = answered(lambda: SENT[what](stage.client, stage), guard.WRITE_SECONDS)
            if answer.status_code < 400 or answer.status_code == GONE.get(what):
                return
            is_barred = answer.status_code == 409 and "worked on" in answer.text
            assert answer.status_code == 503 or is_barred, answer.data
            assert not is_barred or later <= idempotency.LEASE
            time.sleep(PAUSE_SECONDS)
    raise AssertionError(what)


@pytest.mark.parametrize("what", SENT)
def test_what_is_sent_again_after_an_error_comes_to_the_same(
    failing: Failing, stage: Stage, what: str
) -> None:
    before = end(stage.db)
    points = failing.points(lambda: sent_until_good(what, stage))
    once = end(stage.db)
    assert once != before
    for point, name in trials(tried(what, points)):
        answer = spoilt(failing, stage, SENT[what], point, name)
        assert answer.status_code < 400 or answer.status_code == 503, (point, name, answer.data)
        sent_until_good(what, stage)
        # What could not be noted is noted with the next that comes, or at the end.
        stage.newsrooms.close()
        assert end(stage.db) == once, (point, name)


@pytest.mark.parametrize("name", ["it may not", "it goes away and has written"])
def test_a_transaction_that_cannot_be_ended_bars_nobody(
    failing: Failing, stage: Stage, name: str
) -> None:
    sent_until_good("publish", stage)
    once = end(stage.db)
    stage.set()
    fault = (FAULTS | LATE_FAULTS)[name]
    with failing.at("insert", fault, also="abortTransaction"), short_limits(LIMITS[1]):
        asked = partial(SENT["publish"], stage.client, stage)
        assert answered(asked, LIMITS[1]).status_code == 503
    assert failing.met > 1
    sent_until_good("publish", stage)
    assert end(stage.db) == once


def test_a_key_that_cannot_be_looked_up_is_no_bad_key(failing: Failing, stage: Stage) -> None:
    looked_up = Point("find", f"{stage.db.name}.keys")
    before = end(stage.db)
    for what, name in zip(cycle(SENT), FAULTS | ENDING_FAULTS, strict=False):
        if what.startswith("comment"):
            continue
        stage.client.application.extensions.pop("byline.keyring", None)
        assert spoilt(failing, stage, SENT[what], looked_up, name).status_code == 503, (what, name)
        assert end(stage.db) == before
        sent_until_good(what, stage)
    with failing.at(looked_up, FAULTS["it may not"]):
        for place in ("/v1/articles", stage.other, stage.shown):
            asked = partial(stage.client.get, place)
            assert answered(asked, guard.READ_SECONDS).status_code == 200, place


def test_what_cannot_be_counted_delays_a_write_a_little_and_no_more(
    failing: Failing, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Point("findAndModify", f"{stage.db.name}.limits")
    settings = dataclasses.replace(Settings.from_env(), write_limits=(Limit(1_000, 60),))
    client = create_app(settings, stage.db).test_client()
    monkeypatch.setattr(limits, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(guard, "COUNT_SECONDS", 0.1)
    all_faults = FAULTS | ENDING_FAULTS | LATE_FAULTS
    for name in (*UNSEEN_FAULTS, "it takes too long", "it may not", *ENDING_FAULTS, *LATE_FAULTS):
        fault = all_faults[name]
        long = {"blockTimeMS": 3_000} if "blockConnection" in fault else {}
        with failing.at(counted, fault | long):
            answer = answered(lambda: SENT["relate"](client, stage), guard.COUNT_SECONDS)
        assert failing.met, name
        assert answer.status_code in {200, 201}, (name, answer.data)
