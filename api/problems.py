"""Errors, as RFC 9457 problem documents. The only place that turns failures into statuses."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from api.delivery import REQUEST_ID, Made
from desk.comments import ClosedError
from store.errors import ConflictError, GoneError, NotFoundError, UnavailableError

MEDIA_TYPE = "application/problem+json"
PROBLEM = {
    "description": "A problem document (RFC 9457).",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
"""How the OpenAPI document describes an error."""
RETRY_SECONDS = 2
"""How long a client should wait for a database that is away: about an election."""

Fault = dict[str, str]
"""What is wrong where: `in`, `field`, `message`."""

_LONGEST_ECHO = 200
_MOST_NAMED = 10
_log = structlog.get_logger("byline.problems")


class BadInputError(Exception):
    """A request that asks in a way that is not allowed; each fault names a field."""

    def __init__(self, faults: list[Fault], status: int = HTTPStatus.BAD_REQUEST) -> None:
        """Keep the faults, and the status: 400, or 422 for a well-formed body."""
        super().__init__(faults)
        self.faults = faults
        self.status = status


class RefusedError(Exception):
    """A request that is refused for what it is as a whole, and the headers that say more."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        """Keep the status, such as 401 or 415, and a sentence for a person."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


class TooManyError(Exception):
    """A client has done what it may do for now; `seconds` is when it may go on."""

    def __init__(self, detail: str, seconds: int) -> None:
        """Say in words how much it may."""
        super().__init__(detail)
        self.detail = detail
        self.seconds = seconds


def fault(where: str, field: str, message: str) -> Fault:
    """Describe what is wrong; `where` is query, path, header or body.

    The `field` of a body is a path such as `feeds.0`, and "" for all of it.
    """
    return {"in": where, "field": field[:_LONGEST_ECHO], "message": message}


def document(
    status: int, detail: str, *, instance: str, request_id: str, faults: list[Fault] | None = None
) -> bytes:
    """Write a problem document."""
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "instance": instance,
        "request_id": request_id,
    }
    if faults:
        problem["errors"] = faults
    return orjson.dumps(problem)


def register(app: Flask) -> None:
    """Let every error leave the app as a problem document."""
    app.register_error_handler(BadInputError, _bad_input)
    app.register_error_handler(RefusedError, _refused)
    app.register_error_handler(TooManyError, _too_many)
    app.register_error_handler(ClosedError, _closed)
    app.register_error_handler(NotFoundError, not_found)
    app.register_error_handler(ConflictError, _conflict)
    app.register_error_handler(UnavailableError, unavailable)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crash)


def _bad_input(error: BadInputError) -> Response:
    fields = list(dict.fromkeys(fault["field"] for fault in error.faults))
    if fields == [""]:
        detail = f"The body {error.faults[0]['message']}."
    else:
        more = ["…"] if len(fields) > _MOST_NAMED else []
        detail = f"This cannot be asked: see {', '.join(fields[:_MOST_NAMED] + more)}."
    return _answer(error.status, detail, faults=error.faults)


def _refused(error: RefusedError) -> Response:
    answer = _answer(error.status, error.detail)
    answer.headers.update(error.headers)
    return answer


def _too_many(error: TooManyError) -> Response:
    answer = _answer(HTTPStatus.TOO_MANY_REQUESTS, error.detail)
    answer.headers["Retry-After"] = str(error.seconds)
    return answer


def too_many_reads(error: TooManyError, path: str, request_id: str) -> Made:
    """Answer 429 to a read that Flask never sees."""
    status = HTTPStatus.TOO_MANY_REQUESTS
    body = document(status, error.detail, instance=quote(path), request_id=request_id)
    headers = [
        ("Content-Type", MEDIA_TYPE),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Retry-After", str(error.seconds)),
    ]
    return f"{status.value} {status.phrase.upper()}", headers, body


def not_found(error: NotFoundError) -> Response:
    """Answer 404, or 410 for good, and say what kind of thing is not there."""
    if isinstance(error, GoneError):
        return _answer(HTTPStatus.GONE, f"The {error.kind} was deleted.")
    return _answer(HTTPStatus.NOT_FOUND, f"There is no such {error.kind}.")


def _conflict(_: ConflictError) -> Response:
    return _answer(HTTPStatus.CONFLICT, "Somebody else is changing the same. Try again.")


def _closed(error: ClosedError) -> Response:
    return _answer(HTTPStatus.FORBIDDEN, str(error))


def unavailable(error: UnavailableError) -> Response:
    """Answer 503, and say when to try again."""
    _log.warning("database unavailable", reason=str(error), path=request.path)
    answer = _answer(HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer. Try again.")
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _http_error(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    answer = _answer(status, error.description or HTTPStatus(status).phrase)
    for name, value in error.get_headers():  # Allow, Retry-After, WWW-Authenticate
        if name not in {"Content-Type", "Content-Length"}:
            answer.headers[name] = value
    return answer


def _crash(error: Exception) -> Response:
    _log.error("unexpected error", path=request.path, exc_info=error)
    return _answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong here. The log has more under the request id.",
    )


def _answer(status: int, detail: str, faults: list[Fault] | None = None) -> Response:
    request_id = request.environ[REQUEST_ID]
    body = document(
        status, detail, instance=quote(request.path), request_id=request_id, faults=faults
    )
    # Unless that is said a 404 may be kept (RFC 9110, section 15.1), and be wrong a moment later.
    kept = {"Cache-Control": "no-store"}
    return Response(body, status, headers=kept, mimetype=MEDIA_TYPE)
