from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bson import tz_util
from hypothesis import assume, example, given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields

from schemas.fields import (
    Limit,
    Moment,
    PositionCursor,
    Switch,
    Text,
    TextCursor,
    TimeBound,
    TimeStamp,
    TrueOrFalse,
    UtcTime,
    format_time,
    parse_time,
    printable,
    several,
    text,
    web_address,
    words,
)

SEOUL = timezone(timedelta(hours=9))

TEXTS = ["", " ", "\x00", "[]", "٣", "x" * 5000]


class Query(Schema):
    limit = Limit()
    count = Switch("Whether.")
    since = TimeBound(end=False, description="From.")
    until = TimeBound(end=True, description="To.")
    cursor = PositionCursor()
    text_cursor = TextCursor()
    name = printable(5)
    code = Text("[a-z]+", "must be small letters", longest=20)
    names = several(printable(5), "Some.")
    at = Moment()


def load(**values: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = Query().load(values)
    return loaded


def refusal(**values: Any) -> dict[str, Any]:
    with pytest.raises(ValidationError) as refused:
        Query().load(values)
    assert isinstance(refused.value.messages, dict)
    return refused.value.messages


def whole_second(value: datetime) -> datetime:
    return value.replace(microsecond=0)


def moment(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_what_is_not_asked_for_has_its_default() -> None:
    assert load() == {"limit": 20, "count": False, "names": [], "at": None}


@pytest.mark.parametrize(("text", "limit"), [("1", 1), ("20", 20), ("99", 99), ("100", 100)])
def test_a_limit_is_a_number_from_1_to_100(text: str, limit: int) -> None:
    assert load(limit=text)["limit"] == limit


@pytest.mark.parametrize(
    "text",
    [
        *("0", "-5", "101", "999", str(10**9), "1_000", "٣", "", " 5", "5 ", "5\n", "05", "+5"),
        *("5.0", "1e1", "0x5", "NaN", "true", "\x00", "9" * 5000),
    ],
)
def test_anything_else_is_no_limit(text: str) -> None:
    assert refusal(limit=text) == {"limit": ["must be a whole number from 1 to 100"]}


@pytest.mark.parametrize(("text", "switch"), [("true", True), ("false", False)])
def test_a_switch_is_true_or_false(text: str, switch: bool) -> None:
    assert load(count=text)["count"] is switch


@pytest.mark.parametrize("text", [*TEXTS, "1", "0", "True", "yes", "true ", "on"])
def test_anything_else_is_no_switch(text: str) -> None:
    assert refusal(count=text) == {"count": ["must be true or false"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-06-16T08:00:00Z", moment(2025, 6, 16, 8)),
        ("2025-06-16t08:00:00z", moment(2025, 6, 16, 8)),
        ("2025-06-16T08:00:00+09:00", moment(2025, 6, 15, 23)),
        ("2025-06-16T08:00:00-00:00", moment(2025, 6, 16, 8)),
        ("2025-06-16T08:00:00-23:59", moment(2025, 6, 17, 7, 59)),
        ("2025-06-16T08:00:00.5Z", moment(2025, 6, 16, 8, 0, 0, 500_000)),
        ("2025-06-16T08:00:00.123456789Z", moment(2025, 6, 16, 8, 0, 0, 123_456)),
        (f"2025-06-16T08:00:00.{'0' * 30}Z", moment(2025, 6, 16, 8)),
        ("2016-12-31T23:59:60Z", moment(2017, 1, 1)),
        ("2016-12-31T23:59:60.25Z", moment(2017, 1, 1, 0, 0, 0, 250_000)),
        ("2024-02-29T00:00:00Z", moment(2024, 2, 29)),
        ("0001-01-01T00:00:00Z", moment(1, 1, 1)),
        ("9999-12-31T23:59:59Z", moment(9999, 12, 31, 23, 59, 59)),
    ],
)
def test_a_time_of_rfc_3339_is_read_into_utc(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected
    assert load(since=text)["since"] == load(until=text)["until"] == expected


def test_a_date_is_the_whole_day() -> None:
    assert load(since="2025-06-16")["since"] == moment(2025, 6, 16)
    assert load(until="2025-06-16")["until"] == moment(2025, 6, 16, 23, 59, 59, 999_999)


@pytest.mark.parametrize(
    "text",
    [
        *TEXTS,
        *("NaN", "now", "1750060800", "2025", "2025-06", "20250616", "2025-6-16", "2025-W25-1"),
        *(
            "2025-02-30",
            "2025-13-01",
            "0000-01-01",
            "2025-06-16\n",
            "２０２５-06-16",
            "-2025-06-16",
        ),
        *("2025-06-16T08:00Z", "2025-06-16T08:00:00", "2025-06-16 08:00:00Z"),
        *("2025-06-16T08:00:00 09:00", "2025-06-16T24:00:00Z", "2025-06-16T08:60:00Z"),
        *("2025-06-16T08:00:61Z", "2025-06-16T08:00:00.Z", "2025-06-16T08:00:00,5Z"),
        *("2025-06-16T08:00:00+24:00", "2025-06-16T08:00:00+09:60", "2025-06-16T08:00:00+0900"),
        *("2025-02-30T00:00:00Z", f"2025-06-16T08:00:00.{'0' * 31}Z", "2025-06-16T٠٨:00:00Z"),
        *("0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-09:00", "9999-12-31T23:59:60Z"),
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    for field in ("since", "until"):
        messages = refusal(**{field: text})
        assert list(messages) == [field]
        assert "RFC 3339" in messages[field][0]
    with pytest.raises(ValueError, match=r"."):
        parse_time(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (moment(2025, 6, 16, 8), "2025-06-16T08:00:00Z"),
        (moment(2025, 6, 16, 8, 0, 0, 120_000), "2025-06-16T08:00:00.120Z"),
        (datetime(2025, 6, 16, 8, tzinfo=SEOUL), "2025-06-15T23:00:00Z"),
        (moment(1, 1, 1), "0001-01-01T00:00:00Z"),
    ],
)
def test_a_time_is_written_in_utc_with_milliseconds_only_where_there_are_any(
    value: datetime, text: str
) -> None:
    assert format_time(value) == text
    assert Schema.from_dict({"at": UtcTime()})().dump({"at": value}) == {"at": text}


def test_no_time_is_written_as_none() -> None:
    assert Schema.from_dict({"at": UtcTime()})().dump({"at": None}) == {"at": None}


def time_zones() -> st.SearchStrategy[tzinfo]:
    """UTC in three guises, named zones, and offsets down to the microsecond."""
    day = timedelta(hours=23, minutes=59)
    fixed = st.timedeltas(-day, day).map(timezone)
    return st.one_of(st.sampled_from([UTC, tz_util.utc, ZoneInfo("UTC")]), st.timezones(), fixed)


@given(
    st.datetimes(timezones=time_zones()) | st.datetimes(timezones=time_zones()).map(whole_second)
)
@example(datetime(2025, 6, 16, microsecond=123_000, tzinfo=timezone(timedelta(seconds=20))))
@example(datetime(2025, 6, 16, microsecond=1, tzinfo=UTC))
@example(datetime(2025, 6, 16, 8))  # noqa: DTZ001
def test_a_time_is_written_as_the_standard_library_writes_it(value: datetime) -> None:
    try:
        moment = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        assume(False)
    timespec = "milliseconds" if moment.microsecond else "seconds"
    assert format_time(value) == moment.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
    assert format_time(moment.replace(tzinfo=None)) == format_time(value)


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_can_be_read(value: datetime) -> None:
    assert abs(parse_time(format_time(value)) - value) < timedelta(milliseconds=1)


def test_a_cursor_gives_its_place() -> None:
    assert load(cursor="A" * 32)["cursor"] == (moment(1, 1, 1), "0" * 32)


@pytest.mark.parametrize("text", [*TEXTS, "A" * 31, "A" * 33, "A" * 31 + "="])
def test_anything_else_is_no_cursor(text: str) -> None:
    [message] = refusal(cursor=text)["cursor"]
    assert message.startswith("is not a cursor")


def test_a_text_cursor_gives_its_text() -> None:
    assert load(text_cursor="7ISc7Jq4")["text_cursor"] == "서울"


@pytest.mark.parametrize("text", [*TEXTS, "A", "AAAAA", "AA==", "서울"])
def test_anything_else_is_no_text_cursor(text: str) -> None:
    [message] = refusal(text_cursor=text)["text_cursor"]
    assert message.startswith("is not a cursor")


@pytest.mark.parametrize("text", ["a", "경제", "a b c", "😀😀😀😀😀", "$ne"])
def test_printable_text_is_any_script_up_to_its_length(text: str) -> None:
    assert load(name=text)["name"] == text


@pytest.mark.parametrize("text", ["", "a,b", "abcdef", "a\x00b", "a\nb", "\x7f", "\x9f", "\x1b[0m"])
def test_commas_control_characters_and_length_are_refused(text: str) -> None:
    [message] = refusal(name=text)["name"]
    assert message in {"must be 1 to 5 characters of text", "must be at most 5 characters"}


@pytest.mark.parametrize("text", ["", "A", "a1", "a\n", "\na"])
def test_a_form_must_hold_for_the_whole_text(text: str) -> None:
    assert refusal(code=text) == {"code": ["must be small letters"]}


@pytest.mark.parametrize(
    ("text", "values"), [("a", ["a"]), ("a,b", ["a", "b"]), ("x" + ",x" * 49, ["x"] * 50)]
)
def test_commas_separate_several_values(text: str, values: list[str]) -> None:
    assert load(names=text)["names"] == values


@pytest.mark.parametrize("text", ["", "x" + ",x" * 50, "," * 5000])
def test_none_and_more_than_fifty_values_are_refused(text: str) -> None:
    assert "names" in refusal(names=text)


@pytest.mark.parametrize(
    ("text", "places"), [(",", {0, 1}), ("a,", {1}), ("a,,b", {1}), ("a,b\x00", {1})]
)
def test_a_bad_value_among_several_is_told_by_its_place(text: str, places: set[int]) -> None:
    assert set(refusal(names=text)["names"]) == places


def test_a_moment_is_kept_in_utc_to_the_millisecond() -> None:
    value = datetime(2025, 6, 16, 8, 0, 0, 123_999, tzinfo=SEOUL)
    assert load(at=value)["at"] == moment(2025, 6, 15, 23, 0, 0, 123_000)
    assert load(at=None)["at"] is None


@pytest.mark.parametrize(
    "value",
    [
        "2025-06-16T08:00:00Z",
        1750060800,
        float("nan"),
        datetime(2025, 6, 16),  # noqa: DTZ001
        datetime(1, 1, 1, tzinfo=SEOUL),
    ],
)
def test_anything_else_is_no_moment(value: object) -> None:
    assert list(refusal(at=value)) == ["at"]


def test_each_field_says_in_the_documentation_what_it_takes() -> None:
    described = {name: field.metadata for name, field in Query().fields.items()}
    assert (described["limit"]["minimum"], described["limit"]["maximum"]) == (1, 100)
    assert described["cursor"]["pattern"] == "^[A-Za-z0-9_-]{32}$"
    assert (described["names"]["minItems"], described["names"]["maxItems"]) == (1, 50)
    assert isinstance(Query().fields["names"], fields.List)


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example",
        "HTTP://News.Example:8000/a?b=c#d",
        "https://뉴스.example/기사",
        "https://a.example/%7Euser/x,y;z=1?q=[1]",
        "http://127.0.0.1/x",
    ],
)
def test_a_web_address_is_taken_as_it_is(url: str) -> None:
    assert web_address().deserialize(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *TEXTS,
        "javascript:alert(1)",
        "//news.example/x",
        "https://",
        "https:///x",
        "https://user:pw@news.example/",
        "https://[::1]/",
        "https://-a.example/",
        "https://a.example/a b",
        "https://a.example/\n",
        'https://a.example/"x',
        "https://a.example/<script>",
        "https://a.example:port/",
        "https://a.example/" + "x" * 2_000,
        5,
        {"$gt": ""},
    ],
)
def test_what_is_no_web_address_is_refused(url: Any) -> None:
    with pytest.raises(ValidationError):
        web_address().deserialize(url)


@pytest.mark.parametrize("said", ["a", " a\n", "기사", "\ud7ff", "<b>"])
def test_words_are_text_that_is_not_blank(said: str) -> None:
    assert words(10).deserialize(said) == said


@pytest.mark.parametrize("said", ["", " \t\n", "a\0b", "x" * 11, 5, None, ["a"]])
def test_what_is_blank_too_long_or_no_text_is_refused(said: Any) -> None:
    with pytest.raises(ValidationError):
        words(10).deserialize(said)


@pytest.mark.parametrize("said", ["a\0b", "x" * 11, 5, None, ["a"]])
def test_text_may_be_blank_but_no_more(said: Any) -> None:
    assert text(10).deserialize("") == ""
    with pytest.raises(ValidationError):
        text(10).deserialize(said)


@pytest.mark.parametrize("value", ["true", "yes", 1, 0, "on", [], 1.0])
def test_only_true_and_false_are_booleans_of_json(value: Any) -> None:
    assert TrueOrFalse().deserialize(True) is True
    assert TrueOrFalse().deserialize(False) is False
    with pytest.raises(ValidationError):
        TrueOrFalse().deserialize(value)


def test_a_time_is_read_to_the_millisecond() -> None:
    read = TimeStamp().deserialize("2025-06-16T17:00:00.123456+09:00")
    assert read == datetime(2025, 6, 16, 8, 0, 0, 123_000, tzinfo=UTC)
    assert TimeStamp().deserialize(None) is None


@pytest.mark.parametrize(
    "value", ["2025-06-16", "NaN", "0001-01-01T00:00:00+01:00", 0, 1.5, True, {}, "x" * 5000]
)
def test_what_is_no_time_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        TimeStamp().deserialize(value)
