"""Where documents come from: files, folders, addresses, standard input; and when each was captured.

An input is opened here and read elsewhere: what it holds is not looked at.
"""

import glob
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from schemas.fields import parse_time
from seed.unpacking import MAX_BYTES, is_hidden

DOCUMENTS = Path(__file__).parent / "documents"
"""The bundled documents, which are read when nothing is named."""

MANIFEST = "manifest.json"
"""A file beside documents that says when each of them was captured."""

STDIN = "-"

_KINDS = (
    (stat.S_ISDIR, "a folder that holds no document"),
    (stat.S_ISFIFO, "a pipe: name it as the standard input, -"),
    (stat.S_ISSOCK, "a socket, not a file"),
    (stat.S_ISCHR, "a device, not a file"),
    (stat.S_ISBLK, "a device, not a file"),
)


class InputError(Exception):
    """An input that cannot be had; the message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Document:
    """An open file, and when what it holds was captured, if anybody said so."""

    descriptor: int
    captured_at: datetime | None = None
    url: str | None = None
    size: int = 0
    """In bytes; 0 if it is not known beforehand."""


def bundled() -> list[str]:
    """Name the bundled documents."""
    return list(expand([str(DOCUMENTS)]))


def expand(names: Iterable[str]) -> Iterator[str]:
    """Name every input: the files below a folder, and those that a pattern fits, in order.

    Hidden files and manifests are no documents. A folder without documents, or one that cannot be
    listed, is named itself, and so is a pattern that fits nothing: to open them tells why.
    """
    for name in names:
        if name == STDIN or _is_address(name):
            yield name
        elif os.path.isdir(name):  # noqa: PTH112 - a path with a NUL in it is none, for Path an error
            yield from list(_below(Path(name))) or [name]
        elif glob.has_magic(name) and not os.path.lexists(name):
            fitting = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 - may be absolute
            yield from expand(fitting) if fitting else [name]
        else:
            yield name


def size_of(name: str) -> int:
    """Give the size of an input in bytes; 0 if it is not known beforehand."""
    try:
        found = Path(name).stat()
    except (OSError, ValueError):
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


@contextmanager
def opened(
    name: str, *, captured_at: datetime | None = None, allow_private: bool = False
) -> Iterator[Document]:
    """Open a file, an http(s) address or `-` for as long as it is read; raise InputError."""
    if name == STDIN:
        yield Document(sys.stdin.fileno(), captured_at)
    elif _is_address(name):
        with held(_fetched(name, allow_private=allow_private), name, captured_at) as document:
            yield document
    else:
        descriptor = _open(name)
        try:
            size = os.fstat(descriptor).st_size
            yield Document(descriptor, captured_at or _captured_at(Path(name)), size=size)
        finally:
            os.close(descriptor)


@contextmanager
def held(data: bytes, url: str | None, captured_at: datetime | None = None) -> Iterator[Document]:
    """Give what was fetched as an open file, as which it can be read elsewhere."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        yield Document(file.fileno(), captured_at, url)


def _is_address(name: str) -> bool:
    return name.lower().startswith(("http://", "https://"))


def _below(folder: Path) -> Iterator[str]:
    """Name the documents in a folder and in those below it; a link to a folder is not followed."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        yield str(folder)
        return
    for entry in entries:
        if is_hidden(entry.name) or entry.name == MANIFEST:
            continue
        if not entry.is_dir():
            yield str(entry)
        elif not entry.is_symlink():
            yield from _below(entry)


def _fetched(url: str, *, allow_private: bool) -> bytes:
    from seed import fetch  # noqa: PLC0415 - it takes a tenth of a second, and files don't need it

    try:
        return fetch.get(url, max_bytes=MAX_BYTES, allow_private=allow_private)
    except fetch.FetchError as error:
        raise InputError(str(error)) from error


def _open(name: str) -> int:
    """Open a file, and nothing that would keep one waiting."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if glob.has_magic(name) and not os.path.lexists(name):
            raise InputError("no file fits this pattern") from error
        raise InputError(error.strerror or str(error)) from error
    except ValueError as error:  # a path with a NUL in it
        raise InputError(str(error)) from error
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    raise InputError(next((kind for is_kind, kind in _KINDS if is_kind(mode)), "not a file"))


def _captured_at(path: Path) -> datetime | None:
    """Look the file up in the manifest beside it."""
    manifest = path.with_name(MANIFEST)
    try:
        changed = manifest.stat().st_mtime_ns
    except OSError:
        return None
    try:
        entry = _manifest(manifest, changed).get(path.name)
        return parse_time(entry["captured_at"]) if entry else None
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise InputError(f"{manifest} does not say when it was captured: {error!r}") from error


@lru_cache(maxsize=1)
def _manifest(path: Path, _changed: int) -> Any:
    return json.loads(path.read_bytes())
