"""What becomes of comments: posted again, beside others, over midnight, after a crash."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from desk import comments as desk_comments
from desk.comments import ClosedError, ParentError, comment_id, sender
from desk.publish import publish
from store import articles, comments
from store.client import Database
from store.errors import NotFoundError
from tests.samples import draft
from tests.store.documents import hours

ADDRESS = "203.0.113.9"
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
SAID = {"article_id": "a" * 32, "parent_id": None, "author": "Kim", "text": "Well."}


@pytest.fixture
def article_id(db: Database) -> str:
    return publish(db, draft("Ties grow closer")).article_id


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the clock."""

    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(desk_comments, "now", lambda: moment)

    return set_clock


def post(db: Database, article_id: str, policy: str = "open", **values: Any) -> dict[str, Any]:
    said = {"author": "Kim", "text": "Well.", "parent_id": None, "website": ""}
    address = values.pop("address", ADDRESS)
    return desk_comments.post(db, article_id, said | values, address=address, policy=policy)


def counted(db: Database, article_id: str) -> int:
    return int(articles.find(db, article_id)["comments_count"])


def test_a_retry_over_midnight_is_one_comment(
    db: Database, article_id: str, at: Callable[[datetime], None]
) -> None:
    at(hours(0))
    first = post(db, article_id)
    at(hours(25))
    assert post(db, article_id)["id"] == first["id"]
    assert counted(db, article_id) == 1


def test_after_two_days_nobody_knows_any_more_that_it_was_the_same_reader(
    db: Database, article_id: str, at: Callable[[datetime], None]
) -> None:
    at(hours(0))
    first = post(db, article_id)
    at(hours(25))
    post(db, article_id, text="Something else.")
    at(hours(50))
    assert post(db, article_id)["id"] != first["id"]


def test_what_a_crash_left_uncounted_the_next_comment_anywhere_counts(
    db: Database,
    article_id: str,
    at: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at(hours(0))
    with monkeypatch.context() as crash:
        crash.setattr(comments, "settle", lambda *_: None)
        post(db, article_id)
    assert counted(db, article_id) == 0
    other = publish(db, draft("Something else")).article_id
    at(hours(0) + timedelta(seconds=30))  # it may yet be at it
    post(db, other)
    assert counted(db, article_id) == 0
    at(hours(1))
    post(db, other, text="More.")
    assert counted(db, article_id) == 1


def test_what_a_crash_left_uncounted_its_retry_counts(
    db: Database, article_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(comments, "settle", lambda *_: None)
        post(db, article_id)
    assert counted(db, article_id) == 0
    post(db, article_id)
    assert counted(db, article_id) == 1


def test_where_nobody_may_comment_nothing_is_looked_up(db: Database) -> None:
    with pytest.raises(ClosedError):
        post(db, "0" * 32, policy="closed")
    with pytest.raises(NotFoundError):
        post(db, "0" * 32)


def test_a_program_learns_what_people_learn(db: Database, article_id: str) -> None:
    with pytest.raises(ParentError):
        post(db, article_id, parent_id="0" * 32, website="x")
    dropped = post(db, article_id, website="x")
    assert dropped["status"] == "pending"
    with pytest.raises(NotFoundError):
        comments.find(db, dropped["id"])


def test_an_id_depends_on_all_that_makes_a_comment_and_on_the_key() -> None:
    ids = {comment_id(KEY, SAID, ADDRESS), comment_id(OTHER_KEY, SAID, ADDRESS)}
    ids.add(comment_id(KEY, SAID, "203.0.113.10"))
    for name, value in (
        ("article_id", "b" * 32), ("parent_id", "c" * 32), ("author", "Lee"), ("text", "Well!"),
    ):  # fmt: skip
        ids.add(comment_id(KEY, SAID | {name: value}, ADDRESS))
    ids.add(comment_id(KEY, SAID | {"author": "KimWell.", "text": ""}, ADDRESS))
    assert len(ids) == 8
    assert all(len(id_) == 32 for id_ in ids)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.10", False),
        ("203.0.113.9", "::ffff:203.0.113.9", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "", True),
        ("", "203.0.113.9", False),
    ],
)
def test_a_sender_is_an_address_or_a_network_of_one_customer(
    one: str, other: str, same: bool
) -> None:
    assert (sender(KEY, one) == sender(KEY, other)) is same
    assert sender(KEY, one) != sender(OTHER_KEY, one)


def test_comments_follow_an_article_that_learns_its_source(db: Database) -> None:
    former = publish(db, draft("Ties grow closer", source=None)).article_id
    said = post(db, former)
    named = publish(db, draft("Ties grow closer")).article_id
    assert named != former
    [found] = comments.page(db, named)
    assert found["id"] == said["id"]
    assert counted(db, named) == 1


def test_a_double_click_is_one_comment(mongod_db: Database) -> None:
    article_id = publish(mongod_db, draft("Ties grow closer")).article_id
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: post(mongod_db, article_id)["id"], range(32)))
    assert len(set(found)) == 1
    assert mongod_db["comments"].count_documents({}) == 1
    assert counted(mongod_db, article_id) == 1


def test_whatever_readers_and_moderators_do_at_once_the_count_is_right_in_the_end(
    mongod_db: Database,
) -> None:
    """Eight threads on one article; every comment is hidden, approved or deleted by somebody."""
    db = mongod_db
    article_id = publish(db, draft("Ties grow closer")).article_id
    before = articles.find(db, article_id)

    def work(thread: int) -> list[str]:
        chance = Random(thread)
        mine: list[str] = []
        for step in range(25):
            parent = chance.choice([None, *mine])
            policy = chance.choice(["open", "moderated"])
            said = {"text": f"{thread} {step}", "parent_id": parent}
            try:
                mine.append(post(db, article_id, policy, **said)["id"])
            except ParentError:
                mine.append(post(db, article_id, policy, **said | {"parent_id": None})["id"])
            actions = (desk_comments.approve, desk_comments.hide, desk_comments.delete)
            act = chance.choices(actions, (5, 4, 1))[0]
            anybodys = [each["id"] for each in comments.moderated(db, limit=20)]
            try:
                act(db, chance.choice(anybodys), by="key")
            except NotFoundError:  # deleted
                continue
        return mine

    with ThreadPoolExecutor(8) as pool:
        posted = [id_ for mine in pool.map(work, range(8)) for id_ in mine]
    statuses = Counter(each["status"] for each in db["comments"].find())
    assert statuses.total() == len(set(posted)) == 200
    assert min(statuses[status] for status in ("visible", "hidden", "deleted")) > 0
    after = articles.find(db, article_id)
    assert after["comments_count"] == statuses["visible"]
    for name in ("revision", "updated_at", "body_text"):
        assert after[name] == before[name]
    assert db["comments"].count_documents({"unsettled": {"$exists": True}}) == 0
