"""The OpenAPI document, and Swagger UI served from this machine."""

from collections.abc import Callable
from json import dumps
from threading import Lock
from typing import Any

import flask_smorest
from flask import Flask, Response, redirect
from flask_swagger_ui import get_swaggerui_blueprint
from werkzeug.wrappers import Response as BaseResponse

from api import API_VERSION, contract
from api.problems import PROBLEM
from schemas.problem import ProblemSchema

CONFIG = {
    "API_TITLE": "Byline",
    "API_VERSION": API_VERSION,
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "API_SPEC_OPTIONS": {
        "info": {
            "description": "News articles, their sources and related coverage.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "x-internal": False}],
        "security": [{}],  # what needs a key says so
    },
}

_SECURITY: dict[str, dict[str, str]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, made by `python -m api keys create`.",
    },
    "api_key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key, where Authorization is taken.",
    },
}

# Swagger UI puts its own styles and one script into its page; nothing comes from elsewhere.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'"
)


class Api(flask_smorest.Api):  # type: ignore[misc] # flask-smorest has no types
    """flask-smorest's document, with our own handling of errors."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None  # the blueprints document our own problems

    def __init__(self, app: Flask) -> None:
        """Serve the document of an app."""
        self.descriptions: list[Callable[[], None]] = []
        self._document: str | None = None
        self._writing = Lock()
        super().__init__(app)

    def _register_error_handlers(self) -> None:
        """Leave errors to `api.problems`."""

    def _openapi_json(self) -> Response:
        """Give the document with what holds for all of it; it stays as it is made first."""
        with self._writing:
            if self._document is None:
                for describe in self.descriptions:
                    describe()
                self._document = dumps(contract.completed(self.spec.to_dict()), indent=2)
        return Response(self._document, mimetype="application/json")


def register(app: Flask) -> Api:
    """Serve /openapi.json and /docs, and give the document, to which blueprints are added."""
    app.config.update(CONFIG)
    api = Api(app)
    api.spec.components.response("Problem", PROBLEM)
    for name, scheme in _SECURITY.items():
        api.spec.components.security_scheme(name, scheme)
    api.spec.components.schemas.pop("PaginationMetadata")  # flask-smorest's pages are not ours
    # The address is fixed, so that nothing of a request's Host header gets into the page.
    config: dict[str, Any] = {"app_name": "Byline API", "oauth2RedirectUrl": ""}
    ui = get_swaggerui_blueprint("/docs", "/openapi.json", config=config)
    ui.after_request(_restrict)
    app.register_blueprint(ui)
    app.add_url_rule("/", "home", _to_docs)
    return api


def _restrict(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _to_docs() -> BaseResponse:
    """Lead whoever opens the bare address to the documentation."""
    return redirect("/docs/")
