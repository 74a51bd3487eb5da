"""Copies of a text: whether two articles print the same words, though one was lightly edited.

A text is seen as the set of its shingles, every five words that follow each other. Of a set its
smallest hashes are kept, a fair sample of it (bottom-k sketch: Broder 1997), so that two texts are
compared without their texts. Agencies' texts are cut, given another lead or a paragraph more, so
what counts is how much of the shorter is in the longer.
"""

import array
import struct
import sys
from zlib import crc32

from insight.terms import fold, normalise, words

SHINGLE_WORDS = 5
SKETCH = 128
"""How many hashes are kept: the error of the estimate is about one in the root of this."""
FEWEST_SHINGLES = 12
"""A text of fewer says too little: of two briefs with the same words any may be the source."""
COPIED = 0.6
"""From this part of the shorter text on, found in the longer, they are copies. Reports by
different hands on one event share quotes, which rarely make a quarter; an agency's text that was
written on through the day shares half, and each of its versions has news of its own."""
MOST_LONGER = 3.0
"""A text that is so many times longer is not a copy but a roundup that contains one."""


def fingerprint(body: str) -> bytes:
    """Give what a text is compared by: the number of its shingles, then its smallest hashes.

    All are unsigned 32-bit integers, little-endian. A text of too few words gives nothing.
    """
    tokens = _tokens(body)
    shingles = {
        crc32(" ".join(tokens[at : at + SHINGLE_WORDS]).encode("utf-8", "surrogatepass"))
        for at in range(len(tokens) - SHINGLE_WORDS + 1)
    }
    if len(shingles) < FEWEST_SHINGLES:
        return b""
    smallest = array.array("I", [len(shingles), *sorted(map(_mixed, shingles))[:SKETCH]])
    if sys.byteorder == "big":  # pragma: no cover - no such machine at hand
        smallest.byteswap()
    return smallest.tobytes()


def containment(one: bytes, other: bytes) -> float:
    """Estimate how much of the shorter text is in the longer, from 0 to 1."""
    if not one or not other:
        return 0.0
    (first, *ours), (second, *theirs) = map(_numbers, (one, other))
    both = set(ours).intersection(theirs)
    union = sorted(set(ours).union(theirs))[: min(len(ours), len(theirs))]
    alike = sum(shingle in both for shingle in union) / len(union)
    # From the share of the union that both have (Jaccard) to how many that are.
    common = alike * (first + second) / (1 + alike)
    return min(common / min(first, second), 1.0)


def are_copies(one: bytes, other: bytes) -> bool:
    """Tell whether two texts, by their fingerprints, are copies of one."""
    if not one or not other:
        return False
    sizes = sorted(struct.unpack("<I", each[:4])[0] for each in (one, other))
    return sizes[1] <= MOST_LONGER * sizes[0] and containment(one, other) >= COPIED


def _tokens(body: str) -> list[str]:
    """Divide a text into words and, where no blank divides them, into characters."""
    tokens: list[str] = []
    for word in words(fold(normalise(body))):
        if word.isascii() or word[0] < _FIRST_RUN:
            tokens.append(word)
        else:
            tokens += word
    return tokens


_FIRST_RUN = "\u0e00"


def _mixed(value: int) -> int:
    """Scatter a checksum: CRC keeps near texts near, and the smallest must be a fair sample."""
    return value * 0x9E3779B1 % 0x1_0000_0000 ^ value >> 15


def _numbers(fingerprint: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(fingerprint) // 4}I", fingerprint)
