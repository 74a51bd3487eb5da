from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk.compose import adds_nothing, compose, merge
from desk.edit import EVERYTHING, as_draft, edit, origin_of, patched
from tests.samples import CAPTURED, draft

NOW = datetime(2025, 6, 20, tzinfo=UTC)
LATER = CAPTURED + timedelta(days=1)
WHOLE: dict[str, Any] = {
    "url": "https://news.example/ties",
    "image_url": "https://news.example/ties.jpg",
    "authors": ["Kim Min-ji"],
    "category": "Politics",
    "hashtags": ["Seoul"],
    "language": "en",
    "summary": "In short.",
    "body_text": "One.\n\nTwo.",
}


def stored(**values: Any) -> dict[str, Any]:
    return compose(draft(**{**WHOLE, **values}), CAPTURED)


def test_the_draft_of_an_article_makes_the_same_article() -> None:
    article = stored()
    again = compose(as_draft(article), NOW)
    for field in ("created_at", "updated_at"):
        del article[field], again[field]
    assert again == article


def test_saying_what_an_article_says_changes_nothing_but_that_it_stands() -> None:
    article = stored()
    once = edit(article, as_draft(article), EVERYTHING, NOW)
    assert {name for name in once if once[name] != article.get(name)} == {"held"}
    assert adds_nothing(edit(once, as_draft(once), EVERYTHING, NOW), once)


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"title": "Corrected"}, "title", "Corrected"),
        ({"title": "Corrected"}, "title_key", "corrected"),
        ({"authors": []}, "authors", []),
        ({"image_url": None}, "image_url", None),
        ({"source": "The Times"}, "source", {"id": "the-times", "name": "The Times"}),
        ({"category": None}, "category", None),
        ({"summary": None}, "summary", "One."),
        ({"body_text": "Three."}, "body_html", "<p>Three.</p>"),
        ({"body_html": "<p>Three<script>x</script></p>"}, "body_text", "Three"),
        ({"body_text": "Three four five."}, "word_count", 3),
        ({"comments_open": False}, "comments_open", False),
    ],
)
def test_a_change_takes_along_all_that_follows_from_it(
    changes: dict[str, Any], field: str, wanted: Any
) -> None:
    article = stored()
    assert edit(article, patched(as_draft(article), changes), changes, NOW)[field] == wanted


def test_an_edited_article_keeps_what_makes_it_that_article() -> None:
    article = stored()
    edited = edit(article, patched(as_draft(article), {"title": "Other"}), ["title"], NOW)
    for field in ("id", "slug", "created_at", "revision", "comments_count"):
        assert edited[field] == article[field]


@pytest.mark.parametrize(
    ("changes", "account"),
    [
        ({"title": "Corrected"}, {"title": "Wrong again"}),
        ({"image_url": None}, {"image_url": "https://news.example/wrong.jpg"}),
        ({"body_text": "Right."}, {"body_text": "Right. And wrong, at length."}),
        ({"summary": "Right."}, {"summary": "Wrong."}),
        ({"published_at": NOW}, {"published_at": LATER}),
        ({"category": None}, {"category": "World"}),
    ],
)
def test_what_an_editor_said_stands_whatever_accounts_come(
    changes: dict[str, Any], account: dict[str, Any]
) -> None:
    article = stored()
    edited = edit(article, patched(as_draft(article), changes), changes, NOW)
    came = compose(draft(**{**WHOLE, **account, "captured_at": LATER}), LATER)
    merged = merge(edited, came)
    [(name, value)] = changes.items()
    assert as_draft(merged)[name] == value
    assert adds_nothing(merged, edited)


def test_what_an_editor_said_nothing_of_is_still_learned() -> None:
    article = stored(authors=[])
    edited = edit(article, patched(as_draft(article), {"title": "Right"}), ["title"], NOW)
    came = compose(draft(**{**WHOLE, "authors": ["Lee"], "captured_at": LATER}), LATER)
    assert merge(edited, came)["authors"] == ["Lee"]
    assert merge(edited, came)["title"] == "Right"


def test_how_a_time_was_told_is_kept_while_the_time_is() -> None:
    told = {"text": "8 hours ago", "precision": "hour", "inferred": True}
    article = stored(published=told)
    same = as_draft(article) | {"published": None}
    assert edit(article, same, EVERYTHING, NOW)["published"] == told
    other = patched(as_draft(article), {"published_at": NOW})
    assert edit(article, other, ["published_at"], NOW)["published"] is None


def test_an_article_given_another_address_has_another_origin() -> None:
    article = stored()
    assert origin_of(article) == article["id"]
    moved = edit(
        article, patched(as_draft(article), {"url": "https://news.example/x"}), ["url"], NOW
    )
    assert origin_of(moved) != article["id"]
