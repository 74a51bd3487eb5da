"""Content codings (RFC 9110, section 8.4): which one a client gets, and the coding itself."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import brotli
import zstandard
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

SMALLEST = 1024
"""Below this many bytes a coding saves no packet."""


@dataclass(frozen=True, slots=True, eq=False)
class Coding:
    """A coding by its name; each is there once, so that it is quickly compared."""

    name: str
    write: Callable[[bytes], bytes]
    required: bool = False
    """Whether the client does not take a body without coding."""


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(body)


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=3))


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=3, mtime=0)


IDENTITY = Coding("identity", bytes)
# In order of preference: of the cheap levels, zstd's is both the fastest and the smallest.
_WRITERS = (("zstd", _zstd), ("br", _brotli), ("gzip", _gzip))
_CODINGS = {
    required: {name: Coding(name, write, required) for name, write in _WRITERS}
    for required in (False, True)
}


@lru_cache(maxsize=1024)
def choose(accept_encoding: str) -> Coding:
    """Give the coding for a client by its Accept-Encoding; `IDENTITY` when nothing else will do.

    So it is even where the client does not want that: an answer that it may not be able to read
    tells it more than none.
    """
    weights = dict(_weighted(part) for part in accept_encoding.lower().split(",") if part.strip())
    others = weights.get("*", 0.0)
    plain = weights.get(IDENTITY.name)
    required = plain == 0 or (plain is None and weights.get("*") == 0)
    codings = _CODINGS[required]
    best = max(codings, key=lambda name: weights.get(name, others))
    return codings[best] if 0 < weights.get(best, others) >= (plain or 0) else IDENTITY


def encode(body: bytes, coding: Coding) -> bytes:
    """Write a body in a coding; the same bytes again when that would not make it smaller."""
    if coding is IDENTITY or (len(body) < SMALLEST and not coding.required):
        return body
    encoded = coding.write(body)
    return encoded if coding.required or len(encoded) < len(body) else body


def _weighted(part: str) -> tuple[str, float]:
    coding, _, weight = part.partition(";")
    name = coding.strip().removeprefix("x-")  # x-gzip is gzip (RFC 9110, section 8.4.1.3)
    try:
        return name, float(weight.strip().removeprefix("q=") or 1)
    except ValueError:
        return name, 0.0


@lru_cache(maxsize=1024)
def takes(accept: str, media_type: str) -> bool:
    """Tell whether a client takes a type, by its Accept; what says nothing takes everything."""
    accepted = parse_accept_header(accept, MIMEAccept)
    return not accepted or accepted.quality(media_type) > 0
