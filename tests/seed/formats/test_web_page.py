from typing import Any

import pytest
from lxml import html as lxml_html

from seed import formats
from seed.formats import article_text, html_tree, marks, trimming, web_page
from seed.found import FormatError, Origin

URL = "https://harbour.example/2025/ferry"
ONE = "A fire broke out aboard the ferry Solvane on Monday, the coast guard of the harbour said."
TWO = "All of the passengers were led to the upper deck, where boats took them over to the quay."
THREE = "The owners of the ship have not yet said when it will be back on its way to the islands."
TEXT = f"<p>{ONE}</p><p>{TWO}</p><p>{THREE}</p>"


def body(inside: str, head: str = "<title>Fire aboard</title>") -> str:
    page = f"<html><head>{head}</head><body>{inside}</body></html>".encode()
    return str(web_page.read(page, Origin(URL)).articles[0].draft["body_html"])


@pytest.mark.parametrize(
    ("mark", "coding"),
    [(b"", "utf-16"), (b"\xfe\xff", "utf-16-be"), (b"", "utf-16-le"), (b"", "utf-8-sig")],
)
def test_a_page_is_known_in_whatever_encoding_it_is(mark: bytes, coding: str) -> None:
    page = f"<!DOCTYPE html><title>Größe</title><article>{TEXT}</article>"
    found = formats.read(mark + page.encode(coding), Origin(URL))
    assert (found.shape, found.articles[0].draft["title"]) == ("web page", "Größe")


def test_addresses_are_completed_by_the_one_that_the_page_names() -> None:
    head = (
        "<base href='https://cdn.example/news/'><title>Fire aboard</title>"
        "<link rel='canonical' href='ferry'><meta property='og:image' content='f.jpg'>"
    )
    page = f"<head>{head}</head><article><p>{ONE} <a href='more'>More</a></p>{TEXT}</article>"
    draft = web_page.read(page.encode(), Origin(URL)).articles[0].draft
    assert draft["url"] == "https://cdn.example/news/ferry"
    assert draft["image_url"] == "https://cdn.example/news/f.jpg"
    assert '<a href="https://cdn.example/news/more">' in draft["body_html"]


def trimmed(blocks: str, title: str = "", lead: str = "") -> list[str]:
    element = lxml_html.fragment_fromstring(blocks, create_parent="div")
    trimming.trim(element, [title], [lead])
    return ["".join(block.itertext()) for block in element]


def test_links_and_pictures_stay_in_the_text() -> None:
    found = body(
        f'<article><p><a href="/a">The coast <b>guard</b></a> {ONE}</p>'
        f'<figure><img src="/f.jpg" alt="A &amp; B"></figure>'
        f'<p><img data-srcset="/g.jpg 2x, /h.jpg"> {TWO} <a href="#top">up</a></p>{TEXT}</article>'
    )
    assert '<a href="https://harbour.example/a">' in found
    assert '<img src="https://harbour.example/f.jpg" alt="A &amp; B"/>' in found
    assert "https://harbour.example/g.jpg" in found
    assert "#top" not in found


def test_pixels_and_placeholders_are_no_pictures() -> None:
    small = '<img src="/p.gif" width="1"><img src="data:image/gif;base64,AA"><img>'
    assert "<img" not in body(f"<article><p>{small}{ONE}</p>{TEXT}</article>")


def test_a_mark_that_stands_for_nothing_is_taken_out() -> None:
    nothing = marks.Marked(None)
    assert marks.take(f"a{chr(marks.FIRST)}b{chr(marks.LAST)}", nothing) == "ab"


def test_asides_captions_and_hidden_parts_are_no_text() -> None:
    found = body(
        f'<article><div class="related"><p>Other news</p></div>{TEXT}<p hidden>Not seen</p>'
        '<p style="display: none">Not shown</p><figcaption>The ship</figcaption></article>'
    )
    assert THREE in found
    assert not any(out in found for out in ("Other news", "Not seen", "Not shown", "The ship"))


def test_what_has_most_of_the_text_is_no_aside_whatever_it_is_called() -> None:
    assert TWO in body(f'<article><div class="promo">{TEXT}</div></article>')


