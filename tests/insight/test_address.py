import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from insight.address import better, canonical, tidy
from insight.rich import sanitise
from schemas.fields import WEB_ADDRESS

PLAIN = "https://news.example/2025/ferry"


@pytest.mark.parametrize(
    "url",
    [
        PLAIN,
        "HTTPS://News.Example/2025/ferry",
        "http://news.example/2025/ferry",
        "https://news.example:443/2025/ferry",
        "https://news.example./2025/ferry",
        "https://user:pw@news.example/2025/ferry",
        "https://news.example/2025/ferry#comments",
        "https://news.example/2024/../2025/./ferry",
        "https://news.example/2025/%66erry",
        "https://news.example/2025/ferry?utm_source=rss&utm_medium=feed",
        "https://news.example/2025/ferry?fbclid=x&at_campaign=y",
        "https://www.news.example/2025/ferry",
        "https://m.news.example/2025/ferry",
        "https://amp.news.example/2025/ferry",
        "https://news.example/2025/ferry/amp",
        "https://news.example/2025/ferry/amp/",
        "https://news.example/amp/2025/ferry",
        "https://news.example/2025/ferry?amp=1",
        "https://news.example/2025/ferry?outputType=amp",
        "https://www.google.com/amp/s/news.example/2025/ferry",
        "https://news-example.cdn.ampproject.org/c/s/news.example/2025/ferry?usqp=x",
    ],
)
def test_the_spellings_of_an_address_are_one(url: str) -> None:
    assert canonical(url) == PLAIN


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/2025/Ferry",
        "https://news.example/2025/ferry?page=2",
        "https://news.example:8443/2025/ferry",
        "https://other.example/2025/ferry",
        "https://news.example/2025/ferry/",
        "https://sport.news.example/2025/ferry",
        "https://news.example/2025/ferry#!/2",
    ],
)
def test_addresses_of_different_pages_stay_different(url: str) -> None:
    assert canonical(url) != PLAIN


def test_language_editions_lose_only_the_mobile_part() -> None:
    assert canonical("https://en.m.wiki.example/x") == "https://en.wiki.example/x"
    assert canonical("https://m.example/x") == "https://m.example/x"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://www.News.example:80/a/../b?utm_x=1&id=7#top", "http://www.news.example/b?id=7"),
        ("https://news.example", "https://news.example/"),
        ("https://zürich.example/ä", "https://xn--zrich-kva.example/%C3%A4"),
        ("https://[::1]:99/a", "https://[::1]:99/a"),
        ("https://m.news.example/a", "https://m.news.example/a"),
        ("ftp://news.example/a", "ftp://news.example/a"),
        ("https://news.example:99999/a", "https://news.example:99999/a"),
        ("https://news.example/a/..", "https://news.example/"),
    ],
)
def test_an_address_that_is_kept_still_leads_where_it_led(url: str, kept: str) -> None:
    assert tidy(url) == kept


def test_the_page_itself_is_better_than_its_twins() -> None:
    for twin in ("http://news.example/a", "https://m.news.example/a", "https://news.example/a/amp"):
        assert better(twin, "https://www.news.example/a") == "https://www.news.example/a"
        assert better("https://www.news.example/a", twin) == "https://www.news.example/a"


@given(st.text())
def test_whatever_is_said_to_be_an_address_comes_back_once_and_for_all(said: str) -> None:
    url = f"https://news.example/{said}"
    assert tidy(tidy(url)) == tidy(url)
    canonical(said)


@given(st.from_regex(WEB_ADDRESS, fullmatch=True) | st.text().map("https://{}".format))
@example("https://℀.example/x")
@example("https://[::1/x")
@example("https://a.example:99999/x")
def test_what_passes_for_an_address_has_one_spelling_that_is_its_own(url: str) -> None:
    assert canonical(canonical(url)) == canonical(url) or not url.isascii()
    assert better(url, tidy(url)) in {url, tidy(url)}
    sanitise('<a href="/x">x</a><img src="y.png">', url)
