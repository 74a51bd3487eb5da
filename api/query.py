"""Query strings, read strictly: what other readers forgive is an error here."""

import re
from urllib.parse import unquote_to_bytes

_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class QueryError(ValueError):
    """A query that cannot be read: the `field` at fault, and a message."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field
        self.message = message


def read_query(query: bytes) -> dict[str, str]:
    """Give the parameters; raise QueryError for bad escapes, bad UTF-8 and repeated names."""
    values: dict[str, str] = {}
    for pair in filter(None, query.split(b"&")):
        raw_name, _, raw_value = pair.partition(b"=")
        name, value = _text(raw_name), _text(raw_value)
        if name is None or value is None:
            shown = raw_name.decode("utf-8", "replace")
            raise QueryError(shown, "must be UTF-8, escaped as %XX")
        if name in values:
            raise QueryError(name, "must not be given more than once")
        values[name] = value
    return values


def _text(raw: bytes) -> str | None:
    if _BROKEN_ESCAPE.search(raw):
        return None
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        return None
