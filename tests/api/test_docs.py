import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from api import API_VERSION
from tests.api.asking import ask, said

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
ADDRESS = re.compile(r"""(?:https?:)?//[\w.-]+""")
WITH_OTHER_NAMES = ("/v1/articles/{article_id}", "/v1/sources/{source_id}")
PROBLEM = {"$ref": "#/components/schemas/Problem"}
OTHER_TYPES = {"/metrics": "text/plain", "/v1/changes/stream": "text/event-stream"}


@pytest.fixture
def spec(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = ask(client, "/openapi.json")
    return found


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, item[method])
        for path, item in spec["paths"].items()
        for method in METHODS & item.keys()
    ]


def parameters(spec: dict[str, Any], path: str) -> dict[str, dict[str, Any]]:
    item = spec["paths"][path]
    both = [*item.get("parameters", []), *item["get"].get("parameters", [])]
    return {parameter["name"]: parameter for parameter in both}


def paths_read(spec: dict[str, Any]) -> list[str]:
    """Give the paths that can be read; those for writing take their values in bodies."""
    return [path for path, item in spec["paths"].items() if "get" in item]


def test_the_document_is_valid_openapi_3_1(spec: dict[str, Any]) -> None:
    assert spec["openapi"].startswith("3.1.")
    assert spec["info"]["title"] == "Byline"
    assert spec["info"]["version"] == API_VERSION
    validate(spec, cls=OpenAPIV31SpecValidator)


def test_every_route_is_documented_and_nothing_else(app: Flask, spec: dict[str, Any]) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1/") or rule.rule in {"/livez", "/readyz", "/metrics"}
    }
    assert len(served) > 30
    assert served == {(path, method) for path, method, _ in operations(spec)}


def test_no_operation_has_the_id_of_another(spec: dict[str, Any]) -> None:
    ids = [operation["operationId"] for *_, operation in operations(spec)]
    assert len(ids) == len(set(ids)) > 10


def test_every_operation_says_what_it_does_and_how_it_fails(spec: dict[str, Any]) -> None:
    for path, method, operation in operations(spec):
        assert operation["summary"], path
        [tag] = operation["tags"]
        assert tag in {tag["name"] for tag in spec["tags"]}
        responses = dict(operation["responses"])
        done = [status for status in responses if status.startswith("2")]
        assert done, path
        for status in done:
            media_types = list(responses.pop(status).get("content", ()))
            wanted = OTHER_TYPES.get(path, "application/json")
            assert [each.partition(";")[0] for each in media_types] == (
                [] if status == "204" else [wanted]
            )
        moved = responses.pop("302" if method == "get" else "308", None)
        assert (moved is not None) == path.startswith(WITH_OTHER_NAMES), path
        is_kept = path.startswith("/v1/") and path not in OTHER_TYPES and method == "get"
        assert ("304" in responses) == is_kept
        responses.pop("304", None)
        assert "default" in responses
        assert {"400", "429", "500"} < responses.keys(), path
        assert ({"401", "403"} <= responses.keys()) == ("security" in operation), path
        for response in responses.values():
            shared = response.get("$ref", "").rpartition("/")[2]
            found = spec["components"]["responses"].get(shared, response)
            assert found["content"] == {"application/problem+json": {"schema": PROBLEM}}, path


def test_every_parameter_says_what_it_is_for(spec: dict[str, Any]) -> None:
    for path in paths_read(spec):
        named = parameters(spec, path)
        in_path = {name for name, parameter in named.items() if parameter["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))
        for name, parameter in named.items():
            assert parameter["description"], (path, name)
            assert parameter["required"] == (name in in_path)


def test_no_parameter_may_be_null(spec: dict[str, Any]) -> None:
    for path in paths_read(spec):
        for name, parameter in parameters(spec, path).items():
            assert "null" not in parameter["schema"].get("type", []), (path, name)
            assert parameter["schema"].get("default", "") is not None, (path, name)


def test_what_the_document_says_of_a_limit_is_so(client: FlaskClient, spec: dict[str, Any]) -> None:
    limit = parameters(spec, "/v1/articles")["limit"]["schema"]
    assert limit == {
        "type": "integer",
        "format": "int32",
        "minimum": 1,
        "maximum": 100,
        "default": 20,
    }
    for number, status in ((0, 400), (1, 200), (100, 200), (101, 400)):
        assert client.get(f"/v1/articles?limit={number}").status_code == status


def test_the_articles_of_a_source_take_all_parameters_but_the_sources(spec: dict[str, Any]) -> None:
    everywhere = parameters(spec, "/v1/articles").keys()
    of_source = parameters(spec, "/v1/sources/{source_id}/articles").keys()
    assert everywhere - of_source == {"source", "exclude_source"}
    assert of_source - everywhere == {"source_id"}


def test_the_document_is_the_same_for_every_host(client: FlaskClient) -> None:
    evil = client.get("/openapi.json", headers={"Host": "evil.example"})
    assert "evil.example" not in evil.text
    assert evil.data == client.get("/openapi.json").data
    assert said(evil)["servers"] == [{"url": "/", "x-internal": False}]


@pytest.mark.parametrize("place", ["/docs", "/docs/"])
def test_the_page_of_the_documentation_needs_nothing_from_elsewhere(
    client: FlaskClient, place: str
) -> None:
    page = client.get(place, headers={"Host": "evil.example"})
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    assert ADDRESS.search(page.text) is None
    assert "evil.example" not in page.text
    assert "/openapi.json" in page.text
    used = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(used) >= 4
    for address in used:
        with client.get(address) as part:
            assert part.status_code == 200, address
            assert part.data


def test_the_page_of_the_documentation_may_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    policy = client.get("/docs/").headers["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert "http" not in policy
    assert "*" not in policy


def test_styles_of_the_documentation_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    with client.get("/docs/swagger-ui.css") as style:
        loaded = re.findall(r"url\(([^)]*)\)|@import", style.get_data(as_text=True))
    assert all(address.startswith(("data:", "'data:", '"data:')) for address in loaded)


@pytest.mark.parametrize("name", ["nope.js", "..%2f..%2fapp.py", "%00", "../../settings.py"])
def test_the_documentation_serves_its_own_files_only(client: FlaskClient, name: str) -> None:
    with client.get(f"/docs/{name}") as answer:
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
