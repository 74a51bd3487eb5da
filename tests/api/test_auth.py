"""Who may use a view: a small one of its own, so that every case is about the keys alone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Queue
from typing import Any

import pytest
from flask import Flask, Response, jsonify
from flask.testing import FlaskClient
from marshmallow import Schema, fields
from openapi_spec_validator import validate
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from api import auth
from api.auth import caller, identified, requires
from api.blueprint import Blueprint
from desk.keys import make
from settings import Settings
from store import keys
from store.client import Database
from store.errors import UnavailableError
from tests.api.asking import app_with, problem, said
from tests.api.keyring import ADMIN, MODERATE, WRITE, bearer, token
from tests.waiting import eventually

PLACE = "/things"
REALM = 'Bearer realm="byline"'
INVALID = f'{REALM}, error="invalid_token"'
UNKNOWN = "byline_abcdefgh_" + "a" * 43


@dataclass
class Clock:
    """A clock that a test sets."""

    seconds: float = 1_000.0


class ThingQuery(Schema):
    number = fields.Integer()


def blueprint() -> Blueprint:
    blp = Blueprint("things", __name__)

    @blp.route(PLACE, methods=["POST"])
    @requires(WRITE)
    @blp.arguments(ThingQuery(), location="query")
    @blp.response(200)
    def make_thing(query: dict[str, Any]) -> Response:
        """Make a thing."""
        key = caller()
        return jsonify(id=key.id, name=key.name, scopes=sorted(key.scopes))

    @blp.route("/anybody")
    @blp.response(200)
    def show_anybody() -> Response:
        """Show who asks, if that is known."""
        key = identified()
        return jsonify(id=key and key.id)

    return blp


@pytest.fixture
def app(settings: Settings, memory_db: Database, monkeypatch: pytest.MonkeyPatch) -> Flask:
    return app_with(blueprint(), settings, memory_db, monkeypatch)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(auth, "monotonic", lambda: clock.seconds)
    return clock


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every prefix that the database is asked for."""
    asked: list[str] = []
    find = keys.find

    def noting(db: Database, key_id: str) -> Any:
        asked.append(key_id)
        return find(db, key_id)

    monkeypatch.setattr(keys, "find", noting)
    return asked


def post(client: FlaskClient, headers: dict[str, str], query: str = "") -> TestResponse:
    return client.post(PLACE + query, headers=headers)


def refused(answer: TestResponse, status: int, challenge: str) -> None:
    problem(answer, status)
    assert answer.headers["WWW-Authenticate"] == challenge
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("scopes", [[WRITE], [WRITE, MODERATE], [ADMIN]])
def test_who_has_a_key_for_it_is_let_in_and_known_to_the_view(
    client: FlaskClient, memory_db: Database, scopes: list[str]
) -> None:
    made = token(memory_db, *scopes)
    for headers in (bearer(made), {"X-API-Key": made}, {"Authorization": f"bearer  {made} "}):
        answer = post(client, headers)
        assert answer.status_code == 200, answer.text
        assert said(answer) == {"id": made[7:15], "name": "Tests", "scopes": sorted(scopes)}


def test_without_a_key_the_answer_says_what_is_missing_and_nothing_of_the_arguments(
    client: FlaskClient, lookups: list[str]
) -> None:
    for query in ("", "?number=x", "?unknown=1"):
        answer = post(client, {}, query)
        refused(answer, 401, REALM)
        assert "number" not in answer.text
    assert lookups == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer x"},
        {"Authorization": f"Bearer {UNKNOWN}x"},
        {"Authorization": f"Bearer {UNKNOWN}, Bearer {UNKNOWN}"},
        {"Authorization": f"Bearer{UNKNOWN}"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": f"Basic {UNKNOWN}"},
        {"Authorization": UNKNOWN},
        {"Authorization": "Bearer " + "x" * 5_000},
        {"Authorization": "Bearer é"},
        {"X-API-Key": ""},
        {"X-API-Key": "$ne"},
        {"X-API-Key": f"Bearer {UNKNOWN}"},
        {"X-API-Key": "x", "Authorization": "Basic YTpi"},
    ],
)
def test_what_is_no_key_is_refused_without_asking_the_database(
    client: FlaskClient, lookups: list[str], headers: dict[str, str]
) -> None:
    refused(post(client, headers), 401, INVALID)
    assert lookups == []


