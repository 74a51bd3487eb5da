"""Where documents come from: files, addresses, standard input; and when each was captured."""

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from schemas.fields import parse_time
from seed import fetch

DOCUMENTS = Path(__file__).parent / "documents"
"""The bundled documents, which are read when nothing is named."""

MANIFEST = "manifest.json"
"""A file beside documents that says when each of them was captured."""

MAX_BYTES = 8 * 1024 * 1024
"""A larger document is no page; it is refused before it fills the memory."""


class InputError(Exception):
    """An input that cannot be had; the message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Document:
    """What an input held, and when it was captured, if anybody said so."""

    data: bytes
    captured_at: datetime | None
    url: str | None = None


def bundled() -> list[str]:
    """Name the bundled documents."""
    return [str(path) for path in sorted(DOCUMENTS.iterdir()) if path.name != MANIFEST]


def load(
    name: str, *, captured_at: datetime | None = None, allow_private: bool = False
) -> Document:
    """Get the document behind a file's path, an http(s) address, or `-`; raise InputError."""
    if name == "-":
        return Document(_limited(sys.stdin.buffer.read(MAX_BYTES + 1)), captured_at)
    if name.startswith(("http://", "https://")):
        try:
            data = fetch.get(name, max_bytes=MAX_BYTES, allow_private=allow_private)
        except fetch.FetchError as error:
            raise InputError(str(error)) from error
        return Document(data, captured_at, name)
    path = Path(name)
    try:
        with path.open("rb") as file:
            data = _limited(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise InputError(error.strerror or str(error)) from error
    except ValueError as error:  # a path with a NUL in it
        raise InputError(str(error)) from error
    return Document(data, captured_at or _captured_at(path))


def _limited(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES // 1024 // 1024} MB")
    return data


def _captured_at(path: Path) -> datetime | None:
    """Look the file up in the manifest beside it."""
    manifest = path.with_name(MANIFEST)
    if not manifest.is_file():
        return None
    try:
        entry = json.loads(manifest.read_bytes()).get(path.name)
        return parse_time(entry["captured_at"]) if entry else None
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise InputError(f"{manifest} does not say when it was captured: {error!r}") from error
