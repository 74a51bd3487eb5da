import pytest

from store import feeds, sources
from store.client import Database
from tests.store.documents import hours

ONE, TWO, THREE = (f"https://{name}.example/rss" for name in ("one", "two", "three"))
HOSTS = {url: url.split("/")[2] for url in (ONE, TWO, THREE)}


@pytest.fixture
def listed(db: Database) -> Database:
    for source_id, urls in (("bbc", [ONE, TWO]), ("dpa", [TWO])):
        sources.ensure(db, [{"id": source_id, "name": source_id, "feeds": urls}])
    enrol(db)
    return db


def enrol(db: Database) -> bool:
    return feeds.enrol(db, sources.feeds(db), HOSTS)


def poll(db: Database, url: str, **values: object) -> bool:
    """Note a poll of a feed as one that reads it now would."""
    found = db["feeds"].find_one({"_id": url}) or {}
    return feeds.note(db, {"id": url, "next_at": found["next_at"]}, values)


def test_a_feed_that_a_source_lists_is_due_at_once(listed: Database) -> None:
    found = feeds.due(listed, hours(0))
    assert found
    assert (found["state"], found["host"]) == ("pending", HOSTS[found["id"]])
    both = {feed["_id"]: feed["sources"] for feed in listed["feeds"].find()}
    assert both == {ONE: ["bbc"], TWO: ["bbc", "dpa"]}


def test_enrolling_again_changes_nothing(listed: Database) -> None:
    poll(listed, ONE, next_at=hours(5), etag='"1"')
    before = list(listed["feeds"].find())
    assert not enrol(listed)
    assert list(listed["feeds"].find()) == before


def test_a_feed_that_no_source_lists_any_more_is_forgotten(listed: Database) -> None:
    listed["sources"].update_one({"_id": "bbc"}, {"$set": {"feeds": [ONE, THREE]}})
    listed["sources"].update_one({"_id": "dpa"}, {"$set": {"feeds": []}})
    assert enrol(listed)
    assert {feed["_id"] for feed in listed["feeds"].find()} == {ONE, THREE}


def test_feeds_come_in_the_order_in_which_they_are_due(listed: Database) -> None:
    poll(listed, ONE, next_at=hours(2))
    poll(listed, TWO, next_at=hours(1))
    assert feeds.due(listed, hours(0)) is None
    assert (feeds.due(listed, hours(3)) or {})["id"] == TWO
    assert (feeds.next_due(listed) or {})["id"] == TWO


def test_feeds_on_busy_hosts_and_of_other_sources_are_left_out(listed: Database) -> None:
    assert (feeds.due(listed, hours(0), busy=[HOSTS[ONE]]) or {})["id"] == TWO
    assert (feeds.due(listed, hours(0), sources=["dpa"]) or {})["id"] == TWO
    assert (feeds.next_due(listed, sources=["dpa"]) or {})["id"] == TWO
    assert feeds.due(listed, hours(0), sources=["dpa"], busy=[HOSTS[TWO]]) is None


def test_a_feed_that_is_gone_is_never_due(listed: Database) -> None:
    for url in (ONE, TWO):
        poll(listed, url, next_at=None, state="gone")
    assert feeds.due(listed, hours(99)) is None
    assert feeds.next_due(listed) is None


def test_of_two_polls_of_one_feed_the_second_writes_nothing(listed: Database) -> None:
    seen = feeds.due(listed, hours(0))
    assert seen
    assert feeds.is_as_it_was(listed, seen)
    assert feeds.note(listed, seen, {"next_at": hours(1), "etag": "first"})
    assert not feeds.is_as_it_was(listed, seen)
    assert not feeds.note(listed, seen, {"next_at": hours(2), "etag": "second"})
    assert [feed["etag"] for feed in listed["feeds"].find({"_id": seen["id"]})] == ["first"]


def test_a_feed_that_moves_takes_along_what_is_known_and_its_sources_follow(
    listed: Database,
) -> None:
    poll(listed, TWO, next_at=hours(1), etag="kept")
    for _ in range(2):
        feeds.move(listed, TWO, THREE, HOSTS[THREE])
    moved = listed["feeds"].find_one({"_id": THREE}) or {}
    assert (moved["etag"], moved["host"], moved["next_at"]) == ("kept", HOSTS[THREE], hours(1))
    assert sources.feeds(listed) == {ONE: ["bbc"], THREE: ["bbc", "dpa"]}
    assert not enrol(listed)


def test_a_feed_that_moves_to_where_another_is_becomes_it(listed: Database) -> None:
    poll(listed, ONE, next_at=hours(1), etag="one")
    poll(listed, TWO, next_at=hours(1), etag="two")
    feeds.move(listed, TWO, ONE, HOSTS[ONE])
    assert sources.feeds(listed) == {ONE: ["bbc", "dpa"]}
    assert [feed["etag"] for feed in listed["feeds"].find()] == ["one"]


def test_the_health_of_a_feed_is_known_also_before_its_first_poll(listed: Database) -> None:
    poll(
        listed,
        ONE,
        state="failing",
        next_at=hours(1),
        last_ok_at=hours(0),
        failures=2,
        last_error="the server answered 500",
    )
    unknown = {"last_ok_at": None, "last_new_at": None, "failures": 0, "last_error": None}
    assert feeds.health(listed, [ONE, TWO, THREE]) == [
        {
            "url": ONE,
            "state": "failing",
            "next_at": hours(1),
            "last_ok_at": hours(0),
            "last_new_at": None,
            "failures": 2,
            "last_error": "the server answered 500",
        },
        {"url": TWO, "state": "pending", "next_at": None, **unknown},
        {"url": THREE, "state": "pending", "next_at": None, **unknown},
    ]
