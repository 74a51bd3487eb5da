from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seed.when import MAX_SOURCE, When, parse, split

CAPTURED_AT = datetime(2025, 6, 16, 16, 0, tzinfo=UTC)
NOW = ("second", CAPTURED_AT)

RELATIVE = {
    "just now": NOW,
    "a few seconds ago": NOW,
    "a second ago": ("second", datetime(2025, 6, 16, 15, 59, 59, tzinfo=UTC)),
    "30 seconds ago": ("second", datetime(2025, 6, 16, 15, 59, 30, tzinfo=UTC)),
    "a minute ago": ("minute", datetime(2025, 6, 16, 15, 59, tzinfo=UTC)),
    "1 minute ago": ("minute", datetime(2025, 6, 16, 15, 59, tzinfo=UTC)),
    "0 minutes ago": ("minute", CAPTURED_AT),
    "29 minutes ago": ("minute", datetime(2025, 6, 16, 15, 31, tzinfo=UTC)),
    "an hour ago": ("hour", datetime(2025, 6, 16, 15, 0, tzinfo=UTC)),
    "8 hours ago": ("hour", datetime(2025, 6, 16, 8, 0, tzinfo=UTC)),
    "45 hours ago": ("hour", datetime(2025, 6, 14, 19, 0, tzinfo=UTC)),
    "a day ago": ("day", datetime(2025, 6, 15, 16, 0, tzinfo=UTC)),
    "6 days ago": ("day", datetime(2025, 6, 10, 16, 0, tzinfo=UTC)),
    "a week ago": ("week", datetime(2025, 6, 9, 16, 0, tzinfo=UTC)),
    "2 weeks ago": ("week", datetime(2025, 6, 2, 16, 0, tzinfo=UTC)),
    "a month ago": ("month", datetime(2025, 5, 16, 16, 0, tzinfo=UTC)),
    "7 months ago": ("month", datetime(2024, 11, 16, 16, 0, tzinfo=UTC)),
    "a year ago": ("year", datetime(2024, 6, 16, 16, 0, tzinfo=UTC)),
    "2 years ago": ("year", datetime(2023, 6, 16, 16, 0, tzinfo=UTC)),
    "منذ لحظات": NOW,
    "منذ ثوانٍ": NOW,
    "منذ بضع ثوان": NOW,
    "منذ ثوانٍ قليلة": NOW,
    "منذ ثانية واحدة": ("second", datetime(2025, 6, 16, 15, 59, 59, tzinfo=UTC)),
    "منذ دقيقة": ("minute", datetime(2025, 6, 16, 15, 59, tzinfo=UTC)),
    "منذ دقيقة واحدة": ("minute", datetime(2025, 6, 16, 15, 59, tzinfo=UTC)),
    "منذ دقيقتين": ("minute", datetime(2025, 6, 16, 15, 58, tzinfo=UTC)),
    "منذ 5 دقائق": ("minute", datetime(2025, 6, 16, 15, 55, tzinfo=UTC)),
    "منذ ٢٠ دقيقة": ("minute", datetime(2025, 6, 16, 15, 40, tzinfo=UTC)),
    "منذ ۲۰ دقيقة": ("minute", datetime(2025, 6, 16, 15, 40, tzinfo=UTC)),
    "منذ ساعة واحدة": ("hour", datetime(2025, 6, 16, 15, 0, tzinfo=UTC)),
    "منذ ساعتين": ("hour", datetime(2025, 6, 16, 14, 0, tzinfo=UTC)),
    "منذ 8 ساعات": ("hour", datetime(2025, 6, 16, 8, 0, tzinfo=UTC)),
    "مُنذُ 17 ساعات": ("hour", datetime(2025, 6, 15, 23, 0, tzinfo=UTC)),
    "منذ يوم": ("day", datetime(2025, 6, 15, 16, 0, tzinfo=UTC)),
    "منذ يوم واحد": ("day", datetime(2025, 6, 15, 16, 0, tzinfo=UTC)),
    "منذ يومين": ("day", datetime(2025, 6, 14, 16, 0, tzinfo=UTC)),
    "منذ 3 أيام": ("day", datetime(2025, 6, 13, 16, 0, tzinfo=UTC)),
    "منذ 11 يوما": ("day", datetime(2025, 6, 5, 16, 0, tzinfo=UTC)),
    "منذ 11 يومًا": ("day", datetime(2025, 6, 5, 16, 0, tzinfo=UTC)),
    "منذ أسبوع": ("week", datetime(2025, 6, 9, 16, 0, tzinfo=UTC)),
    "منذ أسبوعين": ("week", datetime(2025, 6, 2, 16, 0, tzinfo=UTC)),
    "منذ 3 أسابيع": ("week", datetime(2025, 5, 26, 16, 0, tzinfo=UTC)),
    "منذ شهر واحد": ("month", datetime(2025, 5, 16, 16, 0, tzinfo=UTC)),
    "منذ شهرين": ("month", datetime(2025, 4, 16, 16, 0, tzinfo=UTC)),
    "منذ 5 أشهر": ("month", datetime(2025, 1, 16, 16, 0, tzinfo=UTC)),
    "منذ 11 شهرًا": ("month", datetime(2024, 7, 16, 16, 0, tzinfo=UTC)),
    "منذ سنة": ("year", datetime(2024, 6, 16, 16, 0, tzinfo=UTC)),
    "منذ عامين": ("year", datetime(2023, 6, 16, 16, 0, tzinfo=UTC)),
    "منذ 3 سنوات": ("year", datetime(2022, 6, 16, 16, 0, tzinfo=UTC)),
}

