"""What was fetched, into the database, by the seed script's own code: all that is used of it."""

from seed.formats import FORMATS, byline, feed, jsonfeed, news_api, sitemap, web_page
from seed.ingest import InputReport, Publish, Relate, ingest
from seed.inputs import Document

_FEEDS = frozenset({jsonfeed, news_api, byline, sitemap, feed})


def is_feed(data: bytes) -> bool:
    """Tell whether a document is one that lists articles: an error page, say, is none."""
    return _format_of(data) in _FEEDS


def is_page(data: bytes) -> bool:
    """Tell whether a document is a web page."""
    return _format_of(data) is web_page


def take_in(document: Document, *, publish: Publish, relate: Relate) -> InputReport:
    """Read a document and publish what it holds; what is wrong with it is in the report."""
    [report] = ingest([document.url or ""], load=lambda _: document, publish=publish, relate=relate)
    return report


def _format_of(data: bytes) -> object:
    return next((format_ for format_ in FORMATS if format_.recognises(data)), None)
