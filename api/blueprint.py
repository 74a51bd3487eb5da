"""The blueprint that every resource uses: strict about parameters, honest about problems."""

import inspect
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from http import HTTPStatus
from itertools import islice
from typing import Any, NoReturn

from flask import Request, abort, current_app, request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import RAISE, Schema, ValidationError
from marshmallow.exceptions import SCHEMA
from webargs.flaskparser import FlaskParser

from api import bodies
from api.caching import IF_MATCH, LONGEST_IF_MATCH
from api.delivery import JSON, takes, template
from api.direct import Read, path_of
from api.idempotency import IDEMPOTENCY_KEY_PATTERN
from api.problems import PROBLEM, BadInputError, Fault, fault
from api.query import QueryError, read_query

_BAD_VALUES = HTTPStatus.UNPROCESSABLE_ENTITY
_MOST_FAULTS = 50
"""Of a body with more only so many are told."""
_MARSHMALLOWS_UNKNOWN = Schema.error_messages.get("unknown", "Unknown field.")
_LONGEST_REMEMBERED = 500
"""What a client sends is remembered up to this many characters: it takes memory."""


class StrictParser(FlaskParser):
    """A parser that refuses unknown, repeated and malformed parameters with 400.

    Of a body it refuses with 400 what is not strictly JSON, with 422 what are bad values.
    """

    DEFAULT_VALIDATION_STATUS = 400

    def parse(self, argmap: Any, req: Request | None = None, **options: Any) -> Any:
        """Load the arguments: a query as it was sent, where Flask forgives what is malformed."""
        if options["location"] == "query":
            return load_query(argmap, (req or request).query_string)
        return super().parse(argmap, req, **options)

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Read the body, which must be an object, or a list of them where the schema is of many.

        A schema whose body `may_be_absent` then takes it for an empty object.
        """
        if getattr(schema, "may_be_absent", False) and not req.get_data():
            return {}
        sent = bodies.read(req)
        kind, name = (list, "a list") if schema.many else (dict, "an object")
        if not isinstance(sent, kind):
            raise BadInputError([fault("body", "", f"must be {name}")], _BAD_VALUES)
        return sent

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, **_: Any
    ) -> NoReturn:
        """Turn marshmallow's messages into faults that name the fields."""
        [fields] = error.messages_dict.values()
        raise BadInputError(faults_in_body(fields), _BAD_VALUES)


class Blueprint(SmorestBlueprint):  # type: ignore[misc] # flask-smorest has no types
    """A flask-smorest blueprint with our parser; it documents what its views have in common."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Document, after the answers, the problems, and the ETags unless `etags` is false.

        `makes` is the type of what its views answer with, if that is not JSON.
        """
        etags = kwargs.pop("etags", True)
        self.direct: list[Read] = []
        self.makes: str = kwargs.pop("makes", JSON)
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks += [
            _document_access,
            _document_retries,
            _document_conditions,
            _document_problems,
        ]
        if etags:
            self._prepare_doc_cbks.append(_document_etags)

    def route(self, rule: str, *, direct: bool = False, **options: Any) -> Callable[..., Any]:
        """Register a view; with `direct`, it is asked without Flask where that makes no difference.

        That is for views that take values of the query, and work with `api.context` alone.
        """
        register = super().route(rule, **options)

        def decorate(view: Callable[..., Any]) -> Any:
            if direct:
                self.direct.append(self._read(f"{self.url_prefix}{rule}", view))
            return register(view)

        return decorate

    def _read(self, rule: str, view: Any) -> Read:
        [query] = view.__dict__["_apidoc"]["arguments"]["parameters"]
        load = partial(load_query, query["schema"])
        return Read(template(rule), path_of(rule), load, inspect.unwrap(view))

    def register_views_in_doc(self, api: Any, *args: Any, **kwargs: Any) -> None:
        """Have the views described when the document is first asked for.

        It takes more than all else that makes an app, and a start need not wait for it.
        """
        api.descriptions.append(partial(super().register_views_in_doc, api, *args, **kwargs))

    def _store_endpoint_docs(self, endpoint: str, *args: Any, **kwargs: Any) -> None:
        """Name each operation after its view, for those who make clients from the document."""
        super()._store_endpoint_docs(endpoint, *args, **kwargs)
        for method, doc in self._docs[endpoint].items():
            if method != "parameters":
                doc["manual_doc"] = {"operationId": endpoint}


def refuse_stray_parameters() -> None:
    """Refuse a query where a documented view takes none; to run before every request."""
    if not request.query_string:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    documented = getattr(view, "_apidoc", None)
    if documented is not None and not _takes_a_query(documented):
        faults = [fault("query", name, _UNKNOWN) for name in query_values(request.query_string)]
        if faults:  # "?&" names nothing
            raise BadInputError(faults)


