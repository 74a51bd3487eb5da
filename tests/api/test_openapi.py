"""Schemathesis: what the OpenAPI document says of reading is what the API does.

A few examples, in process. `python -m bench.contract` asks a running server much more,
and so may others:

    .venv/bin/schemathesis --config-file bench/schemathesis.toml run \\
        http://127.0.0.1:8000/openapi.json
"""

import tomllib
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from flask import Flask, jsonify
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from settings import Settings
from tests.server import PROJECT

CONFIG = tomllib.loads((PROJECT / "bench" / "schemathesis.toml").read_text()) | {
    "operations": [],  # what is said of single ones would add them to those that are asked for
    "seed": 20250616,
    "generation": {"max-examples": 3, "deterministic": True, "database": "none"},
    # What follows from one request to the next is mostly written.
    "phases": {"stateful": {"enabled": False}},
}
IN_PROCESS = {"Accept-Encoding": "identity"}
"""In process nothing undoes a content coding, as a client does."""
CHECKS = {
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
    "positive_data_acceptance", "unsupported_method", "allow_header_conformance",
    "missing_required_header", "ignored_auth", "use_after_free", "ensure_resource_availability",
}  # fmt: skip
OF_WRITING = {
    "missing_required_header", "ignored_auth", "use_after_free", "ensure_resource_availability"
}  # fmt: skip


def run(app: Flask, **filters: Any) -> tuple[list[str], Counter[str], Counter[str]]:
    """Give what failed, how many cases each phase made, and how often each check was made."""
    schema: Any = schemathesis.openapi.from_wsgi(
        "/openapi.json", app, config=SchemathesisConfig.from_dict(CONFIG | {"headers": IN_PROCESS})
    )
    if filters:
        schema = schema.include(**filters)
    failures: list[str] = []
    cases: Counter[str] = Counter()
    checks: Counter[str] = Counter()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures.append(str(event))
        elif isinstance(event, events.ScenarioFinished):
            cases[event.phase.value] += len(event.recorder.cases)
            for case_id, made in event.recorder.checks.items():
                checks.update(check.name for check in made)
                case = event.recorder.cases[case_id].value
                failures += [
                    f"{case.as_curl_command()}\n{check.name}: {check.failure_info}"
                    for check in made
                    if check.status is not Status.SUCCESS
                ]
    return failures, cases, checks


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """What is only refused for its number proves nothing."""
    return replace(settings, write_limits=(), comment_limits=())


LEFT_OUT = "/v1/(sources|stories)/{[a-z_]+}/articles|/v1/changes/stream"
"""Lists that take what `/v1/articles` takes, which is most of all cases; what lasts minutes."""


@pytest.mark.no_cover  # thousands of requests
@pytest.mark.usefixtures("published", "commented")
def test_reading_does_what_the_document_says(app: Flask) -> None:
    failures, cases, checks = run(app, method=["GET"], path_regex=f"^(?!{LEFT_OUT}).*")
    assert not failures, "\n\n".join(failures[:10])
    assert cases["coverage"] > 300, cases
    assert cases["fuzzing"] > 40, cases
    assert checks.keys() >= CHECKS - OF_WRITING


def test_an_api_that_does_something_else_is_found_out(app: Flask) -> None:
    app.view_functions["site.show_site"] = lambda: jsonify({"name": None})
    failures, *_ = run(app, path="/v1/site")
    assert any("response_schema_conformance" in failure for failure in failures)
