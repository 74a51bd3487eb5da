from datetime import timedelta

import pytest

from store import leases
from store.client import Database
from tests.store.documents import hours

MINUTE = timedelta(minutes=1)
HOST = "example.org"


def test_a_lease_has_one_owner_at_a_time(db: Database) -> None:
    assert leases.take(db, HOST, "one", hours(0), MINUTE)
    assert not leases.take(db, HOST, "two", hours(0) + MINUTE / 2, MINUTE)
    assert not leases.take(db, HOST, "one", hours(0) + MINUTE / 2, MINUTE)
    assert leases.take(db, "example.com", "two", hours(0), MINUTE)


def test_a_lease_that_ran_out_is_free_and_no_longer_its_owners(db: Database) -> None:
    leases.take(db, HOST, "one", hours(0), MINUTE)
    assert leases.take(db, HOST, "two", hours(0) + MINUTE, MINUTE)
    assert not leases.renew(db, HOST, "one", hours(0) + MINUTE, MINUTE)
    leases.give_back(db, HOST, "one", hours(0))
    assert not leases.take(db, HOST, "three", hours(0) + MINUTE, MINUTE)


def test_a_lease_is_held_for_as_long_as_it_is_renewed(db: Database) -> None:
    leases.take(db, HOST, "one", hours(0), MINUTE)
    assert leases.renew(db, HOST, "one", hours(0) + MINUTE / 2, MINUTE)
    assert not leases.take(db, HOST, "two", hours(0) + MINUTE, MINUTE)
    assert not leases.renew(db, HOST, "one", hours(1), MINUTE)


@pytest.mark.parametrize(("after", "free"), [(MINUTE / 2, False), (MINUTE, True)])
def test_a_lease_that_was_given_back_is_free_from_when_its_owner_said(
    db: Database, after: timedelta, free: bool
) -> None:
    leases.take(db, HOST, "one", hours(0), MINUTE)
    leases.give_back(db, HOST, "one", hours(0) + MINUTE)
    assert leases.take(db, HOST, "two", hours(0) + after, MINUTE) is free
