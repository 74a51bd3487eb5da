from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from store import idempotency
from store.client import Database
from store.idempotency import KEPT

# Of this day, since the database itself removes what is older.
NOW = datetime.now(UTC).replace(microsecond=0)
LEASE = timedelta(seconds=15)
ANSWER = {"status": 201, "body": b"\x00\xff"}


def begin(
    db: Database, owner: str, request: str = "R", now: datetime = NOW
) -> dict[str, Any] | None:
    return idempotency.begin(db, "id", request, owner, now, LEASE)


def test_who_comes_first_does_the_work_and_others_see_it_begun(db: Database) -> None:
    assert begin(db, "one") is None
    for request in ("R", "another"):
        found = begin(db, "two", request)
        assert found
        assert (found["id"], found["request"], found["answer"]) == ("id", "R", None)
    assert idempotency.begin(db, "other", "R", "two", NOW, LEASE) is None


def test_an_answer_is_kept_for_all_who_come_later(db: Database) -> None:
    begin(db, "one")
    idempotency.finish(db, "id", "one", ANSWER)
    for now in (NOW, NOW + 2 * LEASE):
        found = begin(db, "two", now=now)
        assert found
        assert found["answer"] == ANSWER


def test_work_that_was_cut_off_is_taken_over_once_its_lease_has_run_out(db: Database) -> None:
    begin(db, "one")
    assert begin(db, "two", now=NOW + LEASE / 2)
    assert begin(db, "two", "another", now=NOW + LEASE)
    assert begin(db, "two", now=NOW + LEASE) is None
    assert begin(db, "three", now=NOW + LEASE)


def test_who_has_lost_the_work_decides_no_more(db: Database) -> None:
    begin(db, "one")
    begin(db, "two", now=NOW + LEASE)
    idempotency.finish(db, "id", "one", {"status": 500, "body": b""})
    idempotency.give_up(db, "id", "one")
    idempotency.finish(db, "id", "two", ANSWER)
    idempotency.give_up(db, "id", "two")
    found = begin(db, "three")
    assert found
    assert found["answer"] == ANSWER


def test_work_that_was_given_up_can_be_taken_up_at_once(db: Database) -> None:
    begin(db, "one")
    idempotency.give_up(db, "id", "one")
    assert begin(db, "two", "another") is None


def test_after_a_day_a_record_is_as_good_as_gone(mongod_db: Database) -> None:
    begin(mongod_db, "one")
    idempotency.finish(mongod_db, "id", "one", ANSWER)
    assert begin(mongod_db, "two", "another", NOW + KEPT - timedelta(seconds=1))
    assert begin(mongod_db, "two", "another", NOW + KEPT) is None


def test_mongodb_removes_records_after_a_day(db: Database) -> None:
    indexes = db["idempotency"].index_information().values()
    assert [index.get("expireAfterSeconds") for index in indexes] == [None, 86_400]


def test_of_many_at_once_one_does_the_work(mongod_db: Database) -> None:
    owners = [f"owner-{number}" for number in range(16)]
    with ThreadPoolExecutor(len(owners)) as pool:
        found = list(pool.map(lambda owner: begin(mongod_db, owner), owners))
    assert found.count(None) == 1
    winner = owners[found.index(None)]
    assert all(record is None or record["owner"] == winner for record in found)
