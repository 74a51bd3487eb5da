from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.matching import (
    BODY,
    FIELDS,
    SUMMARY,
    TITLE,
    Search,
    matches,
    need,
    pattern,
    plain,
    without_small_words,
)
from insight.query import And, Not, Or, Phrase, Query, Word, parse
from insight.terms import article_terms

LANGUAGES = ("en", "ko", "es", "hi")


def article(title: str, body: str = "", language: str = "en", summary: str = "") -> dict[str, Any]:
    found = article_terms(title, body, language)
    texts = {TITLE: title, SUMMARY: summary or body, BODY: body}
    return texts | {"terms": [*found.weights, *found.others]}


FERRY = article(
    "Fire aboard the ferry Solvane",
    "Well-known captains of the U.S. praised a state-of-the-art crew. Smoke\n\nrose at dawn.",
)
SEOUL = article("서울시장 선거", "오늘 서울특별시에서 새 시장을 뽑는다.", "ko")


def finds(q: str, found: dict[str, Any], fields: tuple[str, ...] = FIELDS) -> bool:
    query = parse(q)
    assert query is not None
    return matches(found, Search(without_small_words(query, LANGUAGES), fields, LANGUAGES))


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("ferry", True),
        ("FERRIES", True),
        ("férry", True),
        ("boat", False),
        ("ferry fire", True),
        ("FIRE ABOARD THE FERRY", True),
        ("ferry boat", False),
        ("ferry OR boat", True),
        ("ship OR boat", False),
        ("ferry -boat", True),
        ("-boat", True),
        ("-ferry", False),
        ("NOT (boat OR ferry)", False),
        ("NOT (boat AND ferry)", True),
        ("(ship OR ferry) -(boat OR plane)", True),
        ('"ferry Solvane"', True),
        ('"ferries Solvane"', False),
        ('"Solvane ferry"', False),
        ('"aboard the ferry"', True),
        ('"aboard a ferry"', False),
        ('"smoke rose"', True),
        ('"crew smoke"', True),
        ('"ferr"', False),
        ('-"ferry Solvane"', False),
        ('-"Solvane ferry"', True),
        ("well-known", True),
        ("well-read", False),
        ('"well known captains"', True),
        ("known-well", False),
        ("U.S.", True),
        ("US", True),
        ("state-of-the-art", True),
        ("of-state", False),
        ('"the"', True),
        ("the", True),
        ("a", True),
        ("whence", False),
        ("🎉", False),
    ],
)
def test_an_article_has_what_is_asked_for_or_has_not(q: str, expected: bool) -> None:
    assert finds(q, FERRY) is expected


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("서울", True),
        ("서울시", True),
        ("서울특별시", True),
        ("특별", True),
        ("울특", True),
        ("서울장", False),
        ("서울 선거", True),
        ('"서울시장 선거"', True),
        ('"선거 서울시장"', False),
        ('"시장 선거"', True),
        ("장", True),
        ("강", False),
        ("시장을", True),
        ("시장에", False),
    ],
)
def test_a_run_of_characters_is_found_also_inside_a_longer_one(q: str, expected: bool) -> None:
    assert finds(q, SEOUL) is expected


@pytest.mark.parametrize(
    ("q", "fields", "expected"),
    [
        ("ferry", (TITLE,), True),
        ("captain", (TITLE,), False),
        ("captain", (BODY,), True),
        ("ferry", (BODY,), False),
        ("ferry", (TITLE, BODY), True),
        ("ferry captain", (TITLE, BODY), True),
        ("ferry captain", (TITLE,), False),
        ('"ferry solvane"', (TITLE,), True),
        ('"ferry solvane"', (BODY, SUMMARY), False),
        ("-captain", (TITLE,), True),
        ("-captain", (BODY,), False),
        ("the", (TITLE,), True),
        ("the", (SUMMARY,), True),
        ("dawn", (SUMMARY,), False),
    ],
)
def test_only_the_fields_that_were_named_are_looked_into(
    q: str, fields: tuple[str, ...], expected: bool
) -> None:
    short = FERRY | {SUMMARY: "Captains praised the crew."}
    assert finds(q, short, fields) is expected


def test_words_of_two_fields_are_no_phrase_but_in_the_order_of_the_fields() -> None:
    found = article("One two", "Three four")
    assert not finds('"two three"', found, (BODY, TITLE))
    assert finds('"one two"', found, (BODY, TITLE))


@pytest.mark.parametrize(
    ("q", "groups", "enough"),
    [
        ("ferry", 1, True),
        ("well-known", 2, False),
        ('"ferry"', 1, False),
        ('"ferry fire"', 2, False),
        ("the", 0, False),
        ("서울", 1, True),
        ("서울시", 2, False),
        ("🎉", 0, False),
    ],
)
def test_terms_tell_all_only_of_a_single_word(q: str, groups: int, enough: bool) -> None:
    leaf = parse(q)
    assert isinstance(leaf, Word | Phrase)
    needed = need(leaf, Search(leaf, FIELDS, ("en", "ko")))
    assert (len(needed.groups), needed.enough) == (groups, enough)


def test_titles_have_terms_of_their_own_and_other_fields_have_not() -> None:
    leaf = Word("ferry")
    titled = need(leaf, Search(leaf, (TITLE,), ("en",)))
    assert titled.enough
    assert all(term.startswith("title:") for group in titled.groups for term in group)
    assert not need(leaf, Search(leaf, (BODY,), ("en",))).enough


THE, FERRY_WORD, NO_BOAT = Word("the"), Word("ferry"), Not(Word("boat"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (And((THE, FERRY_WORD)), FERRY_WORD),
        (And((THE, FERRY_WORD, NO_BOAT)), And((FERRY_WORD, NO_BOAT))),
        (THE, THE),
        (And((THE, Word("of"))), And((THE, Word("of")))),
        (And((THE, NO_BOAT)), And((THE, NO_BOAT))),
        (And((THE, Phrase("the ferry"))), Phrase("the ferry")),
        (Or((THE, FERRY_WORD)), Or((THE, FERRY_WORD))),
    ],
)
def test_small_words_are_left_out_where_others_remain(query: Query, expected: Query) -> None:
    assert without_small_words(query, ("en",)) == expected


def test_the_texts_are_only_prepared_where_terms_do_not_tell() -> None:
    assert finds("ferry", {"terms": FERRY["terms"]})
    assert not finds('"boat trip"', {"terms": FERRY["terms"]})


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_text_finds_itself_or_has_no_word_to_find(text: str) -> None:
    found = pattern(text).search(plain(text))
    assert found is not None or not any(map(str.isalnum, plain(text)))


def test_case_accents_and_widths_do_not_matter_in_a_phrase() -> None:
    found = article("La Educación ＡＢＣ", language="es")
    for q in ('"la educacion abc"', '"LA EDUCACIÓN"', '"educación ａｂｃ"'):
        assert finds(q, found), q


def test_a_vowel_sign_is_part_of_the_word_it_ends() -> None:
    found = article("नई सरकारी बस, कहा सरकार ने", language="hi")
    assert finds('"सरकारी बस"', found)
    assert not finds('"नई सरकार"', found)
