from typing import Any

import pytest

from store import articles, publication
from store.articles import ArticleFilter
from store.client import Database
from store.conditions import All, AnyOf, Condition, Has, NoneOf, as_query, conjuncts, is_anchored
from tests.store.documents import article

A, B, C = Has(("a",)), Has(("b",)), Has(("c",))
EITHER = Has(("a", "b"))


@pytest.fixture
def stored(db: Database) -> Database:
    """Four articles, each with the terms that its bits say."""
    for number, terms in enumerate(["", "a", "b", "ab"]):
        publication.insert(db, article(number, terms=list(terms)))
    return db


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (A, [3, 1]),
        (EITHER, [3, 2, 1]),
        (All([A, B]), [3]),
        (All([]), [3, 2, 1, 0]),
        (All([EITHER, NoneOf([B])]), [1]),
        (AnyOf([A, B]), [3, 2, 1]),
        (AnyOf([All([A, B]), NoneOf([EITHER])]), [3, 0]),
        (NoneOf([A]), [2, 0]),
        (NoneOf([A, B]), [0]),
        (NoneOf([All([A, B])]), [2, 1, 0]),
        (NoneOf([NoneOf([A])]), [3, 1]),
        (C, []),
    ],
)
def test_a_list_has_what_meets_the_condition(
    stored: Database, condition: Condition, expected: list[int]
) -> None:
    found = stored["articles"].find(as_query(condition)).sort("listed_at", -1)
    assert [int(document["_id"], 16) for document in found] == expected


def test_a_condition_goes_with_other_filters(stored: Database) -> None:
    where = ArticleFilter(terms=NoneOf([A]), sources=["bbc"])
    assert len(articles.page(stored, where)) == 2
    assert articles.page(stored, ArticleFilter(terms=NoneOf([A]), sources=["afp"])) == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (A, ([A], [])),
        (All([A, B]), ([A, B], [])),
        (All([A, NoneOf([B, C])]), ([A], [B, C])),
        (All([All([A]), All([NoneOf([B])])]), ([A], [B])),
        (NoneOf([A]), ([], [A])),
        (All([]), ([], [])),
        (AnyOf([A, B]), None),
        (All([A, AnyOf([B, C])]), None),
        (NoneOf([All([A, B])]), None),
    ],
)
def test_what_is_wanted_and_what_is_barred_can_be_told_apart(
    condition: Condition, expected: Any
) -> None:
    assert conjuncts(condition) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, False),
        (A, True),
        (NoneOf([A]), False),
        (All([NoneOf([A]), B]), True),
        (All([NoneOf([A])]), False),
        (All([]), False),
        (AnyOf([A, B]), True),
        (AnyOf([A, NoneOf([B])]), False),
        (AnyOf([A, All([B, NoneOf([C])])]), True),
    ],
)
def test_a_condition_is_anchored_where_terms_lead_to_all_that_meets_it(
    condition: Condition | None, expected: bool
) -> None:
    assert is_anchored(condition) is expected
