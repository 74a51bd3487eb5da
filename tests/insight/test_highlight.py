import html
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.highlight import FRAGMENT_CHARS, MAX_FRAGMENTS, highlight
from insight.matching import FIELDS, Search
from insight.query import parse
from insight.terms import LANGUAGE_PREFIX

LONG = " ".join(f"Sentence {number} speaks of nothing in particular." for number in range(40))


def article(title: str = "", body: str = "", language: str = "en") -> dict[str, Any]:
    summary = body[:100]
    terms = [LANGUAGE_PREFIX + language]
    return {"title": title, "summary": summary, "body_text": body, "terms": terms}


def titles(query: str, title: str, language: str = "en") -> list[str]:
    return marked(query, article(title, language=language)).get("title", [])


def marked(query: str, found: dict[str, Any], *fields: str) -> dict[str, list[str]]:
    parsed = parse(query)
    assert parsed is not None
    languages = [found["terms"][0].removeprefix(LANGUAGE_PREFIX)]
    return highlight(found, Search(parsed, fields or FIELDS, languages))


@pytest.mark.parametrize(
    ("query", "title", "language", "expected"),
    [
        ("elections", "An Election is near", "en", "An <mark>Election</mark> is near"),
        ("Wahlen", "Die Wahl am Sonntag", "de", "Die <mark>Wahl</mark> am Sonntag"),
        ("election", "L'élection d'hier", "fr", "L'<mark>élection</mark> d'hier"),
        ("educacion", "La educación pública", "es", "La <mark>educación</mark> pública"),
        ("رئيس", "قال الرَّئِيسُ اليوم", "ar", "قال <mark>الرَّئِيسُ</mark> اليوم"),
        ("금리", "한은 기준금리를 동결", "ko", "한은 기준<mark>금리</mark>를 동결"),
        ("首相", "石破首相が訪韓", "ja", "石破<mark>首相</mark>が訪韓"),
        ('"rate cut"', "No rate cut, no rate", "en", "No <mark>rate cut</mark>, no rate"),
        ("covid-19", "COVID-19 and 19 others", "en", "<mark>COVID-19</mark> and 19 others"),
        ("oil -gas", "Oil and gas", "en", "<mark>Oil</mark> and gas"),
        ("oil OR gas", "Oil and gas", "en", "<mark>Oil</mark> and <mark>gas</mark>"),
        ("the", "Over the hill", "en", "Over <mark>the</mark> hill"),
        ("script", "<script> & co", "en", "&lt;<mark>script</mark>&gt; &amp; co"),
        ('oil "oil price"', "Oil price up", "en", "<mark>Oil price</mark> up"),
    ],
)
def test_what_was_searched_for_is_marked(
    query: str, title: str, language: str, expected: str
) -> None:
    assert titles(query, title, language) == [expected]


def test_a_text_without_a_hit_is_left_out() -> None:
    assert marked("oil", article("Oil rises", "Nothing of the kind.")).keys() == {"title"}
    assert titles('"price oil"', "Oil price up") == []


def test_only_the_fields_that_were_searched_are_marked() -> None:
    found = article("Oil rises", "Oil is dear.")
    assert marked("oil", found, "summary").keys() == {"summary"}
    assert marked("oil", found).keys() == {"title", "summary", "body"}


def test_of_a_long_body_the_parts_with_most_different_hits_are_shown() -> None:
    body = f"{LONG} Oil fell. {LONG} Oil and gas fell. {LONG} Gas fell. {LONG} Oil rose. {LONG}"
    [best, *others] = parts = marked("oil gas", article("", body))["body"]
    assert len(parts) == MAX_FRAGMENTS
    assert "<mark>Oil</mark> and <mark>gas</mark>" in best
    assert all(part.startswith("…") and part.endswith("…") for part in parts)
    assert all(part.count("<mark>") == 1 for part in others)
    assert all(len(re.sub("</?mark>", "", part)) <= FRAGMENT_CHARS + 40 for part in parts)


@given(st.text(), st.sampled_from(["a", '"a b"', "a OR 1", "금리", "-a b"]))
def test_nothing_but_the_marks_is_added_to_a_text(text: str, query: str) -> None:
    for field, parts in marked(query, article(text, text)).items():
        for part in parts:
            shown = html.unescape(re.sub("</?mark>", "", part))
            assert shown.removeprefix("…").removesuffix("…") in text or shown in text, field
            assert not re.search(r"<(?!/?mark>)", part)
