from datetime import timedelta
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import articles, postings, publication
from store.articles import UNDATED, ArticleFilter
from store.client import Database
from store.conditions import All, Condition, Has, NoneOf
from store.position import Position, tie_of
from tests.store.documents import START, article

MANY = 400
LETTERS = "abcd"


def terms_of(number: int) -> list[str]:
    """Give an article some of four terms: `a` to every second, `b` to every third, and so on."""
    return [letter for step, letter in enumerate(LETTERS, start=2) if number % step == 0]


def has(letter: str, *, known: bool) -> Has:
    return Has((letter,), 1 / (LETTERS.index(letter) + 2) if known else None)


def listed_at(number: int) -> timedelta | None:
    return None if number % 10 == 0 else timedelta(minutes=number // 7)


@pytest.fixture(scope="module")
def stored(shared_db: Database) -> Database:
    """Hold hundreds of articles."""
    many = []
    for number in range(MANY):
        after = listed_at(number)
        moment = None if after is None else START + after
        values = {"published_at": moment, "terms": terms_of(number), "slug": f"slug-{number}"}
        name = f"{number * 2654435761 % 2**32:08x}{number:024x}"
        many.append(article(number, id=name, **values))
    assert publication.insert_all(shared_db, many) == set()
    return shared_db


def place(document: dict[str, object]) -> tuple[object, object]:
    return document["listed_at"], document["id"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    wanted=st.lists(st.sampled_from(LETTERS), min_size=1, max_size=3, unique=True),
    barred=st.lists(st.sampled_from(LETTERS), max_size=1),
    newest_first=st.booleans(),
    start=st.integers(0, MANY),
    enough=st.integers(1, MANY),
    known=st.booleans(),
)
def test_what_terms_have_in_common_is_what_every_article_says(
    stored: Database,
    wanted: list[str],
    barred: list[str],
    newest_first: bool,
    start: int,
    enough: int,
    known: bool,
) -> None:
    every = articles.page(stored, ArticleFilter(), newest_first=newest_first, limit=MANY)
    after: Position | None = None
    if start:
        last = every[start - 1]
        after = last["listed_at"], last["id"]
    expected = [
        document["id"]
        for document in every[start:]
        if set(wanted) <= set(document["terms"]) and set(barred).isdisjoint(document["terms"])
    ]
    found = postings.common(
        stored,
        [has(letter, known=known) for letter in wanted],
        [has(letter, known=known) for letter in barred],
        after=after,
        newest_first=newest_first,
        enough=enough,
    )
    assert list(chain.from_iterable(found)) == [tie_of(id_) for id_ in expected]


@pytest.mark.parametrize("newest_first", [True, False])
def test_pages_of_what_terms_have_in_common_meet_everything_once(
    stored: Database, newest_first: bool
) -> None:
    where = ArticleFilter(terms=All([Has(("c",)), Has(("a",)), NoneOf([Has(("d",))])]))
    seen: list[str] = []
    after: Position | None = None
    while page := articles.page(stored, where, after=after, newest_first=newest_first, limit=7):
        seen += [document["id"] for document in page]
        after = page[-1]["listed_at"], page[-1]["id"]
    every = articles.page(stored, ArticleFilter(), newest_first=newest_first, limit=MANY)
    assert seen == [
        document["id"]
        for document in every
        if {"a", "c"} <= set(document["terms"]) and "d" not in document["terms"]
    ]
    assert articles.count(stored, where) == len(seen)


def test_other_filters_hold_beside_the_terms(stored: Database) -> None:
    both = All([Has(("a",)), Has(("b",))])
    dated = ArticleFilter(terms=both, published_from=START + timedelta(minutes=20))
    found = articles.page(stored, dated, limit=MANY)
    assert found
    assert all(document["listed_at"] >= START + timedelta(minutes=20) for document in found)
    assert all(document["listed_at"] != UNDATED for document in found)
    assert articles.page(stored, ArticleFilter(terms=both, sources=["nobody"]), limit=5) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(
    wanted=st.lists(st.sets(st.sampled_from(LETTERS), min_size=1), min_size=1, max_size=3),
    barred=st.lists(st.sets(st.sampled_from(LETTERS), min_size=1, max_size=2), max_size=1),
    newest_first=st.booleans(),
    limit=st.integers(1, 50),
)
def test_of_several_spellings_any_will_do_and_an_article_with_two_comes_once(
    stored: Database,
    wanted: list[set[str]],
    barred: list[set[str]],
    newest_first: bool,
    limit: int,
) -> None:
    conditions: list[Condition] = [
        *(Has(tuple(each)) for each in wanted),
        *(NoneOf([Has(tuple(each))]) for each in barred),
    ]
    where = ArticleFilter(terms=All(conditions))
    expected = [
        document["id"]
        for document in articles.page(
            stored, ArticleFilter(), newest_first=newest_first, limit=MANY
        )
        if all(each & set(document["terms"]) for each in wanted)
        and not any(each & set(document["terms"]) for each in barred)
    ]
    found = articles.page(stored, where, newest_first=newest_first, limit=limit)
    assert [document["id"] for document in found] == expected[:limit]
    assert articles.count(stored, where) == len(expected)