ABSOLUTE = {
    "12-03-2025": datetime(2025, 3, 12, tzinfo=UTC),
    "29-02-2024": datetime(2024, 2, 29, tzinfo=UTC),
    "٠٩-٠٦-٢٠٢٥": datetime(2025, 6, 9, tzinfo=UTC),
    "۰۹-۰۶-۲۰۲۵": datetime(2025, 6, 9, tzinfo=UTC),
}

NO_TIMES = [
    "",
    "   ",
    "ago",
    "time8 hours ago",
    "hours ago",
    "8 hours",
    "8 hours ago today",
    "We talked 8 hours ago",
    "-8 hours ago",
    "8.5 hours ago",
    "8 light-years ago",
    "8 \u017feconds ago",  # a long s, which case folding makes an s
    "9999999999 hours ago",
    "8" * 5_000 + " hours ago",
    "31-02-2025",
    "00-01-2025",
    "12-13-2025",
    "01-01-0000",
    "1-03-2025",
    "12-3-2025",
    "12-03-25",
    "2025-03-12",
    "12/03/2025",
    "منذ",
    "منذ أيام",
    "منذ 3",
    "منذ 3 كتب",
    "منذ كتاب واحد",
    "منذ ساعات واحدة",
    "منذ ساعة واحدة تقريبا",
    "قبل 3 ساعات",
]


@pytest.mark.parametrize("text", RELATIVE)
def test_a_relative_time_counts_back_from_the_capture(text: str) -> None:
    when = parse(text)
    assert when
    assert when.relative
    assert when.text == text
    assert (when.precision, when.resolve(CAPTURED_AT)) == RELATIVE[text]


@pytest.mark.parametrize("text", RELATIVE)
def test_a_relative_time_is_unknown_if_the_capture_is(text: str) -> None:
    when = parse(text)
    assert when
    assert when.resolve(None) is None


@pytest.mark.parametrize("text", ABSOLUTE)
def test_an_absolute_date_needs_no_capture(text: str) -> None:
    when = parse(text)
    assert when
    assert not when.relative
    assert when.precision == "day"
    assert when.resolve(None) == when.resolve(CAPTURED_AT) == ABSOLUTE[text]


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time_is_not_read_as_one(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("text", ["\u200f٠٩-٠٦-٢٠٢٥\u200f", "\u202b٠٩\u200f-٠٦-٢٠٢٥\u202c \n"])
def test_marks_of_direction_and_blanks_around_a_time_do_not_matter(text: str) -> None:
    assert parse(text) == parse("٠٩-٠٦-٢٠٢٥")


def test_a_time_may_begin_with_a_capital() -> None:
    when = parse("An hour ago")
    assert when
    assert (when.text, when.precision, when.amount) == ("An hour ago", "hour", 1)


def test_blanks_within_a_time_may_be_of_any_kind() -> None:
    when = parse("8\u00a0hours  ago")
    assert when
    assert when.amount == 8


@pytest.mark.parametrize(
    ("captured_on", "text", "expected"),
    [
        ((2025, 3, 31), "a month ago", (2025, 2, 28)),
        ((2024, 3, 31), "a month ago", (2024, 2, 29)),
        ((2024, 2, 29), "a year ago", (2023, 2, 28)),
        ((2025, 1, 31), "2 months ago", (2024, 11, 30)),
        ((2025, 1, 15), "13 months ago", (2023, 12, 15)),
    ],
)
def test_months_count_by_the_calendar_and_stay_within_it(
    captured_on: tuple[int, int, int], text: str, expected: tuple[int, int, int]
) -> None:
    when = parse(text)
    assert when
    assert when.resolve(datetime(*captured_on, tzinfo=UTC)) == datetime(*expected, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "999999999 hours ago",
        "999999999 weeks ago",
        "3000 years ago",
        "99999 months ago",
        f"منذ {'9' * 40} ثانية",
    ],
)
def test_a_time_before_all_calendars_is_unknown(text: str) -> None:
    when = parse(text)
    assert when
    assert when.resolve(CAPTURED_AT) is None


