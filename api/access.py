"""The access log: one line for each request, where the operator wants that."""

from typing import TYPE_CHECKING

import structlog

from api.delivery import REQUEST_ID, decoded
from api.traffic import Kind
from desk import keys

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_LONGEST_PATH = 500
_log = structlog.get_logger("byline.access")


def log(environ: "WSGIEnvironment", kind: Kind, seconds: float, sent: int) -> None:
    """Log a request: without its query, which tells what somebody looks for, or what they let slip.

    Of a key only the prefix is told, which is no secret; whether it was good, the status tells.
    """
    method, route, status, memory = kind
    _log.info(
        "request",
        request_id=environ[REQUEST_ID],
        method=method,
        path=decoded(environ["PATH_INFO"])[:_LONGEST_PATH],
        route=route,
        status=int(status[:3]),
        ms=round(seconds * 1000, 3),
        bytes=sent,
        client=environ.get("REMOTE_ADDR"),
        cache=memory,
        key=_prefix(environ),
    )


def _prefix(environ: "WSGIEnvironment") -> str | None:
    for name in ("HTTP_X_API_KEY", "HTTP_AUTHORIZATION"):
        token = environ.get(name, "").strip().rpartition(" ")[2]  # without "Bearer"
        if prefix := keys.parse(token):
            return prefix
    return None
