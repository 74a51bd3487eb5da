import pytest

from desk.newsroom import Newsroom
from desk.recompute import recompute
from store import articles, vocabulary
from store.client import Database, Document
from tests.news import all_news


@pytest.fixture(autouse=True)
def published(mongod_db: Database) -> dict[str, str]:
    with Newsroom(mongod_db) as newsroom:
        return {name: newsroom.publish(each).article_id for name, each in all_news().items()}


def everything(db: Database) -> dict[str, list[Document]]:
    """Give all that is stored; of the vocabulary, what is not counted out."""
    stored = {name: list(db[name].find().sort("_id")) for name in db.list_collection_names()}
    stored["vocabulary"] = [entry for entry in stored["vocabulary"] if entry["articles"]]
    return stored


def run(db: Database) -> list[int]:
    return list(recompute(db))


def test_it_comes_in_two_steps_an_article_and_tells_how_many_are_related(
    mongod_db: Database, published: dict[str, str]
) -> None:
    many = len(published)
    assert run(mongod_db) == [0] * many + [*range(1, many + 1)]


def test_what_was_related_one_by_one_is_related_as_well_all_at_once(mongod_db: Database) -> None:
    before = everything(mongod_db)
    run(mongod_db)
    after = everything(mongod_db)
    # Scores move a little: now every count is known from the beginning.
    assert {link["_id"] for link in after["links"]} == {link["_id"] for link in before["links"]}
    for name in ("articles", "stories", "vocabulary", "sources"):
        assert after[name] == before[name], name


def test_a_second_time_nothing_changes(mongod_db: Database) -> None:
    run(mongod_db)
    before = everything(mongod_db)
    run(mongod_db)
    assert everything(mongod_db) == before


def test_one_that_was_cut_short_is_begun_again(mongod_db: Database) -> None:
    run(mongod_db)
    before = everything(mongod_db)
    for steps in (3, 17):
        started = recompute(mongod_db)
        for _ in range(steps):
            next(started)
        started.close()  # type: ignore[attr-defined] # it is a generator
    run(mongod_db)
    assert everything(mongod_db) == before


def test_what_a_page_or_an_editor_said_stays(
    mongod_db: Database, published: dict[str, str]
) -> None:
    one, other = published["chess"], published["beetle"]
    for origin in ("page", "editor"):
        mongod_db["links"].insert_one(
            {
                "_id": f"{one}:{other}:{origin}",
                "from": one,
                "to": other,
                "origin": origin,
                "score": None,
                "reasons": [],
                "position": 1,
            }
        )
    run(mongod_db)
    assert {link["origin"] for link in mongod_db["links"].find({"from": one})} == {"page", "editor"}


def test_what_was_never_counted_is_counted(mongod_db: Database, published: dict[str, str]) -> None:
    before = everything(mongod_db)["vocabulary"]
    vocabulary.clear(mongod_db)
    assert not vocabulary.is_counted(mongod_db)
    run(mongod_db)
    assert everything(mongod_db)["vocabulary"] == before


def test_no_article_has_a_new_revision(mongod_db: Database, published: dict[str, str]) -> None:
    mongod_db["articles"].update_many({}, {"$unset": {"terms": "", "weights": ""}})
    run(mongod_db)
    for article_id in published.values():
        found = articles.find(mongod_db, article_id)
        assert (found["revision"], found["updated_at"]) == (1, found["created_at"])


def test_an_empty_database_takes_no_steps(mongod_db: Database) -> None:
    for name in mongod_db.list_collection_names():
        mongod_db[name].delete_many({})
    assert run(mongod_db) == []


def test_a_story_that_no_longer_holds_is_gone(
    mongod_db: Database, published: dict[str, str]
) -> None:
    gone = articles.find(mongod_db, published["rate cut"])["story"]
    texts = {"cut": "Rain is expected.", "markets": "Two dogs ran.", "homes": "He sold a piano."}
    for name, text in texts.items():
        change = {"title": text, "body_text": text}
        mongod_db["articles"].update_one({"_id": published[f"rate {name}"]}, {"$set": change})
    run(mongod_db)
    assert mongod_db["stories"].find_one({"_id": gone}) is None
    assert mongod_db["articles"].count_documents({"story": gone}) == 0
