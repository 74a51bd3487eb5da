from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from desk.newsroom import Newsroom
from desk.publish import link, publish
from settings import Settings
from store import articles, links
from store.client import Database
from tests.api.asking import ID, ask, problem, said
from tests.api.keyring import MODERATE, bearer, token
from tests.news import relate_anew
from tests.samples import draft

PLACE = "/v1/articles"
Send = Callable[..., TestResponse]


@pytest.fixture
def send(client: FlaskClient, memory_db: Database) -> Send:
    """Send a request with a key."""
    key = bearer(token(memory_db))

    def send(method: str, place: str, body: Any = None, **headers: str) -> TestResponse:
        return client.open(place, method=method, json=body, headers={**key, **headers})

    return send


@pytest.fixture
def ids(published: dict[str, str]) -> dict[str, str]:
    """The page of `talks` names `poll`, `match` and `notice`."""
    return published


def between(one: str, other: str) -> str:
    return f"{PLACE}/{one}/related/{other}"


def related(client: FlaskClient, article_id: str) -> list[tuple[str, str, int | None]]:
    found = ask(client, f"{PLACE}/{article_id}/related")["data"]
    return [(each["id"], each["origin"], each["position"]) for each in found]


def test_a_link_that_is_set_by_hand_comes_first(
    client: FlaskClient, send: Send, ids: dict[str, str]
) -> None:
    answer = send("PUT", between(ids["talks"], ids["summit"]))
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    found = ask(client, f"{PLACE}/{ids['talks']}/related")["data"]
    assert found[0] == said(answer)
    assert (found[0]["origin"], found[0]["position"]) == ("editor", 1)
    assert [each["id"] for each in found[1:]] == [ids[name] for name in ("poll", "match", "notice")]
    assert related(client, ids["summit"]) == []


def test_setting_a_link_twice_is_as_setting_it_once(
    client: FlaskClient, send: Send, ids: dict[str, str]
) -> None:
    first, second = (send("PUT", between(ids["talks"], ids["summit"])) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert said(first) == said(second)


def test_editors_links_are_in_their_own_order(
    client: FlaskClient, send: Send, ids: dict[str, str]
) -> None:
    summit, notice = between(ids["talks"], ids["summit"]), between(ids["talks"], ids["notice"])
    assert send("PUT", summit).status_code == 201
    assert send("PUT", notice).status_code == 200, "its page names it"
    by_hand = [(ids["summit"], "editor", 1), (ids["notice"], "editor", 2)]
    assert related(client, ids["talks"])[:2] == by_hand
    assert send("PUT", summit, {"position": 3}).status_code == 200
    assert said(send("PUT", summit))["position"] == 3, "what it is not told stays"
    by_hand = [(ids["notice"], "editor", 2), (ids["summit"], "editor", 3)]
    assert related(client, ids["talks"])[:2] == by_hand
    assert [id_ for id_, *_ in related(client, ids["talks"])].count(ids["notice"]) == 1


def test_a_link_that_was_taken_away_stays_away_until_it_is_set(
    client: FlaskClient, send: Send, ids: dict[str, str], memory_db: Database
) -> None:
    place = between(ids["talks"], ids["match"])
    for _ in range(2):
        answer = send("DELETE", place)
        assert (answer.status_code, answer.data) == (204, b"")
        assert ids["match"] not in [id_ for id_, *_ in related(client, ids["talks"])]
        link(memory_db, ids["talks"], [ids["match"]])
    included = ask(client, f"{PLACE}/{ids['talks']}?include=related")["related"]
    assert ids["match"] not in [each["id"] for each in included]
    assert send("PUT", place).status_code == 201
    assert related(client, ids["talks"])[0] == (ids["match"], "editor", 1)


def test_a_link_can_be_taken_away_before_anybody_sets_it(
    client: FlaskClient, send: Send, ids: dict[str, str], memory_db: Database
) -> None:
    assert send("DELETE", between(ids["match"], ids["poll"])).status_code == 204
    link(memory_db, ids["match"], [ids["poll"], ids["notice"]])
    assert [id_ for id_, *_ in related(client, ids["match"])] == [ids["notice"]]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_both_ends_must_be_there(
    client: FlaskClient, send: Send, ids: dict[str, str], method: str
) -> None:
    for place in (between(ids["talks"], ID), between(ID, ids["talks"]), between(ID, ID)):
        assert problem(send(method, place), 404)["detail"] == "There is no such article."
    gone = f"{PLACE}/{ids['match']}"
    assert send("DELETE", gone, **{"If-Match": "*"}).status_code == 204
    for place in (between(ids["talks"], ids["match"]), between(ids["match"], ids["talks"])):
        problem(send(method, place), 410)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_article_is_not_related_to_itself(
    send: Send, ids: dict[str, str], memory_db: Database, method: str
) -> None:
    before = memory_db["links"].count_documents({})
    found = problem(send(method, between(ids["talks"], ids["talks"])), 409)
    assert [error["field"] for error in found["errors"]] == ["other_id"]
    assert memory_db["links"].count_documents({}) == before


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_slugs_lead_on_at_both_ends(
    client: FlaskClient, send: Send, ids: dict[str, str], method: str, memory_db: Database
) -> None:
    talks, match = (articles.find(memory_db, ids[name])["slug"] for name in ("talks", "match"))
    place, steps = between(talks, match), []
    while (answer := send(method, place)).status_code == 308:
        place = answer.headers["Location"]
        steps.append(place)
    assert steps == [between(ids["talks"], match), between(ids["talks"], ids["match"])]
    assert answer.status_code == (204 if method == "DELETE" else 200)
    same = send(method, between(talks, talks))
    assert same.headers["Location"] == between(ids["talks"], ids["talks"])


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_only_who_may_write_articles_sets_links(
    client: FlaskClient, ids: dict[str, str], memory_db: Database, method: str
) -> None:
    place = between(ids["talks"], ids["summit"])
    problem(client.open(place, method=method), 401)
    key = bearer(token(memory_db, MODERATE))
    problem(client.open(place, method=method, headers=key), 403)
    assert related(client, ids["summit"]) == []


@pytest.mark.parametrize(
    "body",
    [{"position": 0}, {"position": -1}, {"position": 1001}, {"position": 1.5},
     {"position": "1"}, {"position": True}, {"position": {"$gt": 0}}, {"position": [1]},
     {"removed": True}, {"origin": "page"}, {"$set": {"to": "x"}}, []],
)  # fmt: skip
def test_bad_values_are_refused(
    client: FlaskClient, send: Send, ids: dict[str, str], body: Any
) -> None:
    before = related(client, ids["talks"])
    problem(send("PUT", between(ids["talks"], ids["summit"]), body), 422)
    assert related(client, ids["talks"]) == before


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [(b"{", "application/json", 400), (b'{"position": NaN}', "application/json", 400),
     (b'{"position": 1, "position": 2}', "application/json", 400),
     (b"position=1", "application/x-www-form-urlencoded", 415), (b"1", "text/plain", 415)],
)  # fmt: skip
def test_a_body_that_is_no_json_is_refused(
    client: FlaskClient, ids: dict[str, str], memory_db: Database, body: bytes, kind: str,
    status: int,
) -> None:  # fmt: skip
    place, key = between(ids["talks"], ids["summit"]), bearer(token(memory_db))
    problem(client.put(place, data=body, content_type=kind, headers=key), status)


