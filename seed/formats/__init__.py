"""The formats that are understood: each a module of pure functions, and a line in this table.

A module has `recognises(data)`, which looks at the content and never at a name, and
`read(data, origin)`, which gives what is found or raises FormatError.
"""

from typing import Protocol

from seed.formats import byline, daily8, feed, jsonfeed, news_api, opml, sitemap, web_page
from seed.found import FormatError, Found, Origin


class Format(Protocol):
    """What a module of this package is."""

    def recognises(self, data: bytes) -> bool:
        """Tell whether a document is of this format."""

    def read(self, data: bytes, origin: Origin) -> Found:
        """Give what a document of this format holds; raise FormatError."""


FORMATS: tuple[Format, ...] = (
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
    return known.read(data, origin)
