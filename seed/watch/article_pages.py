"""The page of an article whose feed shows but an excerpt: ask robots.txt, fetch, take the text."""

from datetime import datetime, timedelta
from typing import Any

from desk.newsroom import Newsroom
from desk.publish import Outcome as Published
from insight.rich import to_text
from insight.text import count_words
from schemas.article import validate_draft
from seed import addresses
from seed.fetch import OK, PRODUCT, FetchError, Response
from seed.messages import Request
from seed.unpacking import MAX_BYTES
from seed.watch import robots
from seed.watch.events import Paged
from seed.watch.polls import wanted
from seed.watch.robots import Rules
from seed.watch.surroundings import Lease, Surroundings
from seed.watch.taking import is_page, take_in
from store import articles, pages
from store.errors import NotFoundError

PAUSE = 1.0
"""How many seconds a host is left alone after a page, unless it asks for more."""
RETRY = timedelta(hours=1)
MOST_TRIES = 3
_RULES_HOLD = timedelta(hours=24)  # RFC 9309, section 2.4
_MOST_HOSTS = 1_000

Draft = dict[str, Any]
Page = dict[str, Any]


class Pages:
    """Fetches pages, and remembers what each host's robots.txt says."""

    def __init__(self, around: Surroundings) -> None:
        """Know of no host yet."""
        self._around = around
        self._rules: dict[str, tuple[Rules, datetime]] = {}

    def fetch(self, page: Page, lease: Lease) -> Paged:
        """Fetch a page and give its article the whole text; raise LostLeaseError."""
        rules = self._rules_of(page)
        if rules is robots.ALLOW_NOTHING:
            return self._again(page, "its host's robots.txt cannot be read")
        if not rules.allow(addresses.read(page["url"]).path):
            return self._finish(page, "robots.txt forbids it")
        lease.keep()
        try:
            answer = self._around.ask(page["url"], max_bytes=MAX_BYTES, stay=True)
        except FetchError as error:
            return self._again(page, str(error))
        lease.keep()
        return self._judge(page, answer)

    def pause_of(self, page: Page) -> float:
        """Give how many seconds a host is to be left alone after a page of it."""
        known = self._rules.get(_place(page["url"]))
        return max(PAUSE, known[0].delay if known else 0.0)

    def _rules_of(self, page: Page) -> Rules:
        place, now = _place(page["url"]), self._around.now()
        rules, until = self._rules.get(place, (robots.ALLOW_ALL, now))
        if until <= now:
            rules = self._ask_rules(place)
            if len(self._rules) >= _MOST_HOSTS:
                self._rules.clear()
            self._rules[place] = (
                rules,
                now + (RETRY if rules is robots.ALLOW_NOTHING else _RULES_HOLD),
            )
        return rules

    def _ask_rules(self, place: str) -> Rules:
        try:
            answer = self._around.ask(place + robots.PATH, max_bytes=robots.MAX_BYTES)
        except FetchError:
            return robots.ALLOW_NOTHING
        if answer.status == OK:
            return robots.parse(answer.body.decode("utf-8", "replace"), PRODUCT)
        return robots.ALLOW_NOTHING if answer.status >= _SERVER_ERROR else robots.ALLOW_ALL

    def _judge(self, page: Page, answer: Response) -> Paged:
        if answer.status in _ELSEWHERE:
            return self._follow(page, answer.url)
        if answer.status in _LATER or answer.status >= _SERVER_ERROR:
            return self._again(page, f"the server answered {answer.status}")
        if answer.status != OK:
            return self._finish(page, f"the server answered {answer.status}")
        if not is_page(answer.body):
            return self._finish(page, "is no web page")
        try:
            article = articles.find(self._around.db, page["id"])
        except NotFoundError:
            return self._finish(page, "its article is there no more")
        return self._take(page, answer, article)

    def _take(self, page: Page, answer: Response, article: Draft) -> Paged:
        """Give an article the text of its page."""
        outcomes: list[Published] = []
        with Newsroom(self._around.db) as newsroom:

            def publish(draft: Draft) -> Published:
                if not is_fuller(draft, article):
                    return Published(article["id"], "unchanged")
                outcomes.append(newsroom.publish(filled_in(article, draft)))
                return outcomes[-1]

            request = Request(answer.url, self._around.now(), drafts=True)
            taken = take_in(self._around.read, answer.body, request, publish)
        if taken.error:
            return self._finish(page, taken.error)
        is_news = any(outcome.status == "changed" for outcome in outcomes)
        return self._finish(page, None, "new" if is_news else "unchanged")

    def _follow(self, page: Page, url: str) -> Paged:
        """Have a page fetched where it has gone, which is another host's turn."""
        tries = page["tries"] + 1
        if tries > MOST_TRIES:
            return self._finish(page, "redirects from host to host")
        now = self._around.now()
        pages.put(self._around.db, wanted(page["id"], url, now, tries))
        return Paged(now, page["url"], "unchanged", f"is at {url}")

    def _again(self, page: Page, error: str) -> Paged:
        """Put a page off that could not be had, a few times."""
        tries, now = page["tries"] + 1, self._around.now()
        if tries >= MOST_TRIES:
            return self._finish(page, error)
        pages.put(self._around.db, wanted(page["id"], page["url"], now + RETRY, tries))
        return Paged(now, page["url"], "failed", f"{error}; later again")

    def _finish(self, page: Page, error: str | None, result: str = "failed") -> Paged:
        pages.drop(self._around.db, page["id"])
        return Paged(self._around.now(), page["url"], result, error)


_ELSEWHERE = frozenset({301, 302, 303, 307, 308})
_LATER = frozenset({408, 425, 429})
_SERVER_ERROR = 500


def is_fuller(draft: Draft, article: Draft) -> bool:
    """Tell whether a page says more than the excerpt: some ask for a cookie instead, or money."""
    text = draft["body_text"] or to_text(draft["body_html"] or "")
    return not article["excerpt"] or count_words(text) > article["word_count"]


def filled_in(article: Draft, page: Draft) -> Draft:
    """Give a draft of what a page adds to an article: the whole text, and what nobody said yet."""
    lacking = {name: page[name] for name in _ONCE if not article[name]}
    if article["published_at"] is None:
        lacking |= {name: page[name] for name in ("published_at", "published")}
    return {
        **validate_draft({"title": article["title"]}),
        **lacking,
        "id": article["id"],
        "url": article["url"],
        "source": article["source"] and article["source"]["name"],
        "summary": None if article["lead"] else page["summary"],
        "hashtags": page["hashtags"],
        "body_text": page["body_text"],
        "body_html": page["body_html"],
        "captured_at": page["captured_at"],
    }


_ONCE = ("authors", "image_url", "language", "category")


def _place(url: str) -> str:
    target = addresses.read(url)
    return f"{target.scheme}://{target.authority}"
