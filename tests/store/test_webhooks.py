from typing import Any

import pytest

from store import webhooks
from store.client import Database, Document
from store.errors import NotFoundError
from tests.store.documents import hours


def webhook(id_: str, **values: Any) -> Document:
    fresh = {"cursor": 5, "next_at": None, "disabled_at": None, "created_at": hours(0)}
    return {"id": id_, **fresh} | values


def test_webhooks_are_listed_by_age_and_those_disabled_are_not_told(db: Database) -> None:
    for each in (
        webhook("b", created_at=hours(2)),
        webhook("a", created_at=hours(1), disabled_at=hours(3)),
        webhook("c", created_at=hours(0)),
    ):
        webhooks.add(db, each)
    assert [each["id"] for each in webhooks.every(db)] == ["c", "a", "b"]
    assert {each["id"] for each in webhooks.enabled(db)} == {"b", "c"}


def test_one_that_is_not_there_is_not_found(db: Database) -> None:
    for ask in (webhooks.find, webhooks.remove):
        with pytest.raises(NotFoundError):
            ask(db, "none")
    with pytest.raises(NotFoundError):
        webhooks.change(db, "none", {"cursor": 1})


def test_a_delivery_is_noted_only_by_who_knows_how_far_it_was(db: Database) -> None:
    webhooks.add(db, webhook("a"))
    assert webhooks.note(db, "a", 5, {"cursor": 6})
    assert not webhooks.note(db, "a", 5, {"cursor": 7})
    assert webhooks.find(db, "a")["cursor"] == 6
    webhooks.change(db, "a", {"disabled_at": hours(1)})
    assert not webhooks.note(db, "a", 6, {"cursor": 7})
    webhooks.remove(db, "a")
    assert not webhooks.note(db, "a", 6, {"cursor": 7})
    assert webhooks.every(db) == []


def test_one_is_due_when_there_is_something_new_and_no_reason_to_wait() -> None:
    assert webhooks.is_due(webhook("a"), 6, hours(1))
    assert not webhooks.is_due(webhook("a"), 5, hours(1))
    assert not webhooks.is_due(webhook("a", next_at=hours(2)), 6, hours(1))
    assert webhooks.is_due(webhook("a", next_at=hours(1)), 6, hours(1))
