import pytest

from desk.keys import make
from store import keys
from store.client import Database
from store.errors import ConflictError, NotFoundError
from tests.store.documents import hours


def added(db: Database, hour: int = 0) -> str:
    _, key = make("Desk", ["admin"], now=hours(hour), expires_at=hours(hour + 9))
    keys.add(db, key)
    return str(key["id"])


def test_a_key_is_found_as_it_was_made(db: Database) -> None:
    _, key = make("Desk", ["admin"], now=hours(0))
    keys.add(db, key)
    assert keys.find(db, key["id"]) == key
    assert keys.find(db, "nobody12") is None


def test_a_prefix_has_one_key(db: Database) -> None:
    _, key = make("Desk", ["admin"], now=hours(0))
    keys.add(db, key)
    with pytest.raises(ConflictError):
        keys.add(db, key | {"name": "Another"})
    assert keys.every(db) == [key]


def test_keys_are_listed_with_the_oldest_first(db: Database) -> None:
    ids = [added(db, hour) for hour in (2, 1, 3)]
    assert [key["id"] for key in keys.every(db)] == [ids[1], ids[0], ids[2]]


def test_a_key_is_revoked_once(db: Database) -> None:
    key_id, other = added(db), added(db)
    keys.revoke(db, key_id, hours(1))
    keys.revoke(db, key_id, hours(2))
    found = {key["id"]: key["revoked_at"] for key in keys.every(db)}
    assert found == {key_id: hours(1), other: None}


def test_a_key_that_is_not_there_cannot_be_revoked(db: Database) -> None:
    with pytest.raises(NotFoundError) as raised:
        keys.revoke(db, "nobody12", hours(1))
    assert (raised.value.kind, raised.value.key) == ("key", "nobody12")


def test_the_last_use_is_the_latest(db: Database) -> None:
    key_id = added(db)
    for hour in (3, 5, 4):
        keys.note_use(db, key_id, hours(hour))
    [key] = keys.every(db)
    assert key["last_used_at"] == hours(5)


def test_the_use_of_a_key_that_is_gone_makes_none(db: Database) -> None:
    keys.note_use(db, "nobody12", hours(1))
    assert keys.every(db) == []
