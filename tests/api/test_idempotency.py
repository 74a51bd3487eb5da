"""Requests that come again, to small views that count what they do."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier, Event
from typing import Any

import pytest
from flask import Flask, Response, abort, jsonify
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from api import idempotency
from api.auth import requires
from api.blueprint import Blueprint
from api.idempotency import MOST_BYTES, idempotent
from api.problems import BadInputError, fault
from settings import Settings
from store import idempotency as store
from store.client import Database
from store.errors import NotFoundError, UnavailableError
from tests.api.asking import app_with, problem, said
from tests.api.keyring import WRITE, bearer, token

KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


@dataclass
class Work:
    """What was done, and what is to come of it."""

    done: list[str] = field(default_factory=list)
    outcome: Callable[[], Any] | None = None


def blueprint(work: Work) -> Blueprint:
    blp = Blueprint("things", __name__, url_prefix="/things")

    def do(name: str) -> Response:
        work.done.append(name)
        made = work.outcome() if work.outcome else None
        answer: Response = made or jsonify(number=len(work.done))
        if not made:
            answer.status_code = 201
            answer.headers["Location"] = f"/things/{len(work.done)}"
            answer.headers["ETag"] = '"1"'
            answer.headers["Cache-Control"] = "no-store"
        return answer

    @blp.route("", methods=["POST"])
    @requires(WRITE)
    @idempotent
    @blp.response(201)
    def make_thing() -> Response:
        """Make a thing."""
        return do("thing")

    @blp.route("/open", methods=["POST"])
    @idempotent
    @blp.response(201)
    def make_open() -> Response:
        """Make a thing that needs no key."""
        return do("open")

    @blp.route("/other", methods=["POST"])
    @partial(idempotent, lease=timedelta(minutes=5))
    @blp.response(201)
    def make_other() -> Response:
        """Make another thing, which takes its time."""
        return do("other")

    return blp


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def app(
    settings: Settings, memory_db: Database, monkeypatch: pytest.MonkeyPatch, work: Work
) -> Flask:
    return app_with(blueprint(work), settings, memory_db, monkeypatch)


def post(
    client: FlaskClient,
    key: str | None = KEY,
    place: str = "/things/open",
    headers: dict[str, str] | None = None,
    **more: Any,
) -> TestResponse:
    named = {"Idempotency-Key": key} if key is not None else {}
    return client.post(place, headers=named | (headers or {}), **more)


def test_the_same_request_gets_the_same_answer_and_is_done_once(
    client: FlaskClient, work: Work
) -> None:
    first, *others = [post(client, data=b"a") for _ in range(3)]
    assert (first.status_code, said(first)) == (201, {"number": 1})
    assert "Idempotency-Replayed" not in first.headers
    for again in others:
        assert again.headers["Idempotency-Replayed"] == "true"
        assert (again.status_code, again.data) == (201, first.data)
        for name in ("Location", "ETag", "Cache-Control", "Content-Type", "Content-Length"):
            assert again.headers[name] == first.headers[name]
        assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert len(work.done) == 1


def test_without_a_key_every_request_is_done(client: FlaskClient, work: Work) -> None:
    for number in (1, 2):
        assert said(post(client, None)) == {"number": number}
    assert len(work.done) == 2


def test_another_key_is_another_request(client: FlaskClient, work: Work) -> None:
    for number, key in enumerate(("a", "b", "A", "x" * 200, '"a"', "a b", "~!"), start=1):
        assert said(post(client, key)) == {"number": number}


@pytest.mark.parametrize("key", ["", "x" * 201, "é", "a\tb", "a\x7f", "\x80"])
def test_a_key_has_a_form(client: FlaskClient, work: Work, key: str) -> None:
    [error] = problem(post(client, key), 400)["errors"]
    assert (error["in"], error["field"]) == ("header", "Idempotency-Key")
    assert work.done == []


@pytest.mark.parametrize("other", [b"b", b"", b"a ", b"aa"])
def test_a_key_is_for_one_request(client: FlaskClient, work: Work, other: bytes) -> None:
    post(client, data=b"a")
    [error] = problem(post(client, data=other), 422)["errors"]
    assert error["field"] == "Idempotency-Key"
    assert said(post(client, data=b"a")) == {"number": 1}
    assert len(work.done) == 1


def test_a_key_is_for_one_condition(client: FlaskClient, work: Work) -> None:
    seen = {"If-Match": '"a"'}
    post(client, headers=seen)
    problem(post(client, headers={"If-Match": '"b"'}), 422)
    assert said(post(client, headers=seen)) == {"number": 1}
    assert len(work.done) == 1


def test_clients_with_keys_of_their_own_may_agree_on_the_name(
    client: FlaskClient, memory_db: Database, work: Work
) -> None:
    one, other = bearer(token(memory_db)), bearer(token(memory_db))
    for number, headers in enumerate((one, other), start=1):
        for _ in range(2):
            answer = post(client, place="/things", headers=headers)
            assert said(answer) == {"number": number}


def test_a_caller_cannot_use_a_name_for_two_places(
    client: FlaskClient, memory_db: Database, work: Work
) -> None:
    caller = bearer(token(memory_db))
    assert post(client, place="/things", headers=caller).status_code == 201
    problem(post(client, place="/things/open", headers=caller), 422)


def test_clients_without_keys_are_told_apart_by_address_and_place(
    client: FlaskClient, work: Work
) -> None:
    number = 0
    for place in ("/things/open", "/things/other"):
        for address in ("192.0.2.1", "192.0.2.2", "2001:db8::1"):
            number += 1
            for _ in range(2):
                answer = post(client, place=place, environ_overrides={"REMOTE_ADDR": address})
                assert said(answer) == {"number": number}


def test_where_no_key_is_needed_a_bad_one_is_no_matter(client: FlaskClient, work: Work) -> None:
    for headers in ({"Authorization": "Basic YTpi"}, {"X-API-Key": "x"}, {}):
        assert said(post(client, headers=headers)) == {"number": 1}


def test_who_may_not_is_told_so_again(client: FlaskClient, memory_db: Database, work: Work) -> None:
    problem(post(client, place="/things"), 401)
    assert post(client, place="/things", headers=bearer(token(memory_db))).status_code == 201
    problem(post(client, place="/things"), 401)


def bad() -> None:
    raise BadInputError([fault("body", "title", "is missing")], 422)


def nowhere() -> None:
    raise NotFoundError("thing", "x")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(bad, 422), (nowhere, 404), (partial(abort, 412), 412), (partial(abort, 410), 410)],
)
def test_a_refusal_is_an_answer_too(
    client: FlaskClient, work: Work, outcome: Callable[[], Any], status: int
) -> None:
    work.outcome = outcome
    first, again = (post(client) for _ in range(2))
    found = problem(first, status)
    assert problem(again, status) == found | {"request_id": again.headers["X-Request-Id"]}
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(work.done) == 1


def crash() -> None:
    raise RuntimeError("the secret is 12345")


def away() -> None:
    raise UnavailableError("no primary found")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(crash, 500), (away, 503), (partial(abort, 409), 409), (partial(abort, 429), 429),
     (lambda: Response(status=307), 307)],
)  # fmt: skip
def test_what_may_be_otherwise_the_next_time_is_tried_again(
    client: FlaskClient, work: Work, outcome: Callable[[], Any], status: int
) -> None:
    work.outcome = outcome
    with capture_logs():
        for _ in range(2):
            answer = post(client)
            assert answer.status_code == status
            assert "12345" not in answer.text
    work.outcome = None
    assert said(post(client)) == {"number": 3}
    assert post(client).headers["Idempotency-Replayed"] == "true"


def test_an_answer_without_a_body_is_one(client: FlaskClient, work: Work) -> None:
    work.outcome = lambda: Response(status=204)
    first, again = (post(client) for _ in range(2))
    assert (first.status_code, again.status_code, again.data) == (204, 204, b"")
    assert len(work.done) == 1


def test_a_large_answer_is_not_kept_and_its_request_done_again(
    client: FlaskClient, memory_db: Database, work: Work
) -> None:
    for size, times in ((MOST_BYTES, 1), (MOST_BYTES + 1, 2)):
        work.done.clear()
        work.outcome = partial(Response, b"x" * size)
        for _ in range(2):
            answer = post(client, str(size))
            assert (answer.status_code, len(answer.data)) == (200, size)
        assert len(work.done) == times
    assert all(len(record["answer"]["body"] or b"") <= MOST_BYTES for record in records(memory_db))
    problem(post(client, str(size), data=b"other"), 422)


def records(db: Database) -> list[dict[str, Any]]:
    return list(db["idempotency"].find())


def test_a_request_that_is_being_done_is_not_begun_again(client: FlaskClient, work: Work) -> None:
    def meanwhile() -> None:
        work.outcome = None
        answer = post(client)
        problem(answer, 409)
        assert int(answer.headers["Retry-After"]) > 0
        problem(post(client, data=b"other"), 422)

    work.outcome = meanwhile
    assert said(post(client)) == {"number": 1}
    assert post(client).headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("place", "seconds", "status"),
    [
        ("/things/open", 14, 409),
        ("/things/open", 16, 201),
        ("/things/other", 16, 409),
        ("/things/other", 301, 201),
    ],
)
def test_a_crash_in_the_middle_does_not_block_for_ever(
    client: FlaskClient,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    seconds: int,
    status: int,
) -> None:
    def killed() -> None:
        raise SystemExit

    work.outcome = killed
    with pytest.raises(SystemExit):
        post(client, place=place)
    work.outcome = None
    problem(post(client, place=place), 409)
    later = datetime.now(UTC) + timedelta(seconds=seconds)
    monkeypatch.setattr(idempotency, "_now", lambda: later)
    assert post(client, place=place).status_code == status


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    client: FlaskClient, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise UnavailableError("no primary found")

    for name, outcome in (("finish", None), ("give_up", partial(abort, 409))):
        monkeypatch.setattr(store, name, away)
        work.outcome = outcome
        with capture_logs() as logs:
            assert post(client, name).status_code == (409 if outcome else 201)
        assert [line["event"] for line in logs] == ["answer not kept"]


@pytest.mark.parametrize(
    ("name", "outcome", "then"),
    [("begin", None, 201), ("give_up", partial(abort, 503), 503), ("finish", None, 201)],
)
def test_what_is_not_noted_in_time_is_noted_later_and_bars_nobody(
    client: FlaskClient,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    outcome: Callable[[], Any] | None,
    then: int,
) -> None:
    real = {each: getattr(store, each) for each in ("begin", "give_up", "finish")}
    failed: list[str] = []
    noted: list[str] = []

    def note(each: str, *args: Any) -> Any:
        """Fail once: one that begins has done so even so, of the others nothing is done."""
        if each == name and not failed:
            failed.append(each)
            if name == "begin":
                real[name](*args)
            raise UnavailableError("it took too long")
        done = real[each](*args)
        noted.append(each)
        return done

    for each in real:
        monkeypatch.setattr(store, each, partial(note, each))
    work.outcome = outcome
    with capture_logs():
        assert post(client).status_code == (503 if name == "begin" else then)
    wait_until(lambda: ("give_up" if name == "begin" else name) in noted)
    with capture_logs():
        again = post(client)
    assert again.status_code == then
    assert ("Idempotency-Replayed" in again.headers) is (name == "finish")


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_without_the_database_nothing_is_begun(
    client: FlaskClient, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise UnavailableError("no primary found")

    monkeypatch.setattr(store, "begin", away)
    with capture_logs():
        answer = post(client)
    problem(answer, 503)
    assert answer.headers["Retry-After"]
    assert work.done == []


def test_a_body_that_is_too_large_is_refused_before_anything_is_kept(
    client: FlaskClient, memory_db: Database, work: Work
) -> None:
    problem(post(client, data=b" " * (1024 * 1024 + 1)), 413)
    assert (records(memory_db), work.done) == ([], [])


def test_no_secret_and_no_address_is_in_a_record(client: FlaskClient, memory_db: Database) -> None:
    made = token(memory_db)
    post(client, place="/things", headers=bearer(made), data=b"body of the request")
    post(client, environ_overrides={"REMOTE_ADDR": "192.0.2.77"})
    kept = str(records(memory_db))
    for secret in (made[16:], KEY, "192.0.2.77", "body of the request"):
        assert secret not in kept


def test_of_many_at_once_exactly_one_does_the_work(
    settings: Settings, mongod_db: Database, monkeypatch: pytest.MonkeyPatch, work: Work
) -> None:
    """Two workers, eight threads each, all at once, while the work takes its time."""
    apps = [app_with(blueprint(work), settings, mongod_db, monkeypatch) for _ in range(2)]
    together, others_are_done = Barrier(16), Event()
    work.outcome = lambda: others_are_done.wait(60) and None

    def ask(number: int) -> TestResponse:
        client = apps[number % 2].test_client()
        together.wait(60)
        answer = post(client, data=b"same")
        if answer.status_code == 409:
            refused.append(answer)
        if len(refused) == 15:
            others_are_done.set()
        return answer

    refused: list[TestResponse] = []
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(16)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 15]
    assert len(work.done) == 1
    for app in apps:
        again = post(app.test_client(), data=b"same")
        assert said(again) == {"number": 1}
        assert again.headers["Idempotency-Replayed"] == "true"
    assert len(work.done) == 1


def test_the_document_tells_of_the_key(client: FlaskClient) -> None:
    document = said(client.get("/openapi.json"))
    operation = document["paths"]["/things"]["post"]
    [parameter] = operation["parameters"]
    assert (parameter["in"], parameter["name"]) == ("header", "Idempotency-Key")
    assert {"400", "401", "403", "409", "422"} < set(operation["responses"])
    assert operation["security"]
    assert "security" not in document["paths"]["/things/open"]["post"]
    validate(document)