@pytest.mark.parametrize(
    ("line", "source", "time"),
    [
        ("Korea Herald8 hours ago", "Korea Herald", "8 hours ago"),
        ("Straits Timesa day ago", "Straits Times", "a day ago"),
        ("Al Jazeeraan hour ago", "Al Jazeera", "an hour ago"),
        ("Japan Todaya few seconds ago", "Japan Today", "a few seconds ago"),
        ("Sudana minute ago", "Sudan", "a minute ago"),
        ("Reutersjust now", "Reuters", "just now"),
        ("Time1 minute ago", "Time", "1 minute ago"),
        ("News1812-03-2025", "News18", "12-03-2025"),
        ("Korea Herald 1a day ago", "Korea Herald 1", "a day ago"),
        ("الجزيرةمنذ 17 ساعات", "الجزيرة", "منذ 17 ساعات"),
        ("الجزيرةمُنذ يوم واحد", "الجزيرة", "مُنذ يوم واحد"),
        ("العربي الجديد٠٩-٠٦-٢٠٢٥", "العربي الجديد", "٠٩-٠٦-٢٠٢٥"),
        ("نيوز 24منذ 5 دقائق", "نيوز 24", "منذ 5 دقائق"),
        ("\u200fالجزيرة\u200fمنذ ساعتين", "الجزيرة", "منذ ساعتين"),
        ("X" * MAX_SOURCE + "8 hours ago", "X" * MAX_SOURCE, "8 hours ago"),
    ],
)
def test_a_source_and_the_time_glued_to_it_come_apart(line: str, source: str, time: str) -> None:
    assert split(line) == (source, parse(time), False)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "8 hours ago",
        "47 hours ago",
        "12-03-2025",
        "a day ago",
        "منذ يوم واحد",
        "We talked 3 days ago",
        "We talked 47 hours ago",
        "They met a day ago",
        "They meet on 12-03-2025",
        "قال ذلك منذ يوم واحد",
        "وصل إلى هنا ومنذ 3 أيام",
        "It happened long ago",
        "Korea Herald",
        "Korea Herald31-02-2025",
        "Korea Herald8 hours ago, they met",
        "News99 hours ago is a headline",
        "---8 hours ago",
        "News00 minutes ago",
        "X" * (MAX_SOURCE + 1) + "8 hours ago",
        "word " * 100_000 + "said8 hours ago",
        "1" * 100_000 + " hours ago",
    ],
)
def test_a_line_that_is_no_source_with_a_time_stays_whole(line: str) -> None:
    assert split(line) is None


@pytest.mark.parametrize(
    ("line", "known", "source", "number", "ambiguous"),
    [
        # The whole number is possible, and nothing speaks against it.
        ("News18 hours ago", (), "News", 18, False),
        ("News18 hours ago", {"News1"}, "News1", 8, False),
        # It is not possible, and one division is.
        ("News182 hours ago", (), "News18", 2, False),
        ("News105 minutes ago", (), "News10", 5, False),
        ("News2424 hours ago", (), "News242", 4, False),
        ("CNN123 days ago", (), "CNN1", 23, True),
        # Several are: only the other entries of the page can tell.
        ("News1829 minutes ago", (), "News18", 29, True),
        ("News1829 minutes ago", {"News18", "Reuters"}, "News18", 29, False),
        ("News1829 minutes ago", {"News182"}, "News182", 9, False),
        ("News1829 minutes ago", {"News18", "News182"}, "News18", 29, True),
        # After a blank the digits are a number of their own, unless such a source is known.
        ("Channel 47 hours ago", {"Channel 4"}, "Channel 4", 7, False),
        ("Channel 412 hours ago", {"Channel 4"}, "Channel 4", 12, False),
        # The limits of each unit.
        ("A59 seconds ago", (), "A", 59, False),
        ("A60 minutes ago", (), "A6", 0, None),
        ("A23 hours ago", (), "A", 23, False),
        ("A24 hours ago", (), "A2", 4, False),
        ("A31 days ago", (), "A", 31, False),
        ("A32 days ago", (), "A3", 2, False),
        ("A6 weeks ago", (), "A", 6, None),
        ("A12 months ago", (), "A", 12, False),
        ("A99 years ago", (), "A", 99, False),
    ],
)
def test_digits_go_to_the_time_as_far_as_they_can_be_its(
    line: str, known: Collection[str], source: str, number: int, ambiguous: bool | None
) -> None:
    found = split(line, known)
    if ambiguous is None:
        assert found is None
    else:
        assert found
        assert (found[0], found[1].amount, found[2]) == (source, number, ambiguous)


@settings(derandomize=True, max_examples=300)
@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    parse(text)
    split(text, {text[:3]})


@settings(derandomize=True, max_examples=300)
@given(
    st.text("ABC xyz.19", min_size=1),
    st.sampled_from([*RELATIVE, *ABSOLUTE]),
)
def test_a_split_gives_back_the_line(source: str, time: str) -> None:
    found = split(source + time)
    if found:
        assert found[0] + found[1].text == (source + time).strip()


def test_times_are_equal_if_they_say_the_same() -> None:
    assert parse(" 8 hours ago") == When("8 hours ago", "hour", 8)
