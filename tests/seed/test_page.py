import codecs
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seed.page import AMBIGUOUS_SOURCE, MAX_BYTES, Page, PageError, read
from seed.when import parse
from tests.seed import samples
from tests.seed.samples import (
    AR,
    ARABIC_MAIN,
    EN,
    MAIN,
    NO_BODY,
    SECOND,
    THIRD,
    Article,
    articles_of,
    read_text,
)
from tests.seed.test_when import ABSOLUTE, RELATIVE

SEED_PAGE = Path(__file__).parents[2] / "seed" / "documents" / "daily8-page.txt"

B_MAIN = replace(samples.main_entry(MAIN), source=None, when=None)
B_ARABIC_MAIN = replace(samples.main_entry(ARABIC_MAIN), source=None, when=None)

PAGES = {
    "style A": samples.style_a(MAIN, EN),
    "style A without a footer": samples.style_a(MAIN, EN, footer=False),
    "style A in Arabic": samples.style_a(ARABIC_MAIN, AR, language="ar"),
    "style B": samples.style_b(MAIN, EN),
    "style B with junk and a footer": samples.style_b(MAIN, EN, junk="&w=3840&q=100)", footer=True),
    "style B in Arabic": samples.style_b(ARABIC_MAIN, AR, language="ar"),
    "hashtag": samples.hashtag("Seoul", EN),
    "hashtag without a footer": samples.hashtag("Seoul", EN, footer=False),
    "hashtag in Arabic": samples.hashtag("سيول", AR, language="ar"),
}


def expected_page(name: str) -> Page:
    language, related = ("ar", AR) if "Arabic" in name else ("en", EN)
    tags = (("سيول" if language == "ar" else "Seoul"),) if name.startswith("hashtag") else ()
    entries = tuple(samples.entry(article, hashtags=tags) for article in related)
    if tags:
        return Page("hashtag", language, None, entries, truncated=False)
    if name.startswith("style A"):
        main = samples.main_entry(ARABIC_MAIN if language == "ar" else MAIN)
        return Page("style-a", language, main, entries, truncated=False)
    entries = tuple(replace(entry, category=None) for entry in entries)
    main = B_ARABIC_MAIN if language == "ar" else B_MAIN
    return Page("style-b", language, main, entries, truncated=False)


# The real page


def test_the_bundled_page_is_read_whole() -> None:
    page = read(SEED_PAGE.read_bytes())
    assert (page.shape, page.language, page.truncated) == ("style-a", "en", False)
    assert page.main
    assert page.main.title.startswith("PM nominee stresses stronger Seoul-Tokyo ties")
    assert page.main.paragraphs[0].startswith("Prime Minister nominee Kim Min-seok on Monday")
    assert page.main.paragraphs[3].endswith("among Seoul, Tokyo and Washington.")
    assert len(page.main.paragraphs) == 4
    assert [entry.title for entry in page.related] == [
        "Lee calls on S. Korea, Japan to join hands for future ahead of 60th anniv. of ties",
        "Lee Jae-myung to head to Canada for G7 in debut trip",
    ]
    assert [len(entry.paragraphs) for entry in page.related] == [1, 1]
    assert page.related[1].paragraphs[0].endswith('tensions" in the Middle East.')
    assert {entry.source for entry in articles_of(page)} == {"Korea Herald"}
    assert [entry.when and entry.when.text for entry in articles_of(page)] == [
        "8 hours ago",
        "8 hours ago",
        "17 hours ago",
    ]
    assert not any(entry.flags or entry.hashtags or entry.category for entry in articles_of(page))


# Shapes


