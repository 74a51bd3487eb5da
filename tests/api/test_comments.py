"""Comments over HTTP: who may say what, who sees it, and who takes it away."""

import dataclasses
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from settings import Settings
from store.client import Database
from tests.api.asking import ID, ask, problem, said, walk
from tests.api.keyring import MODERATE, WRITE, bearer, token

SAID = {"author": "Kim Min-ji", "text": "Well said."}
MEMBERS = {"id", "article_id", "author", "text", "created_at", "status", "parent_id"}
MODERATED = MEMBERS | {"sender", "moderated_at", "moderated_by"}
WORDS_OF_ADDRESS = ("127.0.0.1", "203.0.113.9")


@pytest.fixture
def client(settings: Settings, memory_db: Database) -> FlaskClient:
    return client_of(settings, memory_db, "open")


@pytest.fixture
def moderated_client(settings: Settings, memory_db: Database) -> FlaskClient:
    return client_of(settings, memory_db, "moderated")


@pytest.fixture
def moderator(memory_db: Database) -> dict[str, str]:
    return bearer(token(memory_db, MODERATE))


@pytest.fixture
def place(published: dict[str, str]) -> str:
    return f"/v1/articles/{published['talks']}/comments"


def client_of(settings: Settings, db: Database, policy: str) -> FlaskClient:
    return create_app(dataclasses.replace(settings, comments=policy), db).test_client()


def post(client: FlaskClient, place: str, **values: Any) -> TestResponse:
    return client.post(place, json=SAID | values)


def posted(client: FlaskClient, place: str, **values: Any) -> str:
    """Post a comment and give its id."""
    answer = post(client, place, **values)
    assert answer.status_code in {201, 202}, answer.text
    return str(said(answer)["id"])


def count(client: FlaskClient, published: dict[str, str]) -> int:
    return int(ask(client, f"/v1/articles/{published['talks']}")["comments_count"])


def test_a_comment_is_seen_at_once_where_comments_are_open(
    client: FlaskClient, place: str, published: dict[str, str]
) -> None:
    answer = post(client, place)
    assert answer.status_code == 201
    comment = said(answer)
    assert comment.keys() == MEMBERS
    assert (comment["author"], comment["text"]) == ("Kim Min-ji", "Well said.")
    assert (comment["status"], comment["parent_id"]) == ("visible", None)
    assert comment["article_id"] == published["talks"]
    assert answer.headers["Location"] == f"/v1/comments/{comment['id']}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert ask(client, answer.headers["Location"]) == comment
    assert ask(client, place)["data"] == [comment]
    assert ask(client, f"/v1/articles/{published['talks']}?include=comments")["comments"] == [
        comment
    ]
    assert count(client, published) == 1


def test_a_comment_awaits_approval_where_comments_are_moderated(
    moderated_client: FlaskClient,
    place: str,
    published: dict[str, str],
    moderator: dict[str, str],
) -> None:
    client = moderated_client
    answer = post(client, place)
    assert answer.status_code == 202
    own = answer.headers["Location"]
    assert said(answer)["status"] == "pending"
    assert ask(client, place)["data"] == []
    assert count(client, published) == 0
    problem(client.get(own), 404)
    approved = client.post(f"{own}/approve", headers=moderator)
    assert approved.status_code == 200
    assert said(approved).keys() == MODERATED
    assert ask(client, own)["status"] == "visible"
    assert len(ask(client, place)["data"]) == count(client, published) == 1
    # The reader who sends it once more learns that it is there now.
    assert post(client, place).status_code == 201


def test_comments_are_moderated_unless_the_operator_says_otherwise(settings: Settings) -> None:
    assert settings.comments == "moderated"


def test_nobody_may_comment_where_comments_are_closed(
    settings: Settings, memory_db: Database, place: str
) -> None:
    closed = client_of(settings, memory_db, "closed")
    assert problem(post(closed, place), 403)["detail"] == "Comments are closed."
    assert ask(closed, place)["data"] == []
    assert memory_db["comments"].count_documents({}) == 0


def test_nobody_may_comment_on_an_article_that_is_closed_to_comments(
    client: FlaskClient, memory_db: Database, place: str, published: dict[str, str]
) -> None:
    memory_db["articles"].update_one(
        {"_id": published["talks"]}, {"$set": {"comments_open": False}}
    )
    refused = problem(post(client, place), 403)
    assert refused["detail"] == "Comments on this article are closed."
    assert ask(client, f"/v1/articles/{published['talks']}")["comments_open"] is False
    assert ask(client, f"/v1/articles/{published['match']}")["comments_open"] is True


