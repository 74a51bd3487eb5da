"""Comments in the store: their lists, their statuses, and what is kept true about them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from store import comments, indexes
from store.client import Database, inward
from store.errors import GoneError, NotFoundError
from tests.store.documents import article, comment, hours

ONE, TWO, THREE = "a" * 32, "b" * 32, "c" * 32
LATER = hours(100)


@pytest.fixture
def stored(db: Database) -> None:
    db["comments"].insert_many(
        [
            comment(5, ONE),
            comment(1, ONE, parent_id=f"{5:032x}"),
            comment(2, TWO),
            comment(3, ONE, status="pending"),
            comment(4, ONE, created_at=hours(5)),
            comment(6, ONE, created_at=hours(5)),
        ]
    )


@pytest.fixture
def thread(db: Database) -> list[str]:
    """A visible comment with a visible reply, and one without, on an article: their ids."""
    db["articles"].insert_one(inward(article(1, id=ONE)))
    said = [comment(1, ONE), comment(2, ONE, parent_id=f"{1:032x}"), comment(3, ONE)]
    for each in said:
        each["id"] = each.pop("_id")
        comments.settle(db, comments.add(db, each))
    return [each["id"] for each in said]


def change(db: Database, comment_id: str, status: str) -> dict[str, Any]:
    changed = comments.moderate(db, comment_id, status, by="key", at=LATER)
    comments.settle(db, changed)
    return changed


def counted(db: Database) -> int:
    found = db["articles"].find_one({"_id": ONE})
    assert found
    return int(found["comments_count"])


def listed(db: Database) -> list[tuple[int, str | None]]:
    return [(int(each["id"], 16), each["text"]) for each in comments.page(db, ONE)]


def walk(db: Database, size: int) -> Iterator[int]:
    after = None
    while found := comments.page(db, ONE, after=after, limit=size):
        yield from (int(document["id"], 16) for document in found)
        after = (found[-1]["created_at"], found[-1]["id"])


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("size", [1, 2, 3, 4, 20])
def test_visible_comments_come_once_each_the_oldest_first(db: Database, size: int) -> None:
    assert list(walk(db, size)) == [1, 4, 5, 6]


@pytest.mark.usefixtures("stored")
def test_a_comment_comes_as_it_is_stored(db: Database) -> None:
    [found] = comments.page(db, TWO)
    expected = comment(2, TWO)
    assert found == {"id": expected.pop("_id")} | expected


@pytest.mark.usefixtures("stored")
def test_the_comments_on_many_articles_come_by_article(db: Database) -> None:
    threads = comments.on_many(db, [ONE, TWO, THREE], limit=3)
    assert [document["text"] for document in threads[ONE]] == [
        "Comment 1",
        "Comment 4",
        "Comment 5",
    ]
    assert [document["text"] for document in threads[TWO]] == ["Comment 2"]
    assert threads[THREE] == []


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"statuses": ["pending"]}, [3]),
        ({"statuses": ["pending", "hidden"]}, [3]),
        ({"statuses": ["deleted"]}, []),
        ({"article_ids": [TWO]}, [2]),
        ({"article_ids": [ONE, TWO], "statuses": ["visible"]}, [6, 5, 4, 2, 1]),
    ],
)
def test_moderators_see_the_newest_first_of_what_they_ask_for(
    db: Database, asked: dict[str, list[str]], expected: list[int]
) -> None:
    found: list[dict[str, Any]] = []
    after = None
    while page := comments.moderated(db, **asked, after=after, limit=2):
        found += page
        after = (page[-1]["created_at"], page[-1]["id"])
    assert [int(each["id"], 16) for each in found] == expected


def test_a_comment_that_is_there_is_not_added_again(db: Database, thread: list[str]) -> None:
    again = comment(1, ONE, text="Another", status="hidden")
    again["id"] = again.pop("_id")
    assert comments.add(db, again)["text"] == "Comment 1"
    assert counted(db) == 3


def test_the_first_of_several_ids_that_a_comment_has_is_found(
    db: Database, thread: list[str]
) -> None:
    found = comments.first_of(db, [THREE, thread[1], thread[0]])
    assert found
    assert found["id"] == thread[1]
    assert comments.first_of(db, [THREE]) is None


def test_the_count_of_an_article_follows_every_change(db: Database, thread: list[str]) -> None:
    assert counted(db) == 3
    for status, expected in (("hidden", 2), ("visible", 3), ("visible", 3), ("deleted", 2)):
        change(db, thread[2], status)
        assert counted(db) == expected
    waiting = comment(9, ONE, status="pending")
    waiting["id"] = waiting.pop("_id")
    comments.settle(db, comments.add(db, waiting))
    assert counted(db) == 2
    change(db, waiting["id"], "visible")
    assert counted(db) == 3


def test_a_change_of_the_count_is_no_new_revision_but_says_when_it_was(
    db: Database, thread: list[str]
) -> None:
    [before] = db["articles"].find()
    change(db, thread[2], "hidden")
    [after] = db["articles"].find()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"comments_count", "comments_turn", "commented_at"}
    assert after["commented_at"] >= before["commented_at"]


def test_what_does_not_change_the_count_does_not_change_when_that_was(
    db: Database, thread: list[str]
) -> None:
    change(db, thread[2], "hidden")
    [before] = db["articles"].find()
    change(db, thread[2], "deleted")
    [after] = db["articles"].find()
    assert after["commented_at"] == before["commented_at"]


@pytest.mark.parametrize("status", ["hidden", "deleted"])
def test_a_comment_with_replies_keeps_its_place_without_its_words(
    db: Database, thread: list[str], status: str
) -> None:
    change(db, thread[0], status)
    change(db, thread[2], status)
    assert listed(db) == [(1, None), (2, "Comment 2")]
    [place, _] = comments.page(db, ONE)
    assert (place["author"], place["sender"], place["status"]) == (None, None, status)
    # The place is held for the reply alone, and as long as it is there.
    change(db, thread[1], "hidden")
    assert listed(db) == []
    change(db, thread[1], "visible")
    assert listed(db) == [(1, None), (2, "Comment 2")]


def test_a_pending_comment_is_listed_nowhere(db: Database, thread: list[str]) -> None:
    waiting = comment(9, ONE, status="pending", parent_id=thread[0])
    waiting["id"] = waiting.pop("_id")
    comments.settle(db, comments.add(db, waiting))
    change(db, thread[0], "hidden")
    assert [number for number, _ in listed(db)] == [1, 2, 3]
    change(db, thread[1], "hidden")
    assert [number for number, _ in listed(db)] == [3]


def test_a_hidden_comment_can_be_shown_again_and_a_deleted_one_cannot(
    db: Database, thread: list[str]
) -> None:
    change(db, thread[2], "hidden")
    assert change(db, thread[2], "visible")["text"] == "Comment 3"
    change(db, thread[2], "deleted")
    for status in ("visible", "hidden"):
        with pytest.raises(GoneError):
            change(db, thread[2], status)
    assert change(db, thread[2], "deleted")["text"] is None
    with pytest.raises(NotFoundError):
        change(db, THREE, "hidden")


def test_of_a_deleted_comment_no_word_is_left(db: Database, thread: list[str]) -> None:
    change(db, thread[0], "deleted")
    [left] = db["comments"].find({"_id": thread[0]})
    assert (left["author"], left["text"], left["sender"]) == (None, None, None)
    assert "Kim" not in str(left)
    assert "Comment" not in str(left)


def test_who_moderated_last_and_when_is_kept(db: Database, thread: list[str]) -> None:
    comments.moderate(db, thread[2], "hidden", by="first", at=LATER)
    again = comments.moderate(db, thread[2], "hidden", by="second", at=hours(200))
    assert (again["moderated_by"], again["moderated_at"]) == ("first", LATER)


def test_what_was_cut_short_is_found_and_settled(db: Database, thread: list[str]) -> None:
    comments.moderate(db, thread[0], "hidden", by="key", at=LATER)  # and no more of it
    assert counted(db) == 3
    [late] = comments.unsettled(db, before=hours(101), limit=10)
    assert late["id"] == thread[0]
    assert comments.unsettled(db, before=LATER, limit=10) == []
    comments.settle(db, late)
    assert counted(db) == 2
    assert comments.unsettled(db, before=hours(101), limit=10) == []


def test_what_changes_again_while_it_is_settled_is_still_to_be_settled(
    db: Database, thread: list[str]
) -> None:
    first = comments.moderate(db, thread[0], "hidden", by="key", at=LATER)
    comments.moderate(db, thread[0], "visible", by="key", at=hours(101))
    comments.settle(db, first)
    [late] = comments.unsettled(db, before=hours(200), limit=10)
    assert late["id"] == thread[0]


def test_comments_follow_an_article_to_its_new_id(db: Database, thread: list[str]) -> None:
    db["articles"].insert_one(inward(article(2, id=TWO)))
    for _ in range(2):
        comments.move(db, ONE, TWO)
        assert len(comments.page(db, TWO)) == 3
        assert comments.page(db, ONE) == []
        [moved] = db["articles"].find({"_id": TWO})
        assert moved["comments_count"] == 3


def test_the_comments_of_an_article_that_is_gone_can_be_settled(db: Database) -> None:
    orphan = comment(1, THREE)
    orphan["id"] = orphan.pop("_id")
    comments.settle(db, comments.add(db, orphan))
    assert db["comments"].count_documents({"unsettled": {"$exists": True}}) == 0


def test_comments_of_a_former_version_are_listed_and_counted(db: Database) -> None:
    db["articles"].insert_one(inward(article(1, id=ONE)))
    former = [comment(1, ONE), comment(2, ONE, status="hidden")]
    for each in former:
        for name in ("listed", "turn", "sender", "moderated_at", "moderated_by"):
            del each[name]
    db["comments"].insert_many(former)
    at = indexes.MIGRATIONS.index(indexes._list_comments) + 1
    db["meta"].update_one({"_id": "schema"}, {"$set": {"version": at}})
    indexes.prepare(db)
    assert listed(db) == [(1, "Comment 1")]
    for late in comments.unsettled(db, before=datetime.now(UTC), limit=10):
        comments.settle(db, late)
    assert counted(db) == 1


THREADS = 8
EACH = 40


def test_whoever_does_what_at_once_the_count_and_the_list_are_right_in_the_end(
    mongod_db: Database,
) -> None:
    """Eight threads post, approve, hide and delete under one article; nobody waits for anybody."""
    db = mongod_db
    db["articles"].insert_one(inward(article(1, id=ONE)))
    tops = [f"{number:032x}" for number in range(5)]

    def settled(changed: dict[str, Any]) -> None:
        comments.settle(db, changed)

    def post(chance: Random, number: int) -> None:
        parent = chance.choice([None, *tops]) if number >= len(tops) else None
        status = chance.choice(["visible", "pending"])
        said = comment(number, ONE, status=status, parent_id=parent)
        said["id"] = said.pop("_id")
        settled(comments.add(db, said))

    def moderate(chance: Random, known: int) -> None:
        # Mostly the five that everybody is at.
        id_ = chance.choice([*tops, f"{chance.randrange(known):032x}"])
        status = chance.choice(["visible", "hidden", "visible", "hidden", "deleted"])
        if status == "deleted" and id_ in tops[:4]:
            status = "hidden"
        with suppress(NotFoundError):
            settled(comments.moderate(db, id_, status, by="key", at=LATER))

    for number in range(len(tops)):
        post(Random(number), number)

    def work(thread: int) -> None:
        chance = Random(thread)
        for step in range(EACH):
            post(chance, len(tops) + thread * EACH + step)
            moderate(chance, len(tops) + THREADS * EACH)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))

    stored = {each["_id"]: each for each in db["comments"].find()}
    visible = {id_ for id_, each in stored.items() if each["status"] == "visible"}
    assert len(stored) == len(tops) + THREADS * EACH
    assert len(visible) > EACH
    assert counted(db) == len(visible)
    held = {stored[id_]["parent_id"] for id_ in visible}
    removed = {id_ for id_, each in stored.items() if each["status"] in {"hidden", "deleted"}}
    expected = visible | (removed & held)
    assert {id_ for id_, each in stored.items() if each["listed"]} == expected
    assert not any("unsettled" in each for each in stored.values())
    assert {each["id"] for each in comments.page(db, ONE, limit=1_000)} == expected


def test_who_is_overtaken_twice_is_counted_all_the_same(
    db: Database, thread: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others get in between the question and the answer each time: no endless race, no loss."""
    changed = comments.moderate(db, thread[0], "hidden", by="key", at=LATER)
    overtakers = iter([thread[1], thread[2]])
    overtaking: list[str] = []
    original = comments._comments

    def slow(database: Database) -> Any:
        if not overtaking and (other := next(overtakers, None)):
            overtaking.append(other)
            change(db, other, "hidden")
            overtaking.clear()
        return original(database)

    monkeypatch.setattr(comments, "_comments", slow)
    comments.settle(db, changed)
    assert next(overtakers, None) is None
    assert counted(db) == 0
    assert listed(db) == []