@pytest.mark.parametrize("name", PAGES)
def test_every_shape_is_read_whole(name: str) -> None:
    assert read_text(PAGES[name]) == expected_page(name)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.replace("\n", "  \u00a0\n\t").encode(),
        lambda text: text.replace("\n\n", "\n \n\n").encode(),
        lambda text: text.replace(" ", "\u00a0").encode(),
        lambda text: text.replace(" ", " \x08", 1).encode(),
        lambda text: (text.rstrip("\n") + "\n").encode(),
        lambda text: (text + "\n\n\n").encode(),
    ],
    ids=range(11),
)
def test_how_a_page_was_saved_does_not_matter(name: str, change: Callable[[str], bytes]) -> None:
    # The last article here has no body, so that without a footer a blank line must follow it.
    page, expected = read(change(PAGES[name])), expected_page(name)
    assert replace(page, truncated=False) == expected
    assert not page.truncated or not expected.related[-1].paragraphs


def test_a_page_may_have_related_articles_of_both_styles() -> None:
    text = samples.style_a(MAIN, [SECOND], footer=False)
    related = samples.style_b(MAIN, [THIRD]).partition("Related Articles")[2]
    assert [entry.title for entry in read_text(text + related).related] == [
        SECOND.title,
        THIRD.title,
    ]


def test_a_page_may_have_no_related_articles() -> None:
    for page in (samples.style_a(MAIN), samples.style_a(MAIN, footer=False)):
        assert read_text(page) == Page("style-a", "en", samples.main_entry(MAIN), (), False)


def test_a_page_may_lack_its_own_article() -> None:
    text = PAGES["style A"]
    page = read_text("logo\n" + text[text.index("Orange background") :])
    assert page.main is None
    assert len(page.related) == 3


def test_the_second_title_may_be_missing() -> None:
    text = PAGES["style A"].replace(f"{MAIN.title}\n\n", "", 1)
    assert read_text(text) == expected_page("style A")


@pytest.mark.parametrize("first", ["Orange background\n\nHashtags", "Hashtags\nOrange background"])
def test_the_headings_may_have_others_before_them(first: str) -> None:
    text = PAGES["style A"].replace("Orange background", first)
    assert read_text(text) == expected_page("style A")


@pytest.mark.parametrize(
    ("line", "tag", "language"),
    [
        ("Latest news with #C#", "C#", "en"),
        ("Latest news with #غزة", "غزة", "en"),
        ("Últimas noticias con #Seúl", "Seúl", "en"),
        ("آخر الأخبار مع #Gaza", "Gaza", "ar"),
    ],
)
def test_the_line_with_the_hashtag_gives_tag_and_language(
    line: str, tag: str, language: str
) -> None:
    page = read_text(PAGES["hashtag"].replace("Latest news with #Seoul", line))
    assert page.language == language
    assert {entry.hashtags for entry in page.related} == {(tag,)}


# The main article's source and time


@pytest.mark.parametrize(
    ("line", "source", "time"),
    [
        ("Straits Timesa day ago", "Straits Times", "a day ago"),
        ("Al Jazeeraan hour ago", "Al Jazeera", "an hour ago"),
        ("News1829 minutes ago", "News18", "29 minutes ago"),  # a related article is of News18
        ("News1812-03-2025", "News18", "12-03-2025"),
        ("Time of India8 hours ago", "Time of India", "8 hours ago"),
        ("3 days ago", None, "3 days ago"),
    ],
)
def test_source_and_time_of_the_main_article_come_apart(
    line: str, source: str | None, time: str
) -> None:
    main = read_text(PAGES["style A"].replace("Korea Herald8 hours ago", line)).main
    assert main == replace(samples.main_entry(MAIN), source=source, when=parse(time))


def test_a_source_that_could_be_another_is_flagged() -> None:
    main = read_text(PAGES["style A"].replace("Herald8 hours", "Herald829 minutes")).main
    assert main
    assert (main.source, main.flags) == ("Korea Herald8", (AMBIGUOUS_SOURCE,))


@pytest.mark.parametrize(
    "line", ["They last met 3 days ago", "They last met a day ago", "Korea Herald, on Monday", "-"]
)
def test_a_first_paragraph_is_no_source(line: str) -> None:
    main = read_text(PAGES["style A"].replace("Korea Herald8 hours ago", line)).main
    assert main
    assert (main.source, main.when) == (None, None)
    assert main.paragraphs == (line, *MAIN.paragraphs)


