"""The reads that are asked for most, answered without Flask around their views.

To make its contexts, match the address against every route, ask each hook and make the answer takes
Flask a good part of such a read, and an ordinary one needs none of it. What is not
ordinary, from an error to a condition, is left to Flask, whose answer to the ordinary is the same.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response

from api import context
from api.context import Context
from api.delivery import JSON, ROUTE, takes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CONDITIONS = {"HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"}
_LABEL = "[A-Za-z0-9-]{1,63}"
_PLAIN_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Read:
    """A view that answers in JSON and works with nothing of Flask, and what it is asked with."""

    route: str
    path: re.Pattern[str]
    load: Callable[[bytes], dict[str, Any]]
    """Gives the values of a query; raises an error if that is not right."""
    view: Callable[..., Response]

    def match(self, path: str) -> dict[str, str] | None:
        """Give the names in a path, if it is one of this route and all of them are plain."""
        found = self.path.fullmatch(path)
        return found and found.groupdict()


def path_of(rule: str) -> re.Pattern[str]:
    """Give the pattern of the plain paths of a rule of Flask's."""
    return re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[A-Za-z0-9_-]+)", rule))


class Direct:
    """A WSGI app that answers what is ordinary, in front of one that answers everything."""

    def __init__(self, app: "WSGIApplication", own: Context, reads: Iterable[Read]) -> None:
        """Answer reads by their views, which find in the context what they work with."""
        self._app = app
        self._context = own
        self._reads = tuple(reads)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        answer = self._answer(environ) if _is_ordinary(environ) else None
        if answer is None:
            return self._app(environ, start_response)
        start_response(answer.status, list(answer.headers))
        return [answer.get_data()]

    def _answer(self, environ: "WSGIEnvironment") -> Response | None:
        for read in self._reads:
            if (names := read.match(environ["PATH_INFO"])) is not None:
                environ[ROUTE] = read.route
                return self._ask(read, names, environ)
        return None

    def _ask(
        self, read: Read, names: dict[str, str], environ: "WSGIEnvironment"
    ) -> Response | None:
        with context.asked(self._context, environ):
            try:
                query = read.load(environ["QUERY_STRING"].encode("latin-1"))
                return read.view(query, **names)
            except Exception:  # noqa: BLE001 - Flask meets it again, and knows what to say
                return None


def _is_ordinary(environ: "WSGIEnvironment") -> bool:
    return (
        environ["REQUEST_METHOD"] == "GET"
        and environ.keys().isdisjoint(_CONDITIONS)
        and _PLAIN_HOST.fullmatch(environ.get("HTTP_HOST", "")) is not None
        and takes(environ, JSON)
    )
