"""Schemathesis: what the OpenAPI document says is what the API does.

All checks and all phases, in process. The same against a running server, as others may do it:

    .venv/bin/schemathesis run http://127.0.0.1:8000/openapi.json --checks all
"""

from collections import Counter
from typing import Any

import pytest
import schemathesis
from flask import Flask, jsonify
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

CONFIG = {
    "seed": 20250616,
    "continue-on-failure": True,
    # In process nothing undoes a content coding, as a client does.
    "headers": {"Accept-Encoding": "identity"},
    "checks": {"enabled": True},
    "generation": {"max-examples": 25, "deterministic": True, "database": "none"},
    "phases": {"coverage": {"generate-duplicate-query-parameters": True}},
}
CHECKS = {
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
    "positive_data_acceptance", "unsupported_method", "allow_header_conformance",
    "missing_required_header", "ignored_auth", "use_after_free", "ensure_resource_availability",
}  # fmt: skip


def run(app: Flask, **filters: str) -> tuple[list[str], Counter[str], Counter[str]]:
    """Give what failed, how many cases each phase made, and how often each check was made."""
    schema: Any = schemathesis.openapi.from_wsgi(
        "/openapi.json", app, config=SchemathesisConfig.from_dict(CONFIG)
    )
    # It goes on for minutes; tests/test_streams.py listens to it.
    schema = schema.exclude(path="/v1/changes/stream")
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


@pytest.mark.usefixtures("published", "commented")
def test_the_api_does_what_its_document_says(app: Flask) -> None:
    failures, cases, checks = run(app)
    assert not failures, "\n\n".join(failures[:10])
    for phase, some in (("coverage", 500), ("fuzzing", 200), ("stateful", 50)):
        assert cases[phase] > some, cases
    assert checks.keys() >= CHECKS


def test_an_api_that_does_something_else_is_found_out(app: Flask) -> None:
    app.view_functions["site.show_site"] = lambda: jsonify({"name": None})
    failures, *_ = run(app, path="/v1/site")
    assert any("response_schema_conformance" in failure for failure in failures)