def test_only_the_line_after_the_titles_can_be_the_source() -> None:
    article = replace(MAIN, when=None, paragraphs=("Of old.", "Reuters3 days ago"))
    main = read_text(samples.style_a(article, EN)).main
    assert main == replace(samples.main_entry(article), source=None)


def test_a_title_may_end_like_a_time() -> None:
    main, related = replace(MAIN, title="Seen 3 days ago"), replace(SECOND, title="Found a day ago")
    page = read_text(samples.style_a(main, [related]))
    assert page.main == samples.main_entry(main)
    assert page.related == (samples.entry(related),)


# Style B


@pytest.mark.parametrize("junk", ["&w=3840&q=100)", "https://example.com/a.jpg", "photo.jpg)"])
def test_the_tail_of_an_address_is_no_title(junk: str) -> None:
    assert read_text(samples.style_b(MAIN, EN, junk=junk)).main == B_MAIN


def test_the_tail_of_an_address_alone_is_no_article() -> None:
    text = PAGES["style B"]
    assert read_text("q=100)\n" + text[text.index("Hashtags") :]).main is None


@pytest.mark.parametrize(
    "title", ["Really?", "日本はどう動く?(上)", "Dog bites (almost)", "100% of it"]
)
def test_a_title_is_no_tail_of_an_address(title: str) -> None:
    article = replace(MAIN, title=title)
    page = read_text(samples.style_b(article, EN))
    assert page.main == replace(B_MAIN, title=title)


def test_the_title_is_the_line_that_a_related_article_confirms() -> None:
    main = read_text(samples.style_b(MAIN, [MAIN], junk="Photo by an agency")).main
    assert main == samples.main_entry(MAIN)


# Related articles


@pytest.mark.parametrize(
    "article",
    [
        Article("No body", paragraphs=()),
        Article("A date", when="12-03-2025"),
        Article("A category", category="Business"),
        Article("No time", when=None),
        Article("A source like the label", source="Time"),
        Article("A source that begins like it", source="time for news"),
        Article("A body with bullets", paragraphs=("• One.",)),
        Article("A body with a hyphen", paragraphs=("- Korea Herald",)),
        Article("Emoji 🎉 and “quotes'", paragraphs=('No blank.After this 🎉 "stop”.',)),
        Article("Interface", paragraphs=("Show more 07:30 Advertisement.",)),
        Article("5% more", paragraphs=("Prices rose 5%, or 100%25 in <b>all</b>.",)),
    ],
    ids=lambda article: article.title,
)
def test_a_related_article_is_read_as_it_is(article: Article) -> None:
    for related in ([article, SECOND], [SECOND, article]):
        page = read_text(samples.style_a(MAIN, related))
        assert page.related == tuple(map(samples.entry, related))


def test_a_source_may_stand_only_in_the_bullet() -> None:
    text = PAGES["style A"].replace("\nStraits Times\n", "\n")
    assert read_text(text) == expected_page("style A")


def test_bullets_may_be_missing() -> None:
    text = PAGES["style A"].replace("  • Straits Times\n", "").replace("  • Sport\n", "")
    assert read_text(text).related[0] == replace(samples.entry(SECOND), category=None)


def test_a_time_that_cannot_be_read_costs_no_article() -> None:
    text = PAGES["style A"].replace("timea day ago", "time31-02-2025")
    assert read_text(text).related[0] == replace(samples.entry(SECOND), when=None)


@pytest.mark.parametrize(
    "facts",
    [
        "",
        "Reuters\n",
        "Reuters\nLondon\n  • Reuters\n",
        "Reuters\n  • Reuters\nLondon\n",
        "Reuters\ntimes change\n",
        "  • x\n" * 20,
    ],
)
def test_a_title_said_twice_alone_begins_no_article(facts: str) -> None:
    text = samples.style_a(MAIN, [SECOND]) + f"\nTwice\nTwice\n{facts}Twice\nBody.\n"
    assert [entry.title for entry in read_text(text).related] == [SECOND.title]


