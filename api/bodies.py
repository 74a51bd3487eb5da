"""JSON bodies, read strictly: what other readers forgive or cut short is an error here.

Nothing gets further that MongoDB cannot store or that two readers could read in two ways (I-JSON,
RFC 7493), and nothing costs more to read than its length is worth: a body has a cap, comes as it is
(no content coding, so nothing is ever unpacked), and is not nested deeply.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from math import isinf
from typing import Any, NoReturn

import orjson
from flask import Request, request
from werkzeug.exceptions import RequestEntityTooLarge

from api.problems import BadInputError, RefusedError, fault

DEEPEST = 50
"""How deep a body may be nested."""

_RECEIVED = "byline.body"
"""Where in the WSGI environment the body is once it was read."""
_TYPE = re.compile(r"application/(?:[a-z0-9][a-z0-9!#$&^_.-]*\+)?json")
_CHARSETS = {"utf-8", "utf8"}
_BOM = b"\xef\xbb\xbf"
_LEAST, _LARGEST = -(1 << 63), (1 << 63) - 1
_MOST_DIGITS = 20

# Possessive, so that no input makes it go over anything twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_SQUARE = bytes.maketrans(b"{}", b"[]")
_ALL_ELSE = bytes(set(range(256)) - set(b"[]{}"))
# An even number of backslashes are themselves: \\\\u0000 is no NUL.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*+\\u0000")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class BodyError(ValueError):
    """A body that cannot be read: the `field` at fault, or "" for the whole, and a message."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def up_to(cap: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a view take a body of up to so many bytes, where it needs more than others.

    To stand above all that reads the body: `@idempotent` and `@blp.arguments`.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def widened(*args: Any, **kwargs: Any) -> Any:
            request.max_content_length = cap
            return view(*args, **kwargs)

        return widened

    return decorate


def read(req: Request) -> Any:
    """Give the JSON that was sent with a request; raise what `api.problems` knows."""
    _check_type(req)
    try:
        return load(received(req))
    except BodyError as error:
        raise BadInputError([fault("body", error.field, error.message)]) from error


def received(req: Request) -> bytes:
    """Give the body as it was sent, also a second time; raise RefusedError if it is too large."""
    if _RECEIVED not in req.environ:
        cap = req.max_content_length or 0
        # Of a body that does not tell its length werkzeug would give the part up to the cap. So
        # one byte more is asked for, and nobody gets it.
        req.max_content_length = cap + 1
        try:
            raw = req.get_data(cache=False)
        except RequestEntityTooLarge:
            raw = None
        if raw is None or len(raw) > cap:
            detail = f"The body is larger than {cap:,} bytes."
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        req.environ[_RECEIVED] = raw
    body: bytes = req.environ[_RECEIVED]
    return body


def load(raw: bytes) -> Any:
    """Read JSON; raise BodyError for what is none, and for what cannot be stored as it is."""
    if not raw.strip(b" \t\r\n"):
        raise BodyError("is empty")
    if raw.startswith(_BOM):
        raise BodyError("must not begin with a byte order mark")
    if _is_too_deep(raw):
        raise BodyError(f"is nested more than {DEEPEST} deep")
    if b"\\u0000" in raw and _NUL.search(raw):
        raise BodyError("has U+0000 in a string")
    try:
        value = _DECODER.decode(raw.decode())
    except UnicodeDecodeError as error:
        raise BodyError(f"is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BodyError(f"is not JSON at {where}: {error.msg}") from error
    if _SURROGATE.search(raw) and not _is_text(value):
        raise BodyError("has half of a surrogate pair in a string")
    return value


def _check_type(req: Request) -> None:
    charset = req.mimetype_params.get("charset", "utf-8").lower()
    if not _TYPE.fullmatch(req.mimetype) or charset not in _CHARSETS:
        raise RefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "The body must be JSON in UTF-8: Content-Type: application/json.",
        )
    if req.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise RefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "The body must be sent as it is, without a Content-Encoding.",
            {"Accept-Encoding": "identity"},  # RFC 9110, section 12.5.3
        )


def _is_too_deep(raw: bytes) -> bool:
    """Tell whether a body is nested too deep to be given to what reads it by recursion.

    Where brackets do not match it may be told no sooner than at twice the depth.
    """
    if sum(map(raw.count, (b"[", b"{"))) <= DEEPEST:
        return False
    brackets = _STRING.sub(b"", raw).translate(_SQUARE, _ALL_ELSE)
    for _ in range(DEEPEST):
        brackets = brackets.replace(b"[]", b"")  # the innermost
    return b"[]" in brackets or brackets.count(b"[") > DEEPEST


def _is_text(value: Any) -> bool:
    """Tell whether all strings can be written in UTF-8."""
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    return True


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        [(name, _)] = Counter(name for name, _ in members).most_common(1)
        raise BodyError("is given more than once", name)
    return found


def _integer(digits: str) -> int:
    number = int(digits) if len(digits) <= _MOST_DIGITS else _LARGEST + 1
    if not _LEAST <= number <= _LARGEST:
        raise BodyError("has a whole number of more than 64 bits")
    return number


def _number(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise BodyError("has a number that is too large")
    return number


def _no_number(name: str) -> NoReturn:
    raise BodyError(f"has {name}, which is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_number,
    parse_constant=_no_number,
)
