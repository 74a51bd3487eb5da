import pytest

from store import articles, groups, publication
from store.articles import ArticleFilter
from store.client import Database, Document
from tests.store.documents import article

IDS = [f"{number:032x}" for number in (1, 2, 3)]
STORY, OTHER = "a" * 32, "b" * 32


@pytest.fixture(autouse=True)
def stored(mongod_db: Database) -> None:
    for number in (1, 2, 3):
        publication.insert(mongod_db, article(number, unrelated=True))


def everything(db: Database) -> list[Document]:
    return list(db["articles"].find().sort("_id"))


def test_grouping_is_no_new_revision_and_grouping_again_no_change(mongod_db: Database) -> None:
    groups.assign(mongod_db, copies={IDS[0]: "x"}, story=dict.fromkeys(IDS[:2], STORY))
    before = everything(mongod_db)
    groups.assign(mongod_db, copies={IDS[0]: "x"}, story=dict.fromkeys(IDS[:2], STORY))
    assert everything(mongod_db) == before
    assert [each.get("story") for each in before] == [STORY, STORY, None]
    assert [each.get("copies") for each in before] == ["x", None, None]
    assert {each["revision"] for each in before} == {1}
    assert ["grouped_at" in each for each in before] == [True, True, False]
    assert len(articles.page(mongod_db, ArticleFilter(story=STORY))) == 2
    assert articles.page(mongod_db, ArticleFilter(story=OTHER)) == []


def test_an_article_leaves_a_group_once(mongod_db: Database) -> None:
    groups.assign(mongod_db, copies={}, story={IDS[0]: STORY})
    groups.assign(mongod_db, copies={}, story={IDS[0]: None, IDS[1]: None})
    before = everything(mongod_db)
    assert ["story" in each for each in before] == [False] * 3
    assert "grouped_at" not in before[1], "it was in none"
    groups.assign(mongod_db, copies={}, story={IDS[0]: None})
    assert everything(mongod_db) == before


def test_what_is_not_related_is_known_the_oldest_first(mongod_db: Database) -> None:
    assert groups.count_unrelated(mongod_db) == 3
    assert [each["id"] for each in groups.unrelated(mongod_db, limit=2)] == IDS[:2]
    groups.mark_related(mongod_db, {IDS[0]: 1, IDS[1]: 2, IDS[2]: 1, "0" * 32: 1})
    assert [each["id"] for each in groups.unrelated(mongod_db, limit=9)] == [IDS[1]]
    assert groups.count_unrelated(mongod_db) == 1


def test_the_rest_is_the_latest_where_no_related_one_is_later(mongod_db: Database) -> None:
    assert groups.is_rest_latest(mongod_db)
    groups.mark_related(mongod_db, {IDS[0]: 1})
    assert groups.is_rest_latest(mongod_db)
    groups.mark_related(mongod_db, {IDS[2]: 1})
    assert not groups.is_rest_latest(mongod_db)
    groups.mark_related(mongod_db, {IDS[1]: 1})
    assert not groups.is_rest_latest(mongod_db), "there is none"