@pytest.mark.parametrize("byline", ["- Reuters", "Straits Times", "-Straits Times"])
def test_style_b_needs_the_same_source_twice(byline: str) -> None:
    text = PAGES["style B"].replace("- Straits Times", byline)
    assert [entry.title for entry in read_text(text).related] == [THIRD.title, NO_BODY.title]


def test_lines_before_the_next_article_are_paragraphs() -> None:
    text = PAGES["style A"].replace("Nobody did.", "Nobody did.\nShow more\n07:30")
    assert read_text(text).related[0].paragraphs == ("Nobody did.", "Show more", "07:30")


def test_interface_text_stays_a_paragraph() -> None:
    article = replace(MAIN, paragraphs=("Advertisement", "07:30", "They met."))
    assert read_text(samples.style_a(article)).main == samples.main_entry(article)


# The same article several times


def test_an_article_that_lists_itself_is_not_related_to_itself() -> None:
    copy = replace(MAIN, title=MAIN.title.upper() + " ", category="Politics")
    page = read_text(samples.style_a(MAIN, [copy, SECOND]))
    assert page.main == replace(samples.main_entry(MAIN), category="Politics")
    assert page.related == (samples.entry(SECOND),)


def test_the_copy_adds_what_the_article_lacks() -> None:
    page = read_text(samples.style_b(replace(MAIN, paragraphs=()), [MAIN, SECOND]))
    assert page.main == samples.entry(MAIN)
    assert [entry.title for entry in page.related] == [SECOND.title]


def test_the_same_title_from_another_source_is_another_article() -> None:
    other = replace(MAIN, source="Reuters")
    page = read_text(samples.style_a(MAIN, [other, SECOND, other]))
    assert page.related == (samples.entry(other), samples.entry(SECOND))


def test_a_repeated_article_counts_once_with_all_that_is_said() -> None:
    first, later = replace(SECOND, paragraphs=()), replace(SECOND, category=None)
    page = read_text(samples.style_a(MAIN, [first, THIRD, later]))
    assert page.related == (samples.entry(SECOND), samples.entry(THIRD))


# Pages that are cut short


SHORT_A = samples.style_a(MAIN, [SECOND, THIRD], footer=False)
SHORT_B = samples.style_b(MAIN, [SECOND, THIRD])


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        # Within the headings: the article before them is whole.
        (SHORT_A.partition("Orange background")[0] + "Orange background", [MAIN]),
        (SHORT_A.partition("\n\nTry Our")[0] + "\nHash", [MAIN]),
        (SHORT_A.partition("Our AI")[0], [MAIN]),
        (SHORT_A.partition("\n\nExplore")[0], [MAIN]),
        (SHORT_A.partition("Articles\n")[0], [MAIN]),
        (SHORT_A.partition("Related Articles")[0] + "Related Articles", [MAIN]),
        (SHORT_B.partition("\nExplore")[0], [MAIN]),
        (SHORT_B.partition("Articles\n")[0], [MAIN]),
        # Within an article: those before it are whole.
        (SHORT_A.partition("Who")[0] + "Wh", [MAIN]),
        (SHORT_A.rpartition("Who")[0], [MAIN]),
        (SHORT_A.rpartition("did.")[0], [MAIN]),
        (SHORT_A.partition("did.\n")[0] + "did.\n\nTime for", [MAIN, SECOND]),
        (SHORT_A.rpartition("tea")[0], [MAIN, SECOND]),
        (SHORT_A.rpartition("(some)")[0] + "(so", [MAIN, SECOND]),
        (SHORT_B.rpartition("did.")[0], [MAIN]),
        (SHORT_B.partition("12-03-2025")[0], [MAIN, SECOND]),
        (SHORT_B.rpartition("for tea")[0] + "for tea", [MAIN, SECOND]),
        # Within the footer: all are whole, and yet the page was cut.
        (PAGES["style A"].rpartition("store")[0], [MAIN, SECOND, THIRD, NO_BODY]),
        (PAGES["style A"].partition("Started")[0], [MAIN, SECOND, THIRD, NO_BODY]),
    ],
)
def test_of_a_page_that_was_cut_the_whole_articles_are_kept(
    text: str, titles: list[Article]
) -> None:
    page = read_text(text)
    assert page.truncated
    assert [(entry.title, entry.paragraphs) for entry in articles_of(page)] == [
        (article.title, article.paragraphs) for article in titles
    ]


