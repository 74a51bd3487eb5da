from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed.formats import times

AT = datetime(2025, 6, 16, 8, tzinfo=UTC)
DAY = datetime(2025, 6, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2025-06-16T08:00:00Z",
        "20250616T080000Z",
        "2025-06-16 10:00:00 +0200",
        "2025/06/16 08:00 GMT",
        "Mon, 16 Jun 2025 08:00:00 GMT",
        "Mon, 16 Jun 2025 04:00:00 EDT",
        "16 June 2025, 10:00 CEST",
        "Mon 16 Jun 25 8:00 AM UT",
        "Mo., 16. Juni 2025 um 10:00 +02:00",
        "lundi 16 juin 2025 à 10:00 +0200",
        "16 июня 2025 11:00 MSK",
        "June 16th, 2025 at 8:00 a.m. (UTC)",
        "Mon Jun 16 08:00:00 UTC 2025",
        "2025년 6월 16일 오후 5:00 KST",
        "1750060800",
        "1750060800000",
    ],
)
def test_a_moment_is_read_in_any_of_its_forms(text: str) -> None:
    assert times.parse(text) == times.Time(AT, "minute")


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        ("2025-06-16", DAY, "day"),
        ("16.06.2025", DAY, "day"),
        ("16/6/2025", DAY, "day"),
        ("6/16/2025", DAY, "day"),
        ("June 16, 2025", DAY, "day"),
        ("2025-06", datetime(2025, 6, 1, tzinfo=UTC), "month"),
        ("2025", datetime(2025, 1, 1, tzinfo=UTC), "year"),
        ("16 Jun 99", datetime(1999, 6, 16, tzinfo=UTC), "day"),
        ("16 Jun 125", DAY, "day"),
    ],
)
def test_what_is_said_less_sharply_stays_so(text: str, at: datetime, precision: str) -> None:
    assert times.parse(text) == times.Time(at, precision)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025-06-16 08:00", AT),
        ("16 Jun 2025 08:00", AT),
        ("16 Jun 2025 08:00 Local Time", AT),
        ("16 Jun 2025 13:30 IST", AT),
        ("16 Jun 2025 09:00 BST", AT),
    ],
)
def test_a_zone_that_is_not_said_outright_is_inferred(text: str, at: datetime) -> None:
    assert times.parse(text) == times.Time(at, "minute", inferred=True)


def test_the_end_of_a_day_and_a_leap_second_are_the_next_moment() -> None:
    for text in ("15 Jun 2025 24:00:00 GMT", "15 Jun 2025 23:59:60 GMT"):
        assert times.parse(text) == times.Time(DAY, "minute")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "6/7/2025",  # June or July?
        "16 Foo 2025",
        "31 Feb 2025",
        "16 Jun 2025 25:00 GMT",
        "16 Jun 2025 24:01 GMT",
        "2025-06-16T08:00:00+23:00",
        "16 Jun 2025 08:00 +2300",
        "16 Jun 2025 once upon a time: yes",
        "2025-06 08:00",
        "some time ago",
        "99999999999999999999",
        "1" * 200,
    ],
)
def test_what_says_no_one_time_is_none(text: str) -> None:
    assert times.parse(text) is None


@given(st.text(alphabet="0123456789-/:. TZ+,JunMon", max_size=40))
def test_nothing_is_raised_whatever_is_read(text: str) -> None:
    found = times.parse(text)
    assert found is None or found.at.tzinfo is UTC