def test_the_same_again_is_the_same_comment(
    client: FlaskClient, place: str, published: dict[str, str]
) -> None:
    first, again = post(client, place), post(client, place)
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert count(client, published) == 1


def test_a_key_for_retries_gives_the_first_answer_again(
    client: FlaskClient, place: str, published: dict[str, str], moderator: dict[str, str]
) -> None:
    key = {"Idempotency-Key": "once"}
    first = client.post(place, json=SAID, headers=key)
    client.post(f"{first.headers['Location']}/hide", headers=moderator)
    again = client.post(place, json=SAID, headers=key)
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    problem(client.post(place, json=SAID | {"text": "Else."}, headers=key), 422)
    assert count(client, published) == 0


@pytest.mark.parametrize("values", [{"author": "Lee"}, {"text": "Well said!"}])
def test_other_words_are_another_comment(
    client: FlaskClient, place: str, published: dict[str, str], values: dict[str, str]
) -> None:
    assert posted(client, place) != posted(client, place, **values)
    assert count(client, published) == 2


def test_the_same_words_from_another_address_are_another_comment(
    client: FlaskClient, place: str, published: dict[str, str]
) -> None:
    posted(client, place)
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.post(place, json=SAID, environ_base=elsewhere).status_code == 201
    assert count(client, published) == 2


def test_twins_that_differ_in_their_unicode_form_are_one_comment(
    client: FlaskClient, place: str, published: dict[str, str]
) -> None:
    composed = posted(client, place, author="Zoë", text="Café")
    assert posted(client, place, author="Zoe\u0308", text="Cafe\u0301") == composed
    assert count(client, published) == 1


@pytest.mark.parametrize("policy", ["open", "moderated"])
def test_what_a_program_sends_is_answered_and_dropped(
    settings: Settings, memory_db: Database, place: str, policy: str
) -> None:
    client = client_of(settings, memory_db, policy)
    answer = post(client, place, website="https://pills.example")
    assert answer.status_code == 202
    assert said(answer).keys() == MEMBERS
    assert answer.headers["Location"] == f"/v1/comments/{said(answer)['id']}"
    assert memory_db["comments"].count_documents({}) == 0
    assert post(client, place, website="").status_code in {201, 202}
    assert memory_db["comments"].count_documents({}) == 1


def test_a_reply_stands_under_its_comment_and_a_reply_to_it_beside_it(
    client: FlaskClient, place: str
) -> None:
    top = posted(client, place)
    reply = post(client, place, text="Indeed.", parent_id=top)
    assert said(reply)["parent_id"] == top
    deeper = post(client, place, text="Quite.", parent_id=said(reply)["id"])
    assert said(deeper)["parent_id"] == top


def test_a_reply_needs_a_visible_comment_on_the_same_article(
    client: FlaskClient,
    place: str,
    published: dict[str, str],
    moderator: dict[str, str],
) -> None:
    elsewhere = posted(client, f"/v1/articles/{published['match']}/comments")
    hidden = posted(client, place)
    client.post(f"/v1/comments/{hidden}/hide", headers=moderator)
    for parent in (ID, elsewhere, hidden):
        refused = problem(post(client, place, text="Indeed.", parent_id=parent), 409)
        assert [(each["in"], each["field"]) for each in refused["errors"]] == [
            ("body", "parent_id")
        ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"author": ""}, "author"),
        ({"author": "x" * 81}, "author"),
        ({"author": "\u3164"}, "author"),
        ({"author": None}, "author"),
        ({"author": 5}, "author"),
        ({"text": " \n\t "}, "text"),
        ({"text": "x" * 5_001}, "text"),
        ({"text": "x" * 10**6}, "text"),
        ({"text": ["x"]}, "text"),
        ({"text": "Z" + "\u0335\u0321\u0307" * 20}, "text"),
        ({"parent_id": "x"}, "parent_id"),
        ({"parent_id": {"$ne": None}}, "parent_id"),
        ({"website": 1}, "website"),
        ({"status": "visible"}, "status"),
        ({"id": ID}, "id"),
    ],
)
def test_what_cannot_be_a_comment_is_refused_and_the_field_named(
    client: FlaskClient, memory_db: Database, place: str, values: dict[str, Any], field: str
) -> None:
    refused = problem(post(client, place, **values), 422)
    assert [(each["in"], each["field"]) for each in refused["errors"]] == [("body", field)]
    assert memory_db["comments"].count_documents({}) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'{"author": "a", "text": "\\ud800"}',
        b'{"author": "a", "text": "a\\u0000b"}', b'{"author": "a", "text": "\xff"}',
        b'{"author": "a", "author": "b", "text": "c"}',
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused(
    client: FlaskClient, memory_db: Database, place: str, body: bytes
) -> None:
    answer = client.post(place, data=body, content_type="application/json")
    assert answer.status_code in {400, 422}
    problem(answer, answer.status_code)
    assert memory_db["comments"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("<script>alert(1)</script> & <b>", "<script>alert(1)</script> & <b>"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("\x1b[31mred\x1b[0m \x9b31m", "[31mred[0m 31m"),
        ("👨‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👍🏽", "👨‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👍🏽"),
        ("می‌خواهم", "می‌خواهم"),
        ('{"$where": "1"}', '{"$where": "1"}'),
        ("one\r\n\r\n\r\n\r\ntwo  \nthree", "one\n\ntwo\nthree"),
    ],
)
def test_hostile_text_is_only_text(client: FlaskClient, place: str, sent: str, kept: str) -> None:
    answer = post(client, place, text=sent)
    assert answer.status_code == 201, answer.text
    assert said(answer)["text"] == kept
    assert answer.mimetype == "application/json"
    assert [each["text"] for each in ask(client, place)["data"]] == [kept]


