from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed.watch import polling
from seed.watch.polling import Failed, Gone, Well

NOW = datetime(2025, 6, 16, 8, 30, tzinfo=UTC)
SHORTEST = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)


def after(outcome: polling.Outcome, chance: float = 0.0, **known: Any) -> dict[str, Any]:
    feed = {"failures": 0, "interval": 600.0} | known
    return polling.after(feed, outcome, NOW, shortest=SHORTEST, chance=chance)


def test_news_brings_the_next_poll_nearer_and_silence_puts_it_off() -> None:
    assert after(Well(news=True))["next_at"] == NOW + 5 * MINUTE
    assert after(Well())["next_at"] == NOW + 15 * MINUTE
    assert after(Well(), interval=None)["next_at"] == NOW + SHORTEST


def test_a_poll_that_went_well_is_written_down() -> None:
    assert after(Well(news=True, learned={"etag": '"1"'}), failures=3) == {
        "state": "active",
        "failures": 0,
        "last_error": None,
        "last_ok_at": NOW,
        "last_new_at": NOW,
        "interval": 300.0,
        "next_at": NOW + 5 * MINUTE,
        "etag": '"1"',
    }
    assert "last_new_at" not in after(Well())


def test_a_server_that_says_how_long_its_answer_is_good_is_not_asked_before() -> None:
    assert after(Well(news=True, wait=timedelta(hours=2)))["next_at"] == NOW + timedelta(hours=2)
    assert after(Well(news=True, wait=MINUTE))["next_at"] == NOW + SHORTEST


def test_a_feed_is_not_asked_in_the_hours_it_names() -> None:
    at = after(Well(skipped_hours=[8, 9]))["next_at"]
    assert at == NOW.replace(hour=10, minute=0)
    assert after(Well(skipped_hours=[9]))["next_at"] == NOW + 15 * MINUTE


@given(st.lists(st.booleans(), max_size=60))
def test_the_interval_stays_between_the_shortest_and_a_day(found: list[bool]) -> None:
    known = None
    for news in found:
        known = polling.interval(known, SHORTEST, news=news)
        assert SHORTEST <= known <= timedelta(days=1)


@pytest.mark.parametrize("hours", [1, 6, 24])
def test_a_feed_is_asked_about_as_often_as_it_changes(hours: int) -> None:
    every, at, changed_at, polls = timedelta(hours=hours), timedelta(), timedelta(), 0
    known = None
    while at < timedelta(days=30):
        news = at - changed_at >= every
        if news:
            changed_at = at - (at % every)
        known = polling.interval(known, SHORTEST, news=news)
        at += known
        polls += 1
    assert 1 <= polls / (timedelta(days=30) / every) <= 4


def test_a_failure_doubles_the_wait_up_to_a_day() -> None:
    waits = [polling.backoff(failures, SHORTEST, 0.0) / MINUTE for failures in range(1, 11)]
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440]
    assert polling.backoff(10**9, SHORTEST, 0.0) == timedelta(days=1)


@given(st.integers(1, 100), st.floats(0, 1))
def test_chance_spreads_the_waits_and_shortens_none(failures: int, chance: float) -> None:
    least = polling.backoff(failures, SHORTEST, 0.0)
    assert least <= polling.backoff(failures, SHORTEST, chance) <= least * 1.5
    assert after(Well(), chance)["next_at"] >= after(Well())["next_at"]


def test_a_failure_is_written_down_and_what_was_known_stays() -> None:
    assert after(Failed("the server answered 500"), failures=1) == {
        "state": "failing",
        "failures": 2,
        "last_error": "the server answered 500",
        "next_at": NOW + 10 * MINUTE,
    }


def test_a_server_that_wants_to_be_left_alone_is() -> None:
    wait = timedelta(hours=3)
    assert after(Failed("busy", wait), chance=1.0)["next_at"] == NOW + wait
    assert after(Failed("busy", MINUTE))["next_at"] == NOW + SHORTEST


def test_a_feed_that_is_gone_has_no_next_poll() -> None:
    gone = after(Gone("the server answered 410"))
    assert (gone["state"], gone["next_at"]) == ("gone", None)
