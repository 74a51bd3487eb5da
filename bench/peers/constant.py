"""Constant bytes, by Flask and by nothing at all: what a server costs before it does anything.

Written for this benchmark. The bytes are answers of Byline's, in files that nginx serves too.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, Response

JSON = "application/json"


def bare() -> Callable[..., Iterable[bytes]]:
    """Make a WSGI app that looks up its answer in a dictionary."""
    answers = _answers()
    heads = {
        path: [("Content-Type", JSON), ("Content-Length", str(len(body)))]
        for path, body in answers.items()
    }

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        start_response("200 OK", heads[path])
        return [answers[path]]  # granian sends anything but a list piece by piece

    return application


def flask() -> Flask:
    """Make the least Flask app that gives the same answers."""
    app = Flask(__name__, static_folder=None)
    answers = _answers()

    @app.get("/<name>")
    def show(name: str) -> Response:
        return Response(answers[f"/{name}"], mimetype=JSON)

    return app


def _answers() -> dict[str, bytes]:
    folder = Path(os.environ["BENCH_FILES"])
    return {f"/{file.name}": file.read_bytes() for file in folder.iterdir()}
