import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.lexicon import Lexicon
from insight.ranking import HALF_LIFE, MOST_SHARED, Subject, rank, telling
from insight.terms import hashes
from tests.insight.lexicons import lexicon_of

NOW = datetime(2025, 6, 16, tzinfo=UTC)
WORDS = [chr(letter) for letter in range(ord("a"), ord("p"))]
KNOWN = lexicon_of({word: 1 + number for number, word in enumerate(WORDS)}, 100)

# Names are words too here: subjects of few words, each with its weight.
subjects = st.builds(
    lambda terms, weights: (terms, bytes(weights[: len(terms)])),
    st.lists(st.sampled_from(WORDS), max_size=8, unique=True),
    st.lists(st.integers(1, 255), min_size=8, max_size=8),
)


def subject(name: str, words: str, *, told_at: datetime | None = NOW, weight: int = 4) -> Subject:
    terms = words.split()
    return Subject(name, hashes(terms), bytes([weight] * len(terms)), told_at)


def told(words: str, weights: bytes, lexicon: Lexicon, most: int) -> list[str]:
    """Give the words that tell most."""
    found = telling(Subject("1", hashes(words.split()), weights), lexicon, most)
    return [words.split()[place] for place, _ in found]


def score(one: Subject, other: Subject, *beside: Subject) -> float:
    return next(each.score for each in rank(one, [other, *beside], KNOWN) if each.id == other.id)


@given(st.lists(subjects, min_size=1, max_size=6))
def test_every_other_gets_one_match_between_0_and_1_the_nearest_first(
    drawn: list[tuple[list[str], bytes]],
) -> None:
    words = [terms for terms, _ in drawn]
    found = [
        Subject(str(at), hashes(terms), weights, NOW) for at, (terms, weights) in enumerate(drawn)
    ]
    matches = rank(found[0], found, KNOWN)
    assert {match.id for match in matches} == {each.id for each in found[1:]}
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 + 1e-9 for score in scores)
    assert rank(found[0], found[::-1], KNOWN) == matches, "whatever order they come in"
    for match in matches:
        shared = {words[0][place] for place in match.shared}
        assert shared == set(words[0]) & set(words[int(match.id)])


def test_the_same_words_are_as_near_as_can_be_and_none_in_common_as_far() -> None:
    one = subject("1", "a b c")
    same, other = subject("2", "a b c"), subject("3", "d e f")
    # Another that is the same lends the words that it has itself.
    assert score(one, same, subject("4", "a b c")) == pytest.approx(1)
    assert score(one, other) == 0
    assert rank(one, [other], KNOWN)[0].shared == ()


def test_an_article_is_no_match_of_its_own() -> None:
    assert rank(subject("1", "a"), [subject("1", "a")], KNOWN) == []
    assert rank(subject("1", "a"), [], KNOWN) == []


def test_a_subject_without_words_is_near_nothing() -> None:
    assert score(subject("1", ""), subject("2", "a")) == 0
    assert score(subject("1", "a"), subject("2", "")) == 0


def test_a_rare_word_in_common_says_more_than_a_frequent_one() -> None:
    one = subject("1", "a o")
    assert score(one, subject("2", "a x")) > score(one, subject("3", "o y"))


def test_days_between_two_articles_count_against_them() -> None:
    one, same_day = subject("1", "a b"), subject("2", "a c")
    month_before = subject("2", "a c", told_at=NOW - HALF_LIFE)
    month_after = subject("2", "a c", told_at=NOW + HALF_LIFE)
    undated = subject("2", "a c", told_at=None)
    whole = score(one, same_day)
    assert score(one, month_before) == pytest.approx(whole / 2)
    assert score(one, month_after) == pytest.approx(whole / 2)
    assert score(one, undated) == whole
    scores = [
        score(one, subject("2", "a c", told_at=NOW - timedelta(days=days))) for days in (0, 1, 7)
    ]
    assert scores == sorted(scores, reverse=True)


def test_a_third_article_shows_that_two_are_about_the_same() -> None:
    one, other = subject("1", "a b c d"), subject("2", "d e f g")
    between, elsewhere = subject("3", "a b c e f g"), subject("3", "a b c h i j")
    assert score(one, other, between) > score(one, other, elsewhere)
    assert score(one, other, between) > score(one, other) / 1.01


def test_what_is_shared_is_named_the_most_telling_first_and_not_all_of_it() -> None:
    words = " ".join(WORDS)
    [match] = rank(subject("1", words), [subject("2", words)], KNOWN)
    assert match.shared == tuple(range(MOST_SHARED))


def test_a_heavier_word_tells_more_and_so_does_a_rarer_one() -> None:
    assert told("d b o", bytes([9, 200, 9]), KNOWN, 9) == ["b", "d", "o"]
    assert told("d b o", bytes([9, 200, 9]), KNOWN, 2) == ["b", "d"]
    assert told("", b"", KNOWN, 2) == []
    alike = lexicon_of({"a": 2, "b": 2, "c": 2}, 10)
    assert told("c a b", bytes([4, 4, 4]), alike, 2) == ["c", "a"], "equals in their order"


def test_what_no_other_article_has_comes_last() -> None:
    known = lexicon_of({"alone": 1, "shared": 2, "common": 5}, 10)
    words, weights = "alone new common shared", bytes([9, 8, 1, 2])
    assert told(words, weights, known, 4) == ["shared", "common", "alone", "new"]
    assert told(words, weights, known, 2) == ["shared", "common"]


def test_only_those_that_are_near_enough_say_what_they_share() -> None:
    one, near = subject("1", "a b c"), subject("2", "a b c")
    far = subject("3", "a x y z k l m n")
    all_, some = rank(one, [near, far], KNOWN), rank(one, [near, far], KNOWN, explained_from=0.5)
    assert [match.score for match in some] == [match.score for match in all_]
    assert [bool(match.shared) for match in all_] == [True, True]
    assert [bool(match.shared) for match in some] == [True, False]


def test_terms_whose_hashes_end_alike_are_told_apart() -> None:
    def scores(*numbers: int) -> list[float]:
        own, others = numbers[:3], [numbers[:2], numbers[1:], numbers[2:], (numbers[3],)]
        matches = rank(_of(*own), [_of(*each) for each in others], Lexicon(100))
        return [match.score for match in matches]

    def _of(*numbers: int) -> Subject:
        name = "-".join(map(str, numbers))
        return Subject(name, struct.pack(f"<{len(numbers)}I", *numbers), bytes([4] * len(numbers)))

    # None of them is known to the lexicon, so they differ in nothing but how they end.
    assert scores(*(5 + (at << 25) for at in range(4))) == scores(5, 6, 7, 8)
    assert len(set(scores(5, 6, 7, 8))) > 1
