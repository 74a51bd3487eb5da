from datetime import UTC, datetime, timedelta

import pytest

from seed.watch import hints

NOW = datetime(2025, 6, 16, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Mon, 16 Jun 2025 08:01:00 GMT", 60),
        ("Mon, 16 Jun 2025 07:00:00 GMT", 0),
        ("Mon, 16 Jun 2025 08:01:00", 60),
        ("99999999", 7 * 86_400),
        ("Sat, 16 Jun 2125 08:00:00 GMT", 7 * 86_400),
        ("-5", 0),
        ("1e9", 0),
        ("٣", 0),
        ("soon", 0),
        ("", 0),
        ("Mon, 99 Jun 2025 99:00:00 GMT", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_a_week(said: str, seconds: int) -> None:
    assert hints.retry_after({"retry-after": said}, NOW) == seconds * SECOND


def test_nothing_said_is_nothing_to_wait() -> None:
    assert hints.retry_after({}, NOW) == timedelta()
    assert hints.freshness({}, b"") == timedelta()
    assert hints.skipped_hours(b"<rss>") == []


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("max-age=600", 600),
        ('public, Max-Age="600"', 600),
        ("max-age=31536000", 6 * 3600),
        ("max-age=600, no-cache", 0),
        ("no-store, max-age=600", 0),
        ("max-age=-1", 0),
        ("max-age", 0),
        (",,=,max-age=x", 0),
    ],
)
def test_an_answer_is_good_for_as_long_as_its_server_says(said: str, seconds: int) -> None:
    assert hints.freshness({"cache-control": said}, b"") == seconds * SECOND


@pytest.mark.parametrize(
    ("body", "minutes"),
    [
        (b"<rss><channel><ttl> 60 </ttl><item/></channel></rss>", 60),
        (b"<rss><channel><ttl>999999</ttl></channel></rss>", 360),
        (b"<rss><channel><item><ttl>60</ttl></item></channel></rss>", 0),
        (b"<rss><channel><ttl>soon</ttl></channel></rss>", 0),
    ],
)
def test_a_feed_may_say_so_too(body: bytes, minutes: int) -> None:
    assert hints.freshness({"cache-control": "max-age=1"}, body) == max(60 * minutes, 1) * SECOND


def test_a_feed_may_name_hours_at_which_it_is_not_to_be_asked() -> None:
    hours = b"".join(b"<hour>%d</hour>" % hour for hour in (23, 0, 1, 24, 99))
    assert hints.skipped_hours(b"<skipHours>%b</skipHours><item>" % hours) == [0, 1, 3, 23]


def test_a_feed_that_is_never_to_be_asked_is_asked() -> None:
    hours = b"".join(b"<hour>%d</hour>" % hour for hour in range(24))
    assert hints.skipped_hours(b"<skipHours>%b</skipHours>" % hours) == []
