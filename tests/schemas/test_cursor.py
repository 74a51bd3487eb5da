import string
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import cursor

ALPHABET = string.ascii_letters + string.digits + "-_"
IDS = st.text("0123456789abcdef", min_size=32, max_size=32)
MOMENTS = st.datetimes(timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


@given(MOMENTS, IDS)
def test_a_cursor_gives_back_its_place(moment: datetime, item_id: str) -> None:
    assert cursor.decode(cursor.encode(moment, item_id)) == (moment, item_id)


@given(st.text(ALPHABET, min_size=32, max_size=32))
def test_every_32_characters_are_some_place(text: str) -> None:
    moment, item_id = cursor.decode(text)
    again = cursor.encode(moment, item_id)
    # A place after the last of all times is that time; every other has one spelling.
    assert again == text or moment.year == 9999


def test_the_ends_of_the_alphabet_are_the_ends_of_time() -> None:
    assert cursor.decode("A" * 32) == (datetime(1, 1, 1, tzinfo=UTC), "0" * 32)
    assert cursor.decode("_" * 32) == (
        datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
        "f" * 32,
    )


def test_the_zone_of_the_time_does_not_matter() -> None:
    seoul = timezone(timedelta(hours=9))
    one = cursor.encode(datetime(2025, 6, 16, 17, tzinfo=seoul), "0" * 32)
    assert one == cursor.encode(datetime(2025, 6, 16, 8, tzinfo=UTC), "0" * 32)
    assert one == cursor.encode(datetime(2025, 6, 16, 8), "0" * 32)  # noqa: DTZ001 - as it may come


@pytest.mark.parametrize(
    "text",
    ["", "A" * 31, "A" * 33, "A" * 32 + "\n", "A" * 31 + "=", "A" * 31 + "+", "é" * 32, "A" * 5000],
)
def test_another_form_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        cursor.decode(text)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=300))
def test_a_text_cursor_gives_back_its_text(item_id: str) -> None:
    assert cursor.decode_text(cursor.encode_text(item_id)) == item_id


@given(st.text(ALPHABET, min_size=2, max_size=40).filter(lambda text: len(text) % 4 != 1))
def test_every_text_cursor_is_some_place(text: str) -> None:
    assert isinstance(cursor.decode_text(text), str)


@pytest.mark.parametrize("text", ["", "A", "A" * 5, "AA==", "A+AA", "AAAA\n", "é" * 4, "A" * 5000])
def test_another_form_is_no_text_cursor(text: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        cursor.decode_text(text)


@given(st.integers(0, 10**12), IDS)
def test_a_cursor_of_a_score_gives_back_the_score_and_the_id(score: int, item_id: str) -> None:
    assert cursor.score_of(cursor.decode(cursor.encode_score(score, item_id))) == (score, item_id)
