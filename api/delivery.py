"""The way of every request in and every answer out: WSGI middleware in front of Flask.

Here a request gets its id and an answer its coding; who has the answer already gets 304 (RFC 9110,
section 13); and an answer that is kept is sent without asking Flask, which by itself costs more
than all that is done here.
"""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

from werkzeug.http import parse_date, parse_etags

from api import encoding
from api.encoding import Coding
from api.memory import Memory
from api.query import QueryError, read_query
from api.traffic import UNMATCHED, Kind, Traffic
from store import guard

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Header = tuple[str, str]
Key = tuple[str, tuple[Header, ...], Coding]
"""What an answer depends on: the path, the sorted query, the coding."""

Made = tuple[str, list[Header], bytes]
"""An answer as an app makes it: status line, headers, body."""
Gate = Callable[["WSGIEnvironment"], tuple[list[Header], Made | None]]
"""Counts a read; gives headers for its answer, and an answer in its place if it is refused."""
Observer = Callable[["WSGIEnvironment", Kind, float, int], None]
"""Is told of every request: its kind, the seconds it took, the bytes of the answer's body."""

REQUEST_ID = "byline.request_id"
"""Where in the WSGI environment the id of the request is."""
MADE_FROM = "byline.made_from"
"""Where a view notes what its answer was made from; an answer without this is not kept."""
JSON = "application/json"
"""The type of nearly all answers."""
FLOWING = "text/event-stream"
"""The type of answers that have no end in sight."""
TOLD = "byline.told"
"""Where the app notes headers for what is no read, whatever becomes of it."""
ROUTE = "byline.route"
"""Where the app notes which of its routes was asked for, unless it was none."""

_REQUEST_ID_FORM = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FOR_ONE_CLIENT = (
    *("HTTP_AUTHORIZATION", "HTTP_X_API_KEY", "HTTP_COOKIE"),
    *("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"),
)
_NOT_FOR_THE_APP = {
    *("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"),  # we know before and after it
    *("HTTP_RANGE", "HTTP_IF_RANGE"),  # a part of an answer cannot be coded any more
}
_NOT_FROM_THE_APP = {"accept-ranges", "date"}  # not true of ours; the server's to say
_OF_THE_BODY = {"content-type", "content-length", "content-encoding"}
_CODED_TYPES = ("application/json", "application/problem+json", "text/")
_OPEN = (
    # Open the answer to every origin, and close it to guesses about its type.
    ("X-Content-Type-Options", "nosniff"),
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        ", ".join(
            (
                *("Allow", "ETag", "Idempotency-Replayed", "Last-Modified", "Link", "Location"),
                *("RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate"),
                "X-Request-Id",
            )
        ),
    ),
)
"""What every answer has."""
_HIT, _MISS = "hit", "miss"
_CACHE_STATUS = {  # RFC 9211
    _HIT: ("Cache-Status", "Byline; hit"),
    _MISS: ("Cache-Status", "Byline; fwd=miss"),
}
_NOT_MODIFIED = "304 NOT MODIFIED"
_LONGEST_KEY = 500
"""What a client sends is remembered up to this many characters: it takes memory."""
_OVERHEAD_BYTES = 1500
"""What an answer takes beside its body, about: headers, key, bookkeeping."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer in one coding, ready to be sent as it is."""

    route: str
    status: str
    headers: list[Header]
    body: bytes
    etag: str | None
    last_modified: str | None
    size: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", len(self.body) + _OVERHEAD_BYTES)

    def headers_of_304(self) -> list[Header]:
        """Give the headers that an answer without its body has."""
        return [header for header in self.headers if header[0].lower() not in _OF_THE_BODY]

    def is_known_to(self, environ: "WSGIEnvironment") -> bool:
        """Tell whether the client has this answer, by its ETag or, if it names none, its time."""
        if (known := environ.get("HTTP_IF_NONE_MATCH")) is not None:
            return self.status.startswith("200") and _names(known, self.etag)
        if (since := environ.get("HTTP_IF_MODIFIED_SINCE")) is None or self.last_modified is None:
            return False
        limit, changed = parse_date(since), parse_date(self.last_modified)
        return limit is not None and changed is not None and changed <= limit


@dataclass(frozen=True, slots=True)
class Flow:
    """An answer that goes on as it comes, and is passed through: neither kept nor coded."""

    route: str
    status: str
    headers: list[Header]
    parts: Iterable[bytes]

    def close(self) -> None:
        """End it before it was sent."""
        _close(self.parts)


