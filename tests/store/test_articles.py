from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import articles, publication
from store.articles import UNDATED, ArticleFilter
from store.client import Database
from store.conditions import Has
from store.errors import NotFoundError
from tests.store.documents import article, hours, labels

# Hypothesis asks one database many things; each test clears it by itself.
steady = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TIMES = st.lists(st.none() | st.integers(0, 3), max_size=9)
"""Hours of publication, with many ties, and some that nobody knows."""


def ids(found: list[dict[str, Any]]) -> list[int]:
    return [int(document["id"], 16) for document in found]


def refill(db: Database, times: list[int | None]) -> None:
    db["articles"].delete_many({})
    for number, hour in enumerate(times):
        add(db, number, hour)


def add(db: Database, number: int, hour: int | None) -> None:
    published_at = None if hour is None else hours(hour)
    publication.insert(db, article(number, published_at=published_at))


def walk(
    db: Database,
    size: int,
    *,
    newest_first: bool = True,
    where: ArticleFilter = ArticleFilter(),  # noqa: B008 -- it is frozen
    meanwhile: Callable[[], None] = lambda: None,
) -> Iterator[int]:
    after = None
    while found := articles.page(db, where, after=after, newest_first=newest_first, limit=size):
        assert len(found) <= size
        yield from ids(found)
        after = (found[-1]["listed_at"], found[-1]["id"])
        meanwhile()


@steady
@given(times=TIMES, size=st.integers(1, 4))
def test_paging_yields_every_article_once_in_order_whatever_the_page_size(
    db: Database, times: list[int | None], size: int
) -> None:
    refill(db, times)
    place = {number: (-1 if hour is None else hour, number) for number, hour in enumerate(times)}
    oldest_first = sorted(place, key=place.__getitem__)
    assert list(walk(db, size)) == oldest_first[::-1]
    assert list(walk(db, size, newest_first=False)) == oldest_first


@steady
@given(times=TIMES, added=TIMES, size=st.integers(1, 3), newest_first=st.booleans())
def test_what_was_there_is_yielded_once_also_while_articles_are_added(
    db: Database, times: list[int | None], added: list[int | None], size: int, newest_first: bool
) -> None:
    refill(db, times)
    coming = enumerate(added, start=len(times))

    def meanwhile() -> None:
        for number, hour in coming:
            add(db, number, hour)
            break

    seen = list(walk(db, size, newest_first=newest_first, meanwhile=meanwhile))
    assert len(seen) == len(set(seen))
    assert set(range(len(times))) <= set(seen)


def test_a_page_may_begin_after_an_article_that_is_gone(db: Database) -> None:
    refill(db, [0, 1, 2])
    db["articles"].delete_one({"_id": f"{1:032x}"})
    after = (hours(1), f"{1:032x}")
    assert ids(articles.page(db, ArticleFilter(), after=after)) == [0]
    assert ids(articles.page(db, ArticleFilter(), after=after, newest_first=False)) == [2]


@pytest.fixture
def filled(db: Database) -> Database:
    """Hold six articles that differ in what can be filtered."""
    afp = {"id": "afp", "name": "AFP"}
    world = {"id": "world", "name": "World"}
    politics = {"id": "politics", "name": "Politics"}
    for document in (
        article(1, category=world, hashtags=labels("Seoul", "AI")),
        article(2, category=politics, hashtags=labels("AI"), source=afp),
        article(3, language="ko", source=None),
        article(4, language=None, hashtags=labels("Seoul")),
        article(5, category=world, published_at=None),
        article(6, category=world, language="ko", source=afp),
    ):
        publication.insert(db, document)
    return db


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [6, 4, 3, 2, 1, 5]),
    ({"sources": ["afp"]}, [6, 2]),
    ({"sources": ["afp", "bbc", "nobody"]}, [6, 4, 2, 1, 5]),
    ({"exclude_sources": ["bbc"]}, [6, 3, 2]),
    ({"exclude_sources": ["bbc", "afp"]}, [3]),
    ({"sources": ["afp", "bbc"], "exclude_sources": ["bbc"]}, [6, 2]),
    ({"sources": ["bbc"], "exclude_sources": ["bbc"]}, []),
    ({"categories": ["world"]}, [6, 1, 5]),
    ({"categories": ["world", "politics"]}, [6, 2, 1, 5]),
    ({"hashtags": ["seoul"]}, [4, 1]),
    ({"hashtags": ["seoul", "ai"]}, [4, 2, 1]),
    ({"languages": ["ko"]}, [6, 3]),
    ({"languages": ["ko"], "categories": ["world"]}, [6]),
    ({"published_from": hours(3)}, [6, 4, 3]),
    ({"published_to": hours(2)}, [2, 1]),
    ({"published_from": hours(2), "published_to": hours(4)}, [4, 3, 2]),
    ({"published_from": hours(4), "published_to": hours(2)}, []),
    ({"published_from": UNDATED}, [6, 4, 3, 2, 1]),
    ({"published_from": hours(2), "hashtags": ["ai"], "languages": ["en"]}, [2]),
    ({"sources": ["nobody"]}, []),
    ({"sources": ['{"$ne": null}']}, []),
]