@pytest.mark.parametrize(
    ("rest", "kept", "truncated"),
    [
        ("", True, True),
        ("\n", True, True),
        ("\n\n", True, False),
        ("\n\nIt is late", False, True),
        ("\n\nIt is late.", True, False),
        ("\n\nIt is late\n", True, False),
        ('\n\n"It is (late)."', True, False),
        ("\n\n%3Cp%3EIt is late.%3C%2Fp%3E", True, False),
        ("\n\n%3Cp%3EIt is late%3C%2Fp%3E", False, True),
        ("\n\n遅い。」", True, False),
    ],
)
def test_where_the_last_article_ends_tells_whether_it_is_whole(
    rest: str, kept: bool, truncated: bool
) -> None:
    text = samples.style_a(MAIN, [SECOND, replace(THIRD, paragraphs=())], footer=False).rstrip()
    page = read_text(text + rest)
    assert (len(page.related) == 2, page.truncated) == (kept, truncated)


@pytest.mark.parametrize(
    "rest",
    [
        "Next title\nNext title\n",
        "Next title\nNext title",
        "Next title\nNext ti",
        "Next title\nNext title\n\nReuters\n\ntime8",
        "Reuters\n8 hours ago\n- Reu",
    ],
)
def test_the_start_of_another_article_is_no_body(rest: str) -> None:
    page = read_text(samples.style_a(MAIN, [NO_BODY], footer=False) + rest)
    assert page.related == (samples.entry(NO_BODY),)
    assert page.truncated


def test_the_start_of_another_article_of_style_b_is_no_body() -> None:
    page = read_text(samples.style_b(MAIN, [NO_BODY]) + "Reuters\n")
    assert page.related == (samples.entry(NO_BODY),)
    assert page.truncated


def test_a_body_stays_one_before_a_title_that_begins_alike() -> None:
    page = read_text(samples.style_a(MAIN, [SECOND], footer=False) + "No")
    assert page.related == (samples.entry(SECOND),)
    assert page.truncated


def test_a_character_that_was_cut_in_two_shows_that_the_page_was() -> None:
    page = read((samples.style_a(MAIN, [SECOND], footer=False) + "日").encode()[:-1])
    assert page.related == (samples.entry(SECOND),)
    assert page.truncated


def test_where_only_a_neutral_heading_is_left_the_title_tells_the_language() -> None:
    for page in ("style A", "style A in Arabic"):
        text = PAGES[page].partition("Orange background")[0] + "Orange background\n"
        assert read_text(text).language == expected_page(page).language


def no_page(text: str) -> str:
    with pytest.raises(PageError) as caught:
        read_text(text)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        SHORT_A.partition("Orange")[0],
        SHORT_A.partition("Orange")[0] + "Ora",
        "logo",
        "logo\nOrange background",
        "logo\n\nTitle",
        PAGES["hashtag"].partition("Nobody")[0] + "No",
        PAGES["hashtag"].partition("Seoul")[0],
    ],
)
def test_a_page_cut_before_its_first_whole_article_is_refused(text: str) -> None:
    assert no_page(text) == "cut short before any whole article"


# What is no page


