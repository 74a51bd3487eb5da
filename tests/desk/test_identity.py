import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desk import identity
from schemas.article import ID_PATTERN
from schemas.source import SOURCE_ID_PATTERN

NAMES = st.text(st.characters(codec="utf-8"), min_size=1)


def article_id(title: str, source_id: str | None = "bbc", url: str | None = None) -> str:
    return identity.article_id(url=url, source_id=source_id, title=title)


def test_an_id_is_the_first_half_of_a_sha_256_and_stays_what_it_is() -> None:
    assert article_id("Ties grow closer") == "6794ac38fcff2a232396d5ba5ff45b45"
    assert article_id("", None, "https://bbc.example/1") == "d7ee0effa0bf7448ef57e452a4107809"


@pytest.mark.parametrize(
    "title",
    [
        "TIES GROW CLOSER",
        " Ties\tgrow  closer ",
        "Ｔｉｅｓ ｇｒｏｗ ｃｌｏｓｅｒ",
        "ties\u00a0grow closer",
    ],
)
def test_case_spacing_and_width_of_the_title_do_not_change_the_id(title: str) -> None:
    assert article_id(title) == article_id("Ties grow closer")


def test_another_title_or_source_or_none_is_another_article() -> None:
    ids = {
        article_id("Ties grow closer"),
        article_id("Ties grow"),
        article_id("Ties grow closer", "afp"),
        article_id("Ties grow closer", None),
    }
    assert len(ids) == 4


def test_an_address_says_more_than_source_and_title() -> None:
    url = "https://bbc.example/1"
    assert article_id("Ties", "bbc", url) == article_id("Tides", "afp", url)
    assert article_id("Ties", "bbc", url) != article_id("Ties", "bbc", url + "2")


@given(NAMES, NAMES)
def test_ids_are_hexadecimal(title: str, source_id: str) -> None:
    assert re.fullmatch(ID_PATTERN, article_id(title, source_id))


@given(NAMES)
@example("…")
@example("Seven-Letters " * 20)
def test_every_name_of_a_source_has_an_id_that_the_api_takes(name: str) -> None:
    assert re.fullmatch(SOURCE_ID_PATTERN, identity.source_id(name))


@given(NAMES)
@example("…")
def test_every_title_has_a_slug_fit_for_an_address(title: str) -> None:
    assert re.fullmatch(SOURCE_ID_PATTERN, identity.slug(title))


def test_names_without_letters_are_told_apart_by_a_hash() -> None:
    assert identity.source_id("…").startswith("source-")
    assert identity.slug("…").startswith("article-")
    assert identity.slug("…") != identity.slug("!!")


def test_spellings_of_a_source_have_one_id() -> None:
    assert identity.source_id("Korea Herald") == identity.source_id("korea  herald")
