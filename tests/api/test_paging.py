from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from desk.publish import publish
from store.client import Database
from tests.api.asking import ask, pages, walk
from tests.samples import draft

START = datetime(2025, 6, 1, tzinfo=UTC)
TIES = 7
"""How many articles were published in the same moment, so that only their ids tell them apart."""


@pytest.fixture
def many(memory_db: Database) -> set[str]:
    """Fifty articles, of which each seven have one time, and three have none: their ids."""
    times = [START + timedelta(hours=number // TIES) for number in range(47)]
    return {
        publish(memory_db, draft(f"Article {number}", published_at=time, published=None)).article_id
        for number, time in enumerate([*times, None, None, None])
    }


@pytest.mark.parametrize("limit", [1, 2, 7, 20, 49, 50, 51, 100])
@pytest.mark.parametrize("sort", ["-published_at", "published_at"])
def test_a_walk_meets_everything_once_in_order(
    client: FlaskClient, many: set[str], limit: int, sort: str
) -> None:
    address = f"/v1/articles?limit={limit}&sort={sort}"
    found = pages(client, address)
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert 0 < len(found[-1]) <= limit
    articles = [article for page in found for article in page]
    assert len(articles) == len(many)
    assert {article["id"] for article in articles} == many
    keys = [(article["published_at"] or "", article["id"]) for article in articles]
    assert keys == sorted(keys, reverse=sort == "-published_at")


def test_without_a_limit_a_page_has_twenty(client: FlaskClient, many: set[str]) -> None:
    assert [len(page) for page in pages(client, "/v1/articles")] == [20, 20, 10]


def test_a_walk_meets_everything_once_while_articles_arrive(
    client: FlaskClient, many: set[str], memory_db: Database
) -> None:
    found: list[str] = []
    following, number = "/v1/articles?limit=3", 0
    while following:
        page = ask(client, following)
        found += [article["id"] for article in page["data"]]
        following = page["next"]
        # One newer than all, one among those that were seen, one that is still to come.
        for time in (START + timedelta(days=9), START + timedelta(hours=6, minutes=1), START):
            if len(found) < 12:
                number += 1
                publish(memory_db, draft(f"New {number}", published_at=time, published=None))
    assert len(found) == len(set(found))
    assert many <= set(found)
    assert len(set(found) - many) >= number // 3


def test_a_walk_goes_on_when_the_article_it_stopped_at_is_gone(
    client: FlaskClient, many: set[str], memory_db: Database
) -> None:
    whole = walk(client, "/v1/articles")
    first = ask(client, "/v1/articles?limit=5")
    memory_db["articles"].delete_one({"_id": whole[4]})
    assert walk(client, first["next"]) == whole[5:]


def test_next_asks_the_same_question_from_another_place(
    client: FlaskClient, published: dict[str, str]
) -> None:
    asked = (
        "published_to=2025-06-16T08:00:00%2B00:00&hashtag=%23seoul,diplomacy&limit=1"
        "&fields=id,title&count=true&sort=published_at&include=source"
    )
    following = ask(client, f"/v1/articles?{asked}")["next"]
    parts = urlsplit(following)
    assert (parts.scheme, parts.netloc, parts.path) == ("", "", "/v1/articles")
    query = parse_qs(parts.query, strict_parsing=True)
    [cursor] = query.pop("cursor")
    assert query == parse_qs(asked)
    assert cursor not in asked
    second = ask(client, following)
    assert second["total"] == 3
    assert second["data"][0].keys() == {"id", "title", "source"}


def test_a_cursor_is_replaced_not_repeated(client: FlaskClient, many: set[str]) -> None:
    second = ask(client, ask(client, "/v1/articles?limit=5")["next"])["next"]
    assert second.count("cursor=") == 1


def test_next_keeps_to_the_place_that_was_asked(
    client: FlaskClient, published: dict[str, str]
) -> None:
    for place in (
        "/v1/sources/korea-herald/articles",
        f"/v1/articles/{published['talks']}/related",
    ):
        assert ask(client, f"{place}?limit=1")["next"].startswith(f"{place}?limit=1&cursor=")


@pytest.mark.parametrize("place", ["/v1/sources", "/v1/hashtags", "/v1/categories"])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_lists_by_id_join_to_the_whole(
    client: FlaskClient, published: dict[str, str], place: str, limit: int
) -> None:
    whole = ask(client, place)["data"]
    found = pages(client, f"{place}?limit={limit}")
    assert [item for page in found for item in page] == whole
    assert len(found) == -(-len(whole) // limit)


@pytest.mark.parametrize("cursor", ["A" * 32, "_" * 32, "-" * 32, "a" * 32])
@pytest.mark.parametrize("sort", ["published_at", "-published_at"])
def test_every_cursor_of_the_right_form_is_some_place_in_the_list(
    client: FlaskClient, many: set[str], cursor: str, sort: str
) -> None:
    assert set(walk(client, f"/v1/articles?sort={sort}&cursor={cursor}")) <= many


@pytest.mark.parametrize("cursor", ["__", "gICA", "AA", "_____w"])
def test_a_label_cursor_that_nobody_gave_is_some_place_in_the_list(
    client: FlaskClient, published: dict[str, str], cursor: str
) -> None:
    assert ask(client, f"/v1/hashtags?cursor={cursor}")["next"] is None
