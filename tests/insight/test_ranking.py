from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.ranking import HALF_LIFE, MOST_SHARED, Rarity, Subject, bm25, rank, telling

NOW = datetime(2025, 6, 16, tzinfo=UTC)
WORDS = [chr(letter) for letter in range(ord("a"), ord("p"))]
KNOWN = Rarity({word: 1 + number for number, word in enumerate(WORDS)}, 100)

# Names are words too here: subjects of few words, each with its weight.
subjects = st.builds(
    lambda terms, weights: (terms, bytes(weights[: len(terms)])),
    st.lists(st.sampled_from(WORDS), max_size=8, unique=True),
    st.lists(st.integers(1, 255), min_size=8, max_size=8),
)


def subject(name: str, words: str, *, told_at: datetime | None = NOW, weight: int = 4) -> Subject:
    terms = words.split()
    return Subject(name, terms, bytes([weight] * len(terms)), told_at)


def score(one: Subject, other: Subject, *beside: Subject) -> float:
    return next(each.score for each in rank(one, [other, *beside], KNOWN) if each.id == other.id)


@given(st.lists(subjects, min_size=1, max_size=6))
def test_every_other_gets_one_match_between_0_and_1_the_nearest_first(
    drawn: list[tuple[list[str], bytes]],
) -> None:
    found = [Subject(str(at), terms, weights, NOW) for at, (terms, weights) in enumerate(drawn)]
    matches = rank(found[0], found, KNOWN)
    assert {match.id for match in matches} == {each.id for each in found[1:]}
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 + 1e-9 for score in scores)
    assert rank(found[0], found[::-1], KNOWN) == matches, "whatever order they come in"
    for match in matches:
        other = found[int(match.id)]
        assert set(match.shared) == set(found[0].terms) & set(other.terms)


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
    assert match.shared == tuple(WORDS[:MOST_SHARED])


def test_a_heavier_word_tells_more_and_so_does_a_rarer_one() -> None:
    heavy = Subject("1", ["a", "b", "o"], bytes([9, 200, 9]))
    assert list(telling(heavy, KNOWN, 9)) == ["b", "a", "o"]
    assert list(telling(heavy, KNOWN, 2)) == ["b", "a"]
    assert telling(subject("1", ""), KNOWN, 2) == {}
    even = Rarity({}, 10)
    assert list(telling(subject("1", "c a b"), even, 2)) == ["a", "b"], "equals by their letters"


def test_a_term_is_the_rarer_the_fewer_articles_have_it() -> None:
    rarity = Rarity({"one": 1, "ten": 10, "all": 100, "more than there are": 900}, 100)
    assert rarity["one"] > rarity["ten"] > rarity["all"] == rarity["more than there are"] == 1
    assert rarity["nobody counted it"] == rarity["one"]
    assert "nobody counted it" not in rarity
    rarity.learn({"ten": 100})
    assert rarity["ten"] == rarity["all"]


@pytest.mark.parametrize("articles", [0, 1])
def test_of_hardly_any_articles_every_term_is_as_rare(articles: int) -> None:
    rarity = Rarity({"none": 0, "one": 1, "many": 9}, articles)
    assert set(rarity.values()) == {1}


def test_relevance_grows_with_weight_and_rarity_and_shrinks_with_length() -> None:
    usual = bm25([4], 1.0, [10], 100)
    assert bm25([8], 1.0, [10], 100) > usual > bm25([1], 1.0, [10], 100) > 0
    assert bm25([4], 1.0, [1], 100) > usual > bm25([4], 1.0, [90], 100) > 0
    assert bm25([4], 0.5, [10], 100) > usual > bm25([4], 2.0, [10], 100) > 0
    assert bm25([4, 4], 1.0, [10, 10], 100) == pytest.approx(2 * usual)
    assert bm25([0], 1.0, [10], 100) == bm25([], 1.0, [], 100) == 0


@given(weight=st.integers(0, 255), having=st.integers(0, 200), articles=st.integers(0, 100))
def test_relevance_is_never_below_nothing_even_where_counts_are_wrong(
    weight: int, having: int, articles: int
) -> None:
    assert bm25([weight], 1.0, [having], articles) >= 0
    assert bm25([weight], 0.0, [having], articles) >= 0
