import os

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from api.metrics import processes
from store import articles
from store.client import Database
from store.errors import UnavailableError
from tests.api.asking import ID, problem

Sample = tuple[str, frozenset[tuple[str, str]]]


def metrics(client: FlaskClient) -> dict[Sample, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(found: dict[Sample, float], name: str, **labels: str) -> float | None:
    return found.get((f"byline_{name}", frozenset(labels.items())))


def test_requests_are_counted_by_route_method_and_status(
    client: FlaskClient, published: dict[str, str]
) -> None:
    for name in ("talks", "match"):
        client.get(f"/v1/articles/{published[name]}")
    client.head(f"/v1/articles/{published['talks']}")
    client.get(f"/v1/articles/{ID}")
    client.get("/v1/articles?limit=0")
    client.post("/v1/articles")
    client.post("/v1/site")
    found = metrics(client)
    one, many = "/v1/articles/{article_id}", "/v1/articles"
    for method, route, status, number in (
        ("GET", one, "200", 2),
        ("HEAD", one, "200", 1),
        ("GET", one, "404", 1),
        ("GET", many, "400", 1),
        ("POST", many, "401", 1),
        ("POST", "unmatched", "405", 1),
    ):
        labels = {"method": method, "route": route, "status": status}
        assert value(found, "http_requests_total", **labels) == number


def test_addresses_that_clients_make_up_are_one_route(client: FlaskClient) -> None:
    for number in range(20):
        client.get(f"/made/up/{number}")
    found = metrics(client)
    labels = {"method": "GET", "route": "unmatched"}
    assert value(found, "http_requests_total", **labels, status="404") == 20
    assert not any("made" in str(labels) for _, labels in found)


def test_times_are_a_histogram_that_ends_in_the_number_of_requests(client: FlaskClient) -> None:
    for _ in range(3):
        client.get("/livez")
    found = metrics(client)
    labels = {"method": "GET", "route": "/livez"}
    name = "http_request_duration_seconds"
    assert value(found, f"{name}_count", **labels) == 3
    assert value(found, f"{name}_bucket", **labels, le="+Inf") == 3
    buckets = sorted(
        (float(dict(labels)["le"]), number)
        for (sample, labels), number in found.items()
        if sample == f"byline_{name}_bucket" and ("route", "/livez") in labels
    )
    assert [number for _, number in buckets] == sorted(number for _, number in buckets)
    seconds = value(found, f"{name}_sum", **labels)
    assert seconds is not None
    assert 0 < seconds < 3 * 60


def test_the_memory_tells_how_it_does(
    app: Flask, client: FlaskClient, published: dict[str, str]
) -> None:
    client.get("/v1/articles")
    found = metrics(client)
    for name, number in (
        ("cache_hits_total", 0),
        ("cache_misses_total", 1),
        ("cache_entries", 1),
        ("cache_max_bytes", 32 << 20),
        ("cache_followers", 0),
    ):
        assert value(found, name) == number
    assert (value(found, "cache_bytes") or 0) > 1_000
    for reason in ("change", "room"):
        assert value(found, "cache_evictions_total", reason=reason) == 0


def test_what_is_stored_is_told(client: FlaskClient, published: dict[str, str]) -> None:
    found = metrics(client)
    assert value(found, "mongodb_up") == 1
    assert value(found, "articles") == 5
    assert value(found, "sources") == 3


def test_without_a_database_the_metrics_say_so(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Database) -> int:
        raise UnavailableError("no primary")

    monkeypatch.setattr(articles, "estimate", fail)
    found = metrics(client)
    assert value(found, "mongodb_up") == 0
    assert value(found, "articles") is None


def test_several_processes_are_told_as_one() -> None:
    once, twice = (
        {metric.name: metric.samples[0].value for metric in processes([os.getpid()] * times)}
        for times in (1, 2)
    )
    assert (once["byline_workers"], twice["byline_workers"]) == (1, 2)
    assert twice["process_max_fds"] == 2 * once["process_max_fds"]
    assert twice["process_start_time_seconds"] == once["process_start_time_seconds"]


def test_a_process_that_has_just_ended_is_no_failure() -> None:
    assert {metric.name for metric in processes([2**22 + 1])} <= {"byline_workers"}


def test_what_is_running_is_told(client: FlaskClient) -> None:
    [(_, labels)] = [sample for sample in metrics(client) if sample[0] == "byline_build_info"]
    assert dict(labels).keys() == {"version", "api_version", "server", "python"}


def test_the_metrics_are_nobodys_to_keep(client: FlaskClient) -> None:
    assert client.get("/metrics").headers["Cache-Control"] == "no-store"


def test_the_metrics_take_no_parameters(client: FlaskClient) -> None:
    problem(client.get("/metrics?name[]=up"), 400)
