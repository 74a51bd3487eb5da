"""Copies of a text: whether two articles print the same words, though one was lightly edited.

A text is seen as the set of its shingles, every five words that follow each other, and of a set
only the smallest hashes are kept, a fair sample of it: Broder (1997), On the resemblance and
containment of documents. So texts are compared without the texts. Editors cut a text from the
end, drop a paragraph or add one, so what counts is how much of the shorter is in the longer.
"""

import re
import struct
from bisect import bisect_right
from zlib import crc32

from insight.terms import fold, normalise, words

SHINGLE_WORDS = 5
"""How many words follow each other in a shingle: fewer are often those of a name or a phrase."""
SKETCH_SIZE = 128
"""How many hashes are kept at most; of a text of up to about 130 words, all."""
FEWEST_SHINGLES = 8
"""Of a text of fewer (12 words) too little is known: it is as often a note of the page ("Sign in
to read on") as news. Two texts that have fewer in common share a name and a phrase."""
COPIED = 0.5
"""From this part of the shorter text on, found in the longer, they are copies."""
MOST_LONGER = 2.5
"""A text that is so many times longer is not a copy but a roundup that contains one."""


def fingerprint(body: str) -> bytes:
    """Give what a text is compared by: the number of its shingles, then the smallest hashes.

    All are unsigned 32-bit integers, little-endian, the hashes in order. The same text gives the
    same bytes everywhere and always. A text of fewer than `FEWEST_SHINGLES` gives none.
    """
    tokens = _tokens(body)
    following = (tokens[at:] for at in range(SHINGLE_WORDS))
    shingles = map(" ".join, zip(*following, strict=False))
    hashes = set(map(crc32, map(str.encode, shingles)))
    if len(hashes) < FEWEST_SHINGLES:
        return b""
    kept = sorted([_scatter(each) for each in hashes])[:SKETCH_SIZE]
    return struct.pack(f"<{1 + len(kept)}I", len(hashes), *kept)


def resemblance(one: bytes, other: bytes) -> float:
    """Estimate from fingerprints how much of the shorter text is in the longer, from 0 to 1.

    Exact where all hashes of both were kept; otherwise the standard error is at most 0.06. Nothing
    resembles a text that gave no fingerprint.
    """
    if not one or not other:
        return 0.0
    first, second, common = _compare(one, other)
    return min(1.0, common / min(first, second))


def are_copies(one: bytes, other: bytes) -> bool:
    """Tell from fingerprints whether two texts are copies of one; each is a copy of itself."""
    if not one or not other:
        return False
    if one == other:
        return True
    first, second, common = _compare(one, other)
    shorter, longer = sorted((first, second))
    return longer <= MOST_LONGER * shorter and common >= max(COPIED * shorter, FEWEST_SHINGLES)


def _compare(one: bytes, other: bytes) -> tuple[int, int, float]:
    """Give how many shingles two texts have, and estimate how many of them they have in common.

    Up to the smaller of the two largest hashes kept, all hashes of both are known, and what holds
    of those holds of the rest: Cohen and Kaplan (2007), Summarizing data using bottom-k sketches.
    """
    (first, *ours), (second, *theirs) = map(_numbers, (one, other))
    ends = [
        hashes[-1] for hashes, total in ((ours, first), (theirs, second)) if len(hashes) < total
    ]
    end = min(ends, default=_LARGEST)
    known = ours[: bisect_right(ours, end)], theirs[: bisect_right(theirs, end)]
    common = len(set(known[0]).intersection(known[1]))
    return first, second, common * (first + second) / (len(known[0]) + len(known[1]))


def _numbers(fingerprint: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(fingerprint) // 4}I", fingerprint)


_LARGEST = 0xFFFF_FFFF


def _scatter(checksum: int) -> int:
    """Put checksums in an order of their own: CRC is linear, and the smallest must be a sample.

    Multiplication by an odd number keeps different ones different (Fibonacci hashing: Knuth, The
    Art of Computer Programming 3, 6.4).
    """
    return checksum * 0x9E37_79B1 & _LARGEST


_ASCII_WORD = re.compile("[a-z0-9]+")
_UNSPACED = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
_UNSPACED_LETTERS = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"
# A character of Han or Kana counts as a word. Four of Thai, Lao, Burmese or Khmer are about one.
_TOKEN = re.compile(
    f"[^\\s{_UNSPACED}{_UNSPACED_LETTERS}]+|[{_UNSPACED}]|[{_UNSPACED_LETTERS}]{{1,4}}"
)
# Where a word may be broken, how it is joined and which way it runs: layout, and nothing to see.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def _tokens(body: str) -> list[str]:
    """Divide a text into words as they are compared, without case, accents and punctuation."""
    if body.isascii():
        return _ASCII_WORD.findall(normalise(body.lower()))
    text = fold(" ".join(words(_INVISIBLE.sub("", body))))
    return text.split() if text.isascii() else _TOKEN.findall(text)
