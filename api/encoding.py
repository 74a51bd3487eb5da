"""Content codings (RFC 9110, section 8.4): which one a client gets, and the coding itself."""

import gzip
from collections.abc import Callable
from functools import lru_cache

import brotli
import zstandard

SMALLEST = 1024
"""Below this many bytes a coding saves no packet."""

IDENTITY = "identity"


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(body)


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=3))


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=3, mtime=0)


# In order of preference: of the cheap levels, zstd's is both the fastest and the smallest.
_CODINGS: dict[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "br": _brotli, "gzip": _gzip}


@lru_cache(maxsize=1024)
def choose(accept_encoding: str) -> str:
    """Give the coding for a client by its Accept-Encoding; `identity` when nothing else will do."""
    weights = dict(_weighted(part) for part in accept_encoding.lower().split(",") if part.strip())
    everything = weights.get("*", 0.0)
    best = max(_CODINGS, key=lambda coding: weights.get(coding, everything))
    wanted = weights.get(best, everything)
    return best if 0 < wanted >= weights.get(IDENTITY, 0) else IDENTITY


def encode(body: bytes, coding: str) -> bytes:
    """Write a body in a coding; the same bytes again when that would not make it smaller."""
    if coding == IDENTITY or len(body) < SMALLEST:
        return body
    encoded = _CODINGS[coding](body)
    return encoded if len(encoded) < len(body) else body


def _weighted(part: str) -> tuple[str, float]:
    coding, _, weight = part.partition(";")
    try:
        return coding.strip(), float(weight.strip().removeprefix("q=") or 1)
    except ValueError:
        return coding.strip(), 0.0
