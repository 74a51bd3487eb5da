import gzip
import io
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from seed.decoding import DecodingError, decoded

TEXT = b"Ties grow closer, says who was there. " * 20_000
BOMB = bytes(16 * 1024 * 1024)


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


CODED = [
    ("", bytes),
    ("identity", bytes),
    ("gzip", gzip.compress),
    ("X-Gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", bare),
    ("br", brotli.compress),
    ("zstd", zstd),
    ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
]
COMPRESSED = [(name, code) for name, code in CODED if name not in {"", "identity"}]


def whole(data: bytes, coding: str) -> bytes:
    return b"".join(decoded(io.BytesIO(data).read, coding))


@pytest.mark.parametrize(("coding", "code"), CODED)
@pytest.mark.parametrize("text", [TEXT, b"x", b""])
def test_what_was_coded_is_undone(coding: str, code: Callable[[bytes], bytes], text: bytes) -> None:
    assert whole(code(text), coding) == text


def test_parts_that_were_zipped_one_by_one_are_one_body_and_padding_is_none() -> None:
    parts = gzip.compress(b"one, ") * 5_000 + gzip.compress(TEXT)
    assert whole(parts + bytes(1_000), "gzip") == b"one, " * 5_000 + TEXT


@pytest.mark.parametrize(("coding", "code"), COMPRESSED)
def test_a_bomb_takes_no_more_memory_than_is_asked_of_it(
    coding: str, code: Callable[[bytes], bytes]
) -> None:
    bomb = code(BOMB)
    tracemalloc.start()
    try:
        pieces = decoded(io.BytesIO(bomb).read, coding)
        assert sum(len(next(pieces)) for _ in range(8)) > 0
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


@pytest.mark.parametrize(("coding", "code"), COMPRESSED)
def test_what_is_not_coded_so_has_a_reason(coding: str, code: Callable[[bytes], bytes]) -> None:
    with pytest.raises(DecodingError):
        whole(b"<rss>" * 100, coding)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_what_ends_early_is_not_taken_for_the_whole(coding: str) -> None:
    code = dict(COMPRESSED)[coding]
    with pytest.raises(DecodingError, match="ends before"):
        whole(code(TEXT)[:-20], coding)


@pytest.mark.parametrize("coding", ["compress", "gzip, gzip, gzip", "gzip;q=1"])
def test_a_coding_that_is_not_known_is_refused(coding: str) -> None:
    with pytest.raises(DecodingError, match="coded"):
        whole(b"x", coding)