@pytest.fixture
def on_mongod(settings: Settings, mongod_db: Database) -> tuple[FlaskClient, Send]:
    app: Flask = create_app(settings, mongod_db)
    client, key = app.test_client(), bearer(token(mongod_db))

    def send(method: str, place: str, body: Any = None) -> TestResponse:
        return app.test_client().open(place, method=method, json=body, headers=key)

    return client, send


TEXT = "The minister met the ambassador in Seoul to speak about steel tariffs and shipyards."


def test_what_an_editor_says_of_links_outlives_computing_them_anew(
    on_mongod: tuple[FlaskClient, Send], mongod_db: Database
) -> None:
    client, send = on_mongod
    with Newsroom(mongod_db) as newsroom:
        one, two, three = (
            newsroom.publish(draft(f"Steel tariffs {name}", body_text=f"{TEXT} {name}.")).article_id
            for name in ("Busan", "Incheon", "Ulsan")
        )
    other = publish(mongod_db, draft("Cup final", body_text="Nobody scored.")).article_id
    relate_anew(mongod_db)
    before = [id_ for id_, origin, _ in related(client, one) if origin == "computed"]
    assert before, "or there is nothing to take away"
    for id_ in before:
        assert send("DELETE", between(one, id_)).status_code == 204
    assert send("PUT", between(one, other)).status_code == 201
    kept = {id_: related(client, id_) for id_ in (two, three)}
    relate_anew(mongod_db)
    assert related(client, one) == [(other, "editor", 1)]
    assert {id_: related(client, id_) for id_ in (two, three)} == kept, "not the other direction"


def test_of_many_who_set_and_take_away_one_link_at_once_the_last_is_heeded(
    on_mongod: tuple[FlaskClient, Send], mongod_db: Database
) -> None:
    client, send = on_mongod
    one, *others = (publish(mongod_db, draft(f"Title {n}")).article_id for n in range(9))

    def work(other: str) -> set[int]:
        place = between(one, other)
        return {send(method, place).status_code for method in ("PUT", "DELETE", "PUT")}

    with ThreadPoolExecutor(8) as writers:
        statuses = set().union(*writers.map(work, others))
        assert statuses <= {200, 201, 204}
        same = between(one, others[0])
        both = writers.map(lambda method: send(method, same), ["PUT", "DELETE"] * 8)
        # Between setting a link and showing it, somebody may have taken it away.
        assert {answer.status_code for answer in both} <= {200, 201, 204, 409}
    assert {id_ for id_, *_ in related(client, one)} >= set(others[1:])
    assert mongod_db["links"].count_documents({"from": one, "origin": links.EDITOR}) == 8
    assert send("DELETE", same).status_code == 204
    assert others[0] not in [id_ for id_, *_ in related(client, one)]
