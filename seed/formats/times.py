"""Times as feeds and pages write them, whatever the form. Pure functions.

The forms are ISO 8601 with what RFC 3339 and W3C's note make of it, RFC 822 with what RFC 2822
makes of it, C's asctime, and what publishing systems write instead: names of months in several
languages, `AM` and `PM`, numbers with points or slashes. What can be read in two ways (6/7/2025) is
not read at all.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_LONGEST = 100  # no time is longer; what is need not be looked at
_CENTURY_TURNS = 50  # RFC 2822, 4.3: 49 is 2049, 50 is 1950; three digits count from 1900
_FARTHEST_ZONE = timedelta(hours=14)
_SECONDS_DIGITS, _MILLISECONDS_DIGITS = 10, 13

# The first letters of months, without accents: English, German, French, Spanish, Italian,
# Portuguese, Dutch, Russian and Greek.
_MONTH_NAMES = (
    "jan ene gen янв ιαν",
    "feb fev fév фев φεβ",
    "mar mär mrt мар μαρ",
    "apr abr avr апр απρ",
    "may mai mei mag май мая μαι",
    "jun juin giu июн ιουν",
    "jul juil lug июл ιουλ",
    "aug ago aou авг αυγ",
    "sep set сен σεπ",
    "oct okt ott out окт οκτ",
    "nov ноя νοε",
    "dec dez dic дек δεκ",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
# Hours from UTC. Those of RFC 822 mean what it says; IST and BST are more often India's and
# Britain's than anybody else's, so what is made of them is called inferred.
_ZONES = {
    name: float(hours)
    for hours, names in (
        ("0", "z ut utc gmt wet"),
        ("1", "cet met mez wat west"),
        ("2", "cest mest mesz eet cat sast"),
        ("3", "eest msk eat trt"),
        ("5", "pkt"),
        ("7", "wib ict"),
        ("8", "hkt sgt awst pht"),
        ("9", "jst kst"),
        ("9.5", "acst"),
        ("10", "aest"),
        ("10.5", "acdt"),
        ("11", "aedt"),
        ("12", "nzst"),
        ("13", "nzdt"),
        ("-3", "brt art"),
        ("-4", "edt"),
        ("-5", "est cdt"),
        ("-6", "cst mdt"),
        ("-7", "mst pdt"),
        ("-8", "pst akdt"),
        ("-9", "akst"),
        ("-10", "hst"),
    )
    for name in names.split()
}
_LIKELY_ZONES = {"ist": 5.5, "bst": 1.0}

_WORD = r"[^\W\d_]+"
_CLOCK = (
    r"(?P<before>오전|오후)?\s*(?P<hour>\d{1,2})(?P<point>[:.])(?P<minute>\d{2})"
    r"(?:(?P=point)(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?"
)
_REST = rf"(?:(?:\s*[T,]\s*|\s+)(?:(?:at|um|à|-|–)\s+)?{_CLOCK})?\s*(?P<zone>.*)"
_NAMED_MONTH = rf"(?P<name>{_WORD})\.?"
_ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|\.)?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.DOTALL)
    for form in (
        (
            r"(?P<year>\d{4})(?:\s*[-/.年년]\s*(?P<month>\d{1,2})"
            rf"(?:\s*[-/.月월]\s*(?P<day>\d{{1,2}})[.日일]?)?[月월]?)?{_REST}"
        ),
        (
            rf"(?:{_WORD}\.?,?\s*)?{_ORDINAL}[\s-]*(?:de\s|of\s)?{_NAMED_MONTH}[\s,-]*(?:de\s)?"
            rf"(?P<year>\d{{2,4}}){_REST}"
        ),
        rf"(?:{_WORD}\.?,?\s+)?{_NAMED_MONTH}\s+{_ORDINAL},?\s+(?P<year>\d{{4}}){_REST}",
        (
            rf"(?:{_WORD}\.?,?\s+)?{_NAMED_MONTH}\s+{_ORDINAL}\s+{_CLOCK}\s*(?P<zone>.*?)"
            r"\s*(?P<year>\d{4})"
        ),
        (
            rf"(?P<one>\d{{1,2}})(?P<mark>[-/.])\s?(?P<other>\d{{1,2}})(?P=mark)\s?(?P<year>\d{{4}})"
            rf"{_REST}"
        ),
    )
)
_ZONE = re.compile(
    r"\(?(?P<name>[^\W\d_]{0,5})\)?\s*(?:(?P<sign>[-+−])\s?(?P<hours>\d{1,2}?):?(?P<minutes>\d{2})?)?"
    r"\)?\s*(?:\([^()]*\))?"
)
_UNKNOWN_ZONE = re.compile(r"[\w/() ]{1,40}")


@dataclass(frozen=True, slots=True)
class Time:
    """A moment, how sharp it was said, and whether its zone was not said outright."""

    at: datetime
    precision: str
    inferred: bool = False


def parse(text: str) -> Time | None:
    """Read a text that says a time and nothing else; without a zone it is UTC."""
    said = " ".join(text.split()) if len(text) <= _LONGEST else ""
    if not said:
        return None
    if said.isascii() and said.isdigit() and len(said) in {_SECONDS_DIGITS, _MILLISECONDS_DIGITS}:
        return Time(datetime.fromtimestamp(int(said[:_SECONDS_DIGITS]), UTC), "minute")
    try:
        return _standard(said) or _in_words(said)
    except (ValueError, OverflowError):
        return None


def _standard(said: str) -> Time | None:
    """Read what `datetime` knows of ISO 8601, which is all but its vaguer forms."""
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    clock = any(mark in said for mark in "Tt :")
    if found.tzinfo is None:
        return Time(found.replace(tzinfo=UTC), "minute" if clock else "day", inferred=clock)
    return None if _too_far(found.utcoffset()) else Time(found.astimezone(UTC), "minute")


def _in_words(said: str) -> Time | None:
    for form in _FORMS:
        if (found := form.fullmatch(said)) and (time := _of_parts(found.groupdict())):
            return time
    return None


def _of_parts(parts: dict[str, str | None]) -> Time | None:
    month, day = _month_and_day(parts)
    if month is None or (parts["hour"] and not day):
        return None
    zone, likely = _zone(parts["zone"] or "")
    year = _year(parts["year"] or "")
    if not parts["hour"]:
        precision = "day" if day else "month" if month else "year"
        # A zone after a bare date names no moment of it; anything else there was not understood.
        if parts["zone"] and zone is None:
            return None
        return Time(datetime(year, month or 1, day or 1, tzinfo=UTC), precision)
    if zone is None and not _UNKNOWN_ZONE.fullmatch(parts["zone"] or " "):
        return None
    local = datetime(year, month, day or 1, tzinfo=timezone(zone or timedelta())) + _clock(parts)
    return Time(local.astimezone(UTC), "minute", inferred=zone is None or likely)


def _month_and_day(parts: dict[str, str | None]) -> tuple[int | None, int | None]:
    """Give month and day: 0 where a form says none, None for what is no month."""
    if name := parts.get("name"):
        return _month(name), int(parts["day"] or 0)
    if one := parts.get("one"):
        day, month = int(one), int(parts["other"] or 0)
        # Who writes points puts the day first; of the others nobody knows.
        if parts["mark"] == "." or day > 12 or day == month:  # noqa: PLR2004 - months of a year
            return month, day
        return (day, month) if month > 12 else (None, None)  # noqa: PLR2004
    return int(parts.get("month") or 0), int(parts.get("day") or 0)


def _month(name: str) -> int | None:
    known = name.casefold()
    plain = "".join(filter(str.isalpha, unicodedata.normalize("NFD", known)))
    for spelling in (known, plain):
        if month := _MONTHS.get(spelling[:4]) or _MONTHS.get(spelling[:3]):
            return month
    return None


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 2:  # noqa: PLR2004 - digits of a year
        return year + (2000 if year < _CENTURY_TURNS else 1900)
    return year + 1900 if len(digits) == 3 else year  # noqa: PLR2004


def _clock(parts: dict[str, str | None]) -> timedelta:
    """Give the time of day; raise ValueError for none. 24:00 and leap seconds are the next."""
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    half = {"오전": "a", "오후": "p"}.get(parts["before"] or "") or (parts["half"] or "")[
        :1
    ].lower()
    if half and 1 <= hour <= 12:  # noqa: PLR2004 - hours on a clock
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):  # noqa: PLR2004
        raise ValueError("not a time of day")
    fraction = int((parts["fraction"] or "").ljust(6, "0")[:6] or 0)
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=fraction)


def _zone(text: str) -> tuple[timedelta | None, bool]:
    """Give the offset that a zone means, and whether that is only likely; None if unknown."""
    found = _ZONE.fullmatch(text.strip())
    if not found or not (found["name"] or found["hours"]):
        return None, False
    name = found["name"].lower()
    if found["hours"]:
        offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        signed = offset if found["sign"] == "+" else -offset
        return (None, False) if _too_far(signed) else (signed, False)
    hours = _ZONES.get(name, _LIKELY_ZONES.get(name))
    return (None if hours is None else timedelta(hours=hours)), name in _LIKELY_ZONES


def _too_far(offset: timedelta | None) -> bool:
    """Tell an offset that no place on earth has."""
    return offset is not None and abs(offset) > _FARTHEST_ZONE
