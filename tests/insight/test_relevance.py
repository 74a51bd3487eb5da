import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.relevance import bm25


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
