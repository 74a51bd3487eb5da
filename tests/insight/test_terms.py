import string
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from insight import terms
from insight.stopwords import STOPWORDS
from insight.terms import (
    LANGUAGE_PREFIX,
    LEAD_CHARS,
    LEAD_WEIGHT,
    NAME_FACTOR,
    TITLE_PREFIX,
    TITLE_WEIGHT,
    Words,
    article_terms,
    as_written,
    detect_language,
    hash_of,
    hashes,
    language_of,
    query_terms,
    terms_of,
    words,
)

PROJECT = Path(__file__).resolve().parent.parent.parent
TEXTS = st.text(st.characters(codec="utf-8"), max_size=80) | st.text(
    "aÉß서울東กिמُ.-'’\n :U", max_size=80
)
LANGUAGES = st.sampled_from(["en", "de", "fr", "ar", "ko", "ja", "zh-Hant", "th", "hi", "xx", None])


def scored(text: str, language: str | None) -> set[str]:
    return set(article_terms("", text, language).weights)


def is_found(word: str, text: str, language: str) -> bool:
    """Tell whether a word of a search is found in a text."""
    found = terms_of(text, language)
    return all(not found.isdisjoint(group) for group in query_terms(word, [language]))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The ministers were meeting in Seoul", "minist meet seoul"),
        ("en-GB", "Ministers met", "minist met"),
        ("de", "Die Häuser des Königs", "haus konig"),
        ("fr", "L’économie de l'Allemagne", "econom allemagn"),
        ("es", "La educación", "educ"),
        ("ar", "الرئيس ورئيس", "رييس"),
        ("ko", "서울에서", "서울 울에 에서"),
        ("ja", "東京タワー", "東京 京タ タワ ワー"),
        ("zh", "中国", "中国"),
        ("th", "ไทย", "ไท ทย"),
        ("hi", "सरकार समाचार", "सरकार समाचार"),
        ("xx", "Ministers meeting", "ministers meeting"),
        ("en", "Ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("en", "7-Eleven in 中国", "7 eleven 中国"),
        ("en", "a b 5 snake_case", "5 snake case"),
        ("en", "…!? — 🎉", ""),
    ],
)
def test_a_text_gives_its_telling_words_in_the_way_of_its_language(
    language: str, text: str, expected: str
) -> None:
    assert scored(text, language) == set(expected.split())


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "minister", "Ministers"),
        ("en", "U.S.", "US"),
        ("en", "USA", "U.S.A."),
        ("es", "educacion", "educación"),
        ("es", "educación", "educacion"),
        ("fr", "economie", "l’économie"),
        ("de", "STRASSE", "Straße"),
        ("de", "konig", "Könige"),
        ("ar", "مدرسة", "مُدَرِّسَة"),
        ("ar", "رئيس", "والرئيس"),
        ("ar", "الرئيس", "للرئيس"),
        ("el", "αθηνα", "Αθήνα"),
        ("ko", "서울", "서울특별시에서"),
        ("ko", "서", "서울"),
        ("ja", "タワー", "東京タワー"),
        ("zh", "中国", "在中国人民"),
        ("th", "เทพ", "กรุงเทพ"),
        ("hi", "सरकार", "सरकार ने"),
    ],
)
def test_a_word_is_found_in_another_form_of_it(language: str, one: str, other: str) -> None:
    assert is_found(one, other, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [("en", "US", "all of us"), ("ko", "울서", "서울"), ("en", "minister", "administer")],
)
def test_other_words_are_not_found(language: str, one: str, other: str) -> None:
    assert not is_found(one, other, language)


def test_an_acronym_is_a_name_where_the_small_word_is_none() -> None:
    assert scored("US and IT, WHO", "en") == {"us", "it", "who"}
    assert scored("us and it, who", "en") == set()
    assert scored("Us And It", "en") == set()


def test_a_search_for_a_small_word_asks_for_nothing() -> None:
    assert query_terms("the", ["en"]) == query_terms("The", ["en", "es"]) == []
    assert query_terms("US", ["en"]) == [("us",)]
    # An article in the language where it is small does not have it.
    assert query_terms("die", ["en", "de"]) == []
    assert query_terms("die", ["en"]) != []


def test_a_search_in_several_languages_takes_the_terms_of_each() -> None:
    [group] = query_terms("Häuser", ["de", "en"])
    assert {"haus", "hauser"} <= set(group)
    assert query_terms("well-known", ["en"]) == [("well",), ("known",)]
    assert query_terms("서울시", ["ko", "en"]) == [("서울",), ("울시",)]
    assert query_terms("!!!", ["en"]) == query_terms("", []) == []


def test_a_word_counts_more_in_the_title_and_in_the_lead() -> None:
    rest = "filler " * 80
    weights = article_terms("harbour", f"ferry {rest}", "en").weights
    assert weights["harbour"] == TITLE_WEIGHT
    assert weights["ferri"] == LEAD_WEIGHT
    assert article_terms("", f"{rest} ferry", "en").weights["ferri"] == 1


def test_names_and_figures_count_more() -> None:
    weights = article_terms("", "Marvik harbour 214", "en").weights
    assert weights["marvik"] == weights["214"] == NAME_FACTOR * weights["harbour"]


def test_what_is_in_the_title_is_also_found_there() -> None:
    found = article_terms("Ferries of 서울", "Boats", "en")
    assert {TITLE_PREFIX + term for term in ("ferri", "서울", "서")} <= set(found.others)
    assert TITLE_PREFIX + "boat" not in found.others
    assert "서" in found.others


