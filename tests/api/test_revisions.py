import pytest
from flask.testing import FlaskClient

from api.app import create_app
from settings import Settings
from store.client import Database
from tests.api.asking import ID, ask, pages, problem, said
from tests.api.keyring import bearer, token

PLACE = "/v1/articles"


@pytest.fixture
def client(settings: Settings, mongod_db: Database) -> FlaskClient:
    return create_app(settings, mongod_db).test_client()


@pytest.fixture
def place(client: FlaskClient, mongod_db: Database) -> str:
    """Where an article is that was changed three times."""
    headers = bearer(token(mongod_db)) | {"If-Match": "*"}
    body = {"title": "First", "body_text": "One.\n\nTwo."}
    place: str = client.post(PLACE, json=body, headers=headers).headers["Location"]
    for changes in ({"title": "Second"}, {"body_text": "One.\n\nThree."}, {"authors": ["Kim"]}):
        assert client.patch(place, json=changes, headers=headers).status_code == 200
    return place


def test_the_revisions_of_an_article_are_listed_from_the_newest_on(
    client: FlaskClient, place: str
) -> None:
    listed = [each for page in pages(client, f"{place}/revisions?limit=1") for each in page]
    assert [each["revision"] for each in listed] == [4, 3, 2, 1]
    assert [each["title"] for each in listed] == ["Second", "Second", "Second", "First"]
    for each in listed:
        shown = ask(client, each["links"]["self"])
        assert (shown["revision"], shown["title"]) == (each["revision"], each["title"])
        assert shown["updated_at"] == each["updated_at"]


def test_a_revision_is_shown_as_the_article_was(client: FlaskClient, place: str) -> None:
    first, newest = ask(client, f"{place}/revisions/1"), ask(client, place)
    assert (first["title"], first["body_text"]) == ("First", "One.\n\nTwo.")
    assert first["id"] == newest["id"]
    shown = ask(client, f"{place}/revisions/4")
    assert shown == {name: newest[name] for name in shown}


def test_two_revisions_are_compared(client: FlaskClient, place: str) -> None:
    assert ask(client, f"{place}/diff") == {
        "from": 3,
        "to": 4,
        "changes": [{"field": "authors", "before": [], "after": ["Kim"]}],
    }
    compared = ask(client, f"{place}/diff?from=1&to=3")
    assert [each["field"] for each in compared["changes"]] == ["title", "body_text"]
    assert compared["changes"][1]["parts"] == [
        {"op": "same", "text": "One."},
        {"op": "removed", "text": "Two."},
        {"op": "added", "text": "Three."},
    ]


@pytest.mark.parametrize("rest", ["/revisions/9", "/revisions/0", "/revisions/x", "/diff?to=1"])
def test_a_revision_that_is_not_there_is_not_found(
    client: FlaskClient, place: str, rest: str
) -> None:
    problem(client.get(f"{place}{rest}"), 404)


@pytest.mark.parametrize("query", ["from=0", "to=-1", "to=x", "from=1_0", f"to={'9' * 5000}"])
def test_what_cannot_be_compared_is_named(client: FlaskClient, place: str, query: str) -> None:
    [fault] = problem(client.get(f"{place}/diff?{query}"), 400)["errors"]
    assert fault["in"] == "query"


@pytest.mark.parametrize("rest", ["/revisions", "/revisions/1", "/diff"])
def test_an_article_is_led_to_by_its_slug(client: FlaskClient, place: str, rest: str) -> None:
    answer = client.get(f"{PLACE}/first{rest}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{place}{rest}")
    problem(client.get(f"{PLACE}/{ID}{rest}"), 404)


def test_a_change_is_shown_at_once(client: FlaskClient, place: str, mongod_db: Database) -> None:
    assert len(ask(client, f"{place}/revisions")["data"]) == 4
    headers = bearer(token(mongod_db)) | {"If-Match": "*"}
    assert said(client.patch(place, json={"title": "Fifth"}, headers=headers))["revision"] == 5
    assert len(ask(client, f"{place}/revisions")["data"]) == 5
