import gzip

import brotli
import pytest
import zstandard

from api import encoding

BODY = b'{"title": "Ties grow closer"}' * 100


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", "identity"),
        ("identity", "identity"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("zstd;q=0, br;q=0, gzip;q=0", "identity"),
        ("*", "zstd"),
        ("*;q=0", "identity"),
        ("*, zstd;q=0", "br"),
        ("gzip;q=0.2, identity", "identity"),
        ("gzip; q=1.0", "gzip"),
        ("gzip;q=broken", "identity"),
        ("compress, deflate", "identity"),
        (" , ,gzip", "gzip"),
        ("gzip;q=nan", "identity"),
        ("x-gzip", "gzip"),
        ("identity;q=0", "identity"),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("*;q=0.5, identity", "identity"),
        ("*;q=0.5, gzip;q=0.7", "gzip"),
        ("identity;q=0.5, *;q=0", "identity"),
        ("br;q=0.001", "br"),
        ("br;q=-1", "identity"),
    ],
)
def test_a_client_gets_the_best_coding_that_it_accepts(accepted: str, coding: str) -> None:
    assert encoding.choose(accepted).name == coding


@pytest.mark.parametrize(
    ("coding", "decode"),
    [
        ("gzip", gzip.decompress),
        ("br", brotli.decompress),
        ("zstd", lambda body: zstandard.ZstdDecompressor().decompress(body)),
        ("identity", bytes),
    ],
)
def test_a_coded_body_is_the_body(coding: str, decode: object) -> None:
    assert callable(decode)
    assert decode(encoding.encode(BODY, encoding.choose(coding))) == BODY


def test_a_coding_makes_it_much_smaller() -> None:
    assert len(encoding.encode(BODY, encoding.choose("gzip"))) < len(BODY) / 5


def test_a_small_body_is_left_as_it_is() -> None:
    assert encoding.encode(b"x" * 1023, encoding.choose("gzip")) == b"x" * 1023


@pytest.mark.parametrize("accepted", ["gzip, identity;q=0", "gzip, *;q=0"])
def test_who_takes_nothing_without_coding_gets_even_a_small_body_coded(accepted: str) -> None:
    assert gzip.decompress(encoding.encode(b"x", encoding.choose(accepted))) == b"x"


def test_a_body_that_would_not_get_smaller_is_left_as_it_is() -> None:
    noise = gzip.compress(bytes(range(256)) * 50)
    dense = noise * 1 + bytes(hash(str(number)) % 256 for number in range(2000))
    coded = encoding.encode(dense, encoding.choose("gzip"))
    assert len(coded) <= len(dense)
