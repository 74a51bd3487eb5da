from datetime import UTC, datetime

import pytest
from marshmallow import ValidationError

from schemas.comment import (
    CommentDraftSchema,
    CommentPageSchema,
    CommentsQuery,
    ModeratedPageSchema,
    ModerationQuery,
)

ID = "a" * 32


def test_a_page_of_comments_shows_each_of_them() -> None:
    comment = {
        "id": "c" * 32,
        "article_id": "a" * 32,
        "author": "Kim",
        "text": "<b>Well</b>",
        "status": "visible",
        "parent_id": "d" * 32,
    }
    stored = comment | {"created_at": datetime(2025, 6, 16, tzinfo=UTC), "address": "10.0.0.1"}
    assert CommentPageSchema().dump({"data": [stored], "next": None}) == {
        "data": [comment | {"created_at": "2025-06-16T00:00:00Z"}],
        "next": None,
    }


def test_moderators_see_who_sent_a_comment_and_who_moderated_it_and_no_address() -> None:
    stored = {
        "id": "c" * 32,
        "article_id": ID,
        "author": None,
        "text": None,
        "created_at": datetime(2025, 6, 16, tzinfo=UTC),
        "status": "deleted",
        "parent_id": None,
        "sender": None,
        "moderated_at": datetime(2025, 6, 17, tzinfo=UTC),
        "moderated_by": "k3y",
        "listed": True,
        "turn": 2,
        "address": "10.0.0.1",
    }
    [shown] = ModeratedPageSchema().dump({"data": [stored], "next": None})["data"]
    assert shown.keys() == stored.keys() - {"listed", "turn", "address"}
    assert shown["moderated_at"] == "2025-06-17T00:00:00Z"


def test_a_draft_is_loaded_with_what_it_does_not_say() -> None:
    assert CommentDraftSchema().load({"author": " Kim  ", "text": "Well."}) == {
        "author": "Kim",
        "text": "Well.",
        "parent_id": None,
        "website": "",
    }


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"author": None}, "author"),
        ({"text": ""}, "text"),
        ({"parent_id": "A" * 32}, "parent_id"),
        ({"parent_id": 5}, "parent_id"),
        ({"website": None}, "website"),
        ({"website": "x" * 2_001}, "website"),
        ({"status": "visible"}, "status"),
        ({"created_at": "2025-06-16T00:00:00Z"}, "created_at"),
    ],
)
def test_a_bad_draft_is_refused_and_the_field_named(values: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        CommentDraftSchema().load({"author": "Kim", "text": "Well."} | values)
    assert list(refused.value.messages_dict) == [field]


def test_moderators_ask_by_status_and_article() -> None:
    asked = {"status": "pending,hidden", "article": f"{ID},{'b' * 32}"}
    loaded = ModerationQuery().load(asked)
    assert (loaded["status"], loaded["article"]) == (["pending", "hidden"], [ID, "b" * 32])
    for bad in ({"status": "all"}, {"article": "slug"}):
        with pytest.raises(ValidationError):
            ModerationQuery().load(bad)


@pytest.mark.parametrize("parameters", [{"limit": "0"}, {"cursor": "x"}, {"sort": "created_at"}])
def test_a_bad_parameter_is_named(parameters: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        CommentsQuery().load(parameters)
    assert list(refused.value.messages_dict) == list(parameters)
