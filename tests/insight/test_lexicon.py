import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.lexicon import Lexicon
from insight.terms import hash_of
from tests.insight.lexicons import hashed, lexicon_of


def rarity(lexicon: Lexicon, *terms: str) -> list[float]:
    found: list[float] = lexicon.rarity(hashed(*terms)).tolist()
    return found


def test_a_term_is_the_rarer_the_fewer_articles_have_it() -> None:
    lexicon = lexicon_of({"one": 1, "ten": 10, "all": 100, "more than there are": 900}, 100)
    one, ten, all_, more = rarity(lexicon, "one", "ten", "all", "more than there are")
    assert one > ten > all_ == more == 1
    lexicon.learn(hashed("ten"), [100])
    assert rarity(lexicon, "ten") == [all_]


def test_a_term_that_nobody_asked_for_is_unknown_and_as_rare_as_can_be() -> None:
    lexicon = lexicon_of({"one": 1, "none": 0}, 100)
    assert lexicon.unknown(hashed("one", "new", "none", "new")).tolist() == [hash_of("new")]
    assert rarity(lexicon, "new") == rarity(lexicon, "one") == rarity(lexicon, "none")
    assert len(lexicon) == 2


@pytest.mark.parametrize("articles", [0, 1])
def test_of_hardly_any_articles_every_term_is_as_rare(articles: int) -> None:
    lexicon = lexicon_of({"none": 0, "one": 1, "many": 9}, articles)
    assert rarity(lexicon, "none", "one", "many") == [1, 1, 1]


def test_what_comes_and_goes_counts_where_the_term_is_known() -> None:
    lexicon = lexicon_of({"a": 1, "b": 1}, 100)
    lexicon.add(hashed("a", "a stranger"), [9, 9])
    assert rarity(lexicon, "a") == rarity(lexicon_of({"a": 10}, 100), "a")
    lexicon.add(hashed("a"), [-9])
    assert rarity(lexicon, "a") == rarity(lexicon, "b")
    assert len(lexicon.unknown(hashed("a stranger"))) == 1


@given(st.lists(st.integers(0, 2**32 - 1), max_size=20))
def test_what_was_learnt_is_known(numbers: list[int]) -> None:
    terms, lexicon = np.array(numbers, np.uint32), Lexicon(100)
    unknown = lexicon.unknown(terms)
    assert unknown.tolist() == sorted(set(numbers))
    lexicon.learn(unknown, [7] * len(unknown))
    assert len(lexicon.unknown(terms)) == 0
    assert lexicon.rarity(terms).tolist() == rarity(lexicon_of({"x": 7}, 100), "x") * len(terms)
