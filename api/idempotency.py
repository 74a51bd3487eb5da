"""`Idempotency-Key`: a request that comes again gets the answer that it got, and is not done again.

A client that heard nothing cannot know whether its request was done; with a key it simply asks
again. What is kept of a request is made before the work, so that two at once are one, and finished
with the answer. All that is redone, as after a crash, is safe to redo.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from hashlib import sha256
from http import HTTPStatus
from threading import Thread
from typing import Any
from uuid import uuid4

import orjson
import structlog
from flask import Response, current_app, request

from api.auth import identified
from api.bodies import received
from api.context import db
from api.delivery import REQUEST_ID
from api.problems import MEDIA_TYPE, BadInputError, RefusedError, fault
from store import idempotency
from store.client import Document
from store.errors import UnavailableError

IDEMPOTENCY_KEY_PATTERN = "[!-~](?:[ -~]{0,198}[!-~])?"
LEASE = timedelta(seconds=15)
"""For how long a request that was cut off keeps others from doing it."""
MOST_BYTES = 64 * 1024
"""The largest body of an answer that is kept; a request with a larger one is done again."""

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"

_KEY = re.compile(IDEMPOTENCY_KEY_PATTERN)
_KEPT_HEADERS = (
    *("Content-Type", "Content-Language", "Cache-Control", "ETag", "Last-Modified"),
    *("Location", "Link", "Accept-Encoding"),
)
_RETRY_SECONDS = 1
_FINAL = {2, 4}
_NOT_FINAL = {HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}
_log = structlog.get_logger("byline.idempotency")


def idempotent(view: Callable[..., Any], *, lease: timedelta = LEASE) -> Callable[..., Any]:
    """Let a view that takes POST be asked again with the same key, and do its work once.

    To stand directly below `@requires`, or below the route where that is not there. A view that
    works for long needs a longer `lease`.
    """

    @wraps(view)
    def once(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return view(*args, **kwargs)
        if not _KEY.fullmatch(key):
            raise BadInputError([fault("header", HEADER, "must be 1 to 200 printable characters")])
        record_id, owner = _record_id(key), uuid4().hex
        asked = _fingerprint()
        try:
            begun = idempotency.begin(db(), record_id, asked, owner, _now(), lease)
        except UnavailableError:  # it may have begun even so
            _in_own_time(partial(idempotency.give_up, db(), record_id, owner))
            raise
        if begun:
            if begun["request"] != asked:
                raise BadInputError(
                    [fault("header", HEADER, "was used for another request")],
                    HTTPStatus.UNPROCESSABLE_ENTITY,
                )
            if begun["answer"] is None:
                raise RefusedError(
                    HTTPStatus.CONFLICT,
                    "The same request is being worked on. Ask again for its answer.",
                    {"Retry-After": str(_RETRY_SECONDS)},
                )
            if begun["answer"]["body"] is not None:
                return _replayed(begun["answer"])
        answer = _answer_of(view, *args, **kwargs)
        _remember(record_id, owner, answer)
        return answer

    once.__dict__["_apidoc"] = getattr(view, "_apidoc", {}) | {"idempotent": True}
    return once


def _now() -> datetime:
    return datetime.now(UTC)


def _record_id(key: str) -> str:
    """Name what is kept by whose key it is: clients that know nothing of each other may agree."""
    try:
        who = identified()
    except RefusedError:  # where a key is needed this was told before; elsewhere it is no matter
        who = None
    whose = ("key", who.id) if who else ("address", str(request.remote_addr), request.path)
    return sha256("\n".join([*whose, key]).encode("utf-8", "surrogatepass")).hexdigest()


def _fingerprint() -> str:
    """Tell a request from others: its method, its path with the query, its condition, its body."""
    sent = sha256(f"{request.method} {request.environ['PATH_INFO']}".encode())
    condition = request.headers.get("If-Match", "").encode("utf-8", "surrogatepass")
    for part in (request.query_string, condition, received(request)):
        sent.update(sha256(part).digest())
    return sent.hexdigest()


def _answer_of(view: Callable[..., Any], *args: Any, **kwargs: Any) -> Response:
    """Have the view answer; an error, too, is an answer."""
    try:
        made = view(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - as Flask would, a moment later
        made = current_app.handle_user_exception(error)
    return current_app.make_response(made)


def _remember(record_id: str, owner: str, answer: Response) -> None:
    """Keep an answer that will be the same the next time; what was done is done, kept or not."""
    if answer.status_code // 100 in _FINAL and answer.status_code not in _NOT_FINAL:
        note = partial(idempotency.finish, db(), record_id, owner, _kept(answer))
    else:
        note = partial(idempotency.give_up, db(), record_id, owner)
    try:
        note()
    except UnavailableError as error:
        _log.warning("answer not kept", path=request.path, reason=str(error))
        _in_own_time(note)


def _in_own_time(note: Callable[[], None]) -> None:
    """Try what the time of the request did not suffice for, so that the lease bars nobody."""
    Thread(target=_try, args=(note,), daemon=True).start()


def _try(note: Callable[[], None]) -> None:
    with suppress(UnavailableError):  # then the lease runs out
        note()


def _kept(answer: Response) -> Document:
    """Give what is kept of an answer: without a body, only that there was one."""
    body = answer.get_data()
    return {
        "status": answer.status_code,
        "headers": [
            [name, answer.headers[name]] for name in _KEPT_HEADERS if name in answer.headers
        ],
        "body": body if len(body) <= MOST_BYTES else None,
    }


def _replayed(kept: Document) -> Response:
    """Give a kept answer, under the id of this request."""
    answer = Response(kept["body"], kept["status"], [tuple(pair) for pair in kept["headers"]])
    if answer.mimetype == MEDIA_TYPE:
        problem = orjson.loads(kept["body"]) | {"request_id": request.environ[REQUEST_ID]}
        answer.set_data(orjson.dumps(problem))
    answer.headers[REPLAYED] = "true"
    return answer
