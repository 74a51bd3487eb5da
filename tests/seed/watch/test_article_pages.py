from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from seed.watch.article_pages import RETRY
from store import articles
from tests.seed.watch.world import World, rss
from tests.seed.web import Reply

TEXT = "The two officials met in Seoul on Monday and agreed to meet again before the year ends. "


def page(
    title: str = "One", paragraphs: int = 6, known: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """Give a page as papers have them."""
    head = "".join(f'<meta property="{name}" content="{said}">' for name, said in known.items())
    body = "".join(f"<p>{TEXT} Paragraph {number}.</p>" for number in range(paragraphs))
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{head}</head><body>'
        f"<nav><a href='/'>Home</a></nav><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


@pytest.fixture
def excerpt(world: World) -> World:
    """A feed with an excerpt of an article whose page is on the same server."""
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss(f"One|{world.web.url('/one')}"))
    world.web.pages["/one"] = Reply(page())
    return world


def read(world: World) -> list[Any]:
    """Poll with pages, and give what was said of them."""
    return [event for event in world.poll(want_pages=True) if hasattr(event, "page")]


def the_article(world: World) -> Any:
    [article] = world.articles()
    return article


def test_an_excerpt_gets_the_whole_text_of_its_page(excerpt: World) -> None:
    [event] = read(excerpt)
    assert (event.page, event.result) == (excerpt.web.url("/one"), "new")
    article = the_article(excerpt)
    assert article["body_text"].count("agreed to meet again") == 6
    assert (article["excerpt"], article["revision"]) == (False, 2)
    assert article["source"]["id"] == "daily"
    assert excerpt.db["pages"].count_documents({}) == 0


def test_pages_are_left_alone_unless_they_are_wanted(excerpt: World) -> None:
    excerpt.poll()
    assert excerpt.web.times("/one") == 0
    assert the_article(excerpt)["excerpt"]


def test_a_page_is_fetched_once_however_often_its_feed_is_polled(excerpt: World) -> None:
    read(excerpt)
    for number in range(3):
        excerpt.later(hours=1)
        said = f"One|{excerpt.web.url('/one')}"
        excerpt.web.pages["/feed"] = Reply(rss(said, head=f"<generator>{number}</generator>"))
        assert read(excerpt) == []
    assert excerpt.web.times("/one") == 1
    assert the_article(excerpt)["revision"] == 2


def test_a_corrected_article_has_its_page_read_again(excerpt: World) -> None:
    read(excerpt)
    excerpt.later(hours=1)
    excerpt.web.pages["/feed"] = Reply(rss(f"One, corrected|{excerpt.web.url('/one')}"))
    excerpt.web.pages["/one"] = Reply(page("One, corrected").replace(b"Seoul", b"Tokyo"))
    assert excerpt.watcher(want_pages=True).work(excerpt.now)  # the feed, and no more
    excerpt.later(seconds=1)
    [event] = read(excerpt)
    assert event.result == "new"
    article = the_article(excerpt)
    assert article["title"] == "One, corrected"
    assert article["body_text"].count("Tokyo") == 6


def test_a_page_fills_in_only_what_the_feed_does_not_say(excerpt: World) -> None:
    known = {
        "og:title": "Another headline | Daily",
        "og:site_name": "Another name",
        "og:image": "https://daily.example/one.jpg",
        "author": "Kim Min-ji",
        "article:published_time": "2020-01-01T00:00:00Z",
    }
    canonical = b'<link rel="canonical" href="https://elsewhere.example/1"></head>'
    excerpt.web.pages["/one"] = Reply(page(known=known).replace(b"</head>", canonical))
    read(excerpt)
    article = the_article(excerpt)
    assert article["title"] == "One"
    assert article["source"]["id"] == "daily"
    assert article["url"] == excerpt.web.url("/one")
    assert article["published_at"].year == 2025
    assert article["image_url"] == "https://daily.example/one.jpg"
    assert article["authors"] == ["Kim Min-ji"]


def test_a_page_that_says_less_than_the_excerpt_changes_nothing(excerpt: World) -> None:
    said = f"One|{excerpt.web.url('/one')}"
    excerpt.web.pages["/feed"] = Reply(rss(said, text=f"<p>{TEXT * 9}</p>"))
    excerpt.web.pages["/one"] = Reply(page("Please accept cookies", paragraphs=1))
    [event] = read(excerpt)
    assert event.result == "unchanged"
    assert the_article(excerpt)["revision"] == 1


def test_robots_txt_is_asked_first_and_obeyed(excerpt: World) -> None:
    excerpt.web.pages["/robots.txt"] = Reply(b"User-agent: byline\nDisallow: /one")
    [event] = read(excerpt)
    assert event.error == "robots.txt forbids it"
    assert excerpt.web.times("/one") == 0
    assert [path for path, _ in excerpt.web.asked] == ["/feed", "/robots.txt"]
    assert excerpt.db["pages"].count_documents({}) == 0