@pytest.mark.parametrize("text", ["", " \n\n\t\r\n", "\ufeff", "\u200b\n\u00a0"])
def test_an_empty_file_is_refused(text: str) -> None:
    assert no_page(text) == "empty"


@pytest.mark.parametrize(
    "text",
    [
        "noise",
        "Comments\nRelated Articles\n",
        SHORT_B.partition("\nTry")[0],
        SHORT_B.partition("Features")[0],
        '{"title": "cut',
        "[Breaking] Ministers meet",
        "[" * 100_000,
    ],
)
def test_a_text_that_is_no_page_is_refused(text: str) -> None:
    assert no_page(text).startswith("not a Daily8 page")


@pytest.mark.parametrize("text", [json.dumps({"a": PAGES["style A"]}), "[]", ' \n{"a":\n1}\n'])
def test_a_json_document_is_called_one(text: str) -> None:
    assert no_page(text) == "not a Daily8 page: it is a JSON document"


@pytest.mark.parametrize(
    "start", ["<!DOCTYPE html>", "\n<html lang='en'>", '<?xml version="1.0"?>\n<html>']
)
def test_an_html_document_is_called_one(start: str) -> None:
    assert no_page(start + PAGES["style B"]) == "not a Daily8 page: it is an HTML document"


def test_a_page_without_articles_says_so() -> None:
    text = samples.style_a(MAIN)
    assert no_page("logo\n" + text[text.index("Orange") :]) == "no article on the page"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"logo\0" + PAGES["style A"].encode(),
        bytes(range(1, 128)) * 10,
        "日本".encode("shift-jis") + b"\n",
        b"caf\xe9 au lait",
        PAGES["style A"].encode("utf-32"),
        codecs.BOM_UTF16_LE + b"\x00\xdcab",
    ],
)
def test_a_binary_file_is_refused(data: bytes) -> None:
    with pytest.raises(PageError, match="not UTF-8 text"):
        read(data)


def test_a_document_that_is_too_large_is_refused() -> None:
    with pytest.raises(PageError, match="larger than 8 MB"):
        read(b"a" * (MAX_BYTES + 1))