def test_a_text_in_parts_is_put_together() -> None:
    part = '<div class="article-body">{}</div>'
    parts = part.format(TEXT) + "<div>Advert</div>" + part.format(f"<p>{ONE} Again.</p>")
    assert f"{ONE} Again." in body(f"<main>{parts}</main>")


def test_a_named_body_in_another_is_where_the_text_is() -> None:
    inner = f'<div class="story-body__inner" itemprop="articleBody">{TEXT}</div>'
    for name in ("story-body", "article-content"):
        assert TWO in body(f'<div class="{name}"><ul><li>Share</li></ul>{inner}</div>')


def test_posts_of_social_media_stay_as_quotations() -> None:
    post = '<div class="embed"><blockquote class="twitter-tweet"><p>Smoke!</p></blockquote></div>'
    assert "Smoke!" in body(f"<article><p>{ONE}</p><p>{TWO}</p>{post}<p>{THREE}</p></article>")


def test_a_page_without_text_has_none() -> None:
    assert article_text.find(html_tree.parse(b"<html><p></p></html>"), None, [], []) == ""


def test_headline_standfirst_and_dateline_above_a_text_go() -> None:
    above = "<h1>Fire aboard</h1><h2>Smoke on deck</h2><p>By Ada Quill, 2025</p>"
    assert trimmed(above + TEXT, "Fire aboard!", "Smoke on deck.") == [ONE, TWO, THREE]


def test_a_headline_far_below_is_part_of_the_text() -> None:
    far = f"<p>{ONE * 9}</p><p>Fire aboard</p>{TEXT}"
    assert "Fire aboard" in trimmed(far, "Fire aboard")


def test_a_short_heading_that_no_lead_repeats_stays() -> None:
    assert trimmed(f"<h2>The ship</h2>{TEXT}")[0] == "The ship"


def test_lines_that_only_point_elsewhere_go_and_a_link_in_a_sentence_stays() -> None:
    on, off = chr(marks.FIRST), chr(marks.LAST - 2)
    lines = f"<p>Read more: {on}Other news{off}</p><p>{on}News{off}</p><ul><li>{on}a{off}</li></ul>"
    said = f"<p>See {on}this{off}, the owners of the ship said.</p>"
    assert len(trimmed(f"<p>{ONE}</p>{lines}{said}{TEXT}")) == 6


def test_notes_below_a_text_go() -> None:
    assert trimmed(TEXT + "<p>Follow us on Facebook</p><h3>More</h3>") == [ONE, TWO, THREE]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Größe".encode(), "Größe"),
        (b"\xef\xbb\xbf" + "Größe".encode(), "Größe"),
        ("Größe".encode("utf-16"), "Größe"),
        (b"<meta charset=iso-8859-1>\x93Gr\xf6\xdfe\x94", "“Größe”"),
        (b"<meta charset=iso-2022-jp>" + "火".encode("iso2022_jp"), "火"),
        (b"<meta charset=nonsense>Fire", "Fire"),
        (b"<meta charset=rot13>Fire", "Fire"),
        ("Größe ".encode() * 500 + b"\xc3", "Größe \ufffd"),
        (b"<p>Gr\xf6\xdfe " * 9, "Gr"),
    ],
)
def test_a_page_is_read_in_the_encoding_that_its_bytes_are_in(data: bytes, text: str) -> None:
    assert text in html_tree.decode(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<p>" + b" " * html_tree.MAX_BYTES, "8 MB"),
        (b"<p " + b"a=1 " * 600 + b">", "500 attributes"),
        (b"<p>a" + b"<br>" * (html_tree.MAX_ELEMENTS + 1), "50,000 elements"),
        (b"<!-- -->", "cannot be read"),
    ],
)
def test_a_page_beyond_the_bounds_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        web_page.read(data, Origin(URL))


def test_whatever_a_page_makes_a_library_raise_is_a_format_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> str:
        raise RecursionError("too deep")

    monkeypatch.setattr(article_text, "find", fail)
    with pytest.raises(FormatError, match="too deep"):
        body(TEXT)
