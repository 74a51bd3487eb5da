import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from bson.codec_options import CodecOptions
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import AutoReconnect, OperationFailure

from store import finding
from store.client import Database, Document, connect
from store.finding import Asked

NUMBERS = range(1, 8)


@pytest.fixture
def things(db: Database) -> Database:
    db["things"].insert_many([{"_id": number, "odd": number % 2 == 1} for number in NUMBERS])
    return db


def ids(db: Database, **options: Any) -> list[int]:
    where = options.pop("where", {})
    return [found["_id"] for found in finding.find(db, "things", where, **options)]


def test_it_finds_what_the_driver_finds(things: Database) -> None:
    assert sorted(ids(things)) == [*NUMBERS]
    assert ids(things, where={"odd": True}, order=[("_id", DESCENDING)]) == [7, 5, 3, 1]
    assert ids(things, order=[("odd", ASCENDING), ("_id", DESCENDING)], limit=4) == [6, 4, 2, 7]
    assert ids(things, where={"_id": 9}) == []
    assert finding.find(things, "things", {"_id": 1}, fields={"odd": 1}) == [
        {"_id": 1, "odd": True}
    ]
    assert finding.find(things, "things", {"_id": 1}, fields={"_id": 1}) == [{"_id": 1}]


def test_times_say_that_they_are_in_utc_unless_that_is_not_wanted(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2025, 6, 16, 8, tzinfo=UTC)
    mongod_db["things"].insert_one({"_id": 1, "at": moment})
    bare = moment.replace(tzinfo=None)

    def times() -> list[datetime]:
        asked = [finding.find(mongod_db, "things", {}, zoned=zoned) for zoned in (True, False)]
        return [found[0]["at"] for found in asked]

    assert times() == [moment, bare]

    def fail(*_: Any) -> Any:
        raise AutoReconnect("away")

    monkeypatch.setattr(finding, "_ask", fail)
    assert times() == [moment, bare], "also where the driver's cursor finds it"


def test_what_does_not_come_at_once_comes_too(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    mongod_db["things"].insert_many([{"_id": number} for number in NUMBERS])
    monkeypatch.setattr(finding, "_BATCH", 2)
    assert ids(mongod_db, order=[("_id", ASCENDING)]) == [*NUMBERS]
    assert ids(mongod_db, order=[("_id", ASCENDING)], limit=5) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("error", [AutoReconnect("away"), OperationFailure("no such cursor")])
def test_after_an_error_it_is_asked_again(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    mongod_db["things"].insert_one({"_id": 1})

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(type(mongod_db), "command", fail)
        assert ids(mongod_db, order=[("_id", ASCENDING)], limit=3) == [1]
    assert ids(mongod_db) == [1]


@pytest.mark.parametrize("hint", [None, "at_1"])
@pytest.mark.parametrize("is_away", [False, True])
def test_stages_are_asked_as_well_and_again_after_an_error(
    mongod_db: Database,
    monkeypatch: pytest.MonkeyPatch,
    hint: str | None,
    is_away: bool,
) -> None:
    moment = datetime(2025, 6, 16, 8, tzinfo=UTC)
    mongod_db["things"].create_index("at", name="at_1")
    mongod_db["things"].insert_many([{"_id": number, "at": moment} for number in NUMBERS])

    def fail(*_: Any) -> Any:
        raise AutoReconnect("away")

    if is_away:
        monkeypatch.setattr(finding, "_ask", fail)
    stages: list[Document] = [{"$match": {"at": moment}}, {"$sort": {"_id": -1}}, {"$limit": 1}]
    [found] = finding.aggregate(mongod_db, "things", stages, hint=hint)
    assert found == {"_id": 7, "at": moment}
    [found] = finding.aggregate(mongod_db, "things", stages, hint=hint, zoned=False)
    assert found == {"_id": 7, "at": moment.replace(tzinfo=None)}


def test_several_questions_are_answered_each_for_itself(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_BATCH", 2)
    db["things"].insert_many([{"_id": number, "odd": number % 2 == 1} for number in NUMBERS])
    db["others"].insert_one({"_id": 1})
    things, some, none, others = finding.find_each(
        db,
        Asked("things", {"odd": True}),
        Asked("things", {}, limit=2),
        Asked("nothing", {}),
        Asked("others", {"_id": 1}),
    )
    assert sorted(each["_id"] for each in things) == [1, 3, 5, 7]
    assert all(each["odd"] for each in things)
    assert len(some) == 2
    assert none == []
    assert others == [{"_id": 1}]


def test_several_questions_are_one_unless_that_fails(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    mongod_db["things"].insert_one({"_id": 1})
    asked = Asked("things", {"_id": 1}), Asked("things", {"_id": 2})
    commands: list[object] = []
    ask = finding._ask

    def noted(db: Database, command: Document, codec: CodecOptions[Document]) -> Document:
        commands.append(command)
        return ask(db, command, codec)

    monkeypatch.setattr(finding, "_ask", noted)
    assert finding.find_each(mongod_db, *asked) == [[{"_id": 1}], []]
    assert len(commands) == 1

    def fail(*_: Any) -> Any:
        raise AutoReconnect("away")

    monkeypatch.setattr(finding, "_ask", fail)
    assert finding.find_each(mongod_db, *asked) == [[{"_id": 1}], []]


def test_each_thread_and_each_client_has_a_session_of_its_own(
    mongod_db: Database, mongod_uri: str
) -> None:
    other = connect(mongod_uri, mongod_db.name)
    try:
        mongod_db["things"].insert_one({"_id": 1})
        assert ids(mongod_db) == ids(other) == ids(mongod_db) == [1]
        found: list[list[int]] = []
        threads = [threading.Thread(target=lambda: found.append(ids(other))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [[1]] * 4
    finally:
        other.client.close()


def test_what_the_address_says_of_reading_holds(mongod_uri: str, mongod_db: Database) -> None:
    mongod_db["things"].insert_one({"_id": 1})
    asking = f"{mongod_uri}&readConcernLevel=majority&readPreference=nearest"
    other = connect(asking, mongod_db.name)
    try:
        assert ids(other) == [1]
    finally:
        other.client.close()
