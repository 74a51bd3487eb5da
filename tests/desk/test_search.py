from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import search
from desk.newsroom import Newsroom
from desk.search import Question
from insight.matching import FIELDS, TITLE, matches
from insight.query import QuerySyntaxError
from store import articles
from store.articles import ArticleFilter
from store.client import Database, Document
from store.position import Position
from tests.news import MONDAY, all_news, news, reprint
from tests.samples import draft

EVERYTHING = ArticleFilter()
WORDS = st.sampled_from(
    ["ferry", "Solvane", "the", "and", "rate", "comet", "chess", "crown", "captain", "금리", "동결",
     "기준금리", "한", "educacion", "nowhere", "3.25", "quarter-point", '"of the"', '"the ferry"',
     '"rate cut"', '"fuel pipe"', '"기준금리 동결"']
)  # fmt: skip
QUERIES = st.recursive(
    WORDS,
    lambda part: st.one_of(
        st.tuples(part, part).map(" ".join),
        st.tuples(part, part).map(" OR ".join),
        part.map("NOT {}".format),
    ).map("({})".format),
    max_leaves=4,
).filter(lambda query: query.count("(((") == 0)


def corpus() -> dict[str, dict[str, Any]]:
    """Give the news in several languages, with copies, and something nobody dated."""
    return all_news() | {
        "ferry echo": reprint("ferry fire", source="Echo", title="The Solvane in the harbour"),
        "korean": draft(
            "한은, 기준금리 동결",
            source="Seoul Daily",
            language="ko",
            body_text="한국은행이 기준금리를 연 3.25퍼센트로 동결했다.",
            published_at=MONDAY,
            hashtags=["금리"],
        ),
        "spanish": draft(
            "La educación pública",
            source="El Faro",
            language="es",
            category="Politics",
            body_text="El gobierno anunció una reforma de la educación y de la captain.",
            published_at=MONDAY + timedelta(hours=1),
        ),
        "undated": news("chess", title="Chess and the ferry", source="Echo", published_at=None),
    }


@pytest.fixture(scope="module")
def stored(shared_db: Database) -> Database:
    with Newsroom(shared_db) as newsroom:
        for each in corpus().values():
            newsroom.publish(each)
    return shared_db


def walk(db: Database, question: Question, *, newest_first: bool, limit: int) -> list[str]:
    found: list[str] = []
    after: Position | None = None
    while True:
        walked = search.page(
            db, question, after=after, newest_first=newest_first, limit=limit, fields=["id"]
        )
        found += [item["id"] for item in walked.items]
        if walked.stopped_at is None:
            return found
        after = walked.stopped_at


def one_by_one(db: Database, question: Question, where: ArticleFilter) -> list[Document]:
    """Look into every article, and of copies leave the newest that answers."""
    assert question.search
    seen: set[str] = set()
    found = []
    for article in articles.page(db, where, limit=100):
        copies = article.get("copies")
        if matches(article, question.search) and not (question.distinct and copies in seen):
            found.append(article)
            seen.update([copies] if copies else [])
    return found


# An example asks dozens of questions of a real MongoDB.
@settings(max_examples=40)
@given(
    query=QUERIES,
    fields=st.sampled_from([FIELDS, (TITLE,), (TITLE, "body_text")]),
    where=st.sampled_from(
        [
            EVERYTHING,
            ArticleFilter(languages=["en"]),
            ArticleFilter(sources=["echo", "harbour-post"]),
            ArticleFilter(published_from=MONDAY, published_to=MONDAY + timedelta(hours=9)),
        ]
    ),
    distinct=st.booleans(),
    limit=st.integers(1, 30),
)
def test_what_is_found_is_what_looking_into_every_article_finds(
    stored: Database,
    query: str,
    fields: tuple[str, ...],
    where: ArticleFilter,
    distinct: bool,
    limit: int,
) -> None:
    question = search.ask(stored, query, fields, where, distinct=distinct)
    expected = [article["id"] for article in one_by_one(stored, question, where)]
    assert walk(stored, question, newest_first=True, limit=limit) == expected
    assert search.count(stored, question)[0] == len(expected)
    ranked = [article_id for _, article_id in search.ranked(stored, question, after=None, limit=99)]
    assert sorted(ranked) == sorted(expected)
    if not distinct:
        assert walk(stored, question, newest_first=False, limit=limit) == expected[::-1]


@settings(max_examples=40)
@given(query=QUERIES, limit=st.integers(1, 5), distinct=st.booleans())
def test_pages_by_relevance_meet_every_match_once_the_best_first(
    stored: Database, query: str, limit: int, distinct: bool
) -> None:
    question = search.ask(stored, query, FIELDS, EVERYTHING, distinct=distinct)
    whole = search.ranked(stored, question, after=None, limit=99)
    assert whole == sorted(whole, reverse=True)
    assert len({article_id for _, article_id in whole}) == len(whole)
    found: list[tuple[int, str]] = []
    while page := search.ranked(stored, question, after=found[-1] if found else None, limit=limit):
        found += page
    assert found == whole


def test_of_copies_the_first_in_the_list_that_answers_is_listed(stored: Database) -> None:
    question = search.ask(stored, "solvane", FIELDS, EVERYTHING, distinct=True)
    groups: dict[str, list[str]] = {}
    for article in articles.page(stored, EVERYTHING, limit=100):
        if "copies" in article:
            groups.setdefault(article["copies"], []).append(article["id"])
    [ferry] = [group for group in groups.values() if len(group) == 3]
    newest_first = walk(stored, question, newest_first=True, limit=1)
    oldest_first = walk(stored, question, newest_first=False, limit=1)
    assert [id_ for id_ in newest_first if id_ in ferry] == [ferry[0]]
    assert [id_ for id_ in oldest_first if id_ in ferry] == [ferry[-1]]


