from dataclasses import replace

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient

from api.app import create_app
from settings import Settings
from store.client import Database
from tests.api.asking import PLACES

FORGED = {
    "X-Forwarded-For": "198.51.100.9, 203.0.113.5, 192.0.2.1",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=203.0.113.5;proto=https;host=evil.example",
    "X-Real-IP": "203.0.113.5",
}
REDIRECTS = ("/", "/v1//articles", "/v1//articles?q=a%20b", "/v1/articles/{slug}")


def seen(app: Flask) -> dict[str, str]:
    """Give who asks and how, as the app sees it when all of that is forged."""
    app.add_url_rule(
        "/seen",
        view_func=lambda: jsonify(
            client=request.remote_addr,
            scheme=request.scheme,
            root=request.root_path,
            host=request.host,
        ),
    )
    found: dict[str, str] = app.test_client().get("/seen", headers=FORGED).get_json()
    return found


def test_without_proxies_forwarded_headers_change_nothing(app: Flask) -> None:
    assert seen(app) == {"client": "127.0.0.1", "scheme": "http", "root": "", "host": "localhost"}


@pytest.mark.parametrize(("proxies", "client"), [(1, "192.0.2.1"), (2, "203.0.113.5")])
def test_so_many_proxies_are_believed_and_no_more(
    settings: Settings, memory_db: Database, proxies: int, client: str
) -> None:
    found = seen(create_app(replace(settings, trusted_proxies=proxies), memory_db))
    assert found["client"] == client
    assert found["root"] == ""
    # What only one proxy has said is not believed of two.
    told = ("https", "evil.example") if proxies == 1 else ("http", "localhost")
    assert (found["scheme"], found["host"]) == told


def test_fewer_addresses_than_proxies_are_not_believed(
    settings: Settings, memory_db: Database
) -> None:
    found = seen(create_app(replace(settings, trusted_proxies=4), memory_db))
    assert found["client"] == "127.0.0.1"


@pytest.mark.parametrize("proxies", [0, 1])
def test_no_answer_names_the_host_that_a_client_made_up(
    settings: Settings, memory_db: Database, published: dict[str, str], proxies: int
) -> None:
    client: FlaskClient = create_app(
        replace(settings, trusted_proxies=proxies), memory_db
    ).test_client()
    slug = client.get(f"/v1/articles/{published['talks']}").get_json()["slug"]
    places = [*PLACES, *REDIRECTS, "/v1/articles?limit=1", "/openapi.json", "/docs/", "/nowhere"]
    for place in (place.format(slug=slug, **published) for place in places):
        answer = client.get(place, headers=FORGED | {"Host": "evil.example"})
        assert "evil" not in answer.text + str(answer.headers), place


@pytest.mark.parametrize("place", REDIRECTS)
def test_a_redirect_leads_to_a_path(
    client: FlaskClient, published: dict[str, str], place: str
) -> None:
    slug = client.get(f"/v1/articles/{published['talks']}").get_json()["slug"]
    answer = client.get(place.format(slug=slug), headers={"Host": "a/b@evil.example:99"})
    assert answer.status_code in {302, 303, 307, 308}
    location = answer.headers["Location"]
    assert location.startswith("/")
    assert not location.startswith("//")
    assert "evil" not in location


def test_a_redirect_keeps_the_query(client: FlaskClient) -> None:
    answer = client.get("/v1//articles?q=a%20b&limit=3")
    assert answer.headers["Location"] == "/v1/articles?q=a%20b&limit=3"
