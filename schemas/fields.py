"""Field types shared by the schemas: strict on the way in, one spelling on the way out."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import orjson
from marshmallow import ValidationError, fields
from webargs.fields import DelimitedList

from schemas import cursor

MAX_LIMIT = 100
DEFAULT_LIMIT = 20
MOST_VALUES = 50
"""How many values a comma-separated list may have."""

NOT_A_CURSOR = "is not a cursor: follow the `next` address of the page before"
CURSOR = {"description": "Where the page starts: taken from `next`, never made by hand."}
"""What is said of every cursor."""

# RFC 3339, section 5.6; the blank that it allows in place of the T is left out.
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DATE_TIME = re.compile(
    _DATE.pattern + r"[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,30}))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)
_MICROSECOND_DIGITS = 6
_MILLISECONDS_END = len("2025-06-16T08:00:00.123")
_NO_OFFSET = timedelta()
_IN_UTC = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC
_LEAP_SECOND = 60


# Lists have the same times again and again.
@lru_cache(maxsize=4_000)
def format_time(moment: datetime) -> str:
    """Write a time as RFC 3339 in UTC: seconds, and milliseconds only where there are any.

    One without a zone is in UTC.
    """
    # A time in UTC, as nearly all are, takes orjson a third of the time that isoformat takes.
    if moment.tzinfo and moment.tzinfo is not UTC and moment.utcoffset() != _NO_OFFSET:
        moment = moment.astimezone(UTC)
    text = orjson.dumps(moment, option=_IN_UTC).decode().strip('"')
    return f"{text[:_MILLISECONDS_END]}Z" if moment.microsecond else text


def parse_time(text: str) -> datetime:
    """Read an RFC 3339 date and time, into UTC; raise ValueError for anything else."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 time")
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    fraction, sign, offset_hours, offset_minutes = match.groups()[6:]
    microsecond = int((fraction or "0")[:_MICROSECOND_DIGITS].ljust(_MICROSECOND_DIGITS, "0"))
    offset = timedelta()
    if sign:
        offset = timedelta(hours=_below(offset_hours, 24), minutes=_below(offset_minutes, 60))
    # A leap second, which RFC 3339 allows and datetime does not, is the next second's start.
    leap = timedelta(seconds=1) if second == _LEAP_SECOND else timedelta()
    local = datetime(
        year, month, day, hour, minute, second - int(bool(leap)), microsecond, tzinfo=UTC
    )
    try:
        return local + leap - (-offset if sign == "-" else offset)
    except OverflowError:
        raise ValueError("outside the years 1 to 9999") from None


def _below(digits: str, bound: int) -> int:
    number = int(digits)
    if number >= bound:
        raise ValueError("not an RFC 3339 offset")
    return number


class UtcTime(fields.Field[datetime]):
    """A moment, written as RFC 3339 in UTC with `Z`."""

    def __init__(self, **kwargs: Any) -> None:
        """Describe the field as a date-time."""
        described = {"type": "string", "format": "date-time", **kwargs.pop("metadata", {})}
        super().__init__(metadata=described, **kwargs)

    def _serialize(
        self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any
    ) -> str | None:
        return None if value is None else format_time(value)


