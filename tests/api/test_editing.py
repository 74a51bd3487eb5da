from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from desk.publish import publish
from settings import Settings
from store import articles
from store.client import Database
from tests.api.asking import ID, ask, problem, said
from tests.api.keyring import MODERATE, bearer, token
from tests.samples import CAPTURED, draft

ARTICLE: dict[str, Any] = {
    "title": "Ties grow closer",
    "url": "https://news.example/ties",
    "source": "Korea Herald",
    "published_at": "2025-06-16T08:00:00Z",
    "body_text": "One.\n\nTwo.",
}
PLACE = "/v1/articles"
Send = Callable[..., TestResponse]


@pytest.fixture
def client(settings: Settings, mongod_db: Database) -> FlaskClient:
    return create_app(settings, mongod_db).test_client()


@pytest.fixture
def send(client: FlaskClient, mongod_db: Database) -> Send:
    """Send a request with a key."""
    key = bearer(token(mongod_db))

    def send(method: str, place: str, body: Any = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(place, method=method, json=body, headers={**key, **named})

    return send


def etag(client: FlaskClient, place: str) -> str:
    return client.get(place).headers["ETag"]


@pytest.fixture
def place(send: Send) -> str:
    """Where an article is that was published."""
    answer = send("POST", PLACE, ARTICLE)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def test_a_published_article_is_there_at_once(client: FlaskClient, send: Send) -> None:
    answer = send("POST", PLACE, ARTICLE)
    assert answer.status_code == 201
    place = answer.headers["Location"]
    shown = client.get(place)
    assert said(shown) == said(answer)
    assert shown.headers["ETag"] == answer.headers["ETag"]
    assert said(shown)["source"] == {"id": "korea-herald", "name": "Korea Herald"}
    assert said(shown)["body_html"] == "<p>One.</p><p>Two.</p>"
    assert answer.headers["Cache-Control"] == "no-store"
    assert [each["id"] for each in ask(client, f"{PLACE}?q=closer")["data"]] == [said(shown)["id"]]


def test_publishing_the_same_again_changes_nothing(client: FlaskClient, send: Send) -> None:
    first, second = send("POST", PLACE, ARTICLE), send("POST", PLACE, ARTICLE)
    assert (first.status_code, second.status_code) == (201, 200)
    assert said(first) == said(second)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(ask(client, PLACE)["data"]) == 1


def test_publishing_something_else_under_an_origin_needs_the_form_it_changes(
    client: FlaskClient, send: Send, place: str
) -> None:
    other = {**ARTICLE, "body_text": "One.\n\nTwo.\n\nThree."}
    assert place in problem(send("POST", PLACE, other), 409)["detail"]
    problem(send("POST", PLACE, other, If_Match='"stale"'), 412)
    assert ask(client, place)["revision"] == 1
    answer = send("POST", PLACE, other, If_Match=etag(client, place))
    assert (answer.status_code, said(answer)["revision"]) == (200, 2)
    assert said(answer)["body_text"].endswith("Three.")


def test_put_says_all_of_an_article(client: FlaskClient, send: Send, place: str) -> None:
    tagged = {**ARTICLE, "hashtags": ["Seoul"], "summary": "In short."}
    first = send("PUT", place, tagged, If_Match=etag(client, place))
    assert first.status_code == 200
    assert (said(first)["hashtags"], said(first)["summary"]) == (["Seoul"], "In short.")
    second = send("PUT", place, {"title": "Only this"}, If_Match=first.headers["ETag"])
    assert second.status_code == 200
    shown = ask(client, place)
    assert shown == said(second)
    assert (shown["title"], shown["source"], shown["hashtags"]) == ("Only this", None, [])
    assert (shown["id"], shown["revision"]) == (place.rpartition("/")[2], 3)


def test_patch_changes_what_it_names(client: FlaskClient, send: Send, place: str) -> None:
    changes = {"title": "Corrected", "url": None}
    answer = send("PATCH", place, changes, If_Match=etag(client, place))
    assert answer.status_code == 200
    assert (said(answer)["title"], said(answer)["url"]) == ("Corrected", None)
    assert said(answer)["body_text"] == ARTICLE["body_text"]
    merge_patch = client.patch(
        place,
        data=b'{"title": "Again"}',
        content_type="application/merge-patch+json",
        headers={**answer.request.headers, "If-Match": answer.headers["ETag"]},
    )
    assert merge_patch.status_code == 200, merge_patch.text
    assert ask(client, place)["title"] == "Again"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_needs_the_form_that_it_changes(
    client: FlaskClient, send: Send, place: str, method: str
) -> None:
    body = None if method == "DELETE" else {"title": "Other"}
    problem(send(method, place, body), 428)
    for stale in ('"0"', 'W/"0"', '"a", "b"', "nonsense", '"', "", ",", "x" * 2_000):
        problem(send(method, place, body, If_Match=stale), 412)
    problem(send(method, place, body, If_Match="x" * 2_001), 400)
    assert ask(client, place)["revision"] == 1
    current = etag(client, place).strip('"')
    listed = f'"0", "{current}-zstd"'
    assert send(method, place, body, If_Match=listed).status_code in {200, 204}


def test_a_comment_is_no_change_of_the_article(
    client: FlaskClient, send: Send, place: str, mongod_db: Database
) -> None:
    seen = etag(client, place)
    changed = {"$set": {"comments_count": 3, "story": "s"}}
    mongod_db["articles"].update_one({"_id": place.rpartition("/")[2]}, changed)
    assert etag(client, place) != seen
    assert send("PATCH", place, {"title": "Other"}, If_Match=seen).status_code == 200
    assert ask(client, place)["comments_count"] == 3


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_whose_answer_was_lost_can_be_asked_for_again(
    client: FlaskClient, send: Send, place: str, method: str
) -> None:
    seen = etag(client, place)
    changed = {**ARTICLE, "title": "Changed"}
    first = send(method, place, changed, If_Match=seen)
    again = send(method, place, changed, If_Match=seen)
    assert (first.status_code, again.status_code) == (200, 200)
    assert said(again) == said(first)
    problem(send(method, place, {**ARTICLE, "title": "Other"}, If_Match=seen), 412)


def test_any_form_will_do_for_who_says_so(send: Send, place: str) -> None:
    assert send("PATCH", place, {"title": "Other"}, If_Match="*").status_code == 200
    assert send("DELETE", place, If_Match="*").status_code == 204


def test_a_deleted_article_is_gone_for_good(
    client: FlaskClient, send: Send, place: str, mongod_db: Database
) -> None:
    slug = ask(client, place)["slug"]
    assert send("DELETE", place, If_Match=etag(client, place)).status_code == 204
    for address in (place, f"{PLACE}/{slug}", f"{place}/related", f"{place}/revisions"):
        assert "deleted" in problem(client.get(address), 410)["detail"]
    for method in ("PUT", "PATCH", "DELETE"):
        body = None if method == "DELETE" else {"title": "Other"}
        problem(send(method, place, body, If_Match="*"), 410)
    problem(send("POST", PLACE, ARTICLE), 410)
    assert publish(mongod_db, draft(**{**ARTICLE, "published_at": CAPTURED})).status == "deleted"
    assert ask(client, PLACE)["data"] == []
    assert ask(client, "/v1/sources/korea-herald")["articles_count"] == 0


def test_what_an_editor_says_outlasts_the_next_load(
    client: FlaskClient, send: Send, mongod_db: Database
) -> None:
    article_id = publish(mongod_db, draft()).article_id
    place = f"{PLACE}/{article_id}"
    send("PATCH", place, {"title": "Corrected"}, If_Match="*")
    assert publish(mongod_db, draft()).status == "unchanged"
    assert ask(client, place)["title"] == "Corrected"


def test_an_article_is_known_by_the_address_that_an_editor_gave_it(
    client: FlaskClient, send: Send, place: str
) -> None:
    moved = {**ARTICLE, "url": "https://news.example/moved"}
    assert send("PUT", place, moved, If_Match="*").status_code == 200
    answer = send("POST", PLACE, moved)
    assert (answer.status_code, answer.headers["Location"]) == (200, place)


def test_other_names_of_an_article_lead_to_it(client: FlaskClient, send: Send, place: str) -> None:
    answer = send("PATCH", f"{PLACE}/ties-grow-closer", {"title": "Other"}, If_Match="*")
    assert (answer.status_code, answer.headers["Location"]) == (308, place)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_what_is_not_there_cannot_be_changed(send: Send, method: str) -> None:
    body = None if method == "DELETE" else {"title": "Other"}
    problem(send(method, f"{PLACE}/{ID}", body, If_Match="*"), 404)


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", PLACE),
        ("POST", f"{PLACE}/batch"),
        ("PUT", f"{PLACE}/{ID}"),
        ("PATCH", f"{PLACE}/{ID}"),
        ("DELETE", f"{PLACE}/{ID}"),
    ],
)
def test_only_who_has_a_key_for_it_may_write(
    client: FlaskClient, mongod_db: Database, method: str, address: str
) -> None:
    problem(client.open(address, method=method, json={"title": 1}), 401)
    other = bearer(token(mongod_db, MODERATE))
    problem(client.open(address, method=method, json={"title": 1}, headers=other), 403)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": None}, "title"),
        ({"title": ""}, "title"),
        ({"title": " \n"}, "title"),
        ({"title": 5}, "title"),
        ({"title": {"$gt": ""}}, "title"),
        ({"title": "x" * 1_001}, "title"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "no address"}, "url"),
        ({"authors": "Kim"}, "authors"),
        ({"authors": [{"$ne": 1}]}, "authors.0"),
        ({"published_at": "NaN"}, "published_at"),
        ({"published_at": "yesterday"}, "published_at"),
        ({"published_at": 0}, "published_at"),
        ({"published_at": "0001-01-01T00:00:00+01:00"}, "published_at"),
        ({"hashtags": ["x"] * 101}, "hashtags"),
        ({"excerpt": "yes"}, "excerpt"),
        ({"comments_open": 1}, "comments_open"),
        ({"enclosures": [{"url": "https://a.example/x", "length": "5"}]}, "enclosures.0.length"),
        ({"id": ID}, "id"),
        ({"revision": 9}, "revision"),
        ({"status": "hidden"}, "status"),
        ({"created_at": "2025-06-16T08:00:00Z"}, "created_at"),
        ({"$set": {"title": "x"}}, "$set"),
    ],
)
def test_what_no_article_can_be_is_named(
    client: FlaskClient, send: Send, place: str, values: dict[str, Any], field: str
) -> None:
    answers = [
        send("POST", PLACE, {**ARTICLE, "url": None, **values}),
        send("PUT", place, {**ARTICLE, **values}, If_Match="*"),
        send("PATCH", place, values, If_Match="*"),
    ]
    for answer in answers:
        [fault] = problem(answer, 422)["errors"]
        assert (fault["in"], fault["field"]) == ("body", field)
    assert ask(client, place)["revision"] == 1