def test_the_address_of_a_reader_is_stored_and_shown_nowhere(
    client: FlaskClient, memory_db: Database, place: str, moderator: dict[str, str]
) -> None:
    posted(client, place)
    client.post(place, json=SAID | {"text": "More."}, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    # How much an address sends is counted under it; that is dropped within a day.
    names = set(memory_db.list_collection_names()) - {"limits"}
    everything = str([list(memory_db[name].find()) for name in names])
    shown = client.get("/v1/comments", headers=moderator).text + client.get(place).text
    for word in WORDS_OF_ADDRESS:
        assert word not in everything
        assert word not in shown
    assert "sender" not in client.get(place).text


def test_moderators_see_which_comments_are_from_one_address(
    client: FlaskClient, place: str, moderator: dict[str, str]
) -> None:
    posted(client, place)
    posted(client, place, text="More.")
    client.post(place, json=SAID, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    data = said(client.get("/v1/comments", headers=moderator))["data"]
    other, second, first = (each["sender"] for each in data)
    assert first == second != other


def test_only_a_key_for_moderators_opens_what_is_theirs(
    client: FlaskClient, memory_db: Database, place: str
) -> None:
    own = f"/v1/comments/{posted(client, place)}"
    writer = bearer(token(memory_db, WRITE))
    for method, address in (
        ("GET", "/v1/comments"),
        ("POST", f"{own}/approve"),
        ("POST", f"{own}/hide"),
        ("DELETE", own),
    ):
        problem(client.open(address, method=method), 401)
        problem(client.open(address, method=method, headers=writer), 403)
    assert ask(client, own)["status"] == "visible"


@pytest.mark.parametrize("status", ["pending", "hidden", "deleted"])
def test_what_is_not_visible_is_there_for_moderators_alone(
    client: FlaskClient,
    memory_db: Database,
    place: str,
    moderator: dict[str, str],
    status: str,
) -> None:
    comment_id = posted(client, place)
    memory_db["comments"].update_one({"_id": comment_id}, {"$set": {"status": status}})
    own = f"/v1/comments/{comment_id}"
    problem(client.get(own), 404)
    problem(client.get(own, headers=bearer(token(memory_db, WRITE))), 404)
    for headers in (moderator, bearer(token(memory_db, "admin"))):
        answer = client.get(own, headers=headers)
        assert said(answer).keys() == MODERATED
        assert said(answer)["status"] == status
        assert answer.headers["Cache-Control"] == "private, no-store"
    problem(client.get(own), 404)  # what they saw is not kept for others


def test_moderators_list_by_status_and_article_page_after_page(
    client: FlaskClient, place: str, published: dict[str, str], moderator: dict[str, str]
) -> None:
    ids = [posted(client, place, text=f"Number {number}.") for number in range(5)]
    other = posted(client, f"/v1/articles/{published['match']}/comments")
    for hidden in ids[:2]:
        client.post(f"/v1/comments/{hidden}/hide", headers=moderator)
    client.environ_base["HTTP_AUTHORIZATION"] = moderator["Authorization"]
    assert set(walk(client, "/v1/comments?limit=2")) == {*ids, other}
    assert set(walk(client, "/v1/comments?status=hidden&limit=1")) == set(ids[:2])
    assert set(walk(client, "/v1/comments?status=hidden,visible")) == {*ids, other}
    assert walk(client, f"/v1/comments?article={published['match']}") == [other]
    answer = client.get("/v1/comments")
    assert answer.headers["Cache-Control"] == "private, no-store"
    for bad in ("status=gone", "article=x", "article[$ne]=x", "limit=0", "cursor=x", "sort=x"):
        problem(client.get(f"/v1/comments?{bad}"), 400)


def test_hiding_takes_a_comment_away_until_it_is_approved_again(
    client: FlaskClient, place: str, published: dict[str, str], moderator: dict[str, str]
) -> None:
    own = f"/v1/comments/{posted(client, place)}"
    for _ in range(2):
        hidden = client.post(f"{own}/hide", headers=moderator)
        assert (hidden.status_code, said(hidden)["status"]) == (200, "hidden")
        assert said(hidden)["moderated_by"] in moderator["Authorization"]
        assert hidden.headers["Cache-Control"] == "private, no-store"
        assert ask(client, place)["data"] == []
        assert count(client, published) == 0
    # Its author, who sends it again, is not told.
    again = post(client, place)
    assert (again.status_code, said(again)["status"]) == (202, "pending")
    assert client.post(f"{own}/approve", headers=moderator).status_code == 200
    assert count(client, published) == 1


def test_deleting_takes_the_words_away_for_good_and_can_be_repeated(
    client: FlaskClient,
    memory_db: Database,
    place: str,
    published: dict[str, str],
    moderator: dict[str, str],
) -> None:
    own = f"/v1/comments/{posted(client, place)}"
    for _ in range(2):
        answer = client.delete(own, headers=moderator)
        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Cache-Control"] == "no-store"
    assert count(client, published) == 0
    assert SAID["text"] not in str(list(memory_db["comments"].find()))
    for action in ("approve", "hide"):
        problem(client.post(f"{own}/{action}", headers=moderator), 410)
    # It does not come back by being sent again.
    again = post(client, place)
    assert (again.status_code, said(again)["text"]) == (202, SAID["text"])
    assert SAID["text"] not in str(list(memory_db["comments"].find()))


@pytest.mark.parametrize("way", ["hide", "delete"])
def test_a_thread_keeps_the_place_of_what_is_gone(
    client: FlaskClient,
    place: str,
    published: dict[str, str],
    moderator: dict[str, str],
    way: str,
) -> None:
    top = posted(client, place)
    reply = posted(client, place, text="Indeed.", parent_id=top)
    own = f"/v1/comments/{top}"
    if way == "hide":
        client.post(f"{own}/hide", headers=moderator)
    else:
        client.delete(own, headers=moderator)
    gone, left = ask(client, place)["data"]
    assert (gone["id"], gone["author"], gone["text"]) == (top, None, None)
    assert gone["status"] == {"hide": "hidden", "delete": "deleted"}[way]
    assert (left["id"], left["parent_id"]) == (reply, top)
    assert count(client, published) == 1
    problem(client.get(own), 404)
    client.delete(f"/v1/comments/{reply}", headers=moderator)
    assert ask(client, place)["data"] == []


def test_a_comment_that_is_not_there_is_not_found(
    client: FlaskClient, place: str, moderator: dict[str, str]
) -> None:
    own = f"/v1/comments/{ID}"
    for answer in (
        client.get(own),
        client.get(own, headers=moderator),
        client.post(f"{own}/approve", headers=moderator),
        client.post(f"{own}/hide", headers=moderator),
        client.delete(own, headers=moderator),
        client.get("/v1/comments/x"),
    ):
        assert problem(answer, 404)["detail"] == "There is no such comment."
    missing = post(client, f"/v1/articles/{ID}/comments")
    assert problem(missing, 404)["detail"] == "There is no such article."


def test_a_comment_by_the_slug_is_sent_on_as_it_is(
    client: FlaskClient, place: str, published: dict[str, str]
) -> None:
    answer = post(client, "/v1/articles/ties-grow-closer/comments")
    assert answer.status_code == 308
    assert answer.headers["Location"] == place
    followed = post(client, answer.headers["Location"])
    assert followed.status_code == 201


def test_a_new_comment_changes_when_its_article_changed_but_not_its_revision(
    client: FlaskClient, memory_db: Database, place: str, published: dict[str, str]
) -> None:
    whole = f"/v1/articles/{published['talks']}"
    before = client.get(whole)
    memory_db["articles"].update_one({"_id": published["talks"]}, {"$unset": {"commented_at": ""}})
    posted(client, place)
    after = client.get(whole)
    for name in ("revision", "updated_at"):
        assert said(after)[name] == said(before)[name]
    assert after.headers["ETag"] != before.headers["ETag"]
    stored = memory_db["articles"].find_one({"_id": published["talks"]})
    assert stored
    assert stored["commented_at"] >= stored["updated_at"]


def test_a_page_of_another_origin_may_ask_whether_it_may_comment(
    client: FlaskClient, place: str
) -> None:
    asked = client.options(
        place,
        headers={"Origin": "https://news.example", "Access-Control-Request-Method": "POST"},
    )
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
