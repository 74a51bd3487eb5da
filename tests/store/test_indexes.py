"""That the indexes are made, and that what is asked of the database comes out of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import mongomock
import pytest

from insight.terms import hashes
from store import articles, changelog, comments, indexes, links, namesakes, publication, sources
from store.articles import ArticleFilter
from store.client import Database, connect, inward, outward
from store.namesakes import Names
from tests.store.documents import article, comment, hours, labels

TERMS = indexes.TERMS.document["name"]


@pytest.fixture
def fresh() -> Database:
    database: Database = mongomock.MongoClient(tz_aware=True)["fresh"]
    return database


def test_a_database_is_prepared_once_it_has_its_indexes(fresh: Database) -> None:
    assert not indexes.is_prepared(fresh)
    indexes.prepare(fresh)
    assert indexes.is_prepared(fresh)


def test_a_new_database_is_loaded_first_and_prepared_when_all_is_there(db: Database) -> None:
    for name in ("articles", "meta"):
        db[name].drop()
    assert indexes.prepare_to_load(db)
    assert TERMS not in db["articles"].index_information()
    assert len(db["articles"].index_information()) == len(indexes.INDEXES["articles"])
    assert not indexes.is_prepared(db)
    indexes.prepare(db)
    assert TERMS in db["articles"].index_information()
    assert indexes.is_prepared(db)


def test_a_load_that_was_cut_short_goes_on_unless_somebody_prepared_it(db: Database) -> None:
    for name in ("articles", "meta"):
        db[name].drop()
    assert indexes.prepare_to_load(db)
    db["articles"].insert_one(inward(article(1)))
    assert indexes.prepare_to_load(db)
    assert TERMS not in db["articles"].index_information()
    indexes.prepare(db)
    assert not indexes.prepare_to_load(db)
    assert indexes.is_prepared(db)


def test_a_database_of_before_is_prepared_before_it_is_loaded(db: Database) -> None:
    for name in ("articles", "meta"):
        db[name].drop()
    db["articles"].insert_one(inward(article(1)))
    assert not indexes.prepare_to_load(db)
    assert TERMS in db["articles"].index_information()
    assert indexes.is_prepared(db)


def test_what_a_reader_may_search_keeps_its_index(db: Database) -> None:
    db["articles"].delete_many({})
    assert not indexes.prepare_to_load(db)
    assert TERMS in db["articles"].index_information()


def test_preparing_twice_is_as_preparing_once(db: Database) -> None:
    before = {name: db[name].index_information() for name in indexes.INDEXES}
    indexes.prepare(db)
    assert {name: db[name].index_information() for name in indexes.INDEXES} == before
    for name, declared in indexes.INDEXES.items():
        assert len(before[name]) == len(declared) + 1  # and that of _id
    assert list(db["meta"].find()) == [{"_id": "schema", "version": indexes.SCHEMA_VERSION}]


def test_an_older_database_takes_the_steps_it_lacks_and_each_once(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    steps = [lambda _, number=number: taken.append(number) for number in (1, 2, 3)]
    monkeypatch.setattr(indexes, "MIGRATIONS", steps)
    monkeypatch.setattr(indexes, "SCHEMA_VERSION", 4)
    db["meta"].update_one({"_id": "schema"}, {"$set": {"version": 2}})
    assert not indexes.is_prepared(db)
    indexes.prepare(db)
    indexes.prepare(db)
    assert taken == [2, 3]
    assert indexes.is_prepared(db)


def test_articles_of_an_older_database_get_the_hashes_of_their_weighted_terms(db: Database) -> None:
    db["articles"].insert_one({"_id": "a", "slug": "a", "terms": ["sea", "x"], "weights": b"\1"})
    db["vocabulary"].insert_one({"_id": "sea", "articles": 1})
    db["meta"].update_one({"_id": "schema"}, {"$set": {"version": 2}})
    indexes.prepare(db)
    assert db["articles"].find_one({"_id": "a"}, {"hashes": 1}) == {
        "_id": "a",
        "hashes": hashes(["sea"]),
    }
    assert list(db["vocabulary"].find()) == []


def test_articles_of_an_older_database_are_numbered_by_their_time(db: Database) -> None:
    for number in (2, 3, 1):
        db["articles"].insert_one(inward(article(number)))
    publication.insert(db, article(4))
    db["meta"].update_one({"_id": "schema"}, {"$set": {"version": 3}})
    indexes.prepare(db)
    found = changelog.since(db, 0, limit=9, fields=["id"])
    assert [int(each["id"], 16) for each in found] == [4, 1, 2, 3]
    assert [each["seq"] for each in found] == [1, 2, 3, 4]


def test_an_empty_database_takes_no_steps(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Database] = []
    monkeypatch.setattr(indexes, "MIGRATIONS", [taken.append])
    monkeypatch.setattr(indexes, "SCHEMA_VERSION", 2)
    indexes.prepare(fresh)
    assert taken == []
    assert indexes.is_prepared(fresh)


def test_a_database_of_a_later_version_stays_one(db: Database) -> None:
    db["meta"].update_one({"_id": "schema"}, {"$set": {"version": 99}})
    indexes.prepare(db)
    assert db["meta"].find_one() == {"_id": "schema", "version": 99}
    assert indexes.is_prepared(db)


@pytest.fixture(scope="module")
def hundreds(mongod_uri: str) -> Iterator[Database]:
    """Hold hundreds of articles and comments; every filter lets many through."""
    db = connect(mongod_uri, "hundreds")
    indexes.prepare(db)
    db["articles"].insert_many(
        inward(
            article(
                number,
                former_ids=[f"former-{number}"],
                source={"id": f"source-{number % 4}", "name": ""},
                category={"id": f"category-{number % 3}", "name": ""},
                hashtags=labels(f"tag-{number % 3}", f"tag-{number % 5}"),
                language="en" if number % 2 else "ko",
                published_at=None if number % 7 == 0 else hours(number // 2),
            )
        )
        for number in range(400)
    )
    db["comments"].insert_many(comment(number, "a") for number in range(400))
    for number in range(20):
        links.add(db, f"from-{number}", [f"{to:032x}" for to in range(3)])
    yield db
    db.client.drop_database(db.name)
    db.client.close()


@pytest.fixture
def profiled(hundreds: Database) -> Iterator[Database]:
    """Let the database note every operation in `system.profile`."""
    hundreds["system.profile"].drop()
    hundreds.command("profile", 2)
    yield hundreds
    hundreds.command("profile", 0)


def queries(db: Database, collection: str) -> list[dict[str, Any]]:
    """Give what the database noted; nothing may have been read without an index, or sorted."""
    found = list(db["system.profile"].find({"op": "query", "command.find": collection}).sort("ts"))
    for query in found:
        assert query["planSummary"].startswith("IXSCAN")
        assert "hasSortStage" not in query
    return found


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("after", [None, (hours(100), f"{200:032x}")])
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"sources": ["source-1"]},
        {"sources": ["source-1", "source-2"]},
        {"exclude_sources": ["source-1"]},
        {"categories": ["category-1"]},
        {"categories": ["category-1", "category-2"]},
        {"hashtags": ["tag-1"]},
        {"hashtags": ["tag-1", "tag-2"]},
        {"languages": ["en"]},
        {"languages": ["en", "ko"]},
        {"published_from": hours(20), "published_to": hours(180)},
        {"sources": ["source-1"], "published_from": hours(20)},
        {"sources": ["source-1"], "categories": ["category-1"], "languages": ["en"]},
    ],
)
def test_every_page_comes_out_of_an_index_and_is_never_sorted(
    profiled: Database,
    values: dict[str, Any],
    after: tuple[datetime, str] | None,
    newest_first: bool,
) -> None:
    where = ArticleFilter(**values)
    found = articles.page(profiled, where, after=after, newest_first=newest_first, limit=5)
    assert len(found) == 5
    [query] = queries(profiled, "articles")
    assert query["docsExamined"] < 100


def test_a_later_page_costs_no_more_than_the_first(profiled: Database) -> None:
    where = ArticleFilter(sources=["source-1"])
    for after in (None, (hours(20), "f" * 32)):
        assert len(articles.page(profiled, where, after=after, limit=5)) == 5
    assert [query["docsExamined"] for query in queries(profiled, "articles")] == [5, 5]


@pytest.mark.parametrize("name", ["article-7", "former-7"])
def test_a_name_is_looked_up_in_an_index(profiled: Database, name: str) -> None:
    articles.id_of(profiled, name)
    assert [query["docsExamined"] for query in queries(profiled, "articles")] == [1]


def test_namesakes_are_looked_up_in_indexes(profiled: Database) -> None:
    titles = ["article 7", "article 8"]
    found = namesakes.find(profiled, Names(["former-7"], ["guid-7"], titles[:1], titles[1:]))
    assert found.named
    asked = list(profiled["system.profile"].find({"command.aggregate": "articles"}))
    assert asked
    assert all("COLLSCAN" not in each.get("planSummary", "") for each in asked)
    assert sum(each["docsExamined"] for each in asked) <= 4


def test_related_articles_and_links_to_move_are_looked_up_in_an_index(profiled: Database) -> None:
    links.of(profiled, ["from-1"])
    links.of(profiled, ["from-1", "from-2"])
    links.move(profiled, "nobody", "nobody-else")
    assert [query["docsExamined"] for query in queries(profiled, "links")] == [3, 6, 0]


def test_the_names_and_the_articles_of_a_source_are_looked_up_in_an_index(
    profiled: Database,
) -> None:
    known = [{"_id": f"s-{n}", "name": "S", "names": [f"s-{n}", f"t-{n}"]} for n in range(50)]
    profiled["sources"].insert_many(known)
    assert len(sources.known(profiled, ["s-7", "t-9", "nobody"])) == 2
    assert [query["docsExamined"] for query in queries(profiled, "sources")] == [2]
    assert sources.has_articles(profiled, "source-1")
    assert [query["docsExamined"] for query in queries(profiled, "articles")] == [0]


def test_comments_come_out_of_an_index(profiled: Database) -> None:
    for after in (None, (hours(200), "0" * 32)):
        assert len(comments.page(profiled, "a", after=after, limit=5)) == 5
        assert len(comments.moderated(profiled, after=after, limit=5)) == 5
        some = comments.moderated(
            profiled, statuses=["visible", "hidden"], article_ids=["a"], after=after, limit=5
        )
        assert len(some) == 5
    assert [query["docsExamined"] <= 6 for query in queries(profiled, "comments")] == [True] * 6


def test_what_follows_from_a_comment_is_worked_out_from_an_index(profiled: Database) -> None:
    profiled["comments"].update_one({"_id": f"{7:032x}"}, {"$set": {"status": "hidden"}})
    comments.settle(profiled, outward(comment(7, f"{7:032x}", unsettled=hours(1))))
    profiled["comments"].update_one({"_id": f"{7:032x}"}, {"$set": {"status": "visible"}})
    comments.unsettled(profiled, before=hours(1), limit=5)
    found = profiled["system.profile"].find({"op": "query", "command.find": "comments"})
    assert [query["docsExamined"] for query in found.sort("ts")] == [1, 0, 0]
    [count] = profiled["system.profile"].find({"command.aggregate": "comments"})
    assert (count["planSummary"].split()[0], count["docsExamined"]) == ("COUNT_SCAN", 0)
