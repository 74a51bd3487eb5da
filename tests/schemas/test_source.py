from datetime import UTC, datetime

import pytest
from marshmallow import ValidationError

from schemas.source import SourceSchema, SourcesQuery


def test_a_source_is_shown_with_all_that_is_known_and_nothing_else() -> None:
    unknown = dict.fromkeys(("url", "country", "language", "category", "description"))
    stored = {"id": "bbc", "name": "BBC", "feeds": [], "articles_count": 2} | unknown
    shown = SourceSchema().dump(
        stored | {"latest_at": datetime(2025, 6, 16, 8, tzinfo=UTC), "internal": 1}
    )
    assert shown == stored | {"latest_at": "2025-06-16T08:00:00Z"}


def test_a_source_without_dated_articles_has_no_latest_time() -> None:
    assert SourceSchema().dump({"latest_at": None}) == {"latest_at": None}


def test_the_cursor_of_the_sources_is_a_source_id() -> None:
    assert SourcesQuery().load({}) == {"limit": 20}
    assert SourcesQuery().load({"cursor": "korea-herald"})["cursor"] == "korea-herald"


@pytest.mark.parametrize("text", ["", "Korea", "a b", "a-", "-a", "a\n", "$gt", "a\x00"])
def test_anything_else_is_no_cursor(text: str) -> None:
    with pytest.raises(ValidationError, match="is not a cursor"):
        SourcesQuery().load({"cursor": text})
