"""Answers that may be kept: by clients and proxies (RFC 9111), and by our own memory.

And what follows from them for who wants to change what they show (RFC 9110, section 13).
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, abort, request
from werkzeug.datastructures import ETags, Headers
from werkzeug.http import http_date, parse_etags

from api import context
from api.delivery import MADE_FROM
from api.memory import Tag
from api.problems import BadInputError, fault

IF_MATCH = "If-Match"
LONGEST_IF_MATCH = 2_000
_TOO_LONG = f"must be of at most {LONGEST_IF_MATCH:,} characters"
_ETAG_BYTES = 16
_OWN = "."
"""Where in an ETag the part ends that tells only of what a client can change."""
_ASK_AGAIN = "public, no-cache"


def depends_on(*tags: Tag) -> None:
    """Note what the answer to this request is made from; only then is it kept in memory.

    That is every document, and every collection as a whole, whose change could change the answer.
    """
    context.environ().setdefault(MADE_FROM, set()).update(tags)


def answer(
    payload: Any,
    *,
    headers: dict[str, str] | None = None,
    last_modified: datetime | None = None,
    own: Any = None,
) -> Response:
    """Give data as JSON, with what tells its next version from it.

    Pass as `own` what a client can change of it, if all else changes by itself at any time; only
    that is compared by `require_match`. Pass `last_modified` only for what is newer whenever it is
    different: a list is no newer for an article that has left it, so only its ETag can tell.
    """
    body = orjson.dumps(payload)
    tag = _tag_of(body, own)
    _heed_preconditions(tag, last_modified)
    max_age = context.settings().max_age
    named = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Cache-Control": f"public, max-age={max_age}" if max_age else _ASK_AGAIN,
        "ETag": f'"{tag}"',
        **(headers or {}),
    }
    if last_modified:
        named["Last-Modified"] = http_date(last_modified)
    return _Finished([body], headers=named)


def written(payload: Any, status: int, *, location: str | None = None, own: Any = None) -> Response:
    """Give what a write has made, with the ETag that it has for who reads or changes it next."""
    body = orjson.dumps(payload)
    headers = {"Cache-Control": "no-store", "ETag": f'"{_tag_of(body, own)}"'}
    if location:
        headers["Location"] = location
    return Response(body, status, headers, mimetype="application/json")


def conditional(*, required: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a view take an If-Match, and refuse one that is too long to be of any use.

    To stand below what says who may ask and above what reads the body. Whether it holds, and that
    it is there if it is `required`, is for the view to find out, when it knows what it is about:
    see `require_match`.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def bounded(*args: Any, **kwargs: Any) -> Any:
            if len(request.headers.get(IF_MATCH, "")) > LONGEST_IF_MATCH:
                raise BadInputError([fault("header", IF_MATCH, _TOO_LONG)])
            return view(*args, **kwargs)

        bounded.__dict__["_apidoc"] = getattr(view, "_apidoc", {}) | {"condition": required}
        return bounded

    return decorate


def require_match(current: Callable[[], Any], *, is_own: bool = False) -> None:
    """Refuse to change what the client has not seen in its current form, with 412.

    `current` gives what a read of the same address would answer with or, if it `is_own`, what that
    passed to `answer` as such. A client that names no form is asked to, with 428 (RFC 6585,
    section 3).
    """
    if "HTTP_IF_MATCH" not in request.environ:
        abort(HTTPStatus.PRECONDITION_REQUIRED, _NAME_A_FORM)
    if not matches(request.headers["If-Match"], current, is_own=is_own):
        abort(HTTPStatus.PRECONDITION_FAILED, "It has changed since: read it again.")


def matches(if_match: str, current: Callable[[], Any], *, is_own: bool = False) -> bool:
    """Tell whether an If-Match names what a read would answer with now, in whatever coding."""
    wanted = parse_etags(if_match)
    if wanted.star_tag:
        return True
    return _tag_of(orjson.dumps(current())) in _heads(wanted, _OWN if is_own else "-")


def _heads(wanted: ETags, end: str) -> set[str]:
    """Give the part of each strong ETag up to where a coding or what changes by itself follows."""
    return {etag.partition(end)[0] for etag in wanted.as_set() if etag}  # "" is read as None


_NAME_A_FORM = "Send in If-Match the ETag of what is to be changed."


def _tag_of(body: bytes, own: Any = None) -> str:
    tag = blake2b(body, digest_size=_ETAG_BYTES).hexdigest()
    return tag if own is None else f"{_tag_of(orjson.dumps(own))}{_OWN}{tag}"


class _Finished(Response):
    """A response with all of its headers: nothing is left to work out when it is sent."""

    def get_wsgi_headers(self, _environ: Any) -> Headers:
        """Give the headers as they are."""
        return self.headers


def _heed_preconditions(tag: str, last_modified: datetime | None) -> None:
    """Refuse a read on a condition that does not hold (RFC 9110, sections 13.1.1 and 13.1.4)."""
    asked = context.environ()
    if "HTTP_IF_MATCH" in asked:
        wanted = request.if_match
        holds = not wanted or wanted.star_tag or tag in _heads(wanted, "-")  # in whatever coding
    elif "HTTP_IF_UNMODIFIED_SINCE" in asked and last_modified:
        limit = request.if_unmodified_since
        holds = limit is None or last_modified.replace(microsecond=0) <= limit
    else:
        return
    if not holds:
        abort(HTTPStatus.PRECONDITION_FAILED)
