"""A small world for watchers: a database, a web server, and a clock that a test turns."""

import functools
import html
from datetime import UTC, datetime, timedelta
from typing import Any

from seed import fetch
from seed.reader import Reader
from seed.watch.events import Event
from seed.watch.polling import Feed
from seed.watch.surroundings import Surroundings
from seed.watch.watcher import Watcher, Wishes
from store import articles, sources
from store.articles import ArticleFilter
from store.client import Database
from tests.seed.web import Web

START = datetime(2025, 6, 16, 8, tzinfo=UTC)
SHORTEST = timedelta(minutes=5)


class World:
    """`now` moves when a watcher waits, and when a test says so. Nothing is ever slept for."""

    def __init__(self, db: Database, web: Web, reader: Reader) -> None:
        self.db = db
        self.reader = reader
        self.web = web
        self.now = START
        self.stop_at = START + timedelta(days=365)
        self.events: list[Event] = []
        self.rests: list[Feed | None] = []

    def list_feed(self, path: str, source: str = "Daily") -> str:
        """Have a source list a feed of the web server."""
        url = self.web.url(path)
        known = {"id": source.lower(), "name": source, "feeds": [url]}
        if not sources.ensure(self.db, [known]):
            sources.complete(self.db, known)
        return url

    def around(self, owner: str = "one") -> Surroundings:
        return Surroundings(
            db=self.db,
            ask=functools.partial(fetch.ask, allow_private=True),
            read=self.reader.read,
            # What comes from MongoDB has a time zone of its own kind.
            now=lambda: self.now.astimezone(UTC),
            wait=self._wait,
            stopped=lambda: self.now >= self.stop_at,
            chance=lambda: 0.0,
            owner=owner,
        )

    def watcher(self, owner: str = "one", **wishes: Any) -> Watcher:
        known = {"shortest": SHORTEST} | wishes
        return Watcher(self.around(owner), Wishes(**known), self.events.append, self.rests.append)

    def poll(self, **wishes: Any) -> list[Any]:
        """Poll what is due now, with a watcher of its own, and give what it said."""
        self.events.clear()
        self.watcher(**wishes).run(once=True)
        return list(self.events)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def feed(self, path: str) -> Any:
        """Give what is known of a feed."""
        return self.db["feeds"].find_one({"_id": self.web.url(path)})

    def articles(self) -> list[Any]:
        return articles.page(self.db, ArticleFilter(), fields=())

    def _wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def rss(*entries: str, head: str = "", text: str = "") -> bytes:
    """Give an RSS feed with an entry for each title, which may have an address behind a bar."""
    items = []
    for entry in entries:
        title, _, link = entry.partition("|")
        link = link or f"https://daily.example/{title.replace(' ', '-')}"
        described = html.escape(text or f"<p>{title}, as it happened on Monday.</p>")
        items.append(
            f"<item><title>{html.escape(title)}</title><link>{html.escape(link)}</link>"
            f"<pubDate>Mon, 16 Jun 2025 07:00:00 GMT</pubDate>"
            f"<description>{described}</description></item>"
        )
    body = f"<title>What it calls itself</title>{head}{''.join(items)}"
    return f'<rss version="2.0"><channel>{body}</channel></rss>'.encode()
