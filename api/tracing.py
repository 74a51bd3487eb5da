"""Traces of requests and of what they ask MongoDB, sent to an OpenTelemetry collector.

Imported only where the operator asks for it: what it needs is installed separately.
"""

import logging
from collections.abc import Iterable
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.pymongo import PymongoInstrumentor
from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from api import VERSION
from api.delivery import REQUEST_ID
from api.limits import UNLIMITED
from api.traffic import Kind

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EXPORT_SECONDS = 2
"""How long a collector may take over a batch. A worker that ends has four of them at most to send,
and ten seconds."""

_WITH_QUERY = ("http.url", "http.target", "url.full")
_log = structlog.get_logger("byline.tracing")


class Tracing:
    """The traces of one process; to be made after the fork, and before a client of MongoDB is."""

    def __init__(self, endpoint: str) -> None:
        """Send to the collector at an address, in batches and in the background.

        The environment variables of OpenTelemetry's SDK add to this: what to sample, headers for
        the collector, attributes of the service.
        """
        ours = Resource.create({"service.name": "byline", "service.version": VERSION})
        self._provider = TracerProvider(
            resource=ours.merge(OTELResourceDetector().detect()), shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        # Runs at the end of granian's workers as well, which leave out atexit.
        Finalize(None, self._provider.shutdown, exitpriority=0)
        PymongoInstrumentor().instrument(tracer_provider=self._provider)
        _log_failures()

    def wrap(self, app: "WSGIApplication") -> "WSGIApplication":
        """Give an app whose requests are traced, but for those that watch over it."""
        traced = OpenTelemetryMiddleware(
            app, request_hook=_forget_query, tracer_provider=self._provider
        )

        def wrapped(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            called = app if environ["PATH_INFO"] in UNLIMITED else traced
            return called(environ, start_response)

        return wrapped

    def observe(self, environ: "WSGIEnvironment", kind: Kind, _seconds: float, _sent: int) -> None:
        """Add to the span of a request what is known of it in the end."""
        method, route, _, memory = kind
        span = trace.get_current_span()
        span.update_name(f"{method} {route}")
        span.set_attributes(
            {
                "http.route": route,
                "byline.cache": memory,
                "byline.request_id": environ[REQUEST_ID],
            }
        )


def _forget_query(span: trace.Span, _environ: "WSGIEnvironment") -> None:
    """Keep what somebody looks for out of the traces, as out of the log."""
    known = span.attributes if isinstance(span, ReadableSpan) else None
    for name, value in dict(known or {}).items():
        if name in _WITH_QUERY:
            span.set_attribute(name, str(value).partition("?")[0])
        elif name == "url.query":
            span.set_attribute(name, "")


class _Failures(logging.Handler):
    """Writes what OpenTelemetry has to say into our log."""

    def emit(self, record: logging.LogRecord) -> None:
        _log.warning("traces are not sent", reason=record.getMessage()[:300])


def _log_failures() -> None:
    theirs = logging.getLogger("opentelemetry")
    theirs.handlers = [_Failures(logging.WARNING)]
    theirs.propagate = False
