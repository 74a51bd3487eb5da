"""The formats that are understood: each a module of pure functions, and a line in this table.

A module has `recognises(data)`, which looks at the content and never at a name, and
`read(data, origin)`, which gives what is found or raises FormatError.
"""

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, Protocol

from seed.formats import byline, daily8, feed, jsonfeed, ndjson, news_api, opml, sitemap, web_page
from seed.formats.ndjson import BrokenLine
from seed.found import FormatError, Found, Origin
from seed.unpacking import MAX_BYTES


class Format(Protocol):
    """What a module of this package is."""

    def recognises(self, data: bytes) -> bool:
        """Tell whether a document is of this format."""

    def read(self, data: bytes, origin: Origin) -> Found:
        """Give what a document of this format holds; raise FormatError."""


FORMATS: tuple[Format, ...] = (
    ndjson,
    jsonfeed,
    news_api,
    byline,
    opml,
    sitemap,
    feed,
    web_page,
    daily8,
)
"""In the order in which they are asked. The last takes any text, and says what is wrong with it."""


def read(data: bytes, origin: Origin) -> Found:
    """Read a document of any format; raise FormatError."""
    if not data.strip():
        raise FormatError("empty")
    known = next((format_ for format_ in FORMATS if format_.recognises(data)), daily8)
    try:
        return known.read(data, origin)
    except FormatError:
        if known is daily8 and data.lstrip().startswith((b"{", b"[")):
            raise FormatError("JSON that is broken, or nested too deeply") from None
        raise


def stream(file: BinaryIO, origin: Origin) -> Iterator[Found | BrokenLine]:
    """Read a document of any format and length: NDJSON line by line, any other whole.

    Raises FormatError, also for a document that is too large to be read whole.
    """
    lines = _lines(file)
    head = _first_lines(lines)
    start = b"".join(head)
    if ndjson.recognises(start):
        yield from ndjson.stream(chain(head, lines), origin)
        return
    data = start + file.read(max(MAX_BYTES + 1 - len(start), 0))
    if len(data) > MAX_BYTES:
        advice = (
            ": as NDJSON, an article a line, it may be" if data.startswith((b"[", b"{")) else ""
        )
        raise FormatError(f"larger than {MAX_BYTES // 1024 // 1024} MB{advice}")
    yield read(data, origin)


def _first_lines(lines: Iterator[bytes]) -> list[bytes]:
    """Take lines until two have something in them, which tell NDJSON from all else."""
    first: list[bytes] = []
    size = written = 0
    for line in lines:
        first.append(line)
        size += len(line)
        written += bool(line.strip())
        if written > 1 or size > MAX_BYTES:
            break
    return first


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Give every line, of one that is too long only a start that is too long as well."""
    while line := file.readline(MAX_BYTES + 1):
        yield line
        while len(line) > MAX_BYTES and not line.endswith(b"\n"):
            line = file.readline(MAX_BYTES + 1)