class Delivery:
    """WSGI middleware that answers every request and counts it."""

    def __init__(
        self,
        app: "WSGIApplication",
        memory: Memory[Answer],
        is_fresh: Callable[[str], bool],
        traffic: Traffic,
        *,
        gate: Gate | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        """Deliver an app's answers, and those in memory while it is known to be up to date.

        What is not wanted by default, the gate and the observers, costs nothing without them.
        """
        self._app = app
        self._memory = memory
        self._is_fresh = is_fresh
        self._traffic = traffic
        self._gate = gate
        self._observers = tuple(observers)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        began = perf_counter()
        own = ("X-Request-Id", _identify(environ))
        method = environ["REQUEST_METHOD"]
        if method not in {"GET", "HEAD"}:
            return self._passed_on(environ, start_response, own)
        if self._gate is not None:
            told, refusal = self._gate(environ)
            start_response = _adding(told, start_response)
            if refusal is not None:
                return self._refused(environ, start_response, own, refusal, began)
        key = _key(environ)
        answer: Answer | Flow | None = self._kept(key, own[1])
        way = _HIT
        if answer is None:
            with guard.within(guard.READ_SECONDS, used=perf_counter() - began):
                answer, way = self._made(key, environ), _MISS
        if isinstance(answer, Flow):
            return self._flowing(environ, start_response, own, answer, began)
        if answer.is_known_to(environ):
            status, headers, body = _NOT_MODIFIED, answer.headers_of_304(), b""
        else:
            status, headers, body = answer.status, answer.headers, answer.body
        start_response(status, [*headers, _CACHE_STATUS[way], own])
        self._traffic.count((method, answer.route, status, way), perf_counter() - began)
        sent = [body] if body and method == "GET" else []
        if self._observers:
            self._tell(environ, (method, answer.route, status, way), began, sent)
        return sent

    def _passed_on(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", own: Header
    ) -> Iterable[bytes]:
        """Leave to the app what is no read."""
        began = perf_counter()
        with guard.within(guard.WRITE_SECONDS):
            status, headers, body = _run(self._app, environ)
        start_response(status, [*headers, *environ.get(TOLD, ()), *_OPEN, own])
        kind = (environ["REQUEST_METHOD"], environ.get(ROUTE, UNMATCHED), status, "-")
        self._traffic.count(kind, perf_counter() - began)
        self._tell(environ, kind, began, [body])
        return [body]

    def _flowing(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        own: Header,
        flow: Flow,
        began: float,
    ) -> Iterable[bytes]:
        """Pass on what goes on as it comes; it is counted as it begins."""
        start_response(flow.status, [*flow.headers, *_OPEN, own])
        kind = (environ["REQUEST_METHOD"], flow.route, flow.status, "-")
        self._traffic.count(kind, perf_counter() - began)
        self._tell(environ, kind, began, [])
        if kind[0] == "GET":
            return flow.parts
        flow.close()
        return []

    def _refused(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        own: Header,
        refusal: Made,
        began: float,
    ) -> Iterable[bytes]:
        """Answer a read that the gate lets not pass."""
        answer = _finish(UNMATCHED, *refusal, _coding(environ))
        method = environ["REQUEST_METHOD"]
        start_response(answer.status, [*answer.headers, own])
        sent = [answer.body] if method == "GET" else []
        kind = (method, UNMATCHED, answer.status, "-")
        self._traffic.count(kind, perf_counter() - began)
        self._tell(environ, kind, began, sent)
        return sent

    def _tell(
        self, environ: "WSGIEnvironment", kind: Kind, began: float, sent: list[bytes]
    ) -> None:
        """Tell all who want to know of a request."""
        seconds, size = perf_counter() - began, sum(map(len, sent))
        for observe in self._observers:
            observe(environ, kind, seconds, size)

    def _kept(self, key: Key | None, request_id: str) -> Answer | None:
        """Give the answer from memory, unless something may have changed unnoticed."""
        return self._memory.get(key) if key and self._is_fresh(request_id) else None

    def _made(self, key: Key | None, environ: "WSGIEnvironment") -> "Answer | Flow":
        """Have the app answer, as a whole and without conditions; keep it if that is allowed."""
        begun = self._memory.now
        whole = {name: value for name, value in environ.items() if name not in _NOT_FOR_THE_APP}
        whole["REQUEST_METHOD"] = "GET"
        status, headers, parts = _begin(self._app, whole)
        route = whole.get(ROUTE, UNMATCHED)
        if ("Content-Type", FLOWING) in headers:
            return Flow(route, status, headers, parts)
        answer = _finish(route, status, headers, _whole(parts), _coding(environ))
        made_from = whole.get(MADE_FROM)
        if key and made_from is not None and answer.status.startswith("200"):
            self._memory.put(key, answer, made_from, begun)
        return answer


def new_request_id() -> str:
    """Make an id for a request that brought none: nothing to rely on, but its own."""
    return random.randbytes(16).hex()  # noqa: S311 - it is no secret


def _identify(environ: "WSGIEnvironment") -> str:
    """Give the request an id: the client's own, if it has the form of one."""
    given = environ.get("HTTP_X_REQUEST_ID")
    request_id = given if given and _REQUEST_ID_FORM.fullmatch(given) else new_request_id()
    environ[REQUEST_ID] = request_id
    return request_id


@cache
def template(rule: str) -> str:
    """Write a route of Flask's as the OpenAPI document does."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def decoded(path: str) -> str:
    """Give the path of a WSGI environment as text."""
    return path.encode("latin-1").decode("utf-8", "replace")


def _adding(headers: list[Header], start_response: "StartResponse") -> "StartResponse":
    """Give a `start_response` that adds headers."""
    return lambda status, others, *more: start_response(status, [*others, *headers], *more)


def _key(environ: "WSGIEnvironment") -> Key | None:
    """Name an answer by all that it depends on; None if it is for its client alone, or an error."""
    query = environ["QUERY_STRING"]
    if len(query) > _LONGEST_KEY or not environ.keys().isdisjoint(_FOR_ONE_CLIENT):
        return None
    if not takes(environ, JSON):
        return None
    try:
        return environ["PATH_INFO"], _sorted(query), _coding(environ)
    except QueryError:
        return None


def takes(environ: "WSGIEnvironment", media_type: str) -> bool:
    """Tell whether a client takes an answer of a type."""
    accept = environ.get("HTTP_ACCEPT")
    return not accept or encoding.takes(accept[:_LONGEST_KEY], media_type)


def _names(known: str, etag: str | None) -> bool:
    """Tell whether an If-None-Match names an ETag, in its weak form too, or whatever there is."""
    if known == etag:
        return True
    named = parse_etags(known)
    return named.star_tag or (etag is not None and named.contains_weak(etag.strip('"')))


@lru_cache(maxsize=4_000)
def _sorted(query: str) -> tuple[Header, ...]:
    """Give the parameters of a query in order: the same question in another order is the same."""
    return tuple(sorted(read_query(query.encode("latin-1")).items()))


def _coding(environ: "WSGIEnvironment") -> Coding:
    return encoding.choose(environ.get("HTTP_ACCEPT_ENCODING", "")[:_LONGEST_KEY])


def _run(app: "WSGIApplication", environ: "WSGIEnvironment") -> tuple[str, list[Header], bytes]:
    """Run a WSGI app to the end of its answer."""
    status, headers, parts = _begin(app, environ)
    return status, headers, _whole(parts)


def _begin(
    app: "WSGIApplication", environ: "WSGIEnvironment"
) -> tuple[str, list[Header], Iterable[bytes]]:
    """Run a WSGI app to the beginning of its answer; who takes the parts has to close them."""
    begun: list[Any] = []

    def start_response(status: str, headers: list[Header], _: Any = None) -> Callable[..., Any]:
        begun[:] = status, headers
        return lambda _: None

    parts = app(environ, start_response)
    status, headers = begun
    return status, headers, parts


def _whole(parts: Iterable[bytes]) -> bytes:
    try:
        return b"".join(parts)
    finally:
        _close(parts)


def _close(parts: Iterable[bytes]) -> None:
    if close := getattr(parts, "close", None):
        close()


def _finish(route: str, status: str, headers: list[Header], body: bytes, coding: Coding) -> Answer:
    """Put an answer in its final form: coded where that pays, and then under an ETag of its own."""
    named = {name.lower(): value for name, value in headers}
    headers = [*(pair for pair in headers if pair[0].lower() not in _NOT_FROM_THE_APP), *_OPEN]
    etag = named.get("etag")
    if named.get("content-type", "").startswith(_CODED_TYPES):
        headers = [*headers, ("Vary", "Accept-Encoding")]
        coded = encoding.encode(body, coding)
        if coded is not body:
            etag = f'{etag[:-1]}-{coding.name}"' if etag else None
            length = str(len(coded))
            headers = _replaced(
                headers, {"Content-Encoding": coding.name, "Content-Length": length, "ETag": etag}
            )
            body = coded
    return Answer(route, status, headers, body, etag, named.get("last-modified"))


def _replaced(headers: list[Header], values: dict[str, str | None]) -> list[Header]:
    """Give the headers with other values for some; None leaves one out."""
    replaced = {name.lower() for name in values}
    kept = [header for header in headers if header[0].lower() not in replaced]
    return kept + [(name, value) for name, value in values.items() if value is not None]
