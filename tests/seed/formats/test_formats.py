"""Every format gives the same ferry, as far as it says anything of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.compose import compose
from schemas.article import validate_draft
from schemas.source import validate_source
from seed import formats
from seed.formats import said
from seed.found import FormatError, Found, Origin
from tests.seed.formats import samples
from tests.server import PROJECT

AT = datetime(2025, 6, 16, 8, tzinfo=UTC)
NOW = datetime(2025, 6, 17, tzinfo=UTC)
BASE = "https://harbour.example/feed"
ALL = {
    "feed (rss20)": samples.RSS,
    "feed (atom10)": samples.ATOM,
    "feed (rss10)": samples.RDF,
    "JSON Feed": samples.JSON_FEED,
    "NewsAPI": samples.NEWS_API,
    "news sitemap": samples.SITEMAP,
    "web page": samples.PAGE,
}


def read(data: bytes, url: str | None = BASE) -> Found:
    return formats.read(data, Origin(url, NOW))


def first(data: bytes) -> dict[str, Any]:
    return validate_draft(read(data).articles[0].draft)


@pytest.mark.parametrize(("shape", "data"), ALL.items())
def test_each_format_is_known_by_its_content_and_gives_the_same_article(
    shape: str, data: bytes
) -> None:
    assert read(data).shape == shape
    article = compose(first(data), NOW)
    assert article["title"].startswith("Fire aboard")
    assert article["url"] == samples.URL
    assert article["source"] == {"id": "harbour-post", "name": "Harbour Post"}
    assert article["published_at"] == AT
    assert article["id"] == compose(first(samples.RSS), NOW)["id"]


def test_a_feed_says_everything_that_it_has() -> None:
    draft = first(samples.RSS)
    assert draft["title"] == 'Fire aboard "Solvane"'
    assert draft["authors"] == ["Ada Quill"]
    assert (draft["category"], draft["hashtags"]) == ("World", ["Ferries"])
    assert (draft["language"], draft["guid"]) == ("en-gb", "hp-1")
    assert draft["published"]["text"] == "Mon, 16 Jun 2025 10:00:00 +0200"
    assert draft["image_url"] == "https://harbour.example/a.jpg"
    audio = {"url": "https://harbour.example/a.mp3", "type": "audio/mpeg", "length": 99}
    assert draft["enclosures"] == [audio]
    article = compose(draft, NOW)
    assert (article["body_text"], article["excerpt"]) == (samples.TEXT, False)
    assert article["summary"] == "Smoke on deck."
    assert "script" not in article["body_html"]


def test_an_entry_without_a_title_takes_its_first_words_and_is_flagged() -> None:
    item = read(samples.RSS).articles[1]
    assert item.flags == ("untitled",)
    article = compose(validate_draft(item.draft), NOW)
    assert (article["title"], article["excerpt"]) == ("No title here, only this.", True)


def test_a_feed_of_summaries_gives_excerpts_dated_by_their_last_change() -> None:
    draft = first(samples.ATOM)
    assert (draft["excerpt"], draft["summary"]) == (True, None)
    assert draft["authors"] == ["The Desk"]
    assert draft["captured_at"] == datetime(2025, 6, 16, 9, 30, tzinfo=UTC)


def test_a_text_that_an_api_cut_is_an_excerpt() -> None:
    draft = first(samples.NEWS_API)
    assert draft["excerpt"]
    assert "chars]" not in draft["body_html"]
    assert draft["authors"] == ["Ada Quill", "Ben Ink"]


def test_a_page_tells_of_itself_in_json_ld_and_its_text_is_the_article() -> None:
    draft = first(samples.PAGE)
    assert (draft["authors"], draft["category"]) == (["Ada Quill"], "World")
    assert samples.TEXT in draft["body_html"]
    assert "Home" not in draft["body_html"]


def test_a_list_of_feeds_gives_sources_even_where_it_is_not_quite_xml() -> None:
    [source] = map(validate_source, read(samples.OPML).sources)
    assert source["feeds"] == ["https://harbour.example/feed"]
    assert (source["category"], source["url"]) == ("Ports", "https://harbour.example/")
    assert source["name"].startswith("Harbour")


def test_the_bundled_page_is_read_with_its_links() -> None:
    found = read((PROJECT / "seed/documents/daily8-page.txt").read_bytes())
    assert [item.related for item in found.articles] == [(1, 2), (), ()]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b" \n", "empty"),
        (b"{}", "no known form"),
        (b"[1]", "no known form"),
        (b"<urlset/>", "without news"),
        (b"<sitemapindex/>", "index of sitemaps"),
        (b"<opml/>", "lists no feed"),
        (b"<html><body><p></p></body></html>", "without an article"),
        (b"hello", "Daily8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        read(data)


def test_nothing_is_read_from_elsewhere_through_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush")
    doctype = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'.encode()
    for data in (samples.OPML, samples.SITEMAP, samples.RSS, samples.ATOM):
        hostile = data.replace(b"?><", b"?>" + doctype + b"<", 1).replace(b"Harbour", b"&e;")
        try:
            assert "hush" not in repr(read(hostile))
        except FormatError:
            continue


@pytest.mark.parametrize("data", [*ALL.values(), samples.OPML])
def test_a_document_cut_anywhere_is_read_or_refused(data: bytes) -> None:
    for end in range(0, len(data), 37):
        try:
            read(data[:end])
        except FormatError:
            continue


@given(st.binary(max_size=200), st.sampled_from([b"", b"<rss>", b"<opml>", b"<html>", b"<urlset>"]))
def test_nothing_but_a_format_error_leaves_a_reader(data: bytes, start: bytes) -> None:
    try:
        read(start + data)
    except FormatError:
        return


@pytest.mark.parametrize(
    ("text", "moment", "precision", "inferred"),
    [
        ("2025-06-16T08:00:00Z", AT, "minute", False),
        ("Mon, 16 Jun 2025 08:00:00 GMT", AT, "minute", False),
        ("2025-06-16T10:00:00+02:00", AT, "minute", False),
        ("2025-06-16 08:00", AT, "minute", True),
        ("2025-06-16", datetime(2025, 6, 16, tzinfo=UTC), "day", False),
        ("some time ago", None, "day", False),
    ],
)
def test_a_time_is_kept_as_said_and_as_sharp_as_said(
    text: str, moment: datetime | None, precision: str, inferred: bool
) -> None:
    said_of_it = {"text": text, "precision": precision, "inferred": inferred}
    assert said.published(text) == {"published_at": moment, "published": said_of_it}


@pytest.mark.parametrize(
    "url", [None, "", 5, "javascript:alert(1)", "ftp://a.example", "//[", "a b"]
)
def test_what_is_no_address_is_left_out(url: object) -> None:
    assert said.address(url) is None