def refuse_unacceptable() -> None:
    """Refuse to make what the client takes none of (RFC 9110, section 15.5.7); likewise."""
    made = getattr(current_app.blueprints.get(request.blueprint or ""), "makes", JSON)
    if request.path.startswith("/v1/") and not takes(request.environ, made):
        abort(HTTPStatus.NOT_ACCEPTABLE, f"This is {made}, which Accept leaves out.")


def load_query(schema: Schema, sent: bytes) -> dict[str, Any]:
    """Load the values of a query; raise BadInputError if it is not right.

    One that was right once is right again, and not loaded anew: even an empty one takes a schema a
    twentieth of the time of a whole request.
    """
    remembered = len(sent) <= _LONGEST_REMEMBERED
    return dict((_load_query if remembered else _load_query.__wrapped__)(schema, sent))


@lru_cache(maxsize=1_000)
def _load_query(schema: Schema, sent: bytes) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(query_values(sent), unknown=RAISE)
    except ValidationError as error:
        messages = error.messages_dict.items()
        raise BadInputError(
            [fault("query", name, _first(said)) for name, said in messages]
        ) from error
    return loaded


def query_values(query: bytes) -> dict[str, str]:
    """Give the parameters of a query; raise BadInputError if it cannot be read."""
    try:
        return read_query(query)
    except QueryError as error:
        raise BadInputError([fault("query", error.field, error.message)]) from error


_UNKNOWN = "is not a parameter here"
_UNKNOWN_FIELD = "is not a field here"


def _takes_a_query(documented: dict[str, Any]) -> bool:
    """Tell whether a view has declared parameters of its query."""
    parameters = documented.get("arguments", {}).get("parameters", [])
    return any(parameter["in"] == "query" for parameter in parameters)


def _first(messages: Any, unknown: str = _UNKNOWN) -> str:
    """Find the first message, also below the places of a list."""
    while not isinstance(messages, str):
        messages = next(iter(messages.values() if isinstance(messages, dict) else messages))
    return unknown if messages == _MARSHMALLOWS_UNKNOWN else messages


def faults_in_body(messages: Any) -> list[Fault]:
    """Give what marshmallow says is wrong with the values of a body, field by field."""
    return list(islice(_in_body(messages), _MOST_FAULTS))


def _in_body(messages: Any, path: tuple[str, ...] = ()) -> Iterator[Fault]:
    """Give a fault for each field that has a message, however deep it is."""
    if not isinstance(messages, dict):
        yield fault("body", ".".join(path), _first(messages, _UNKNOWN_FIELD))
        return
    for place, below in messages.items():
        yield from _in_body(below, path if place == SCHEMA else (*path, str(place)))


def _document_access(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Document who may use a view that requires a scope (see `api.auth`)."""
    if scope := doc_info.get("requires"):
        doc["security"] = [{"bearer": [scope]}, {"api_key": [scope]}]
        responses = doc.setdefault("responses", {})
        responses[401] = responses[403] = PROBLEM | {"headers": _CHALLENGE}
    return doc


def _document_retries(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Document what may be sent again (see `api.idempotency`)."""
    if doc_info.get("idempotent"):
        doc.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
        responses = doc.setdefault("responses", {})
        responses |= dict.fromkeys((400, 409, 422), PROBLEM)
    return doc


def _document_conditions(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Document what must have been seen to be changed (see `api.caching`)."""
    if (required := doc_info.get("condition")) is not None:
        doc.setdefault("parameters", []).append(_CONDITION | {"required": required})
        responses = doc.setdefault("responses", {})
        responses |= dict.fromkeys((400, 412), PROBLEM)
        if required:
            responses[428] = PROBLEM
    return doc


def _document_problems(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
    responses = doc.setdefault("responses", {})
    if "arguments" in doc_info:
        responses[400] = PROBLEM
    if "requestBody" in doc:
        responses |= dict.fromkeys((413, 415, 422), PROBLEM)
    responses["default"] = PROBLEM
    return doc


def _document_etags(
    doc: dict[str, Any], _: dict[str, Any], *, method: str, **__: Any
) -> dict[str, Any]:
    if method == "get":
        doc["responses"][200]["headers"] = {"ETag": _ETAG}
        doc["responses"][304] = _NOT_MODIFIED
    return doc


_ETAG = {
    "description": "Send it back in If-None-Match to learn whether this is still the answer.",
    "schema": {"type": "string"},
}
_CONDITION = {
    "in": "header",
    "name": IF_MATCH,
    "description": "The ETag of what is to be changed, as it was read last, or `*`.",
    "schema": {"type": "string", "maxLength": LONGEST_IF_MATCH},
}
_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "The same key with the same request gets the same answer for 24 hours.",
    "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY_PATTERN}$", "maxLength": 200},
}
_CHALLENGE = {
    "WWW-Authenticate": {
        "description": "What is missing (RFC 6750).",
        "required": True,
        "schema": {"type": "string"},
    }
}
_NOT_MODIFIED = {"description": "Still the answer whose ETag was sent.", "headers": {"ETag": _ETAG}}
