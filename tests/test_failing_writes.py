"""MongoDB fails while an article is published, changed or deleted over HTTP.

The answer comes in time and is never 500; and the same request, sent again until it is good, comes
to what it would have come to at once.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from desk.newsroom import Newsroom, Newsrooms
from settings import Settings
from store import guard, indexes
from store.client import Database, Document, connect
from tests.api.asking import problem
from tests.api.keyring import bearer, token
from tests.failing import FAULTS as ALL_FAULTS
from tests.failing import GRACE_SECONDS, LATE_FAULTS, OPTIONS, Failing, short_limits
from tests.mongod import replica_set
from tests.news import news

COMMANDS = (
    *("find", "aggregate", "insert", "update", "delete", "findAndModify"),
    *("commitTransaction", "abortTransaction"),
)
FAULTS = {
    name: ALL_FAULTS[name]
    for name in (
        *("the connection breaks", "it takes too long", "it leads no more"),
        *("its time is up", "the conflict is too great"),
    )
}
ALWAYS = ("the connection breaks", "it takes too long")
"""What happens at every use of a command, not only at the first two."""
TIMES = 2

_RESCUE = news("ferry rescue")
NEW = {
    "url": "https://news.example/new",
    "title": _RESCUE["title"],
    "source": "Northern Wire",
    "language": "en",
    "body_text": _RESCUE["body_text"],
}
MERGE = "application/merge-patch+json"
ANY = {"If-Match": "*"}

Send = Callable[[FlaskClient, str], TestResponse]
SENT: dict[str, Send] = {
    "publish": lambda client, _: client.post("/v1/articles", json=NEW),
    "publish several": lambda client, _: client.post(
        "/v1/articles/batch",
        json={"articles": [NEW, NEW | {"url": "https://news.example/2", "title": "Another"}]},
    ),
    "change": lambda client, place: client.patch(
        place, json={"title": "Said anew"}, headers=ANY, content_type=MERGE
    ),
    "replace": lambda client, place: client.put(
        place, json=NEW | {"title": "Said anew"}, headers=ANY
    ),
    "delete": lambda client, place: client.delete(place, headers=ANY),
}


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Failing]:
    with replica_set(tmp_path_factory.mktemp("failing"), options=OPTIONS) as members:
        found = Failing(members)
        yield found
        found.client.close()


@pytest.fixture
def db(failing: Failing) -> Iterator[Database]:
    found = connect(failing.uri, f"written-{uuid4().hex[:8]}")
    indexes.prepare(found)
    yield found
    found.client.drop_database(found.name)
    found.client.close()


@pytest.fixture
def client(db: Database, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    # A newsroom that is kept still knows the terms of what `begin` has taken away under it.
    monkeypatch.setattr(Newsrooms, "_KEPT", 0)
    client = create_app(Settings.from_env(), db).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = bearer(token(db))["Authorization"]
    return client


def begin(db: Database) -> str:
    """Have one article and nothing else; give its address."""
    for name in ("articles", "links", "stories", "sources", "vocabulary", "tombstones"):
        db[name].delete_many({})
    for name in ("revisions", "counters", "comments"):
        db[name].delete_many({})
    with Newsroom(db) as newsroom:
        return f"/v1/articles/{newsroom.publish(news('ferry fire')).article_id}"


def end(db: Database) -> dict[str, list[Document]]:
    """Give all that is stored, but when, and what follows from counts that need not be exact."""
    kept: dict[str, list[Document]] = {}
    for name in ("articles", "links", "stories", "sources", "tombstones", "revisions"):
        kept[name] = list(map(_timeless, db[name].find().sort("_id")))
    return kept


_VARYING = {"score", "reasons", "captured_at", "observed_at"}


def _timeless(document: Any) -> Any:
    if isinstance(document, dict):
        return {
            name: _timeless(value)
            for name, value in document.items()
            if name not in _VARYING and not name.endswith("_at")
        }
    return [_timeless(each) for each in document] if isinstance(document, list) else document


def answered(send: Send, client: FlaskClient, place: str, within: float) -> TestResponse:
    """Send; an answer comes in time, and is good, a refusal or a proper 503."""
    began = time.monotonic()
    answer = send(client, place)
    assert time.monotonic() - began < within + GRACE_SECONDS
    assert answer.status_code < 500 or answer.status_code == 503, answer.data
    if answer.status_code == 503:
        problem(answer, 503)
        assert int(answer.headers["Retry-After"]) > 0
    return answer


def sent_until_good(send: Send, client: FlaskClient, place: str) -> None:
    for _ in range(20):
        answer = answered(send, client, place, guard.WRITE_SECONDS)
        if answer.status_code < 400 or answer.status_code == 410:  # deleted, and it was not told
            return
        assert answer.status_code == 503, answer.data
    raise AssertionError


@pytest.mark.parametrize("what", SENT)
def test_what_is_sent_again_after_an_error_comes_to_the_same(
    failing: Failing, db: Database, client: FlaskClient, what: str
) -> None:
    send = SENT[what]
    place = begin(db)
    before = end(db)
    sent_until_good(send, client, place)
    once = end(db)
    assert once != before
    tried = set()
    for command in COMMANDS:
        late = LATE_FAULTS if command not in {"find", "aggregate"} else {}
        for name, fault in (FAULTS | late).items():
            begin(db)
            with failing.at(command, fault, times=0 if name in ALWAYS else TIMES), short_limits():
                answered(send, client, place, 0.5)
            if not failing.met:
                break
            tried.add(command)
            sent_until_good(send, client, place)
            assert end(db) == once, (command, name)
    assert tried >= {"find", "update", "findAndModify", "commitTransaction"}