@pytest.mark.parametrize(
    "where",
    [
        EVERYTHING,
        ArticleFilter(sources=["harbour-post"]),
        ArticleFilter(sources=["evening-copy", "echo"]),
        ArticleFilter(exclude_sources=["echo"]),
        ArticleFilter(published_to=MONDAY),
        ArticleFilter(published_from=MONDAY + timedelta(hours=1)),
    ],
)
@pytest.mark.parametrize("limit", [1, 50])
def test_each_text_is_listed_exactly_once_under_every_filter(
    stored: Database, where: ArticleFilter, limit: int
) -> None:
    texts = [
        article.get("copies", article["id"]) for article in articles.page(stored, where, limit=100)
    ]
    listed = walk(stored, Question(where, distinct=True), newest_first=True, limit=limit)
    found = articles.find_many(stored, listed)
    assert [article.get("copies", article["id"]) for article in found] == list(dict.fromkeys(texts))


def test_nothing_to_search_for_is_no_search(stored: Database) -> None:
    for text in ("", "  ", "-", "()", "..."):
        question = search.ask(stored, text, FIELDS, EVERYTHING)
        assert question == Question(EVERYTHING)
    with pytest.raises(QuerySyntaxError):
        search.ask(stored, "ferry AND", FIELDS, EVERYTHING)


@pytest.mark.parametrize(
    ("query", "unsure"),
    [
        ("ferry", False),
        ("ferry -chess", False),
        ("ferry OR chess", False),
        ("the ferry", False),
        ("-ferry", False),
        ('"the ferry"', True),
        ("quarter-point", True),
        ("NOT (ferry chess)", False),
        ("ferry OR the", True),
        ("기준금리", True),
        ("금리", False),
    ],
)
def test_texts_are_looked_at_only_where_terms_cannot_tell(
    stored: Database, query: str, unsure: bool
) -> None:
    assert search.ask(stored, query, FIELDS, EVERYTHING).unsure is unsure


def test_a_word_is_taken_in_the_languages_of_the_filter_or_of_the_articles(
    stored: Database,
) -> None:
    spanish = search.ask(stored, "educacion", FIELDS, ArticleFilter(languages=["es-MX"]))
    assert spanish.search is not None
    assert list(spanish.search.languages) == ["es"]
    every = search.ask(stored, "educacion", FIELDS, EVERYTHING)
    assert every.search is not None
    assert {"en", "es", "ko"} == set(every.search.languages)


def test_a_count_says_where_it_stops(stored: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COUNTED", 2)
    monkeypatch.setattr(articles, "COUNT_CAP", 3)
    for query, expected in (
        ("solvane", (3, 3)),
        ("ferry solvane", (3, 3)),
        ('"ferry solvane"', (2, 2)),
        ("nowhere", (0, 3)),
    ):
        question = search.ask(stored, query, FIELDS, EVERYTHING)
        assert search.count(stored, question) == expected, query
    assert search.count(stored, Question(EVERYTHING)) == (3, 3)
    assert search.count(stored, Question(EVERYTHING, distinct=True)) == (2, 2)


def test_facets_count_the_newest_of_what_was_found_the_most_frequent_first(
    stored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    facets = search.facets(stored, Question(EVERYTHING), list(search.FACETS))
    for name, values in facets.items():
        counts = [each["articles_count"] for each in values]
        assert counts == sorted(counts, reverse=True), name
        assert sum(counts) <= len(corpus())
    sources = {each["id"]: each for each in facets["source"]}
    assert sources["echo"] == {"id": "echo", "name": "Echo", "articles_count": 2}
    assert facets["category"] == [{"id": "politics", "name": "Politics", "articles_count": 1}]
    assert facets["hashtag"] == [{"id": "금리", "name": "금리", "articles_count": 1}]
    assert (facets["language"][0]["id"], facets["language"][0]["name"]) == ("en", "en")

    monkeypatch.setattr(search, "MOST_FACETS", 2)
    assert len(search.facets(stored, Question(EVERYTHING), ["source"])["source"]) == 2
    monkeypatch.setattr(search, "COUNTED", 3)
    [one, *_] = [search.facets(stored, Question(EVERYTHING), ["language"])["language"]]
    assert sum(each["articles_count"] for each in one) == 3


def test_the_most_relevant_has_more_of_what_is_rare(stored: Database) -> None:
    question = search.ask(stored, "recordings monday OR recordings", FIELDS, EVERYTHING)
    [(_, first), *_] = search.ranked(stored, question, after=None, limit=5)
    assert "recordings" in articles.find(stored, first)["body_text"]


def test_articles_whose_terms_are_not_counted_yet_are_found_all_the_same(
    mongod_db: Database,
) -> None:
    with Newsroom(mongod_db) as newsroom:
        wanted = newsroom.publish(news("chess")).article_id
        newsroom.publish(news("beetle"))
        for query in ("pawn", "pawns game", '"kings and pawns"', "-beetle"):
            question = search.ask(mongod_db, query, FIELDS, ArticleFilter(languages=["en"]))
            assert walk(mongod_db, question, newest_first=True, limit=5) == [wanted], query
            [(_, found)] = search.ranked(mongod_db, question, after=None, limit=5)
            assert found == wanted
