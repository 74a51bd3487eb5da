import gzip
from datetime import timedelta
from typing import Any

import pytest

from seed import fetch
from seed.watch.events import Polled
from seed.watch.surroundings import LEASE, Lease, LostLeaseError
from store import feeds, leases, sources
from store.errors import UnavailableError
from tests.seed.watch.world import SHORTEST, START, World, rss
from tests.seed.web import Raw, Reply


def titles(world: World) -> set[str]:
    return {article["title"] for article in world.articles()}


def test_what_a_feed_says_is_stored_under_the_source_that_lists_it(world: World) -> None:
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One", "Two"))
    [event] = world.poll()
    assert (event.result, event.articles["new"]) == ("changed", 2)
    assert titles(world) == {"One", "Two"}
    assert {article["source"]["id"] for article in world.articles()} == {"daily"}


def test_an_entry_that_names_a_known_source_is_that_sources(world: World) -> None:
    world.list_feed("/planet", "Planet")
    world.list_feed("/feed", "Daily")
    world.web.pages["/feed"] = Reply(rss())
    entry = b"<source url='https://daily.example/'>Daily</source></item>"
    world.web.pages["/planet"] = Reply(rss("One").replace(b"</item>", entry))
    world.poll()
    assert [article["source"]["id"] for article in world.articles()] == ["daily"]


def test_a_feed_that_changes_between_polls_gives_what_is_new_and_what_was_corrected(
    world: World,
) -> None:
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One", "Two"))
    world.poll()
    world.later(minutes=5)
    world.web.pages["/feed"] = Reply(
        rss("Three", "One, corrected|https://daily.example/One", "Two")
    )
    [event] = world.poll()
    assert event.articles == {"new": 1, "changed": 1, "unchanged": 1, "rejected": 0}
    revisions = {article["title"]: article["revision"] for article in world.articles()}
    assert revisions == {"One, corrected": 2, "Two": 1, "Three": 1}
    assert world.feed("/feed")["last_new_at"] == world.now


def test_a_feed_that_says_the_same_again_writes_no_article(world: World) -> None:
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One"))
    world.poll()
    before = world.articles()
    for again in (rss("One"), rss("One", head="<lastBuildDate>now</lastBuildDate>")):
        world.later(hours=1)
        world.web.pages["/feed"] = Reply(again)
        [event] = world.poll()
        assert event.result == "unchanged"
    assert world.articles() == before
    assert world.web.times("/feed") == 3


def test_two_feeds_that_tell_of_one_article_differently_do_not_take_turns(world: World) -> None:
    for path in ("/world", "/politics"):
        world.list_feed(path)
        world.web.pages[path] = Reply(rss(f"As {path} says|https://daily.example/1"))
    world.poll()
    [known] = world.articles()
    for round_ in range(3):
        world.later(hours=2)
        for path in ("/world", "/politics"):
            said = f"As {path} says|https://daily.example/1"
            world.web.pages[path] = Reply(rss(said, f"{path} {round_}"))
        world.poll()
    [again] = [article for article in world.articles() if article["id"] == known["id"]]
    assert again["revision"] == known["revision"]


def test_what_has_not_changed_is_not_sent_again(world: World) -> None:
    world.list_feed("/feed")
    dated = "Mon, 16 Jun 2025 07:30:00 GMT"
    world.web.pages["/feed"] = Reply(rss("One"), etag='"1"', last_modified=dated)
    world.poll()
    world.later(minutes=5)
    [event] = world.poll()
    assert (event.result, event.articles) == ("unchanged", {})
    _, headers = world.web.asked[-1]
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('"1"', dated)
    assert world.feed("/feed")["last_ok_at"] == world.now


def test_nothing_is_polled_before_it_is_due(world: World) -> None:
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One"))
    assert len(world.poll()) == 1
    world.later(minutes=4, seconds=59)
    assert world.poll() == []
    world.later(seconds=1)
    assert len(world.poll()) == 1


def test_only_the_feeds_of_the_sources_that_are_named_are_polled(world: World) -> None:
    for source in ("Daily", "Weekly"):
        world.list_feed(f"/{source}", source)
        world.web.pages[f"/{source}"] = Reply(rss(source))
    [event] = world.poll(sources=["weekly"])
    assert event.sources == ["weekly"]


