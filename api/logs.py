"""Logs: lines for a person on a terminal, JSON for a program elsewhere."""

import logging
import sys

import structlog
from structlog.typing import EventDict

from api import context
from api.delivery import REQUEST_ID


def configure(level: str) -> None:
    """Write everything of this level and above to the standard error."""
    for_people = sys.stderr.isatty()
    renderer = (
        structlog.dev.ConsoleRenderer() if for_people else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _add_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if for_people else [structlog.processors.format_exc_info]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _add_request_id(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Say which request it is about; asked for here, since most requests log nothing."""
    if context.is_asked():
        event.setdefault("request_id", context.environ()[REQUEST_ID])
    return event