class Moment(fields.Field[datetime]):
    """A time that a program worked out, into UTC and to the millisecond, which MongoDB keeps."""

    def __init__(self) -> None:
        """Take none for not known."""
        super().__init__(load_default=None, allow_none=True)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise ValidationError("must be a datetime with a time zone")
        try:
            moment = value.astimezone(UTC)
        except OverflowError:
            raise ValidationError("must be within the years 1 to 9999") from None
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class TimeStamp(UtcTime):
    """A moment as a client sends it, as RFC 3339, into UTC and to the millisecond."""

    def __init__(self) -> None:
        """Take null for not known."""
        super().__init__(load_default=None, allow_none=True)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        try:
            moment = parse_time(value)
        except (TypeError, ValueError):
            raise ValidationError(
                "must be an RFC 3339 time, such as 2025-06-16T08:00:00Z"
            ) from None
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class TrueOrFalse(fields.Boolean):
    """A boolean of JSON, and nothing else that could pass for one."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if isinstance(value, bool):
            return value
        raise ValidationError("must be true or false")


class TimeBound(fields.Field[datetime]):
    """One end of a span of time: an RFC 3339 time, or a date, which stands for the whole day."""

    def __init__(self, *, end: bool, description: str) -> None:
        """Take a date as its last moment when it ends the span, else as its first."""
        forms = [{"type": "string", "format": form} for form in ("date-time", "date")]
        super().__init__(metadata={"anyOf": forms, "description": description})
        self._time_of_day = time.max if end else time.min

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        try:
            if _DATE.fullmatch(value):
                return datetime.combine(date.fromisoformat(value), self._time_of_day, tzinfo=UTC)
            return parse_time(value)
        except ValueError:
            msg = (
                "must be an RFC 3339 date (2025-06-16) or time (2025-06-16T08:00:00Z); "
                "in an address, a + is written %2B"
            )
            raise ValidationError(msg) from None


class Limit(fields.Field[int]):
    """How many items a page of a list holds at most, in plain ASCII digits."""

    def __init__(self) -> None:
        """Describe the range; the default is written once, here."""
        super().__init__(
            load_default=DEFAULT_LIMIT,
            metadata={
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_LIMIT,
                "description": "How many items a page holds at most.",
            },
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        # int() would also take 1_000, ٣, blanks and a sign.
        if re.fullmatch("[1-9][0-9]{0,2}", value) and int(value) <= MAX_LIMIT:
            return int(value)
        raise ValidationError(f"must be a whole number from 1 to {MAX_LIMIT}")


class WholeNumber(fields.Integer):
    """An integer as JSON Schema has it, where 1.0 is one as well, and nothing that is no number."""

    def __init__(self, **kwargs: Any) -> None:
        """Take no text for a number."""
        super().__init__(strict=True, **kwargs)

    def _validated(self, value: Any) -> int:
        whole = isinstance(value, float) and value.is_integer()
        return super()._validated(int(value) if whole else value)


class Count(fields.Field[int]):
    """A number from 1 to 999,999,999 in an address, in plain ASCII digits."""

    def __init__(self, description: str, **kwargs: Any) -> None:
        """Describe the number."""
        described = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
        super().__init__(metadata={**described, "description": description}, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if re.fullmatch("[1-9][0-9]{0,8}", value):
            return int(value)
        raise ValidationError("must be a whole number from 1 to 999999999")


class Switch(fields.Field[bool]):
    """Either `true` or `false`, and nothing else that could pass for them."""

    def __init__(self, description: str) -> None:
        """Describe the switch, which is off unless asked for."""
        super().__init__(
            load_default=False, metadata={"type": "boolean", "description": description}
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if value in {"true", "false"}:
            return bool(value == "true")
        raise ValidationError("must be true or false")


class PositionCursor(fields.Field[tuple[datetime, str]]):
    """Where a page of a list ordered by time starts, as the page before it said in `next`."""

    def __init__(self) -> None:
        """Describe the form; every string of this form is a place in the list."""
        super().__init__(
            metadata={
                "type": "string",
                "pattern": f"^{cursor.PATTERN}$",
                "maxLength": cursor.LENGTH,
                **CURSOR,
            },
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[datetime, str]:
        try:
            return cursor.decode(value)
        except ValueError:
            raise ValidationError(NOT_A_CURSOR) from None


class TextCursor(fields.Field[str]):
    """Where a page of a list ordered by id starts, where an id may hold any character."""

    def __init__(self) -> None:
        """Describe the form; every string of this form is a place in the list."""
        super().__init__(
            metadata={
                "type": "string",
                "pattern": f"^{cursor.TEXT_PATTERN}$",
                "maxLength": cursor.LONGEST_TEXT,
                **CURSOR,
            },
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        try:
            return cursor.decode_text(value)
        except ValueError:
            raise ValidationError(NOT_A_CURSOR) from None


class Text(fields.Field[str]):
    """A string of one form; `pattern` must hold for the whole of it."""

    def __init__(self, pattern: str, message: str, *, longest: int, **kwargs: Any) -> None:
        """Describe the form; `message` tells a client what it is."""
        described = {
            "type": "string",
            "pattern": f"^{pattern}$",
            "maxLength": longest,
            **kwargs.pop("metadata", {}),
        }
        super().__init__(metadata=described, **kwargs)
        self._form = re.compile(pattern)
        self._message = message
        self._longest = longest

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not isinstance(value, str):
            raise ValidationError(self._message)
        if len(value) > self._longest:
            raise ValidationError(f"must be at most {self._longest:,} characters")
        if self._form.fullmatch(value) is None:
            raise ValidationError(self._message)
        return str(value)


WEB_ADDRESS = (
    r"[Hh][Tt][Tt][Pp][Ss]?://"
    r"[A-Za-z0-9\u00a1-\uffff](?:[A-Za-z0-9\u00a1-\uffff.-]{0,251}[A-Za-z0-9\u00a1-\uffff])?"
    r"(?::[0-9]{1,5})?(?:[/?#][^\u0000-\u0020\u007f\"<>\\^`{|}]*)?"
)
LONGEST_ADDRESS = 2_000


def web_address(**kwargs: Any) -> Text:
    """Make a field of a web address: http or https, a host by name, and what follows it."""
    message = "must be a web address: http or https"
    return Text(WEB_ADDRESS, message, longest=LONGEST_ADDRESS, **kwargs)


def words(longest: int, **kwargs: Any) -> Text:
    """Make a field of text in any script that is not blank and has no NUL."""
    return Text(
        r"[^\u0000]*[^\u0000-\u0020][^\u0000]*",
        "must be text, and not blank",
        longest=longest,
        **kwargs,
    )


def text(longest: int, **kwargs: Any) -> Text:
    """Make a field of text in any script, without NUL; it may be empty."""
    return Text(r"[^\u0000]*", "must be text", longest=longest, **kwargs)


def language_tag(**kwargs: Any) -> Text:
    """Make a field of a BCP 47 language tag."""
    return Text(
        "[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}",
        "must be a language tag, such as en",
        longest=30,
        **kwargs,
    )


def printable(longest: int, **kwargs: Any) -> Text:
    """Make a field of text in any script, without commas and control characters."""
    return Text(
        rf"[^,\u0000-\u001f\u007f-\u009f]{{1,{longest}}}",
        f"must be 1 to {longest} characters of text",
        longest=longest,
        **kwargs,
    )


def several(inner: fields.Field[Any], description: str, **kwargs: Any) -> DelimitedList:
    """Make a field of values that commas separate, at most `MOST_VALUES`."""

    def some_and_few_enough(values: list[Any]) -> None:
        if not 1 <= len(values) <= MOST_VALUES:
            raise ValidationError(f"must be 1 to {MOST_VALUES} values, separated by commas")

    return DelimitedList(
        inner,
        validate=some_and_few_enough,
        load_default=list,
        metadata={"minItems": 1, "maxItems": MOST_VALUES, "description": description},
        **kwargs,
    )