def test_a_key_that_nobody_made_is_refused(client: FlaskClient, memory_db: Database) -> None:
    made = token(memory_db)
    guessed = made[:-1] + ("A" if made[-1] != "A" else "B")
    for sent in (UNKNOWN, guessed):
        refused(post(client, bearer(sent)), 401, INVALID)
    assert post(client, bearer(made)).status_code == 200


def test_an_expired_key_is_refused(client: FlaskClient, memory_db: Database) -> None:
    refused(post(client, bearer(token(memory_db, days=-1))), 401, INVALID)
    assert post(client, bearer(token(memory_db, days=1))).status_code == 200


def test_a_key_for_something_else_is_refused_as_such(
    client: FlaskClient, memory_db: Database
) -> None:
    answer = post(client, bearer(token(memory_db, MODERATE)), "?number=x")
    refused(answer, 403, f'{REALM}, error="insufficient_scope", scope="articles:write"')
    assert "number" not in answer.text


def test_who_has_a_key_learns_what_is_wrong_with_the_arguments(
    client: FlaskClient, memory_db: Database
) -> None:
    [error] = problem(post(client, bearer(token(memory_db)), "?number=x"), 400)["errors"]
    assert error["field"] == "number"


def test_two_different_keys_are_a_mistake_and_one_sent_twice_is_not(
    client: FlaskClient, memory_db: Database, lookups: list[str]
) -> None:
    one, other = token(memory_db), token(memory_db)
    found = problem(post(client, {**bearer(one), "X-API-Key": other}), 401)
    assert "X-API-Key" in found["detail"]
    assert lookups == []
    assert post(client, {**bearer(one), "X-API-Key": one}).status_code == 200


def test_a_password_for_somebody_on_the_way_is_no_matter_beside_a_key(
    client: FlaskClient, memory_db: Database
) -> None:
    headers = {"Authorization": "Basic YTpi", "X-API-Key": token(memory_db)}
    assert post(client, headers).status_code == 200


def test_a_view_for_everybody_may_know_who_asks(client: FlaskClient, memory_db: Database) -> None:
    made = token(memory_db)
    assert said(client.get("/anybody")) == {"id": None}
    assert said(client.get("/anybody", headers=bearer(made))) == {"id": made[7:15]}
    refused(client.get("/anybody", headers=bearer(UNKNOWN)), 401, INVALID)