def test_a_filter_lets_through_what_it_names_and_the_count_agrees(filled: Database) -> None:
    for values, expected in FILTERS:
        where = ArticleFilter(**values)
        backwards = expected[::-1]
        assert (values, ids(articles.page(filled, where))) == (values, expected)
        assert (values, list(walk(filled, 1, where=where))) == (values, expected)
        assert (values, [*walk(filled, 2, where=where, newest_first=False)]) == (values, backwards)
        assert (values, articles.count(filled, where)) == (values, len(expected))


def test_an_article_is_found_whole_or_in_part(db: Database) -> None:
    publication.insert(db, article(1))
    assert articles.find(db, f"{1:032x}") == article(1, seq=1)
    assert articles.find(db, f"{1:032x}", ["title"]) == {"id": f"{1:032x}", "title": "Article 1"}
    assert articles.find(db, f"{1:032x}", ["id"]) == {"id": f"{1:032x}"}


def test_an_article_that_is_not_there_is_named(db: Database) -> None:
    with pytest.raises(NotFoundError, match="there is no article 'x'") as missing:
        articles.find(db, "x")
    assert (missing.value.kind, missing.value.key) == ("article", "x")
    with pytest.raises(NotFoundError):
        articles.id_of(db, "x")


def test_many_come_in_the_order_asked_for_without_those_that_are_missing(db: Database) -> None:
    for number in (1, 2, 3):
        publication.insert(db, article(number))
    wanted = [f"{number:032x}" for number in (3, 9, 1)]
    assert ids(articles.find_many(db, wanted)) == [3, 1]
    assert articles.find_many(db, wanted, ["slug"])[0] == {"id": wanted[0], "slug": "article-3"}
    assert articles.find_many(db, []) == []


def test_a_page_can_be_read_in_part(db: Database) -> None:
    publication.insert(db, article(1))
    found = articles.page(db, ArticleFilter(), fields=["id", "language"])
    assert found == [{"id": f"{1:032x}", "language": "en"}]


def test_a_slug_and_former_ids_lead_to_the_article(db: Database) -> None:
    publication.insert(db, article(1, former_ids=["a" * 32, "b" * 32]))
    for name in ("article-1", "a" * 32, "b" * 32):
        assert articles.id_of(db, name) == f"{1:032x}"


def test_a_database_is_empty_until_there_is_an_article(db: Database) -> None:
    assert articles.is_empty(db)
    publication.insert(db, article(1))
    assert not articles.is_empty(db)


def test_a_count_goes_no_further_than_its_cap(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    refill(db, [1, 2, None])
    monkeypatch.setattr(articles, "COUNT_CAP", 2)
    assert articles.count(db, ArticleFilter()) == 2


@pytest.mark.parametrize("fields", [(), ("id", "title")])
def test_every_article_comes_once_the_oldest_first(db: Database, fields: tuple[str, ...]) -> None:
    refill(db, [3, None, 1, 1, 0])
    found = list(articles.every(db, fields, size=2))
    assert ids(found) == [1, 4, 2, 3, 0]
    assert all(document["title"] for document in found)


def test_articles_can_be_asked_for_by_their_terms_ids_copies_or_story(db: Database) -> None:
    for number in (1, 2, 3, 4):
        publication.insert(db, article(number, terms=["a"] if number < 3 else ["b"]))
    several = {"_id": {"$in": [f"{number:032x}" for number in (2, 3)]}}
    db["articles"].update_many(several, {"$set": {"copies": "x", "story": "y"}})
    for where, expected in (
        (ArticleFilter(terms=Has(("a",))), [2, 1]),
        (ArticleFilter(ids=[f"{number:032x}" for number in (1, 4, 9)]), [4, 1]),
        (ArticleFilter(ids=[]), []),
        (ArticleFilter(copies=["x", "nothing"]), [3, 2]),
        (ArticleFilter(story="y"), [3, 2]),
        (ArticleFilter(story="y", terms=Has(("a",))), [2]),
    ):
        assert ids(articles.page(db, where)) == expected
        assert articles.count(db, where) == len(expected)


def test_weights_of_terms_are_told_of_the_newest(mongod_db: Database) -> None:
    for number, (terms, weights) in enumerate([("abc", b"\x09\x05"), ("ba", b"\x02"), ("c", b"")]):
        values = {"terms": list(terms), "weights": weights, "word_count": 10 * number}
        publication.insert(mongod_db, article(number, **values))
    where, groups = ArticleFilter(), [["a"], ["b", "c"], ["x"]]
    found = articles.term_weights(mongod_db, where, groups, limit=2)
    # What an article is only found by (its terms beyond the weights) weighs nothing.
    assert [(int(row.id, 16), row.words, list(row.weights)) for row in found] == [
        (2, 20, [0, 0, 0]),
        (1, 10, [0, 2, 0]),
    ]
    oldest = articles.term_weights(mongod_db, where, groups, limit=9)[-1]
    assert list(oldest.weights) == [9, 5, 0]
    assert [row.id for row in articles.term_weights(mongod_db, where, [], limit=9)]
