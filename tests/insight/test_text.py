import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from insight import text

LONG = "Word" + " word" * 80 + " end."
TITLES = st.text(st.characters(codec="utf-8"))


@pytest.mark.parametrize(
    "spelling",
    [
        "Ties grow closer",
        "TIES  GROW\tCLOSER",
        " ties grow closer\n",
        "Ｔｉｅｓ　ｇｒｏｗ　ｃｌｏｓｅｒ",
    ],
)
def test_case_width_and_blanks_do_not_tell_titles_apart(spelling: str) -> None:
    assert text.normalise_title(spelling) == "ties grow closer"


def test_other_words_are_another_title() -> None:
    assert text.normalise_title("Ties grow") != text.normalise_title("Ties grew")


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("PM nominee: “Ties”", "pm-nominee-ties"),
        ("Überraschung in Köln", "uberraschung-in-koln"),
        ("서울", "seoul"),
        ("…!?", ""),
        ("", ""),
        ("seven letters " * 10, "-".join(["seven-letters"] * 5 + ["seven"])),
    ],
)
def test_a_slug_is_made_of_whole_words_in_ascii(title: str, slug: str) -> None:
    assert text.to_slug(title) == slug


@given(TITLES)
@example("x" * 300)
def test_a_slug_is_always_fit_for_an_address(title: str) -> None:
    assert re.fullmatch("([a-z0-9]+(-[a-z0-9]+)*)?", slug := text.to_slug(title))
    assert len(slug) <= 80


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("#Seoul", "seoul"),
        (" ＃Seoul ", "seoul"),
        ("##North  Korea", "north korea"),
        ("C#", "c#"),
        ("سيول", "سيول"),
        ("#", ""),
    ],
)
def test_a_label_is_known_by_its_letters_not_by_its_spelling(label: str, key: str) -> None:
    assert text.to_key(label) == key


def test_every_line_with_something_on_it_is_a_paragraph() -> None:
    assert text.paragraphs_of(" one\r\n\n \ntwo \n") == ["one", "two"]
    assert text.paragraphs_of(" \n ") == []


def test_markup_in_a_text_shows_as_text() -> None:
    shown = text.to_html(["<script>alert(1)</script>", 'a < b & "c"'])
    assert shown == ('<p>&lt;script&gt;alert(1)&lt;/script&gt;</p><p>a &lt; b &amp; "c"</p>')


@given(st.lists(TITLES))
def test_html_holds_no_element_but_paragraphs(paragraphs: list[str]) -> None:
    assert set(re.findall(r"<[^>]*>", text.to_html(paragraphs))) <= {"<p>", "</p>"}


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("The two officials met in Seoul.", 6),
        ("It's the US-led 1,000-seat hall", 5),
        ("서울에서 만났다", 2),
        ("首相は言った。", 6),
        ("カタカナ", 4),
        ("東京2020へ", 4),
        ("التقى الوزير في سيول", 4),
        ("… — !", 0),
        ("", 0),
    ],
)
def test_words_are_counted_as_a_reader_counts_them(sentence: str, words: int) -> None:
    assert text.count_words(sentence) == words


@pytest.mark.parametrize(("words", "minutes"), [(0, 0), (1, 1), (238, 1), (239, 2), (2380, 10)])
def test_reading_time_is_rounded_up(words: int, minutes: int) -> None:
    assert text.reading_minutes(words) == minutes


@pytest.mark.parametrize(
    ("paragraphs", "lead"),
    [
        ([], ""),
        (["One. Two.", "Three."], "One. Two."),
        (["07:30", "1:02:03", "Show more", "ADVERTISEMENT", "Watch now", "The lead."], "The lead."),
        (["Show more"], ""),
        (["Show more than that"], "Show more than that"),
    ],
)
def test_a_summary_is_the_first_paragraph_that_is_not_of_the_page(
    paragraphs: list[str], lead: str
) -> None:
    assert text.summarise(paragraphs) == lead


@pytest.mark.parametrize(
    ("lead", "summary"),
    [
        (f"He met S. Korea's team. {LONG}", "He met S. Korea's team."),
        (f"On Dec. 18 they met. {LONG}", "On Dec. 18 they met."),
        (f"On Dec.  18 they met. {LONG}", "On Dec.  18 they met."),
        (f"In the U.S. He met them. {LONG}", "In the U.S. He met them."),
        (f"“We met.” And more! Why? {LONG}", "“We met.” And more! Why?"),
        (f"التقيا؟ نعم. {LONG}", "التقيا؟ نعم."),
        (f"首相は「行く。」と言った。{'あ' * 300}", "首相は「行く。」と言った。"),
        ("あ" * 270 + "。" + "い" * 20, "あ" * 270 + "。"),
        ("あ" * 279 + "。」" + "い" * 20, "あ" * 279 + "…"),
        ("あ" * 280 + "。" + "い" * 20, "あ" * 279 + "…"),
        ("x" * 279 + ". " + LONG, "x" * 279 + "."),
        ("x" * 280 + ". " + LONG, "x" * 279 + "…"),
        ("x" * 270 + " anniv. of " + LONG, "x" * 270 + " anniv.…"),
        ("x" * 270 + ", – " + "y" * 30, "x" * 270 + "…"),
    ],
)
def test_a_long_lead_ends_after_a_sentence_or_else_after_a_word(lead: str, summary: str) -> None:
    assert text.summarise([lead]) == summary


@given(st.lists(st.text(st.sampled_from('aA1 .!。」"\n…–'), max_size=600) | TITLES))
@example([". " * 400])
@example(["。" * 400])
def test_a_summary_is_never_longer_than_promised(paragraphs: list[str]) -> None:
    assert len(text.summarise(paragraphs)) <= text.SUMMARY_LENGTH


@given(st.text(st.sampled_from("ab. 。"), min_size=281, max_size=600))
def test_a_summary_is_a_beginning(lead: str) -> None:
    assert lead.startswith(text.summarise([lead]).removesuffix("…"))


def test_layout_quotes_and_case_do_not_tell_texts_apart() -> None:
    assert text.plain("“The two”\n\nmet,  １２") == text.plain('the TWO met "12"') == "thetwomet12"


PROSE = "the ministers of both countries met in Seoul and agreed to meet again soon "


@pytest.mark.parametrize(
    ("language", "words", "agrees"),
    [
        ("en", "Ties grow closer", True),
        ("en", PROSE * 5, True),
        ("en", "le ministre est venu hier soir avec eux " * 5, False),
        ("en", "التقى الوزير في سيول", False),
        ("en", "서울에서 만났다", False),
        ("en", "12:30", False),
        ("ar", "التقى الوزير في Seoul", True),
        ("ar", "Ties grow closer", False),
        ("ar", "", False),
    ],
)
def test_a_text_is_held_against_the_language_it_is_said_to_be_in(
    language: str, words: str, agrees: bool
) -> None:
    assert text.agrees(language, words) is agrees
