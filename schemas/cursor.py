"""Cursors, in base64url: the place of the last item seen.

In a list that is ordered by time a cursor has 24 bytes. The first 8 are milliseconds since the
year 1, or a score in a list that is ordered by relevance; the other 16 are the item's id. In a
list that is ordered by a label's id it is that id.
Every string of either form is some place in its list, so there is no such thing as a forged
cursor, and nothing to sign or to remember.
"""

import base64
import re
from datetime import UTC, datetime, timedelta

LENGTH = 32
PATTERN = f"[A-Za-z0-9_-]{{{LENGTH}}}"
TEXT_PATTERN = "(?:[A-Za-z0-9_-]{4}){0,1000}[A-Za-z0-9_-]{2,4}"
LONGEST_TEXT = 4_004

_START = datetime(1, 1, 1, tzinfo=UTC)
_UNZONED_START = _START.replace(tzinfo=None)
_MILLISECOND = timedelta(milliseconds=1)
_LATEST = (datetime.max.replace(tzinfo=UTC) - _START) // _MILLISECOND
_TIME_BYTES = 8


def encode(moment: datetime, item_id: str) -> str:
    """Give the cursor of the page that follows an item; the id is 32 hexadecimal digits.

    A time without a zone is in UTC.
    """
    start = _START if moment.tzinfo else _UNZONED_START
    milliseconds = (moment - start) // _MILLISECOND
    place = milliseconds.to_bytes(_TIME_BYTES, "big") + bytes.fromhex(item_id)
    return base64.urlsafe_b64encode(place).decode("ascii")


def decode(cursor: str) -> tuple[datetime, str]:
    """Give the time and the id of the last item seen; raise ValueError for another form."""
    if re.fullmatch(PATTERN, cursor) is None:
        raise ValueError("not a cursor")
    place = base64.urlsafe_b64decode(cursor)
    milliseconds = min(int.from_bytes(place[:_TIME_BYTES], "big"), _LATEST)
    return _START + milliseconds * _MILLISECOND, place[_TIME_BYTES:].hex()


def encode_score(score: int, item_id: str) -> str:
    """Give the cursor of the page that follows an item in a list ordered by score, then id."""
    return encode(_START + score * _MILLISECOND, item_id)


def score_of(place: tuple[datetime, str]) -> tuple[int, str]:
    """Give the score and the id of the last item seen, of the cursor of such a list."""
    return (place[0] - _START) // _MILLISECOND, place[1]


def encode_text(item_id: str) -> str:
    """Give the cursor of the page that follows an item, whatever characters its id has."""
    return base64.urlsafe_b64encode(item_id.encode()).decode("ascii").rstrip("=")


def decode_text(cursor: str) -> str:
    """Give the id of the last item seen; raise ValueError for another form."""
    if re.fullmatch(TEXT_PATTERN, cursor) is None:
        raise ValueError("not a cursor")
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("utf-8", "ignore")
