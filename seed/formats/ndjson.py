"""NDJSON: a JSON document of any known form on each line, one article as a rule.

It is the one format that is read in a stream, so it may be of any length. What the API gives in
`data`, a line each, loads again.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from seed.formats import byline, jsonfeed, news_api, said
from seed.found import FormatError, Found, Origin
from seed.unpacking import MAX_BYTES

MAX_BROKEN = 1_000
"""After so many broken lines in a row, what follows is not worth reading."""
SHAPE = "NDJSON"

_NEWS_API = ("publishedAt", "urlToImage")


@dataclass(slots=True)
class BrokenLine:
    """A line that could not be read."""

    number: int
    reason: str


def recognises(data: bytes) -> bool:
    """Tell NDJSON by its first two lines: one of them, if not both, is a JSON object."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    first = [line for line in data.split(b"\n", 8) if line.strip()][:2]
    return len(first) > 1 and any(isinstance(said.as_json(line), dict) for line in first)


def read(data: bytes, origin: Origin) -> Found:
    """Give what all lines hold; raise FormatError for the first that is broken."""
    whole = Found(SHAPE)
    for found in stream(data.split(b"\n"), origin):
        if isinstance(found, BrokenLine):
            raise FormatError(f"line {found.number}: {found.reason}")
        before = len(whole.articles)
        for item in found.articles:
            item.related = tuple(before + place for place in item.related)
        whole.articles += found.articles
        whole.sources += found.sources
    return whole


def stream(lines: Iterable[bytes], origin: Origin) -> Iterator[Found | BrokenLine]:
    """Give what each line holds, or what is wrong with it; blank lines are nothing.

    Raises FormatError after `MAX_BROKEN` broken lines in a row.
    """
    broken = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _read_line(line, origin)
            broken = 0
        except FormatError as error:
            yield BrokenLine(number, str(error))
            broken += 1
            if broken == MAX_BROKEN:
                raise FormatError(
                    f"{MAX_BROKEN:,} lines in a row cannot be read: the rest was left"
                ) from None


def _read_line(line: bytes, origin: Origin) -> Found:
    if len(line) > MAX_BYTES:
        raise FormatError(f"larger than {MAX_BYTES // 1024 // 1024} MB")
    value = said.as_json(line)
    if value is None:
        raise FormatError("not JSON")
    if isinstance(value, dict) and any(name in value for name in _NEWS_API):
        line = json.dumps({"articles": [value]}).encode()
    if jsonfeed.recognises(line):
        found = jsonfeed.read(line, origin)
    elif news_api.recognises(line):
        found = news_api.read(line, origin)
    else:
        found = byline.read(line, origin)
    found.shape = SHAPE
    return found