def test_the_language_is_found_like_a_term() -> None:
    for language, base in (("en-GB", "en"), ("nb", "no"), ("EN", "en")):
        others = article_terms("Title", "", language).others
        assert LANGUAGE_PREFIX + base in others
        assert language_of(["a", *others]) == base
    assert language_of(["a"]) == ""
    others = article_terms("한은", "", None).others
    assert language_of(others) == "", "too little to tell"


def test_a_language_nobody_named_is_told_by_the_words() -> None:
    german = "Die Regierung hat am Montag eine neue Regelung beschlossen."
    assert detect_language(german) == "de"
    assert detect_language("Hi 1234567890 1234567890") is None
    assert article_terms("", german, None) == article_terms("", german, "de")


def test_the_model_for_languages_is_loaded_when_a_language_must_be_told() -> None:
    program = (
        "import sys, insight.terms as t; t.article_terms('Ties', 'They met.', 'en');"
        "print([name for name in ('py3langid', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@given(title=TEXTS, body=TEXTS, language=LANGUAGES)
@example(title="ß" * 100, body="U.S." * 50, language="de")
@example(title="\u0300", body="\u064b\u0301\u0e31", language="th")
def test_any_text_gives_terms_the_heaviest_first_and_each_once(
    title: str, body: str, language: str | None
) -> None:
    found = article_terms(title, body, language)
    weights = list(found.weights.values())
    assert all(1 <= weight <= 255 for weight in weights)
    assert weights == sorted(weights, reverse=True)
    assert len(set(found.others)) == len(found.others)
    assert not set(found.others) & set(found.weights)
    assert "" not in {*found.weights, *found.others}
    assert article_terms(title, body, language) == found


@given(text=TEXTS, language=LANGUAGES.filter(bool))
def test_every_word_of_a_text_finds_it(text: str, language: str) -> None:
    found = terms_of(text, terms.base_language(language))
    for word in terms.words(text):
        for group in query_terms(word, [terms.base_language(language)]):
            assert not found.isdisjoint(group), word


def test_a_text_gives_no_more_terms_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "MAX_TERMS", 3)
    found = article_terms("one", "Two Two Two four five", "en")
    assert set(found.weights) >= {"two", "one"}
    assert len(found.weights) == 3
    assert len(found.others) <= 3


def test_a_weight_stays_below_a_byte_and_a_term_is_no_longer_than_the_limit() -> None:
    weights = article_terms("", "Marvik " * 1_000 + "x" * 5_000, "en").weights
    assert weights["marvik"] == 255
    assert all(len(term) <= terms.MAX_TERM_LENGTH for term in weights)


def test_terms_are_given_in_the_words_of_the_text() -> None:
    text = "The Ferries of 서울시청, a ferry"
    assert as_written({"ferri", "서울", "울시", "absent"}, text, "en") == {
        "ferri": "Ferries",
        "서울": "서울시",
        "울시": "서울시",
    }
    assert as_written({"서울", "시청"}, text, "en") == {"서울": "서울", "시청": "시청"}
    assert as_written(set(), text, "en") == {}


def test_threads_do_not_disturb_each_other() -> None:

    texts = [f"{word}{number}ing ministers" for number in range(200) for word in ("talk", "walk")]
    expected = [article_terms("", text, "en") for text in texts]
    terms._known_forms.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: article_terms("", text, "en"), texts)) == expected


@given(
    st.sampled_from(["", "xx", *terms.STEMMERS]),
    st.lists(
        st.text(string.ascii_letters + string.digits, min_size=1, max_size=70)
        | st.sampled_from(sorted({word for small in STOPWORDS.values() for word in small}))
        | st.sampled_from(["US", "IT", "I", "é", "über"]),
        unique=True,
    ),
    st.integers(1, 20),
)
@example("tr", ["aac"], 20)
def test_words_that_are_learnt_together_have_the_forms_of_each(
    language: str, several: list[str], room: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terms, "_KNOWN_WORDS", room)
        known = terms._KnownForms(language)
        known.learn(several[: len(several) // 2])
        known.learn(several)
        for word in several:
            assert known[word] == terms._forms(word, language)


def test_words_that_were_forgotten_give_the_same_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Ministers met. The ministers of three islands meet again, met by ministers."
    expected = article_terms("Islands", text, "en")
    terms._known_forms.cache_clear()
    monkeypatch.setattr(terms, "_KNOWN_WORDS", 2)
    assert article_terms("Islands", text, "en") == expected


@given(st.lists(TEXTS.filter(lambda text: "\n" not in text)))
def test_many_terms_are_hashed_as_each_of_them(several: list[str]) -> None:
    several = [text for text in several if text]
    expected = [hash_of(term) for term in several]
    assert list(struct.unpack(f"<{len(several)}I", hashes(several))) == expected


@pytest.mark.parametrize("body", ["", "One two", "One two " * 90, "x" * 400, "東京" * 200])
def test_the_words_of_a_body_are_those_of_its_parts_where_a_blank_divides_them(body: str) -> None:
    read = Words.of("Title", body, "en")
    assert read.body is None or read.body == words(body)
    assert (read.body is None) == (len(body) > LEAD_CHARS and " " not in body[:LEAD_CHARS])


def test_every_stemmer_and_every_list_of_small_words_can_be_used() -> None:
    bases = {*terms.STEMMERS, *STOPWORDS}
    assert all(article_terms("Title", "Text of it", base).weights for base in bases)
    small = chain.from_iterable(
        ((base, word) for word in found) for base, found in STOPWORDS.items()
    )
    assert [(base, word) for base, word in small if scored(word, base)] == []