def test_robots_txt_does_not_forbid_feeds(excerpt: World) -> None:
    excerpt.web.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /")
    read(excerpt)
    assert excerpt.web.times("/feed") == 1


def test_robots_txt_is_asked_once_a_day(excerpt: World) -> None:
    excerpt.web.pages["/two"] = Reply(page("Two"))
    both = [f"{name}|{excerpt.web.url(path)}" for name, path in (("One", "/one"), ("Two", "/two"))]
    excerpt.web.pages["/feed"] = Reply(rss(*both))
    assert len(read(excerpt)) == 2
    assert excerpt.web.times("/robots.txt") == 1


def hung_up(_connection: Any) -> None:
    """Answer nothing."""


@pytest.mark.parametrize("answer", [Reply(status=500), hung_up])
def test_a_host_whose_robots_txt_cannot_be_read_is_left_alone(excerpt: World, answer: Any) -> None:
    excerpt.web.pages["/robots.txt"] = answer
    [event] = read(excerpt)
    assert "robots.txt cannot be read" in event.error
    assert excerpt.web.times("/one") == 0
    excerpt.web.pages["/robots.txt"] = Reply(b"")
    excerpt.now += RETRY
    assert [event.result for event in read(excerpt)] == ["new"]


def test_a_host_is_left_alone_for_as_long_as_it_asks_between_pages(excerpt: World) -> None:
    excerpt.web.pages["/two"] = Reply(page("Two"))
    both = [f"{name}|{excerpt.web.url(path)}" for name, path in (("One", "/one"), ("Two", "/two"))]
    excerpt.web.pages["/feed"] = Reply(rss(*both))
    excerpt.web.pages["/robots.txt"] = Reply(b"User-agent: *\nCrawl-delay: 30")
    first, second = read(excerpt)
    assert second.at - first.at >= timedelta(seconds=30)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_page_that_cannot_be_had_now_is_tried_again_a_few_times(
    excerpt: World, status: int
) -> None:
    excerpt.web.pages["/one"] = Reply(status=status)
    for _ in range(5):
        read(excerpt)
        excerpt.now += RETRY
    assert excerpt.web.times("/one") == 3
    assert excerpt.db["pages"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Reply(status=404), "404"),
        (Reply(rss("Two")), "no web page"),
        (Reply(b"%PDF-1.7"), "no web page"),
        (Reply(b"<html><body></body></html>"), "without an article"),
    ],
)
def test_what_is_no_article_is_not_taken_for_one(
    excerpt: World, answer: Reply, reason: str
) -> None:
    excerpt.web.pages["/one"] = answer
    [event] = read(excerpt)
    assert reason in event.error
    assert the_article(excerpt)["revision"] == 1
    assert excerpt.db["pages"].count_documents({}) == 0


def test_a_page_on_another_host_is_asked_under_the_rules_of_that_host(excerpt: World) -> None:
    away = excerpt.web.url("/away").replace("127.0.0.1", "localhost")
    excerpt.web.pages["/one"] = Reply(status=301, headers={"Location": away})
    excerpt.web.pages["/away"] = Reply(page())
    moved, taken = read(excerpt)
    assert moved.error == f"is at {away}"
    assert (taken.page, taken.result) == (away, "new")
    assert [path for path, _ in excerpt.web.asked][1:] == [
        "/robots.txt", "/one", "/robots.txt", "/away",
    ]  # fmt: skip
    assert the_article(excerpt)["url"] == excerpt.web.url("/one")


def test_a_page_that_is_sent_from_host_to_host_is_given_up(excerpt: World) -> None:
    there, back = "127.0.0.1", "localhost"
    for path, host in (("/one", back), ("/away", there)):
        to = "/away" if path == "/one" else "/one"
        url = excerpt.web.url(to).replace("127.0.0.1", host)
        excerpt.web.pages[path] = Reply(status=302, headers={"Location": url})
    *_, last = read(excerpt)
    assert last.error == "redirects from host to host"


def test_a_page_whose_article_has_gone_is_dropped(excerpt: World) -> None:
    excerpt.poll()  # without pages: the article is there
    excerpt.db["pages"].insert_one(
        {
            "_id": "0" * 32,
            "url": excerpt.web.url("/one"),
            "host": excerpt.web.host,
            "due_at": excerpt.now,
            "tries": 0,
        }
    )
    [event] = read(excerpt)
    assert event.error == "its article is there no more"
    assert len(articles.find_many(excerpt.db, [the_article(excerpt)["id"]])) == 1


def test_pages_that_a_killed_watcher_left_are_fetched_by_the_next(
    excerpt: World,
) -> None:
    watcher = excerpt.watcher(want_pages=True)
    watcher._enrol()
    assert watcher.work(excerpt.now)  # the feed, and no more
    assert excerpt.web.times("/one") == 0
    assert [event.result for event in read(excerpt)] == ["new"]
