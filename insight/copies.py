"""Copies of a text: whether two articles print the same words, though one was lightly edited.

A text is seen as the set of its shingles, every five words that follow each other, and of a set
only the smallest hashes are kept, a fair sample of it: Broder (1997), On the resemblance and
containment of documents. So texts are compared without the texts. Editors cut a text from its
end, drop a paragraph or add one, so what counts is how much of the shorter is in the longer.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from zlib import crc32

from insight.terms import fold, words

SHINGLE_WORDS = 5
"""How many words follow each other in a shingle: fewer are often a name or a phrase."""
SKETCH_SIZE = 128
"""How many hashes are kept at most: of a text of up to 132 words, all."""
FEWEST_SHINGLES = 12
"""Of a text of fewer (16 words) too little is known: it is as often a note of the page ("Sign in
to read on") as news. And texts that have fewer in common share no more than a quote."""
COPIED = 0.6
"""From this part of the shorter text on, found in the longer, they are copies: most of it is not
its own. Reports of one event in words of their own share quotes and names, rarely a quarter.
Between the two are reports around one statement, and agency texts that were written on."""
BROKEN = 2 * (SHINGLE_WORDS - 1)
"""How many shingles are forgiven: where a text was edited, those across the seam are lost, though
the words on either side are there. That is two seams, of another lead and a dropped paragraph,
which is much of a text of four sentences and nothing of a long one."""
MOST_LONGER = 2.5
"""How many times longer the longer may be: a roundup of three texts is no copy of any."""


def fingerprint(body: str, read: Sequence[str] | None = None) -> bytes:
    """Give what a text is compared by: the number of its shingles, then the smallest hashes.

    All are unsigned 32-bit integers, little-endian, the hashes in order. The same text gives the
    same bytes everywhere and always. A text of fewer than `FEWEST_SHINGLES` gives none. `read` are
    its words, as `insight.terms.words` gives them, where somebody has read it already.
    """
    text = " ".join(_tokens(body, read)).encode()
    starts = [0, *accumulate(len(token) + 1 for token in text.split(b" "))]
    # Each shingle is cut out of the text, without the blank behind it.
    shingles = (text[at : end - 1] for at, end in zip(starts, starts[SHINGLE_WORDS:], strict=False))
    # A checksum is enough: estimates by CRC-32 are as exact as by BLAKE2, which takes four times.
    hashes = set(map(crc32, shingles))
    if len(hashes) < FEWEST_SHINGLES:
        return b""
    kept = sorted(hashes)[:SKETCH_SIZE]
    return struct.pack(f"<{1 + len(kept)}I", len(hashes), *kept)


def resemblance(one: bytes, other: bytes) -> float:
    """Estimate from fingerprints how much of the shorter text is in the longer, from 0 to 1.

    Exact where all hashes of both were kept. Otherwise the standard error is at most 0.05 for
    texts of one length and 0.07 where one is `MOST_LONGER` times longer. Nothing resembles a text
    that gave no fingerprint.
    """
    if not one or not other:
        return 0.0
    (shorter, *ours), (longer, *theirs) = sorted(map(_numbers, (one, other)))
    # Up to the smaller of the last hashes kept, all of both are known, and what holds of those
    # holds of the rest: Cohen and Kaplan (2007), Summarizing data using bottom-k sketches.
    last = min(_last_known(ours, shorter), _last_known(theirs, longer))
    known = ours[: bisect_right(ours, last)]
    return len(set(known).intersection(theirs)) / len(known) if known else 0.0


def are_copies(one: bytes, other: bytes) -> bool:
    """Tell from fingerprints whether two texts are copies of one; each is a copy of itself."""
    if not one or not other:
        return False
    shorter, longer = sorted(int.from_bytes(each[:4], "little") for each in (one, other))
    if longer > MOST_LONGER * shorter:
        return False
    common = resemblance(one, other) * shorter
    return common >= max(COPIED * shorter - BROKEN, FEWEST_SHINGLES)


def _numbers(fingerprint: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(fingerprint) // 4}I", fingerprint)


def _last_known(hashes: list[int], shingles: int) -> int:
    """Give up to which hash it is known whether a text has it."""
    return hashes[-1] if len(hashes) < shingles else 0xFFFF_FFFF


_HAN_OR_KANA = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
_THAI_TO_KHMER = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"
# No blank divides the words of these: a character of Han or Kana counts as one, and of Thai, Lao,
# Burmese and Khmer four letters do, counted anew after every blank.
_TOKEN = re.compile(
    f"[^\\s{_HAN_OR_KANA}{_THAI_TO_KHMER}]+|[{_HAN_OR_KANA}]|[{_THAI_TO_KHMER}]{{1,4}}"
)
# Where a word may be broken, how it is joined and which way it runs: that is layout.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def _tokens(body: str, read: Sequence[str] | None) -> list[str]:
    """Divide a text into words, without case, accents and punctuation."""
    if read is None or _INVISIBLE.search(body):
        read = words(_INVISIBLE.sub("", body))
    text = fold(" ".join(read))
    return text.split() if text.isascii() else _TOKEN.findall(text)