def test_a_feed_that_is_gone_is_not_asked_again(world: World) -> None:
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One"))
    world.poll()
    world.later(days=1)
    world.web.pages["/feed"] = Reply(status=410)
    assert [event.result for event in world.poll()] == ["gone"]
    world.later(days=30)
    assert world.poll() == []
    assert world.feed("/feed")["state"] == "gone"
    assert sources.feeds(world.db) == {world.web.url("/feed"): ["daily"]}


@pytest.mark.parametrize("status", [301, 308])
def test_a_feed_that_has_moved_is_asked_where_it_is_now(world: World, status: int) -> None:
    old, new = world.list_feed("/old"), world.web.url("/new")
    world.web.pages["/old"] = Reply(status=status, headers={"Location": "/new"})
    world.web.pages["/new"] = Reply(rss("One"), etag='"1"')
    [event] = world.poll()
    assert event.moved_to == new
    assert sources.feeds(world.db) == {new: ["daily"]}
    assert [feed["_id"] for feed in world.db["feeds"].find()] == [new]
    world.later(minutes=5)
    [event] = world.poll()
    assert (event.feed, event.result) == (new, "unchanged")
    assert world.web.times("/old") == 1
    assert old != new


@pytest.mark.parametrize(
    ("status", "page"), [(302, Reply(rss("One"))), (301, Reply(b"<html><p>Sold</p></html>"))]
)
def test_a_feed_stays_where_it_is_if_it_is_only_away_or_its_name_was_sold(
    world: World, status: int, page: Reply
) -> None:
    old = world.list_feed("/old")
    world.web.pages |= {"/old": Reply(status=status, headers={"Location": "/new"}), "/new": page}
    world.poll()
    assert sources.feeds(world.db) == {old: ["daily"]}


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_says_when_to_come_back_is_left_alone_until_then(
    world: World, status: int
) -> None:
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(status=status, headers={"Retry-After": "7200"})
    [event] = world.poll()
    assert event.next_at == world.now + timedelta(hours=2)
    world.later(hours=1, minutes=59)
    assert world.poll() == []
    world.later(minutes=1)
    assert len(world.poll()) == 1


def test_an_answer_that_is_good_for_an_hour_is_not_asked_for_within_it(world: World) -> None:
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One"), headers={"Cache-Control": "max-age=3600"})
    [event] = world.poll()
    assert event.next_at == world.now + timedelta(hours=1)


def test_a_feed_recovers_from_what_went_wrong(world: World) -> None:
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One"), etag='"1"')
    world.poll()
    world.web.pages["/feed"] = Reply(status=500)
    for failures, minutes in ((1, 5), (2, 10), (3, 20)):
        world.now = world.feed("/feed")["next_at"]
        [event] = world.poll()
        assert event.error == "the server answered 500"
        assert event.next_at == world.now + timedelta(minutes=minutes)
        assert (world.feed("/feed")["state"], world.feed("/feed")["failures"]) == (
            "failing",
            failures,
        )
    world.later(minutes=20)
    world.web.pages["/feed"] = Reply(rss("One", "Two"), etag='"2"')
    [event] = world.poll()
    assert event.articles["new"] == 1
    known = world.feed("/feed")
    assert (known["state"], known["failures"], known["last_error"]) == ("active", 0, None)


def endless(connection: Any) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"<item>" * 10_000)


