import pytest
from flask.testing import FlaskClient

from desk.publish import publish
from store import articles, publication
from store.client import Database
from tests.api.asking import ask, pages, problem
from tests.samples import CAPTURED, draft

PLACE = "/v1/changes"


def test_every_article_is_told_of_once_in_order(
    client: FlaskClient, published: dict[str, str], memory_db: Database
) -> None:
    told = [each for page in pages(client, f"{PLACE}?limit=2") for each in page]
    assert {each["id"] for each in told} >= {published["talks"], published["match"]}
    assert len({each["id"] for each in told}) == len(told)
    assert {each["change"] for each in told} == {"made"}
    last = told[-1]["cursor"]
    assert ask(client, f"{PLACE}?since={last}") == {"data": [], "next": None, "cursor": last}


def test_from_a_point_on_only_what_happened_since_is_told(
    client: FlaskClient, published: dict[str, str], memory_db: Database
) -> None:
    since = ask(client, f"{PLACE}?limit=100")["cursor"]
    talks = articles.find(memory_db, published["talks"])
    publication.replace(memory_db, talks | {"title": "Changed", "revision": talks["revision"] + 1})
    publication.delete(memory_db, articles.find(memory_db, published["match"]), CAPTURED)
    new_id = publish(memory_db, draft("Quite new")).article_id
    page = ask(client, f"{PLACE}?since={since}")
    assert [(each["change"], each["id"]) for each in page["data"]] == [
        ("changed", published["talks"]),
        ("deleted", published["match"]),
        ("made", new_id),
    ]
    assert page["cursor"] == page["data"][-1]["cursor"]


def test_the_articles_come_along_if_wanted(
    client: FlaskClient, published: dict[str, str], memory_db: Database
) -> None:
    publication.delete(memory_db, articles.find(memory_db, published["match"]), CAPTURED)
    found = pages(client, f"{PLACE}?limit=1&include=article")
    for [each] in found:
        if each["change"] == "deleted":
            assert "article" not in each
        else:
            alone = ask(client, f"/v1/articles/{each['id']}")
            assert each["article"] == {name: alone[name] for name in each["article"]}
            assert "body_text" in each["article"]
    assert len(found) == len(published.keys() - {"story"})


def test_an_article_that_got_another_id_is_told_of_under_both(
    client: FlaskClient, memory_db: Database
) -> None:
    nameless = publish(memory_db, draft(source=None)).article_id
    named = publish(memory_db, draft()).article_id
    old, new = ask(client, PLACE)["data"]
    assert (old["id"], old["change"], old["moved_to"]) == (nameless, "moved", named)
    assert (new["id"], new["change"], new["revision"]) == (named, "changed", 2)


def test_a_point_that_is_not_there_yet_is_a_conflict(
    client: FlaskClient, published: dict[str, str]
) -> None:
    [fault] = problem(client.get(f"{PLACE}?since=99"), 409)["errors"]
    assert fault["field"] == "since"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=x", "since"),
        ("since=-1", "since"),
        ("since=01", "since"),
        ("since=1_0", "since"),
        (f"since={'9' * 5000}", "since"),
        ("limit=0", "limit"),
        ("include=source", "include"),
        ("until=5", "until"),
    ],
)
def test_what_is_no_point_among_the_changes_is_named(
    client: FlaskClient, published: dict[str, str], query: str, field: str
) -> None:
    [fault] = problem(client.get(f"{PLACE}?{query}"), 400)["errors"]
    assert (fault["in"], fault["field"].partition(".")[0]) == ("query", field)
