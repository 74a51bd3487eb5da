from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from store import articles, publication, revisions, sequence, transactions
from store.articles import ArticleFilter
from store.client import Database, inward
from store.errors import ConflictError, GoneError, NotFoundError
from tests.store.documents import article, comment, hours


def ids(found: list[dict[str, Any]]) -> list[int]:
    return [int(document["id"], 16) for document in found]


def test_articles_are_added_at_once_each_with_a_slug_of_its_own(mongod_db: Database) -> None:
    publication.insert(mongod_db, article(1, slug="ties"))
    several = [article(2, slug="ties"), article(3, slug="new"), article(4, slug="new")]
    assert publication.insert_all(mongod_db, several) == set()
    assert ids(articles.page(mongod_db, ArticleFilter())) == [4, 3, 2, 1]
    assert articles.id_of(mongod_db, "new") == article(3)["id"]


def test_of_articles_added_at_once_none_is_when_one_is_there(mongod_db: Database) -> None:
    publication.insert(mongod_db, article(1))
    several = [article(1), article(2)]
    assert publication.insert_all(mongod_db, several) == {each["id"] for each in several}
    assert ids(articles.page(mongod_db, ArticleFilter())) == [1]


def test_without_transactions_only_what_is_there_is_not_added(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (transactions, publication):
        monkeypatch.setattr(module, "are_there", lambda _: False)
    publication.insert(mongod_db, article(1))
    several = [article(1), article(2)]
    assert publication.insert_all(mongod_db, several) == {article(1)["id"]}
    assert ids(articles.page(mongod_db, ArticleFilter())) == [2, 1]


def test_the_second_article_of_a_slug_gets_the_start_of_its_id(db: Database) -> None:
    first, second = article(1, slug="ties"), article(2, id="deadbeef" * 4, slug="ties")
    publication.insert(db, first)
    publication.insert(db, second)
    assert articles.id_of(db, "ties") == first["id"]
    assert articles.id_of(db, "ties-deadbeef") == second["id"]


def test_inserting_an_article_that_is_there_is_a_conflict(db: Database) -> None:
    publication.insert(db, article(1))
    with pytest.raises(ConflictError):
        publication.insert(db, article(1, title="Other"))
    assert articles.find(db, f"{1:032x}")["title"] == "Article 1"


def test_only_the_next_revision_replaces_an_article(db: Database) -> None:
    publication.insert(db, article(1))
    publication.replace(db, article(1, title="Second", revision=2))
    for revision in (1, 2, 4):
        with pytest.raises(ConflictError):
            publication.replace(db, article(1, title="Other", revision=revision))
    with pytest.raises(ConflictError):
        publication.replace(db, article(2, revision=2))
    assert articles.find(db, f"{1:032x}")["title"] == "Second"
    assert articles.count(db, ArticleFilter()) == 1


def test_a_revision_whose_slug_was_taken_meanwhile_gets_one_of_its_own(db: Database) -> None:
    unnamed = article(1, id="deadbeef" * 4)
    del unnamed["slug"]
    db["articles"].insert_one(inward(unnamed))
    publication.insert(db, article(2, slug="ties"))
    publication.replace(db, unnamed | {"slug": "ties", "revision": 2})
    assert articles.find(db, unnamed["id"])["slug"] == "ties-deadbeef"


def test_a_moved_article_keeps_its_slug(db: Database) -> None:
    publication.insert(db, article(1))
    publication.move(db, f"{1:032x}", article(1, id="a" * 32, revision=2))
    assert articles.find(db, "a" * 32)["slug"] == "article-1"
    assert articles.count(db, ArticleFilter()) == 1


def test_moving_to_an_id_that_is_taken_is_a_conflict_and_moves_nothing(db: Database) -> None:
    publication.insert(db, article(1))
    publication.insert(db, article(2))
    with pytest.raises(ConflictError):
        publication.move(db, f"{1:032x}", article(2))
    assert ids(articles.page(db, ArticleFilter())) == [2, 1]
    assert articles.find(db, f"{1:032x}")["slug"] == "article-1"


def test_a_move_whose_slug_was_taken_in_between_ends_with_one_of_its_own(db: Database) -> None:
    publication.insert(db, article(2, slug="ties"))
    moving = article(1, id="deadbeef" * 4, slug="ties")
    publication.move(db, f"{1:032x}", moving)
    assert articles.find(db, moving["id"])["slug"] == "ties-deadbeef"


def test_forgetting_twice_is_as_forgetting_once(db: Database) -> None:
    publication.insert(db, article(1))
    publication.forget(db, f"{1:032x}")
    publication.forget(db, f"{1:032x}")
    assert articles.is_empty(db)


def test_an_article_is_stored_with_the_start_of_its_id_as_a_number(db: Database) -> None:
    untied = article(1, id="00000000ff" + "0" * 22)
    del untied["tie"]
    publication.insert(db, untied)
    assert articles.find(db, untied["id"])["tie"] == 255
    publication.replace(db, untied | {"revision": 2})
    assert articles.find(db, untied["id"])["tie"] == 255
    publication.move(db, untied["id"], untied | {"id": "0000000100" + "0" * 22, "revision": 3})
    assert articles.find(db, "0000000100" + "0" * 22)["tie"] == 256


def test_what_an_article_is_found_by_can_be_worked_out_anew_without_a_revision(
    db: Database,
) -> None:
    publication.insert(db, article(1))
    publication.reindex(db, f"{1:032x}", {"terms": ["a"], "weights": b"\x01"})
    assert articles.find(db, f"{1:032x}") == article(1, terms=["a"], weights=b"\x01", seq=1)


def test_every_change_has_a_number_of_its_own_and_they_rise(db: Database) -> None:
    publication.insert(db, article(1))
    publication.insert_all(db, [article(2), article(3)])
    publication.replace(db, article(1, revision=2))
    numbers = {each["id"]: each["seq"] for each in articles.page(db, ArticleFilter())}
    assert numbers == {article(2)["id"]: 2, article(3)["id"]: 3, article(1)["id"]: 4}
    assert sequence.last(db) == 4


def test_numbers_become_visible_in_their_order_whoever_writes(mongod_db: Database) -> None:
    def write(start: int) -> None:
        for number in range(start, start + 40, 2):
            publication.insert_all(mongod_db, [article(number), article(number + 1)])

    def look() -> list[set[int]]:
        seen: list[set[int]] = []
        while len(seen) < 500 and (not seen or len(seen[-1]) < 160):
            last = sequence.last(mongod_db)
            found = mongod_db["articles"].find({"seq": {"$lte": last}}, {"seq": 1})
            there = {each["seq"] for each in found}
            assert there == set(range(1, last + 1))
            seen.append(there)
        return seen

    with ThreadPoolExecutor(5) as writers:
        looking = writers.submit(look)
        list(writers.map(write, range(0, 160, 40)))
        assert len(looking.result()) > 1
    assert sequence.last(mongod_db) == 160


def test_what_an_article_said_before_is_kept(db: Database) -> None:
    publication.insert(db, article(1))
    publication.replace(db, article(1, title="Second", revision=2))
    publication.replace(db, article(1, title="Third", revision=3))
    assert [each["title"] for each in revisions.page(db, article(1)["id"])] == [
        "Second",
        "Article 1",
    ]
    assert [r["revision"] for r in revisions.page(db, article(1)["id"], below=2)] == [1]
    first = revisions.find(db, article(1)["id"], 1)
    assert (first["id"], first["title"], "terms" in first) == (article(1)["id"], "Article 1", False)
    with pytest.raises(NotFoundError):
        revisions.find(db, article(1)["id"], 3)


def test_a_refused_revision_leaves_no_trace(mongod_db: Database) -> None:
    publication.insert(mongod_db, article(1))
    with pytest.raises(ConflictError):
        publication.replace(mongod_db, article(1, revision=3))
    assert revisions.page(mongod_db, article(1)["id"]) == []
    assert sequence.last(mongod_db) == 1


def test_a_new_revision_leaves_what_others_tell_of_the_article(db: Database) -> None:
    publication.insert(db, article(1, comments_count=0))
    told = {"comments_count": 3, "story": "s", "copies": "c", "grouped_at": hours(9)}
    db["articles"].update_one({"_id": article(1)["id"]}, {"$set": told})
    publication.replace(db, article(1, revision=2, comments_count=0))
    found = articles.find(db, article(1)["id"])
    assert {name: found[name] for name in told} == told


def test_a_deleted_article_is_gone_with_all_that_was_told_of_it(db: Database) -> None:
    publication.insert(db, article(1, former_ids=["a" * 32], guids=["g"]))
    publication.replace(db, article(1, former_ids=["a" * 32], guids=["g"], revision=2))
    db["comments"].insert_one(comment(1, article(1)["id"]))
    db["links"].insert_one({"_id": "x", "from": article(1)["id"], "to": "b"})
    db["links"].insert_one({"_id": "y", "from": "b", "to": article(1)["id"]})
    publication.delete(db, articles.find(db, article(1)["id"]), hours(9))
    for collection in ("articles", "comments", "links", "revisions"):
        assert db[collection].count_documents({}) == 0
    for name in (article(1)["id"], "a" * 32, "article-1"):
        with pytest.raises(GoneError):
            articles.id_of(db, name)
    [stone] = db["tombstones"].find()
    assert {"g", article(1)["id"]} <= set(stone["names"])
    assert sequence.last(db) == 3


def test_an_article_that_changed_meanwhile_is_not_deleted(db: Database) -> None:
    publication.insert(db, article(1))
    seen = articles.find(db, article(1)["id"])
    publication.replace(db, article(1, revision=2))
    with pytest.raises(ConflictError):
        publication.delete(db, seen, hours(9))
    assert articles.find(db, article(1)["id"])["revision"] == 2
    assert db["tombstones"].count_documents({}) == 0


def test_of_many_who_change_one_article_at_once_one_does(mongod_db: Database) -> None:
    publication.insert(mongod_db, article(1))

    def change(number: int) -> bool:
        try:
            publication.replace(mongod_db, article(1, title=f"By {number}", revision=2))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as writers:
        assert sum(writers.map(change, range(8))) == 1
    assert len(revisions.page(mongod_db, article(1)["id"])) == 1
