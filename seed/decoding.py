"""Content codings undone (RFC 9110, section 8.4.1), never by more than is wanted.

A few kilobytes can stand for gigabytes. Every decoder here is told how much it may give at a time,
so a bomb costs no more memory than a page.
"""

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import brotli
import zstandard

CODINGS = "gzip, deflate, br, zstd"
"""What can be undone, as a request says it."""

STEP = 65_536
"""About how many bytes a decoder gives at a time."""

_WINDOW = 8 * 1024 * 1024  # RFC 9659: what a server may expect of a client
_RAW, _GZIP, _ZLIB = -zlib.MAX_WBITS, 16 + zlib.MAX_WBITS, zlib.MAX_WBITS
_MEMBER = b"\x1f\x8b"  # one follows another in gzip (RFC 1952, section 2.2); the rest is padding
_MOST_CODINGS = 2

Read = Callable[[int], bytes]
"""Gives at most so many bytes of a body; none at its end."""


class DecodingError(ValueError):
    """A body that is not coded as its server says; the message is the reason, in one line."""


def decoded(read: Read, coding: str) -> Iterator[bytes]:
    """Give a body piece by piece, undone from what its Content-Encoding names."""
    names = [name.strip().lower() for name in coding.split(",")]
    names = [name for name in names if name not in {"", "identity"}]
    if len(names) > _MOST_CODINGS:
        raise DecodingError(f"is coded {len(names)} times over")
    pieces = _pieces(read)
    for name in reversed(names):
        undo = _UNDO.get(name)
        if undo is None:
            raise DecodingError(f"is coded in a way that is not known: {name[:40]!r}")
        pieces = undo(pieces)
    try:
        yield from pieces
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise DecodingError(f"is not {coding}, as its server says: {error}") from error


def _pieces(read: Read) -> Iterator[bytes]:
    while piece := read(STEP):
        yield piece


def _inflated(pieces: Iterator[bytes], bits: int) -> Iterator[bytes]:
    decoder = zlib.decompressobj(bits)
    for piece in pieces:
        given = piece
        while given and not decoder.eof:
            yield decoder.decompress(given, STEP)
            given = decoder.unconsumed_tail
            if decoder.eof and decoder.unused_data.startswith(_MEMBER):
                given, decoder = decoder.unused_data, zlib.decompressobj(bits)
    if not decoder.eof:
        raise DecodingError("ends before it should")


def _with(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return _inflated(pieces, _GZIP)


def _deflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Undo deflate: within zlib's format as it should be, or bare, as some servers send it."""
    first = next(pieces, b"")
    is_zlib = (
        len(first) > 1 and first[0] & 0x0F == zlib.DEFLATED and not int.from_bytes(first[:2]) % 31
    )
    return _inflated(_with(first, pieces), _ZLIB if is_zlib else _RAW)


def _unbrotlied(pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    for piece in pieces:
        given = piece
        while not decoder.is_finished():
            undone = decoder.process(given, output_buffer_limit=STEP)
            yield undone
            given = b""
            if not undone and decoder.can_accept_more_data():
                break
    if not decoder.is_finished():
        raise DecodingError("ends before it should")


def _unzstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    source: Any = _Source(pieces)
    with decoder.stream_reader(source, read_across_frames=True) as reader:
        while piece := reader.read(STEP):
            yield piece


class _Source:
    """Pieces, as zstandard wants to read them."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _size: int = -1) -> bytes:
        return next(self._pieces, b"")


_UNDO: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _deflated,
    "br": _unbrotlied,
    "zstd": _unzstd,
}
