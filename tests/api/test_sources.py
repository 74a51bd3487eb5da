import pytest
from flask.testing import FlaskClient

from desk.publish import publish
from store.client import Database
from tests.api.asking import ask, problem, walk
from tests.samples import draft

FIELDS = {
    "id", "name", "url", "country", "language", "category", "description", "feeds",
    "articles_count", "latest_at",
}  # fmt: skip


def test_a_source_says_all_there_is_to_say(client: FlaskClient, published: dict[str, str]) -> None:
    assert ask(client, "/v1/sources/korea-herald") == {
        "id": "korea-herald",
        "name": "Korea Herald",
        "url": None,
        "country": None,
        "language": None,
        "category": None,
        "description": None,
        "feeds": [],
        "articles_count": 2,
        "latest_at": "2025-06-16T08:00:00Z",
    }


def test_what_is_known_of_a_source_is_shown(
    client: FlaskClient, published: dict[str, str], memory_db: Database
) -> None:
    known = {
        "url": "https://www.koreaherald.com",
        "country": "KR",
        "language": "en",
        "category": "general",
        "description": "A daily.",
        "feeds": ["https://www.koreaherald.com/rss"],
    }
    memory_db["sources"].update_one({"_id": "korea-herald"}, {"$set": known})
    source = ask(client, "/v1/sources/korea-herald")
    assert {name: source[name] for name in known} == known


def test_sources_are_listed_by_id_with_their_counts(
    client: FlaskClient, published: dict[str, str]
) -> None:
    listed = ask(client, "/v1/sources")
    assert listed.keys() == {"data", "next"}
    assert [source["id"] for source in listed["data"]] == ["korea-herald", "lnhr", "the-times"]
    assert all(source.keys() == FIELDS for source in listed["data"])
    for source in listed["data"]:
        assert source == ask(client, f"/v1/sources/{source['id']}")


def test_a_source_without_dated_articles_has_no_latest_time(
    client: FlaskClient, memory_db: Database
) -> None:
    publish(memory_db, draft(published_at=None, published=None))
    source = ask(client, "/v1/sources/korea-herald")
    assert (source["articles_count"], source["latest_at"]) == (1, None)


def test_a_source_without_articles_counts_none(client: FlaskClient, memory_db: Database) -> None:
    memory_db["sources"].insert_one({"_id": "quiet", "name": "Quiet", "feeds": []})
    source = ask(client, "/v1/sources/quiet")
    assert (source["articles_count"], source["latest_at"]) == (0, None)


@pytest.mark.parametrize(
    "query",
    ["", "hashtag=diplomacy&limit=1", "count=true", "sort=published_at", "fields=id,body_text",
     "include=source,related,comments&limit=1", "language=en", "category=politics",
     "published_from=2025-06-14", "published_to=2025-06-14"],
)  # fmt: skip
def test_the_articles_of_a_source_are_those_that_the_filter_gives(
    client: FlaskClient, published: dict[str, str], query: str
) -> None:
    below = ask(client, f"/v1/sources/korea-herald/articles?{query}")
    filtered = ask(client, f"/v1/articles?source=korea-herald&{query}")
    assert below["data"] == filtered["data"] != []
    assert below.get("total") == filtered.get("total")


def test_the_articles_of_a_source_can_be_walked(
    client: FlaskClient, published: dict[str, str]
) -> None:
    found = walk(client, "/v1/sources/korea-herald/articles?limit=1")
    assert found == [published["talks"], published["poll"]]


@pytest.mark.parametrize("below", ["", "/articles"])
def test_an_unknown_source_is_not_found(
    client: FlaskClient, published: dict[str, str], below: str
) -> None:
    for name in ("nobody", "Korea%20Herald", "%00", "no--body"):
        found = problem(client.get(f"/v1/sources/{name}{below}"), 404)
        assert found["detail"] == "There is no such source."


@pytest.mark.parametrize("name", ["source", "exclude_source"])
def test_the_articles_of_a_source_take_no_other_sources(
    client: FlaskClient, published: dict[str, str], name: str
) -> None:
    answer = client.get(f"/v1/sources/korea-herald/articles?{name}=the-times")
    assert [error["field"] for error in problem(answer, 400)["errors"]] == [name]
