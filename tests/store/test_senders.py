"""Keys under which senders are known for a day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from store import senders
from store.client import Database
from tests.store.documents import hours


def test_the_key_stays_for_a_day_and_is_the_former_one_for_the_next(db: Database) -> None:
    first, nothing = senders.keys(db, hours(0))
    assert senders.keys(db, hours(23)) == (first, nothing)
    second, former = senders.keys(db, hours(24))
    assert former == first
    assert second not in {first, nothing}
    assert senders.keys(db, hours(47)) == (second, first)


def test_an_old_key_is_nowhere_any_more(db: Database) -> None:
    first, _ = senders.keys(db, hours(0))
    senders.keys(db, hours(24))
    senders.keys(db, hours(48))
    assert str(first) not in str(list(db["meta"].find()))


def test_after_a_day_without_senders_the_key_before_is_nobodys(db: Database) -> None:
    first, _ = senders.keys(db, hours(0))
    second, former = senders.keys(db, hours(0) + timedelta(days=2))
    assert first not in {second, former}


def test_who_asks_first_at_once_gets_the_same_key_as_all_others(mongod_db: Database) -> None:
    for moment in (hours(0), hours(24)):
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _, at=moment: senders.keys(mongod_db, at), range(8)))
        assert len(set(found)) == 1
