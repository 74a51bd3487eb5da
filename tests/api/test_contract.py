"""What the OWASP rules for API documents come to, so that a change cannot lose it unseen."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.contract import LARGEST, completed
from tests.api.asking import ask

METHODS = {"get", "put", "post", "delete", "patch"}
Path = tuple[str, ...]


@pytest.fixture
def spec(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = ask(client, "/openapi.json")
    return found


def schemas(part: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Find all that have a type, wherever they are."""
    if isinstance(part, list):
        part = {str(number): each for number, each in enumerate(part)}
    if isinstance(part, dict):
        if isinstance(part.get("type"), str | list):
            yield path, part
        for name, below in part.items():
            yield from schemas(below, (*path, name))


def kinds(schema: dict[str, Any]) -> set[str]:
    return {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in spec["paths"].items():
        for method in METHODS & item.keys():
            yield f"{method} {path}", item[method]


def resolved(spec: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in answer:
        return answer
    found: dict[str, Any] = spec["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return found


def test_everything_in_the_document_has_a_bound(spec: dict[str, Any]) -> None:
    found = list(schemas(spec))
    assert len(found) > 300
    for path, schema in found:
        if "string" in kinds(schema):
            assert schema.keys() & {"maxLength", "enum", "const"}, path
        if "array" in kinds(schema):
            assert "maxItems" in schema, path
        if "integer" in kinds(schema):
            assert schema.keys() >= {"format", "minimum", "maximum"}, path


def test_what_comes_in_has_a_bound_of_its_own(spec: dict[str, Any]) -> None:
    taken = {name: each for name, each in spec["components"]["schemas"].items() if takes(name)}
    asked = {
        path: [*item.get("parameters", []), *(each.get("parameters", []) for each in item.values()
               if isinstance(each, dict))]
        for path, item in spec["paths"].items()
    }  # fmt: skip
    found = list(schemas([taken, asked]))
    assert len(found) > 100
    for path, schema in found:
        assert schema.get("maxLength", 0) < LARGEST, path
        assert schema.get("maxItems", 0) < LARGEST, path


def takes(name: str) -> bool:
    return name.endswith(("Input", "Edit", "Patch", "Draft", "InBatch")) or name == "Batch"


def test_every_answer_names_what_it_carries(spec: dict[str, Any]) -> None:
    for name, operation in operations(spec):
        assert {"400", "429", "500", "default"} <= operation["responses"].keys(), name
        for status, answer in operation["responses"].items():
            headers = resolved(spec, answer)["headers"]
            assert headers.keys() >= {"Access-Control-Allow-Origin", "RateLimit"}, (name, status)
        assert "Retry-After" in resolved(spec, operation["responses"]["429"])["headers"]


def test_what_writes_needs_a_key_or_says_that_it_needs_none(spec: dict[str, Any]) -> None:
    assert spec["security"] == [{}]
    open_to_all = {
        name
        for name, operation in operations(spec)
        if not name.startswith("get ") and "security" not in operation
    }
    assert open_to_all == {"post /v1/articles/{article_id}/comments"}


def test_what_is_changed_must_be_named_in_the_form_that_was_seen(spec: dict[str, Any]) -> None:
    needed = {
        name
        for name, operation in operations(spec)
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "If-Match" and parameter["required"]
    }
    ways = ("put", "patch", "delete")
    places = ("/v1/articles/{article_id}", "/v1/sources/{source_id}")
    assert needed == {f"{way} {place}" for way in ways for place in places}


def test_no_bound_is_put_in_place_of_one_that_is_there() -> None:
    own = {"type": "string", "maxLength": 5}
    free = {"type": ["integer", "null"], "minimum": -3}
    document = {"paths": {}, "components": {"schemas": {"A": own, "B": free}}}
    made = completed(document)["components"]["schemas"]
    assert made["A"] == own
    assert made["B"] == free | {"format": "int32", "maximum": 2**31 - 1}
