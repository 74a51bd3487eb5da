"""What was fetched: have it read by the reading process, and take in article by article."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from desk.publish import Outcome
from seed.formats import FORMATS, byline, feed, jsonfeed, news_api, sitemap, web_page
from seed.inputs import held
from seed.messages import Batch, Ended, Message, Ready, Request
from store.errors import ConflictError

Read = Callable[[int, Request], Iterator[Message]]
Publish = Callable[[dict[str, Any]], Outcome]

_FEEDS = frozenset({jsonfeed, news_api, byline, sitemap, feed})


@dataclass(slots=True)
class Taken:
    """How many articles became what, and why not all could be read, if so."""

    counts: Counter[str] = field(default_factory=Counter)
    error: str | None = None


def is_feed(data: bytes) -> bool:
    """Tell whether a document is one that lists articles: an error page, say, is none."""
    return _format_of(data) in _FEEDS


def is_page(data: bytes) -> bool:
    """Tell whether a document is a web page."""
    return _format_of(data) is web_page


def take_in(read: Read, data: bytes, request: Request, publish: Publish) -> Taken:
    """Publish the draft of each article that a document holds; what is wrong with it is told."""
    taken = Taken()
    with held(data, request.url, request.captured_at) as document:
        for message in read(document.descriptor, request):
            match message:
                case Batch(articles):
                    taken.counts.update(_status(record, publish) for record in articles)
                case Ended(error=error):
                    taken.error = error
    return taken


def _status(record: object, publish: Publish) -> str:
    if not isinstance(record, Ready):
        return "rejected"
    try:
        return publish(record.article).status
    except ConflictError:  # others keep changing it: there is another poll
        return "rejected"


def _format_of(data: bytes) -> object:
    return next((format_ for format_ in FORMATS if format_.recognises(data)), None)
