from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from store import limits
from store.client import Database


def test_each_key_is_counted_by_itself(db: Database) -> None:
    assert [limits.count(db, "a", 60) for _ in range(3)] == [1, 2, 3]
    assert limits.count(db, "b", 60) == 1


def test_a_count_is_kept_until_its_time_has_ended(mongod_db: Database) -> None:
    limits.count(mongod_db, "a", 3_600)
    limits.count(mongod_db, "a", 3_600)
    [counted] = mongod_db["limits"].find()
    left = counted["ends_at"] - datetime.now(UTC)
    assert timedelta(minutes=50) < left <= timedelta(hours=1)
    [index] = [
        index for index in mongod_db["limits"].list_indexes() if list(index["key"]) == ["ends_at"]
    ]
    assert index["expireAfterSeconds"] == 0


def test_nothing_is_lost_among_many_at_once(mongod_db: Database) -> None:
    with ThreadPoolExecutor(16) as threads:
        counts = list(threads.map(lambda _: limits.count(mongod_db, "a", 60), range(200)))
    assert sorted(counts) == list(range(1, 201))
