from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo.errors import ExecutionTimeout, NetworkTimeout

from store import contact as contact_
from store.client import Database, connect
from store.contact import Contact, contact, has_elected, is_electing
from store.errors import UnavailableError
from tests.server import free_port

FOLLOWER = ("RSSecondary", None)
GONE = ("Unknown", None)


def described(*members: tuple[str, Any]) -> Any:
    """Describe a replica set: of each member what it is and, if it leads, by which election."""
    servers = {
        number: SimpleNamespace(address=number, server_type_name=kind, election_id=election)
        for number, (kind, election) in enumerate(members)
    }
    return SimpleNamespace(server_descriptions=lambda: servers)


def leader(election: int) -> tuple[str, int]:
    return "RSPrimary", election


@pytest.mark.parametrize(
    ("members", "electing"),
    [
        ((leader(1), FOLLOWER, FOLLOWER), False),
        ((GONE, FOLLOWER, FOLLOWER), True),
        ((GONE, GONE, GONE), False),
        ((GONE,), False),
        ((("Standalone", None),), False),
    ],
)
def test_a_replica_set_elects_when_some_of_it_is_there_and_nobody_leads(
    members: Any, electing: bool
) -> None:
    assert is_electing(described(*members)) is electing


@pytest.mark.parametrize(
    ("before", "now", "elected"),
    [
        ((leader(1), FOLLOWER), (leader(1), FOLLOWER), False),
        ((leader(1), FOLLOWER), (GONE, FOLLOWER), True),
        ((GONE, FOLLOWER), (GONE, leader(2)), True),
        ((leader(1), FOLLOWER), (GONE, leader(2)), True),
        ((leader(1), FOLLOWER), (leader(3), FOLLOWER), True),
        # Nobody was known yet: that is no election.
        ((GONE, GONE), (leader(1), FOLLOWER), False),
        ((leader(1),), (GONE,), False),
    ],
)
def test_an_election_is_seen_by_who_led_before_and_who_leads_now(
    before: Any, now: Any, elected: bool
) -> None:
    assert has_elected(described(*before), described(*now)) is elected


@pytest.fixture
def away() -> Iterator[Database]:
    """A database that nobody has."""
    db = connect(f"mongodb://127.0.0.1:{free_port()}/", "test")
    yield db
    db.client.close()


def test_what_is_away_is_found_out_by_one_and_the_others_are_told(
    away: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    found_out = Contact._find_out

    def find_out(*args: Any) -> None:
        asked.append(args)
        found_out(*args)

    monkeypatch.setattr(Contact, "_find_out", find_out)
    monkeypatch.setattr(contact_, "PATIENCE_SECONDS", 0.01)
    known = contact(away.client)

    def ask(_: int) -> str:
        with pytest.raises((UnavailableError, Exception)) as refusal:
            known.make_sure(away.client, 5)
        return str(refusal.value)

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(ask, range(8)))
    assert told.count("MongoDB does not answer") == 7
    assert len(asked) == 1


def test_what_was_found_out_holds_for_a_moment(
    away: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = contact(away.client)
    with pytest.raises(Exception, match="refused"):
        known.make_sure(away.client, 0.3)
    with pytest.raises(UnavailableError, match="a moment ago"):
        known.make_sure(away.client, 0.3)
    monkeypatch.setattr(contact_, "QUIET_SECONDS", 0)
    known._quiet_until = 0
    with pytest.raises(Exception, match="refused"):
        known.make_sure(away.client, 0.3)


def test_who_has_hardly_any_time_left_finds_out_nothing_for_the_others(away: Database) -> None:
    known = contact(away.client)
    for _ in range(2):
        with pytest.raises(Exception, match="refused"):
            known.make_sure(away.client, 0.02)


def test_what_got_no_answer_is_doubted_until_there_is_one(mongod_db: Database) -> None:
    known = contact(mongod_db.client)
    mongod_db.command("ping")
    assert contact(mongod_db.client) is known
    known.failed(NetworkTimeout("late"), began=float("inf"))
    assert known._in_doubt
    known.make_sure(mongod_db.client, 5)
    assert not known._in_doubt


def test_an_error_is_no_reason_for_doubt_nor_is_one_who_waits_while_others_are_answered(
    mongod_db: Database,
) -> None:
    known = contact(mongod_db.client)
    known.failed(ExecutionTimeout("its time is up"), began=float("inf"))
    known.answered()
    known.failed(NetworkTimeout("late"), began=0)
    assert not known._in_doubt
