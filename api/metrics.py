"""Metrics of all workers together, as Prometheus reads them (text format 0.0.4)."""

import platform
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import accumulate

from flask import Response
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from api import API_VERSION, VERSION
from api.blueprint import Blueprint
from api.context import db, settings, tally
from api.tally import Counts
from api.traffic import BOUNDS, Times
from store import articles, sources
from store.client import Database
from store.errors import UnavailableError

blp = Blueprint("metrics", __name__, description=__doc__, etags=False)

_METHOD, _ROUTE, _STATUS, _MEMORY = range(4)  # the words of a kind of requests
_HIT, _MISS = ("hit",), ("miss",)


@blp.route("/metrics")
@blp.response(200, {"type": "string"}, content_type=CONTENT_TYPE_PLAIN_0_0_4)
def show_metrics() -> Response:
    """Give the metrics of this server, all its workers together."""
    counts = tally().total()
    metrics = [*traffic(counts), *memory(counts), *stock(db()), *processes(counts.pids), _build()]
    return Response(
        generate_latest(_Collected(metrics)),
        content_type=CONTENT_TYPE_PLAIN_0_0_4,
        headers={"Cache-Control": "no-store"},
    )


class _Collected(Collector):
    """Metrics that are there already, for who collects them."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics


def traffic(counts: Counts) -> Iterator[Metric]:
    """Tell how many requests there were, and how long they took."""
    number = CounterMetricFamily(
        "byline_http_requests", "Requests answered.", labels=["method", "route", "status"]
    )
    for words, times in _by(counts, _METHOD, _ROUTE, _STATUS).items():
        number.add_metric(words, sum(times[:-1]))
    yield number
    seconds = HistogramMetricFamily(
        "byline_http_request_duration_seconds",
        "Seconds from a request's head to its answer, without the sending of it.",
        labels=["method", "route"],
    )
    for words, times in _by(counts, _METHOD, _ROUTE).items():
        upto = zip([*map(str, BOUNDS), "+Inf"], accumulate(times[:-1]), strict=True)
        seconds.add_metric(words, list(upto), times[-1])
    yield seconds


def memory(counts: Counts) -> Iterator[Metric]:
    """Tell what the memory of finished answers was good for, and how full it is."""
    ways = {way: sum(times[:-1]) for way, times in _by(counts, _MEMORY).items()}
    yield CounterMetricFamily("byline_cache_hits", "Reads answered from memory.", ways.get(_HIT, 0))
    yield CounterMetricFamily("byline_cache_misses", "Reads not there.", ways.get(_MISS, 0))
    evictions = CounterMetricFamily(
        "byline_cache_evictions",
        "Answers dropped because of a change in the database, or to make room.",
        labels=["reason"],
    )
    for reason, number in counts.counters.items():
        evictions.add_metric([reason], number)
    yield evictions
    for name, meaning in (
        ("entries", "Answers in memory."),
        ("bytes", "Bytes that they take, about."),
        ("max_bytes", "Bytes that they may take."),
        ("followers", "Workers that hear of every change, so that they may use their memory."),
    ):
        yield GaugeMetricFamily(f"byline_cache_{name}", meaning, counts.gauges[name])
    yield GaugeMetricFamily("byline_streams", "Streams of changes.", counts.gauges["streams"])


def stock(db: Database) -> Iterator[Metric]:
    """Tell whether MongoDB answers, and if so how much it has, about."""
    up = GaugeMetricFamily("byline_mongodb_up", "1 if MongoDB answers, else 0.", 1)
    try:
        known = (articles.estimate(db), sources.estimate(db))
    except UnavailableError:
        up = GaugeMetricFamily(up.name, up.documentation, 0)
    else:
        yield GaugeMetricFamily("byline_articles", "Articles stored, about.", known[0])
        yield GaugeMetricFamily("byline_sources", "Sources stored, about.", known[1])
    yield up


def processes(pids: Iterable[int]) -> Iterator[Metric]:
    """Tell what the workers use together, and since when the oldest of them runs.

    Where there is no /proc, only how many there are.
    """
    pids = list(pids)
    yield GaugeMetricFamily("byline_workers", "Processes that answer requests.", len(pids))
    together: dict[str, Metric] = {}
    for pid in pids:
        for metric in ProcessCollector(pid=partial(int, pid), registry=None).collect():
            first = together.setdefault(metric.name, metric)
            if first is not metric:
                add = min if metric.name == "process_start_time_seconds" else sum
                [one], [other] = first.samples, metric.samples
                first.samples = [one._replace(value=add((one.value, other.value)))]
    yield from together.values()


def _build() -> Metric:
    build = {
        "version": VERSION,
        "api_version": API_VERSION,
        "server": settings().server,
        "python": platform.python_version(),
    }
    return InfoMetricFamily("byline_build", "What is running.", build)


def _by(counts: Counts, *words: int) -> dict[tuple[str, ...], Times]:
    """Give the times of requests that have these words of their kind in common, added up."""
    grouped: dict[tuple[str, ...], Times] = {}
    for kind, times in counts.times.items():
        split = kind.split(" ")
        key = tuple(split[word] for word in words)
        so_far = grouped.get(key, [0.0] * len(times))
        grouped[key] = [one + other for one, other in zip(so_far, times, strict=True)]
    return grouped
