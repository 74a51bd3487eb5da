"""What has changed between two texts, by paragraphs. Pure functions."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from insight.text import paragraphs_of

_MOST_COMPARED = 2_000
"""Of more paragraphs, those that changed are told as a whole: to compare them takes too long."""


class Part(NamedTuple):
    """A paragraph, and what became of it."""

    op: Literal["same", "removed", "added"]
    text: str


def difference(before: str, after: str) -> list[Part]:
    """Give the paragraphs of both texts in order, those that are the same once."""
    old, new = paragraphs_of(before), paragraphs_of(after)
    head = _same(old, new)
    tail = _same(old[head:][::-1], new[head:][::-1])
    middle = old[head : len(old) - tail], new[head : len(new) - tail]
    return [
        *(Part("same", text) for text in old[:head]),
        *_compared(*middle),
        *(Part("same", text) for text in old[len(old) - tail :]),
    ]


def _same(one: list[str], other: list[str]) -> int:
    """Count how many are the same from the start."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _compared(old: list[str], new: list[str]) -> Iterator[Part]:
    if len(old) + len(new) > _MOST_COMPARED:
        steps = [("replace", 0, len(old), 0, len(new))]
    else:
        steps = list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    for step, old_start, old_end, new_start, new_end in steps:
        if step == "equal":
            yield from (Part("same", text) for text in old[old_start:old_end])
        else:
            yield from (Part("removed", text) for text in old[old_start:old_end])
            yield from (Part("added", text) for text in new[new_start:new_end])
