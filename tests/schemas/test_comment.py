from datetime import UTC, datetime

import pytest
from marshmallow import ValidationError

from schemas.comment import CommentPageSchema, CommentsQuery


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


@pytest.mark.parametrize("parameters", [{"limit": "0"}, {"cursor": "x"}, {"sort": "created_at"}])
def test_a_bad_parameter_is_named(parameters: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        CommentsQuery().load(parameters)
    assert list(refused.value.messages_dict) == list(parameters)