def test_without_the_database_it_is_not_the_key_that_is_bad(
    client: FlaskClient, memory_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = token(memory_db)

    def away(*_: object) -> None:
        raise UnavailableError("no primary found")

    monkeypatch.setattr(keys, "find", away)
    with capture_logs():
        answer = post(client, bearer(made))
    problem(answer, 503)
    assert "WWW-Authenticate" not in answer.headers
    refused(post(client, bearer("x")), 401, INVALID)


def test_a_revoked_key_dies_within_seconds(
    client: FlaskClient, memory_db: Database, clock: Clock, lookups: list[str]
) -> None:
    made = token(memory_db)
    for _ in range(3):
        assert post(client, bearer(made)).status_code == 200
    assert lookups == [made[7:15]]
    keys.revoke(memory_db, made[7:15], datetime.now(UTC))
    clock.seconds += 2
    refused(post(client, bearer(made)), 401, INVALID)
    assert auth.REMEMBERED_SECONDS <= 5


def test_a_new_key_is_good_at_once_also_if_it_was_tried_before(
    client: FlaskClient, memory_db: Database
) -> None:
    made, key = make("Tests", [WRITE], now=datetime.now(UTC))
    refused(post(client, bearer(made)), 401, INVALID)
    keys.add(memory_db, key)
    assert post(client, bearer(made)).status_code == 200


def test_what_is_remembered_of_keys_is_bounded(
    client: FlaskClient,
    memory_db: Database,
    monkeypatch: pytest.MonkeyPatch,
    lookups: list[str],
) -> None:
    monkeypatch.setattr(auth, "_MOST_REMEMBERED", 2)
    made = [token(memory_db) for _ in range(3)]
    for sent in [*made, made[0]]:
        assert post(client, bearer(sent)).status_code == 200
    assert len(lookups) == 4


def test_a_bad_secret_is_refused_also_while_its_key_is_remembered(
    client: FlaskClient, memory_db: Database, clock: Clock
) -> None:
    made = token(memory_db)
    assert post(client, bearer(made)).status_code == 200
    refused(post(client, bearer(made[:16] + "a" * 43)), 401, INVALID)


def test_the_last_use_is_noted_once_a_minute(
    client: FlaskClient, memory_db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: Queue[str] = Queue()

    def note(db: Database, key_id: str, now: datetime) -> None:
        noted.put(key_id)

    monkeypatch.setattr(keys, "note_use", note)
    one, other = token(memory_db), token(memory_db)
    for seconds in (1, 30, 28):
        for made in (one, other):
            assert post(client, bearer(made)).status_code == 200
        clock.seconds += seconds
    assert {noted.get(timeout=20), noted.get(timeout=20)} == {one[7:15], other[7:15]}
    clock.seconds += 1
    assert post(client, bearer(one)).status_code == 200
    assert noted.get(timeout=20) == one[7:15]
    assert noted.empty()


def test_the_last_use_is_stored(client: FlaskClient, memory_db: Database) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    made = token(memory_db)
    assert post(client, bearer(made)).status_code == 200
    assert eventually(lambda: keys.every(memory_db)[0]["last_used_at"])
    assert keys.every(memory_db)[0]["last_used_at"] >= before


def test_a_use_that_cannot_be_noted_fails_no_request(
    client: FlaskClient, memory_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: Queue[str] = Queue()

    def away(_: Database, key_id: str, __: datetime) -> None:
        tried.put(key_id)
        raise UnavailableError("no primary found")

    monkeypatch.setattr(keys, "note_use", away)
    made = token(memory_db)
    with capture_logs() as logs:
        assert post(client, bearer(made)).status_code == 200
        assert tried.get(timeout=20) == made[7:15]
        assert eventually(lambda: logs)
    assert logs[0]["key"] == made[7:15]


def test_a_refused_key_was_not_used(
    client: FlaskClient, memory_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[Any] = []
    monkeypatch.setattr(auth, "Thread", lambda **thread: threads.append(thread))
    for sent in (UNKNOWN, token(memory_db)[:16] + "a" * 43, token(memory_db, days=-1)):
        refused(post(client, bearer(sent)), 401, INVALID)
    assert threads == []


def test_a_scope_that_is_none_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="no scope"):
        requires("articles:wirte")


def test_a_view_that_requires_no_key_has_no_caller(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(LookupError):
        caller()


def test_the_document_says_who_may(client: FlaskClient) -> None:
    document = said(client.get("/openapi.json"))
    operation = document["paths"][PLACE]["post"]
    assert operation["security"] == [{"bearer": [WRITE]}, {"api_key": [WRITE]}]
    for status in ("401", "403"):
        assert "WWW-Authenticate" in operation["responses"][status]["headers"]
    assert "security" not in document["paths"]["/anybody"]["get"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["components"]["securitySchemes"]["api_key"]["name"] == "X-API-Key"
    validate(document)


def test_on_a_real_mongod_a_key_is_made_used_and_revoked(
    settings: Settings, mongod_db: Database, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    client = app_with(blueprint(), settings, mongod_db, monkeypatch).test_client()
    made = token(mongod_db)
    assert post(client, bearer(made)).status_code == 200
    assert eventually(lambda: keys.every(mongod_db)[0]["last_used_at"])
    keys.revoke(mongod_db, made[7:15], datetime.now(UTC))
    clock.seconds += 2
    refused(post(client, bearer(made)), 401, INVALID)