def test_a_parameter_beside_a_body_is_refused(send: Send) -> None:
    assert problem(send("POST", f"{PLACE}?upsert=true", ARTICLE), 400)["errors"][0]["in"] == "query"


def test_script_in_any_field_stays_text_or_goes(client: FlaskClient, send: Send) -> None:
    script = "<script>alert(1)</script>"
    body = {"title": script, "source": script, "authors": [script], "category": script}
    html = f'<p onclick="x()">One</p>{script}<a href="javascript:x()">y</a>'
    answer = send("POST", PLACE, {**body, "hashtags": [script], "body_html": html})
    assert answer.status_code == 201
    assert answer.mimetype == "application/json"
    shown = said(answer)
    assert (shown["title"], shown["authors"]) == (script, [script])
    assert "script" not in shown["body_html"]
    assert "onclick" not in shown["body_html"]


def test_each_article_of_a_batch_is_taken_or_refused_by_itself(
    client: FlaskClient, send: Send, place: str
) -> None:
    gone = {"title": "Gone", "url": "https://news.example/gone"}
    gone_at = send("POST", PLACE, gone).headers["Location"]
    send("DELETE", gone_at, If_Match="*")
    other = {**ARTICLE, "title": "Ties grow even closer"}
    batch = [
        {"title": "New", "url": "https://news.example/new"},
        ARTICLE,
        {"title": ""},
        other,
        gone,
        "nothing",
        {**other, "if_match": '"stale"'},
    ]
    answer = send("POST", f"{PLACE}/batch", {"articles": batch})
    assert answer.status_code == 200
    results = said(answer)["results"]
    assert [each["status"] for each in results] == [201, 200, 422, 409, 410, 422, 412]
    assert [each["id"] for each in results[3:4]] == [place.rpartition("/")[2]]
    assert results[2]["errors"][0]["field"] == "title"
    assert ask(client, place)["revision"] == 1
    again = {**other, "if_match": etag(client, place)}
    [result] = said(send("POST", f"{PLACE}/batch", {"articles": [again]}))["results"]
    assert (result["status"], ask(client, place)["title"]) == (200, other["title"])


