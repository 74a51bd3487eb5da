from collections.abc import Callable
from dataclasses import replace

import pytest

from seed.page import Page
from tests.seed import samples
from tests.seed.samples import EN, MAIN, NO_BODY, SECOND, THIRD, Article, read_text


@pytest.mark.parametrize("shape", [samples.style_a, samples.style_b])
@pytest.mark.parametrize(
    "quoted",
    [
        ("Comments", "Related Articles", "Hashtags", "Orange background", "And so on."),
        samples.HEADINGS["en"][1:],
        (*samples.HEADINGS["en"], "That was a quotation."),
        (*samples.HEADINGS["ar"][:3], *samples.HEADINGS["en"][3:]),
    ],
)
def test_headings_in_a_body_are_body(shape: Callable[..., str], quoted: tuple[str, ...]) -> None:
    article = replace(MAIN, paragraphs=("They wrote:", *quoted))
    page = read_text(shape(article, EN))
    assert page.main
    assert page.main.paragraphs == article.paragraphs
    assert len(page.related) == 3


@pytest.mark.parametrize(
    "footer",
    [
        samples.FOOTER,
        samples.FOOTER[1:],
        samples.FOOTER[2:],
        samples.FOOTER[3:],
        samples.FOOTER[-1:],
        (*samples.FOOTER[:3], "A sentence of another year.", "app-storeplay-store"),
        ("LADEN SIE DIE APP", "", "Jetzt laden", "Ein Satz.", "app-storeplay-store"),
    ],
)
@pytest.mark.parametrize("last", [SECOND, NO_BODY])
def test_the_footer_is_not_part_of_the_last_body(footer: tuple[str, ...], last: Article) -> None:
    for ending in ("", "\n"):
        page = read_text(samples.style_a(MAIN, [last], footer=False) + "\n".join(footer) + ending)
        assert page.related == (samples.entry(last),)
        assert not page.truncated


def test_the_footer_may_be_glued_to_the_last_body() -> None:
    text = samples.style_a(MAIN, [THIRD], footer=False).rstrip() + "app-storeplay-store"
    page = read_text(text)
    assert page.related == (samples.entry(THIRD),)
    assert not page.truncated


def test_a_body_before_the_footer_may_have_several_lines() -> None:
    text = samples.style_a(MAIN, [SECOND]).replace("Nobody did.", "Nobody did.\nNobody at all")
    page = read_text(text)
    assert page.related[0].paragraphs == ("Nobody did.", "Nobody at all")
    assert not page.truncated


def test_a_page_with_only_a_footer_after_its_headings_is_whole() -> None:
    text = samples.style_a(MAIN, footer=False) + "LADEN\nJetzt\nSatz.\napp-storeplay-store"
    assert read_text(text) == Page("style-a", "en", samples.main_entry(MAIN), (), truncated=False)
