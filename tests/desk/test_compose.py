"""Merging, as properties that hold for all accounts of one article."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.compose import Article, adds_nothing, compose, is_same_story, merge, revise
from store.articles import UNDATED
from tests.samples import CAPTURED, draft

NOW = datetime(2025, 6, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)

FULL = "The two officials met in Seoul.\n\nThey agreed to meet again."
BODIES = (
    FULL,
    FULL.replace("\n\n", " "),  # on one line
    FULL.replace("\n\n", "\n"),
    FULL.replace(".", "!"),  # other punctuation only
    FULL[:40],  # cut
    FULL[:20] + "…",
    FULL + "\n\nA third paragraph.",
    "Another text altogether.",
    "",
)


def published(precision: str, *, inferred: bool, words: str = "then") -> dict[str, Any]:
    return {"text": words, "precision": precision, "inferred": inferred}


PUBLISHED = st.none() | st.builds(
    published,
    st.sampled_from(["minute", "hour", "day"]),
    inferred=st.booleans(),
    words=st.sampled_from(["then", "some time ago"]),
)


def _account(values: dict[str, Any]) -> dict[str, Any]:
    return draft(**values)


def accounts(captured: st.SearchStrategy[datetime | None]) -> st.SearchStrategy[dict[str, Any]]:
    """Give drafts that are all of one article, and differ in everything."""
    return st.fixed_dictionaries(
        {
            "title": st.sampled_from(["Ties grow closer", "TIES GROW CLOSER", "Ties"]),
            "source": st.sampled_from([None, "Korea Herald", "BBC"]),
            "url": st.sampled_from([None, "https://a.example/1", "https://a.example/1?b"]),
            "image_url": st.sampled_from([None, "https://a.example/1.jpg"]),
            "language": st.sampled_from([None, "en", "ko"]),
            "category": st.sampled_from([None, "Politics", "World"]),
            "authors": st.sampled_from([[], ["Kim"], ["Lee", "Kim"]]),
            "hashtags": st.lists(st.sampled_from(["Seoul", "seoul", "Tokyo", "AI"]), max_size=4),
            "published_at": st.sampled_from([None, CAPTURED, CAPTURED - HOUR, CAPTURED - 2 * HOUR]),
            "published": PUBLISHED,
            "body_text": st.sampled_from(BODIES),
            "captured_at": captured,
        }
    ).map(_account)


MOMENTS = st.sampled_from([CAPTURED, CAPTURED + HOUR, CAPTURED + 2 * HOUR])
ANY = accounts(st.none() | MOMENTS)
DATED = accounts(MOMENTS)


def load(stored: Article | None, account: dict[str, Any]) -> Article:
    """Do what publishing does, without a database."""
    incoming = compose(account, NOW)
    if stored is None:
        return incoming
    merged = merge(stored, incoming)
    return stored if adds_nothing(merged, stored) else revise(stored, merged, incoming, NOW)


def of(**values: Any) -> Article:
    return compose(draft(**values), NOW)


def merged_body(stored: str, incoming: str, *, hours_later: int = 0) -> str:
    later = CAPTURED + hours_later * HOUR
    both = merge(of(body_text=stored), of(body_text=incoming, captured_at=later))
    return str(both["body_text"])


@given(ANY)
def test_merging_an_account_with_itself_adds_nothing(account: dict[str, Any]) -> None:
    stored = load(None, account)
    assert load(stored, account) is stored


@given(ANY, ANY)
def test_merging_what_is_already_in_adds_nothing(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    stored = load(load(None, one), other)
    assert load(stored, other) is stored


@settings(max_examples=200, deadline=None)
@given(st.lists(DATED, min_size=2, max_size=3), st.permutations(range(3)))
def test_loading_accounts_again_and_again_comes_to_rest(
    loaded: list[dict[str, Any]], order: list[int]
) -> None:
    loaded = [loaded[place] for place in order if place < len(loaded)]
    stored: Article | None = None
    for _ in range(len(loaded) + 1):
        for account in loaded:
            stored = load(stored, account)
    for account in loaded:
        assert load(stored, account) is stored


@settings(deadline=None)
@given(ANY, DATED, DATED, st.permutations(range(3)))
def test_one_account_that_nobody_dated_does_not_disturb_the_rest(
    undated: dict[str, Any], one: dict[str, Any], other: dict[str, Any], order: list[int]
) -> None:
    loaded = [(undated, one, other)[place] for place in order]
    stored: Article | None = None
    for _ in range(4):
        for account in loaded:
            stored = load(stored, account)
    for account in loaded:
        assert load(stored, account) is stored


@given(DATED, DATED)
def test_the_order_of_two_dated_accounts_does_not_change_the_article(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    other = other | {"captured_at": one["captured_at"] + HOUR}
    forwards = load(load(None, one), other)
    backwards = load(load(None, other), one)
    differing = {field for field in forwards if forwards[field] != backwards[field]}
    # Labels stand in the order in which they came; the rest tells when it was stored.
    assert differing <= {"id", "slug", "hashtags", "captured_at", "revision"}
    assert {label["id"] for label in forwards["hashtags"]} == {
        label["id"] for label in backwards["hashtags"]
    }


@given(ANY, ANY)
def test_nothing_known_is_ever_forgotten(one: dict[str, Any], other: dict[str, Any]) -> None:
    stored = load(None, one)
    merged = load(stored, other)
    for field in ("url", "source", "image_url", "language", "category", "published_at", "authors"):
        assert merged[field] or not stored[field]
    assert {label["id"] for label in stored["hashtags"]} <= {
        label["id"] for label in merged["hashtags"]
    }
    assert merged["body_text"] or not stored["body_text"]


@given(ANY, ANY)
def test_what_is_derived_always_fits_what_it_is_derived_from(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    merged = load(load(None, one), other)
    fresh = of(**{field: merged[field] for field in ("title", "body_text", "published_at")})
    derived = ("title_key", "listed_at", "summary", "word_count", "reading_minutes", "body_html")
    assert [merged[field] for field in derived] == [fresh[field] for field in derived]


def test_an_article_is_composed_of_its_draft_and_what_follows_from_it() -> None:
    article = of(category="World News", hashtags=["#Seoul", "SEOUL", " # AI "])
    assert article["source"] == {"id": "korea-herald", "name": "Korea Herald"}
    assert article["category"] == {"id": "world news", "name": "World News"}
    assert article["hashtags"] == [{"id": "seoul", "name": "Seoul"}, {"id": "ai", "name": "AI"}]
    assert article["slug"] == "ties-grow-closer"
    assert article["title_key"] == "ties grow closer"
    assert article["listed_at"] == article["published_at"]
    assert article["summary"] == "The two officials met in Seoul on Monday."
    assert article["word_count"] == 13
    assert article["reading_minutes"] == 1
    assert article["body_html"].count("<p>") == 2
    assert (article["created_at"], article["updated_at"]) == (NOW, NOW)
    assert (article["revision"], article["comments_count"], article["former_ids"]) == (1, 0, [])


def test_an_article_of_a_title_alone_invents_nothing() -> None:
    unknown = ("source", "published_at", "published", "language")
    article = of(**dict.fromkeys(unknown), body_text="")
    assert [article[field] for field in unknown] == [None] * 4
    assert article["category"] is None
    assert article["listed_at"] == UNDATED
    assert (article["summary"], article["word_count"], article["body_html"]) == ("", 0, "")


def test_labels_without_a_letter_are_none() -> None:
    article = of(category="#", hashtags=["#", " ", "Seoul"])
    assert article["category"] is None
    assert article["hashtags"] == [{"id": "seoul", "name": "Seoul"}]


@pytest.mark.parametrize("hours_later", [-1, 0, 1])
@pytest.mark.parametrize("poorer", [FULL.replace("\n\n", " "), FULL[:40], FULL[:20] + "…", ""])
def test_a_copy_on_one_line_or_cut_short_never_replaces_the_text(
    poorer: str, hours_later: int
) -> None:
    assert merged_body(FULL, poorer, hours_later=hours_later) == FULL


@pytest.mark.parametrize("hours_later", [-1, 0, 1])
@pytest.mark.parametrize("poorer", [FULL.replace("\n\n", " "), FULL[:40], FULL[:20] + "…", ""])
def test_the_whole_text_in_paragraphs_replaces_a_poorer_copy(poorer: str, hours_later: int) -> None:
    assert merged_body(poorer, FULL, hours_later=hours_later) == FULL


def test_of_two_different_texts_the_later_is_a_correction() -> None:
    assert merged_body(FULL, "Another text.", hours_later=1) == "Another text."
    assert merged_body(FULL, "Another text.", hours_later=-1) == FULL
    assert merged_body(FULL, "Another text.", hours_later=0) == FULL


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ((CAPTURED, published("day", inferred=True)), (None, None)),
        ((CAPTURED, published("hour", inferred=True)), (CAPTURED, published("day", inferred=True))),
        (
            (CAPTURED, published("hour", inferred=True)),
            (CAPTURED, published("day", inferred=False)),
        ),
        (
            (CAPTURED, published("hour", inferred=False)),
            (CAPTURED, published("hour", inferred=True)),
        ),
        ((CAPTURED, None), (CAPTURED - HOUR, published("minute", inferred=False))),
        (
            (CAPTURED - HOUR, published("hour", inferred=True)),
            (CAPTURED, published("hour", inferred=True)),
        ),
    ],
)
@pytest.mark.parametrize("hours_later", [-1, 0, 1])
def test_the_sharper_time_wins_whenever_it_comes(
    better: tuple[Any, Any], worse: tuple[Any, Any], hours_later: int
) -> None:
    one, other = (
        of(published_at=at, published=how, captured_at=CAPTURED) for at, how in (better, worse)
    )
    other["captured_at"] += hours_later * HOUR
    for merged in (merge(one, other), merge(other, one)):
        assert (merged["published_at"], merged["published"]) == better
        assert merged["listed_at"] == better[0]


def test_of_two_times_stated_outright_the_later_statement_wins() -> None:
    how = published("minute", inferred=False)
    one = of(published_at=CAPTURED, published=how)
    other = of(published_at=CAPTURED - HOUR, published=how, captured_at=CAPTURED + HOUR)
    assert merge(one, other)["published_at"] == merge(other, one)["published_at"]
    assert merge(one, other)["published_at"] == CAPTURED - HOUR


def test_hashtags_unite_and_keep_their_order_and_spelling() -> None:
    stored = of(hashtags=["Seoul", "AI"])
    merged = merge(stored, of(hashtags=["ai", "Tokyo", "seoul"]))
    assert [label["name"] for label in merged["hashtags"]] == ["Seoul", "AI", "Tokyo"]
    assert adds_nothing(merge(stored, of(hashtags=["AI"])), stored)


def test_where_two_accounts_disagree_the_one_captured_later_wins() -> None:
    one = of(category="Politics")
    other = of(category="World", captured_at=CAPTURED + HOUR)
    assert merge(one, other)["category"]["name"] == "World"
    assert merge(other, one)["category"]["name"] == "World"


def test_an_account_that_nobody_dated_only_fills_gaps() -> None:
    stored = of(category="Politics", language=None)
    merged = merge(stored, of(category="World", language="en", captured_at=None))
    assert (merged["category"]["name"], merged["language"]) == ("Politics", "en")


def test_a_title_that_changes_keeps_its_slug() -> None:
    stored = of(url="https://a.example/1")
    merged = merge(stored, of(url="https://a.example/1", title="Ties", captured_at=CAPTURED + HOUR))
    assert (merged["title"], merged["slug"]) == ("Ties", "ties-grow-closer")


def test_a_revision_counts_on_and_remembers_the_latest_capture() -> None:
    stored, incoming = of(), of(captured_at=CAPTURED - HOUR, language="ko")
    later = NOW + HOUR
    revised = revise(stored, merge(stored, incoming), incoming, later)
    assert (revised["revision"], revised["created_at"], revised["updated_at"]) == (2, NOW, later)
    assert revised["captured_at"] == CAPTURED


def test_a_revision_of_accounts_nobody_dated_has_no_capture_time() -> None:
    stored = of(captured_at=None)
    assert revise(stored, stored, stored, NOW)["captured_at"] is None


@pytest.mark.parametrize(
    ("body", "same"),
    [
        (FULL, True),
        (FULL.replace("\n\n", " "), True),
        (FULL[:40], True),
        (FULL + " More.", True),
        ("Another text.", False),
        ("", False),
        ("…", False),
    ],
)
def test_a_story_is_the_same_when_one_text_begins_with_the_other(body: str, same: bool) -> None:
    sourceless = of(source=None, body_text=FULL)
    assert is_same_story(sourceless, of(body_text=body)) is same
