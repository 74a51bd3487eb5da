"""What a server or a feed says of when to ask again. Pure functions.

What is said is taken within bounds: a year of `max-age` is a mistake, and no reason to be late.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MOST_FRESH = timedelta(hours=6)
"""The longest that `max-age` or `ttl` puts a poll off."""
MOST_RETRY = timedelta(days=7)
"""The longest that `Retry-After` does."""

_HEAD = 65_536
_ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_TTL = re.compile(rb"<ttl>\s*(\d{1,6})\s*</ttl>", re.IGNORECASE)
_SKIP_HOURS = re.compile(rb"<skipHours>(.{0,2000}?)</skipHours>", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY_HOURS = 24


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Give how long a server wants to be left alone (RFC 9110, section 10.2.3); 0 if unsaid."""
    said = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]{1,9}", said):
        return min(timedelta(seconds=int(said)), MOST_RETRY)
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return timedelta()
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), MOST_RETRY)


def freshness(headers: Mapping[str, str], body: bytes) -> timedelta:
    """Give for how long an answer is good: by its `max-age` (RFC 9111) or the feed's `ttl`."""
    return min(max(_max_age(headers.get("cache-control", "")), _ttl(body)), MOST_FRESH)


def skipped_hours(body: bytes) -> list[int]:
    """Give the hours, in UTC, at which a feed says not to ask (RSS 2.0, skipHours)."""
    found = _SKIP_HOURS.search(_channel(body))
    hours = {int(hour) % _DAY_HOURS for hour in _HOUR.findall(found[1])} if found else set()
    return sorted(hours) if len(hours) < _DAY_HOURS else []


def _max_age(said: str) -> timedelta:
    directives = dict(
        part.strip().lower().partition("=")[::2] for part in said.split(",") if part.strip()
    )
    if directives.keys() & {"no-cache", "no-store"}:
        return timedelta()
    age = directives.get("max-age", "").strip('"')
    return timedelta(seconds=int(age)) if re.fullmatch("[0-9]{1,9}", age) else timedelta()


def _ttl(body: bytes) -> timedelta:
    found = _TTL.search(_channel(body))
    return timedelta(minutes=int(found[1])) if found else timedelta()


def _channel(body: bytes) -> bytes:
    """Give what a feed says before its first entry."""
    head = body[:_HEAD]
    first = _ITEM.search(head)
    return head[: first.start()] if first else head