@pytest.mark.parametrize(
    "body", [{}, {"articles": []}, {"articles": "x"}, {"articles": [{}] * 501}, {"more": 1}]
)
def test_what_is_no_batch_is_refused(send: Send, body: dict[str, Any]) -> None:
    problem(send("POST", f"{PLACE}/batch", body), 422)


def test_of_many_who_change_one_form_at_once_one_does(
    settings: Settings, mongod_db: Database
) -> None:
    app: Flask = create_app(settings, mongod_db)
    key = bearer(token(mongod_db))
    place = app.test_client().post(PLACE, json=ARTICLE, headers=key).headers["Location"]
    seen = {**key, "If-Match": etag(app.test_client(), place)}

    def change(number: int) -> int:
        body = {"title": f"By {number}"}
        return app.test_client().patch(place, json=body, headers=seen).status_code

    with ThreadPoolExecutor(6) as clients:
        assert sorted(clients.map(change, range(6))) == [200, 412, 412, 412, 412, 412]
    assert articles.find(mongod_db, place.rpartition("/")[2])["revision"] == 2


def test_of_many_who_publish_one_article_at_once_one_is_told_that_it_is_new(
    settings: Settings, mongod_db: Database
) -> None:
    app: Flask = create_app(settings, mongod_db)
    key = bearer(token(mongod_db))

    def publish_it(_: int) -> int:
        return app.test_client().post(PLACE, json=ARTICLE, headers=key).status_code

    with ThreadPoolExecutor(6) as clients:
        assert sorted(clients.map(publish_it, range(6))) == [200, 200, 200, 200, 200, 201]
    assert mongod_db["articles"].count_documents({}) == 1
