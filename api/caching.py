"""Answers that clients and proxies may keep: ETag, Last-Modified, Cache-Control, 304 (RFC 9110)."""

from datetime import datetime
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, abort, request

from api import context

_ETAG_BYTES = 16


def answer(
    payload: Any, *, headers: dict[str, str] | None = None, last_modified: datetime | None = None
) -> Response:
    """Give data as JSON, to be kept by whoever asked until it changes; 304 to who has it already.

    Pass `last_modified` only for what is newer whenever it is different. A list is not: it is no
    newer for an article that has left it, so only its ETag can tell.
    """
    response = Response(orjson.dumps(payload), mimetype="application/json", headers=headers)
    max_age = context.settings().max_age
    response.headers["Cache-Control"] = f"public, max-age={max_age}" if max_age else _ASK_AGAIN
    response.headers["Vary"] = "Accept-Encoding"
    tag = blake2b(response.get_data(), digest_size=_ETAG_BYTES).hexdigest()
    response.set_etag(tag)
    if last_modified:
        response.last_modified = last_modified
    if request.if_match and not request.if_match.contains(tag):
        abort(HTTPStatus.PRECONDITION_FAILED)
    # Werkzeug would refuse `If-Match: *`, and answer 412 in place of a 304.
    response.make_conditional(request.environ | {"HTTP_IF_MATCH": ""})
    return response


_ASK_AGAIN = "public, no-cache"
