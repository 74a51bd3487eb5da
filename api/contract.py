"""The OpenAPI document, completed by what holds for all of it, so that no view has to say it.

What every answer carries, what every request can be answered with, and how large a value can be
where its schema does not say: clients, gateways and generators plan with such bounds.
"""

from collections.abc import Callable, Iterator
from typing import Any

from api.problems import PROBLEM

LARGEST = 16 * 1024 * 1024
"""No document in MongoDB has more bytes than that, so no text in an answer has more characters, and
no list more items."""
LONGEST_TIME = 56
"""RFC 3339 with as many decimals as are read."""

_Part = dict[str, Any]

_SMALL = {"format": "int32", "minimum": 0, "maximum": 2**31 - 1}
_LENGTHS = {"date": 10, "date-time": LONGEST_TIME}
_METHODS = {"get", "post", "put", "patch", "delete"}


def _header(description: str, longest: int, pattern: str) -> _Part:
    schema = {"type": "string", "maxLength": longest, "pattern": f"^{pattern}$"}
    return {"description": description, "schema": schema}


_ITEM = r'"[a-z0-9-]+"(?:;[a-z]+=[0-9]+)+'
_LIMITS = {
    "RateLimit": _header(
        "Where a limit holds: by its name, how many requests are left (`r`), and in how many "
        "seconds all of them are there again (`t`).",
        1_000,
        rf"{_ITEM}(?:, {_ITEM})*",
    ),
    "RateLimit-Policy": _header(
        "Where a limit holds: by its name, how many requests (`q`) in how many seconds (`w`).",
        1_000,
        rf"{_ITEM}(?:, {_ITEM})*",
    ),
}
_ORIGIN = {
    "Access-Control-Allow-Origin": {
        "description": "Pages from everywhere may read this.",
        "required": True,
        "schema": {"const": "*"},
    }
}
_RETRY_AFTER = {
    "description": "In how many seconds to try again.",
    "required": True,
    "schema": {"type": "integer", **_SMALL},
}
_TOO_MANY = PROBLEM | {"headers": {"Retry-After": _RETRY_AFTER}}
_SHARED = {"Problem": PROBLEM, "TooMany": _TOO_MANY}
"""The answers that are described once, by name."""
_ALWAYS: dict[str, _Part] = {"400": PROBLEM, "429": _TOO_MANY, "500": PROBLEM}
"""What every request can be answered with, such as one with an unknown parameter."""


def completed(document: _Part) -> _Part:
    """Give an OpenAPI document with all that it does not say of itself."""
    paths = {
        path: {name: _operation(part) if name in _METHODS else part for name, part in item.items()}
        for path, item in document["paths"].items()
    }
    responses = {name: _carrying(part) for name, part in _SHARED.items()}
    components = document["components"] | {"responses": responses}
    whole: _Part = _mapped(document | {"paths": paths, "components": components}, _bounded)
    return whole


def _operation(operation: _Part) -> _Part:
    answers = _ALWAYS | operation["responses"]
    return operation | {"responses": {status: _answer(each) for status, each in answers.items()}}


def _answer(answer: _Part) -> _Part:
    """Document the headers that all answers have; refer to what is described once."""
    for name, shared in _SHARED.items():
        if answer in (shared, {"$ref": f"#/components/responses/{name}"}):
            return {"$ref": f"#/components/responses/{name}"}
    return _carrying(answer)


def _carrying(answer: _Part) -> _Part:
    return answer | {"headers": answer.get("headers", {}) | _LIMITS | _ORIGIN}


def _mapped(part: Any, change: Callable[[_Part], _Part]) -> Any:
    """Give what a document holds with every object of it changed, the innermost first."""
    if isinstance(part, list):
        return [_mapped(each, change) for each in part]
    if not isinstance(part, dict):
        return part
    return change({name: _mapped(below, change) for name, below in part.items()})


def _bounded(part: _Part) -> _Part:
    """Bound a schema by what is true of everything; its own bounds go before that."""
    bounds: _Part = {}
    for kind in _kinds(part):
        if kind == "integer":
            bounds |= _SMALL if part.get("maximum", 0) < 2**31 else {"format": "int64"}
        elif kind == "array":
            bounds["maxItems"] = LARGEST
        elif kind == "string" and part.keys().isdisjoint(("enum", "const")):
            bounds["maxLength"] = _LENGTHS.get(part.get("format", ""), LARGEST)
    return bounds | part


def _kinds(part: _Part) -> Iterator[str]:
    """Tell what a schema is of; nothing of what is no schema."""
    kinds = part.get("type")
    if isinstance(kinds, str):
        yield kinds
    elif isinstance(kinds, list):
        yield from kinds