HEADINGS = "\n" + "\n".join(samples.HEADINGS["en"]) + "\n"


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "noise",
    [
        "\n",
        " ",
        "1",
        "a\n",
        "• x\n",
        "time8 hours ago\n",
        "S\n8 hours ago\n- S\n",
        "a\na\nS\ntime8 hours ago\na\n",
        "Orange background\n",
        HEADINGS,
        "منذ ",
        '."',
        "%3Cp",
        "&",
    ],
)
@pytest.mark.parametrize(
    ("before", "after"), [("logo\nT\nT\n", HEADINGS), ("T" + HEADINGS, ""), ("", "9 hours ago")]
)
def test_noise_is_read_in_time_that_grows_with_its_length(
    noise: str, before: str, after: str
) -> None:
    data = (before + "%3Cp" * noise.count("&") + noise * (200_000 // len(noise)) + after).encode()
    start = time.process_time()
    with contextlib.suppress(PageError):
        read(data)
    assert time.process_time() - start < 3  # with the square of the length it would take minutes


# Properties


@settings(derandomize=True, max_examples=300)
@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_a_page_or_refused(data: bytes) -> None:
    with contextlib.suppress(PageError):
        assert articles_of(read(data))


@settings(derandomize=True, max_examples=150)
@given(st.data())
def test_any_change_to_a_page_leaves_a_page_or_is_refused(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from([*PAGES.values(), SEED_PAGE.read_text("utf-8")])).split("\n")
    pool = ["", "logo", "#", "• ", "- ", "time", "8 hours ago", "%3Cb", *samples.HEADINGS["en"]]
    for _ in range(data.draw(st.integers(1, 8))):
        at, to = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        noise = data.draw(st.sampled_from(pool) | st.text(max_size=20))
        change = data.draw(st.sampled_from(["delete", "double", "swap", "insert", "replace"]))
        if change == "delete" and len(lines) > 1:
            del lines[at]
        elif change == "double":
            lines.insert(to, lines[at])
        elif change == "swap":
            lines[at], lines[to] = lines[to], lines[at]
        elif change == "insert":
            lines.insert(at, noise)
        else:
            lines[at] += noise
    try:
        page = read_text("\n".join(lines))
    except PageError:
        return
    assert all(entry.title for entry in articles_of(page))


def cuts(data: bytes) -> Iterator[bytes]:
    return (data[:length] for length in range(len(data)))


def check_cut(cut: bytes, whole: Page) -> Page | None:
    """Check that a page which was cut gives nothing but articles of the whole page."""
    try:
        page = read(cut)
    except PageError:
        return None
    by_title = {entry.title: entry for entry in articles_of(whole)}
    for entry in articles_of(page):
        original = by_title[entry.title]
        assert entry.source == original.source or (entry is page.main and not entry.source)
        body, all_of_it = "\n".join(entry.paragraphs), "\n".join(original.paragraphs)
        assert all_of_it.startswith(body)
        assert body in {"", all_of_it} or body.rstrip("\"'”)").endswith((".", "?", "!", "؟"))
    return page


@pytest.mark.no_cover
@pytest.mark.parametrize("name", PAGES)
def test_a_page_cut_anywhere_gives_nothing_that_is_not_on_it(name: str) -> None:
    data, whole = PAGES[name].encode(), expected_page(name)
    for cut in cuts(data):
        check_cut(cut, whole)


@pytest.mark.no_cover
def test_the_bundled_page_cut_anywhere_gives_nothing_that_is_not_on_it() -> None:
    data = SEED_PAGE.read_bytes()
    whole = read(data)
    pages = [check_cut(cut, whole) for cut in cuts(data)]
    counts = {len(articles_of(page)) for page in pages if page}
    assert counts == {1, 2, 3}


WORD = st.text("abcdeéßждمن日本XYZ&%'’-", min_size=1, max_size=8).filter(lambda word: word != "-")
WORDS = st.lists(WORD, min_size=1, max_size=6).map(" ".join)
TITLE = WORDS.map(lambda words: f"The {words}")
SENTENCE = WORDS.map(lambda words: f"So {words}.")
# Two of the times say more or less of a unit than a number that is glued to a source may.
TIME = st.sampled_from(sorted({*RELATIVE, *ABSOLUTE} - {"45 hours ago", "0 minutes ago"}))
ARTICLE = st.builds(
    Article,
    TITLE,
    WORDS.map(lambda words: f"N{words}x"),
    TIME,
    st.none() | st.sampled_from(["Business", "Sport", "General"]),
    st.lists(SENTENCE, max_size=4).map(tuple),
)
ARTICLES = st.lists(
    ARTICLE, min_size=1, max_size=5, unique_by=lambda article: article.title.lower()
)


@settings(derandomize=True, max_examples=150)
@given(ARTICLES, st.sampled_from(["en", "ar"]), st.booleans())
def test_pages_made_of_any_articles_give_them_back(
    articles: list[Article], language: str, footer: bool
) -> None:
    main, *related = articles
    entries = tuple(map(samples.entry, related))
    plain = tuple(replace(entry, category=None) for entry in entries)
    tagged = tuple(samples.entry(article, hashtags=("Tag",)) for article in articles)
    a = samples.style_a(main, related, language=language, footer=footer)
    b = samples.style_b(main, related, language=language, footer=footer)
    tag = samples.hashtag("Tag", articles, language=language, footer=footer)
    b_main = replace(samples.main_entry(main), source=None, when=None)
    assert read_text(a) == Page("style-a", language, samples.main_entry(main), entries, False)
    assert read_text(b) == Page("style-b", language, b_main, plain, False)
    assert read_text(tag) == Page("hashtag", language, None, tagged, False)
