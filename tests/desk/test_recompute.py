import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count, islice
from string import ascii_lowercase
from typing import Any

import pytest

from desk.newsroom import Newsroom
from desk.recompute import reindex, relate_rest
from desk.relate import AHEAD, WINDOW
from store import articles, groups, neighbours, vocabulary
from store.client import Database, Document
from tests.news import MONDAY, all_news, news, relate_anew


@pytest.fixture(autouse=True)
def published(mongod_db: Database) -> dict[str, str]:
    with Newsroom(mongod_db) as newsroom:
        return {name: newsroom.publish(each).article_id for name, each in all_news().items()}


def everything(db: Database) -> dict[str, list[Document]]:
    """Give all that is stored; of the vocabulary, what is not counted out."""
    stored = {name: list(db[name].find().sort("_id")) for name in db.list_collection_names()}
    stored["vocabulary"] = [entry for entry in stored["vocabulary"] if entry["articles"]]
    return stored


def test_it_tells_how_far_it_is(
    mongod_db: Database, published: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.recompute.BATCH", 4)
    many = len(published)
    by_fours = [*range(4, many, 4), many]
    assert list(reindex(mongod_db)) == by_fours
    assert groups.count_unrelated(mongod_db) == many
    assert list(relate_rest(mongod_db)) == by_fours
    assert groups.count_unrelated(mongod_db) == 0


def test_what_was_related_one_by_one_is_related_as_well_all_at_once(mongod_db: Database) -> None:
    before = everything(mongod_db)
    relate_anew(mongod_db)
    after = everything(mongod_db)
    # Scores move a little: now every count is known from the beginning.
    assert {link["_id"] for link in after["links"]} == {link["_id"] for link in before["links"]}
    for name in ("articles", "stories", "vocabulary", "sources"):
        assert after[name] == before[name], name


def test_a_second_time_nothing_changes(mongod_db: Database) -> None:
    relate_anew(mongod_db)
    before = everything(mongod_db)
    relate_anew(mongod_db)
    assert everything(mongod_db) == before


def test_one_that_was_cut_short_is_begun_again(
    mongod_db: Database, published: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.recompute.BATCH", 4)
    relate_anew(mongod_db)
    before = everything(mongod_db)
    next(reindex(mongod_db))
    assert 0 < groups.count_unrelated(mongod_db) < len(published)
    for _ in reindex(mongod_db):
        pass
    next(relate_rest(mongod_db))
    assert 0 < groups.count_unrelated(mongod_db) < len(published)
    relate_anew(mongod_db)
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
    relate_anew(mongod_db)
    assert {link["origin"] for link in mongod_db["links"].find({"from": one})} == {"page", "editor"}


def test_what_was_never_counted_is_counted(mongod_db: Database, published: dict[str, str]) -> None:
    before = everything(mongod_db)["vocabulary"]
    vocabulary.clear(mongod_db)
    assert not vocabulary.is_counted(mongod_db)
    relate_anew(mongod_db)
    assert everything(mongod_db)["vocabulary"] == before


def test_no_article_has_a_new_revision(mongod_db: Database, published: dict[str, str]) -> None:
    mongod_db["articles"].update_many({}, {"$unset": {"terms": "", "weights": ""}})
    relate_anew(mongod_db)
    for article_id in published.values():
        found = articles.find(mongod_db, article_id)
        assert (found["revision"], found["updated_at"]) == (1, found["created_at"])


def test_an_empty_database_takes_no_steps(mongod_db: Database) -> None:
    for name in mongod_db.list_collection_names():
        mongod_db[name].delete_many({})
    assert [*reindex(mongod_db), *relate_rest(mongod_db)] == []


def test_a_story_that_no_longer_holds_is_gone(
    mongod_db: Database, published: dict[str, str]
) -> None:
    gone = articles.find(mongod_db, published["rate cut"])["story"]
    texts = {"cut": "Rain is expected.", "markets": "Two dogs ran.", "homes": "He sold a piano."}
    for name, text in texts.items():
        change = {"title": text, "body_text": text}
        mongod_db["articles"].update_one({"_id": published[f"rate {name}"]}, {"$set": change})
    relate_anew(mongod_db)
    assert mongod_db["stories"].find_one({"_id": gone}) is None
    assert mongod_db["articles"].count_documents({"story": gone}) == 0


def test_where_all_that_is_later_waits_it_takes_no_place_from_what_was_before(
    mongod_db: Database, published: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    near, windows = neighbours.near, set()

    def noted(*args: Any, within: tuple[datetime, datetime], **options: Any) -> list[int]:
        windows.add(within[1] - within[0])
        return near(*args, within=within, **options)

    monkeypatch.setattr(neighbours, "near", noted)
    for waiting, window in ((None, WINDOW + AHEAD), (published["chess"], WINDOW + WINDOW)):
        groups.mark_unrelated(mongod_db, [waiting] if waiting else list(published.values()))
        windows.clear()
        for _ in relate_rest(mongod_db):
            pass
        assert windows == {window}


def test_stories_that_come_all_at_once_are_those_that_come_one_by_one(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Newsroom(mongod_db) as newsroom:
        for each in coverage():
            newsroom.publish(each)
    before = stories(mongod_db)
    assert sorted(map(len, before))[-2:] == [COVERED, COVERED]
    for batch in (5, 200):
        monkeypatch.setattr("desk.recompute.BATCH", batch)
        mongod_db["articles"].update_many(
            {}, {"$set": {"unrelated": True}, "$unset": {"story": "", "copies": ""}}
        )
        for name in ("links", "stories"):
            mongod_db[name].drop()
        for _ in relate_rest(mongod_db):
            pass
        assert stories(mongod_db) == before


COVERED = 12
"""How many articles tell of one event."""


def coverage() -> Iterator[dict[str, Any]]:
    """Give what many papers tell of two events, each in some of its words, the oldest first."""
    rng = random.Random(7)
    words = iter("".join(rng.choices(ascii_lowercase, k=7)) for _ in count())
    events = [list(islice(words, 20)) for _ in range(2)]
    for number in range(2 * COVERED):
        told = [*rng.sample(events[number % 2], 14) * 2, *islice(words, 5)]
        rng.shuffle(told)
        yield news(
            "chess",
            url=f"https://paper.example/{number}",
            title=" ".join(told[:8]),
            body_text=" ".join(told),
            published_at=MONDAY + timedelta(hours=number),
        )


def stories(db: Database) -> set[frozenset[str]]:
    """Give the articles of each story."""
    members: dict[str, set[str]] = defaultdict(set)
    for article in db["articles"].find({"story": {"$exists": True}}):
        members[article["story"]].add(article["_id"])
    return set(map(frozenset, members.values()))