BOMB = Reply(gzip.compress(bytes(20_000_000)), headers={"Content-Encoding": "gzip"})
BROKEN: dict[str, tuple[Reply | Raw, str]] = {
    "missing": (Reply(status=404), "404"),
    "endless": (endless, "more than it may|larger"),
    "bomb": (BOMB, "larger"),
    "garbage": (Reply(bytes(range(256)) * 9), "no feed"),
    "empty": (Reply(b""), "no feed"),
    "a page": (Reply(b"<html><h1>We moved</h1><p>Read on elsewhere.</p></html>"), "no feed"),
    "a broken feed": (Reply(b"<rss><channel><item><title>x"), ""),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_feed_that_is_broken_fails_by_itself_and_the_others_go_on(
    world: World, what: str
) -> None:
    page, reason = BROKEN[what]
    world.list_feed("/bad")
    world.list_feed("/good")
    world.web.pages |= {"/bad": page, "/good": Reply(rss("One"))}
    events = {event.feed: event for event in world.poll()}
    assert events[world.web.url("/good")].articles["new"] == 1
    if reason:
        assert any(part in events[world.web.url("/bad")].error for part in reason.split("|"))
        assert titles(world) == {"One"}


def test_a_feed_that_answers_slowly_fails_at_the_deadline(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.list_feed("/slow")

    def silent(connection: Any) -> None:
        connection.recv(1)

    world.web.pages["/slow"] = silent
    monkeypatch.setattr(fetch, "TOTAL_SECONDS", 0.2)
    [event] = world.poll()
    assert "took longer" in event.error


def test_an_address_that_is_none_fails_and_says_so(world: World) -> None:
    sources.ensure(world.db, [{"id": "x", "name": "X", "feeds": ["https://user@x.example/rss"]}])
    [event] = world.poll()
    assert "user name" in event.error


def test_a_watcher_goes_on_until_it_is_told_to_stop_and_rests_in_between(world: World) -> None:
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One"))
    world.stop_at = START + timedelta(minutes=31)
    world.watcher().run()
    # After 0, 5, 12.5 and 23.75 minutes: nothing new puts the next poll off by half.
    polled = [(event.at - START) / timedelta(minutes=1) for event in world.events]
    assert polled == [0, 5, 12.5, 23.75]
    assert world.rests[0]
    assert world.rests[0]["next_at"] == START + SHORTEST


def test_a_feed_that_is_listed_while_a_watcher_runs_is_polled_within_a_minute(
    world: World,
) -> None:
    world.stop_at = START + timedelta(minutes=2)
    watcher = world.watcher()
    watcher.run(once=True)
    assert world.events == []
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One"))
    watcher.run()
    assert [event.at for event in world.events] == [START + timedelta(minutes=1)]


def test_a_host_that_another_watcher_asks_is_left_to_it_until_its_lease_ends(world: World) -> None:
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One"))
    other = Lease(world.around("other"), world.web.host)
    assert other.take()
    watcher = world.watcher()
    watcher._enrol()
    assert not watcher.work(world.now)
    assert world.web.asked == []
    # The other was killed: its lease is not renewed, and this one takes over.
    [event] = world.poll()
    assert START + LEASE <= event.at <= START + LEASE + timedelta(seconds=1)


def test_a_feed_that_was_polled_between_the_look_and_the_lease_is_not_polled_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One"))
    take = leases.take

    def late(*arguments: Any) -> bool:
        monkeypatch.setattr(leases, "take", take)
        world.watcher("two").run(once=True)
        return take(*arguments)

    monkeypatch.setattr(leases, "take", late)
    world.watcher("one").run(once=True)
    assert len(world.events) == 1
    assert world.web.times("/feed") == 1


def test_a_watcher_that_lost_its_lease_writes_nothing_down(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.list_feed("/feed")

    def suspended(connection: Any) -> None:
        """Let the watcher that asks sleep for so long that another one takes its place."""
        world.later(hours=1)
        world.web.pages["/feed"] = Reply(rss("One"))
        world.watcher("two").run(once=True)
        body = rss("Old")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    world.web.pages["/feed"] = suspended
    world.watcher("one").run(once=True)
    [event] = world.events
    assert isinstance(event, Polled)
    assert event.articles["new"] == 1
    assert titles(world) == {"One"}


def test_a_lease_is_renewed_while_its_work_lasts(world: World) -> None:
    lease, other = Lease(world.around("one"), "x"), Lease(world.around("two"), "x")
    assert lease.take()
    for _ in range(10):
        world.now += LEASE / 2
        lease.keep()
        assert not other.take()
    world.now += LEASE
    with pytest.raises(LostLeaseError):
        lease.keep()
    assert other.take()


def test_a_poll_that_the_database_did_not_outlive_is_done_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One"))

    def away(*_: Any) -> bool:
        raise UnavailableError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(feeds, "note", away)
        with pytest.raises(UnavailableError):
            world.poll()
    [event] = world.poll()
    assert event.articles["unchanged"] == 1
