"""Times as a page says them: "8 hours ago", "12-03-2025", "منذ 17 ساعات". Pure functions."""

import calendar
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

MAX_SOURCE = 80
"""The longest text that is taken for the name of a source, in characters."""

_MAX_TEXT = 60  # no way of saying a time is longer; what is need not be looked at
_MONTHS = {"month": 1, "year": 12}
_MOST = {"second": 59, "minute": 59, "hour": 23, "day": 31, "week": 5, "month": 12, "year": 99}
_UNIT = "|".join(_MOST)

# Marks that turn the writing direction, and the byte-order mark: not seen, and no part of a time.
_MARKS = dict.fromkeys(
    [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
)

_DATE = re.compile(r"(\d\d)-(\d\d)-(\d{4})")
_FEW = r"a\s+few\s+seconds\s+ago|just\s+now"
_ONE = rf"an\s+hour\s+ago|a\s+(?:{_UNIT})\s+ago"
# Nine digits are more than any page says, and few enough for every step that counts with them.
_ENGLISH = re.compile(rf"(?P<few>{_FEW})|(?:an?|(?P<number>\d{{1,9}}))\s+(?P<unit>{_UNIT})s?\s+ago")
_OTHER_END = re.compile(rf"(?:{_FEW}|{_ONE}|{_DATE.pattern})$")
_NUMBERED_END = re.compile(rf"(?P<digits>\d+)\s+(?P<unit>{_UNIT})s?\s+ago$")

_DIACRITICS = "[\u0640\u064b-\u0652\u0670]"  # vowel signs, and the stroke that stretches a word
_DIACRITIC = re.compile(_DIACRITICS)
_AGO = "منذ"
_AGO_AS_WRITTEN = re.compile(f"{_DIACRITICS}*".join(_AGO))
_ALEFS = str.maketrans("أإآ", "ااا")
_FEW_SECONDS = {"لحظات", "ثوان", "ثواني"}
_FEW_WORDS = {"بضع", "بضعة", "عدة", "قليلة", "معدودة"}
# For each unit the words for one, two, and a number of it, without signs and with a bare alef.
_ARABIC_UNITS = {
    "second": ("ثانية", "ثانيتين ثانيتان", "ثوان ثواني"),
    "minute": ("دقيقة", "دقيقتين دقيقتان", "دقائق"),
    "hour": ("ساعة", "ساعتين ساعتان", "ساعات"),
    "day": ("يوم يوما", "يومين يومان", "ايام"),
    "week": ("اسبوع اسبوعا", "اسبوعين اسبوعان", "اسابيع"),
    "month": ("شهر شهرا", "شهرين شهران", "اشهر شهور"),
    "year": ("سنة عام عاما", "سنتين سنتان عامين عامان", "سنوات سنين اعوام"),
}
_ARABIC = {
    word: (unit, implied)
    for unit, forms in _ARABIC_UNITS.items()
    for implied, words in zip((1, 2, None), forms, strict=True)
    for word in words.split()
}
_AND = {"و", "ف"}  # "and", which Arabic writes as one word with what follows


@dataclass(frozen=True, slots=True)
class When:
    """A time as a page says it: an absolute date, or an amount of units before the capture."""

    text: str
    precision: str
    amount: int = 0
    day: date | None = None

    @property
    def relative(self) -> bool:
        """Tell whether it counts back from when the page was captured."""
        return self.day is None

    def resolve(self, captured_at: datetime | None) -> datetime | None:
        """Give the moment meant; None where that is unknown, or before all calendars."""
        if self.day is not None:
            return datetime.combine(self.day, time(), UTC)
        if captured_at is None:
            return None
        if self.precision in _MONTHS:
            return _months_before(captured_at, self.amount * _MONTHS[self.precision])
        try:
            return captured_at - timedelta(**{f"{self.precision}s": self.amount})
        except OverflowError:
            return None


def parse(text: str) -> When | None:
    """Read a text that says a time and nothing else."""
    said = _visible(text)
    if len(said) > _MAX_TEXT:
        return None
    return _absolute(said) or _english(said) or _arabic(said)


def split(line: str, known: Collection[str] = ()) -> tuple[str, When, bool] | None:
    """Take apart a source and a time with nothing between them: `Straits Timesa day ago`.

    The last item tells whether the split is a guess: where digits meet, `News1829 minutes ago`,
    only the sources that are known from elsewhere can settle which of them are the time's.
    """
    said = _visible(line)
    if len(said) > MAX_SOURCE + _MAX_TEXT:
        return None
    if numbered := _NUMBERED_END.search(said):
        return _split_digits(said, numbered, known)
    for at in _possible_starts(said):
        found = parse(said[at:])
        if found and _is_source(said[:at]):
            return said[:at], found, False
    return None


def _visible(text: str) -> str:
    return text.translate(_MARKS).strip()


def _months_before(moment: datetime, months: int) -> datetime | None:
    """Count months by the calendar: one before 31 March is the last day of February."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    if year < 1:
        return None
    last_day = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last_day))


def _absolute(said: str) -> When | None:
    found = _DATE.fullmatch(said)
    if not found:
        return None
    day, month, year = map(int, found.groups())
    try:
        return When(said, "day", day=date(year, month, day))
    except ValueError:
        return None


def _english(said: str) -> When | None:
    found = _ENGLISH.fullmatch(said.lower())
    if not found:
        return None
    if found["few"]:
        return When(said, "second")
    return When(said, found["unit"], int(found["number"] or 1))


def _arabic(said: str) -> When | None:
    match _DIACRITIC.sub("", said).translate(_ALEFS).split():
        case [ago, *words] if ago == _AGO:
            found = _arabic_amount(words)
            return When(said, *found) if found else None
    return None


def _arabic_amount(words: list[str]) -> tuple[str, int] | None:
    """Read what follows the word for "ago": the unit, and how many of it."""
    match words:
        case [word] if word in _FEW_SECONDS:
            return "second", 0
        case [_, _] if _FEW_WORDS.intersection(words) and _FEW_SECONDS.intersection(words):
            return "second", 0
        case [number, word] if number.isdecimal() and word in _ARABIC:
            return _ARABIC[word][0], int(number)
        case [word] | [word, "واحد" | "واحدة"]:
            unit, implied = _ARABIC.get(word, ("", None))
            return (unit, implied) if implied else None
    return None


def _possible_starts(said: str) -> Iterator[int]:
    """Say where a time at the end could begin, if it is none with a number in English."""
    if found := _OTHER_END.search(said):
        yield found.start()
    yield from [found.start() for found in _AGO_AS_WRITTEN.finditer(said)][-1:]


def _is_source(text: str) -> bool:
    """Tell whether a text that stands directly before a time can be the name of a source.

    A blank before the time makes it a sentence's: "They met a day ago"; and so does "and".
    """
    return (
        0 < len(text) <= MAX_SOURCE
        and not text[-1].isspace()
        and any(map(str.isalnum, text))
        and text.rsplit(maxsplit=1)[-1] not in _AND
    )


def _split_digits(
    said: str, found: re.Match[str], known: Collection[str]
) -> tuple[str, When, bool] | None:
    """Choose which digits before the unit are the number; the others end the source's name."""
    start, end = found.span("digits")
    unit = found["unit"]
    splits = [
        (said[:at], When(said[at:], unit, int(said[at:end])))
        for at in range(end - 1, max(start, end - 2) - 1, -1)
        if int(said[at]) and int(said[at:end]) <= _MOST[unit] and _is_source(said[:at])
    ]
    expected = [pair for pair in splits if pair[0] in known]
    if expected:
        return *expected[-1], len(expected) > 1
    if not splits or not _is_source(said[:start]):
        return None
    source, longest = splits[-1]
    return source, longest, len(splits) > 1 and source != said[:start]
