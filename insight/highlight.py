"""Where an article has what was searched for: its texts as HTML, with the hits in `<mark>`."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from insight.matching import BODY, Search, plain
from insight.query import Word, words_of
from insight.terms import find_words, is_run, language_of, query_terms, terms_of, words

MAX_FRAGMENTS = 3
"""How many parts of a body are shown."""
FRAGMENT_CHARS = 160
"""How long a part of a body is, about."""

Span = tuple[int, int]
"""Where a hit begins and ends in a text, in characters."""


def highlight(article: Mapping[str, Any], search: Search) -> dict[str, list[str]]:
    """Mark what was searched for in each text that has some of it; of the body, the best parts.

    Everything but the marks is escaped.
    """
    finder = _Finder(search, language_of(article["terms"]))
    marked: dict[str, list[str]] = {}
    for field in search.fields:
        text = article[field]
        if spans := _merged(finder.hits(text)):
            whole = field != BODY or len(text) <= FRAGMENT_CHARS
            parts = [(0, len(text))] if whole else _best_parts(text, spans)
            marked["body" if field == BODY else field] = [
                _mark(text, part, spans) for part in parts
            ]
    return marked


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds the words and phrases of a search in texts of one language."""

    search: Search
    language: str

    def hits(self, text: str) -> Iterator[Span]:
        """Give where the text has something that was searched for, in no order."""
        places = [match.span() for match in find_words(text)]
        spelt = [plain(text[start:end]) for start, end in places]
        single: set[str] = set()
        for leaf in words_of(self.search.query):
            groups = query_terms(leaf.text, self.search.languages)
            parts = words(plain(leaf.text))
            if any(map(is_run, parts)):
                yield from _runs(text, parts)
            elif isinstance(leaf, Word) and len(groups) == 1:
                single.update(groups[0])
            else:
                yield from _sequences(places, spelt, parts)
        if single:
            yield from (
                (start, end)
                for start, end in places
                if not single.isdisjoint(terms_of(text[start:end], self.language))
            )


def _sequences(
    places: Sequence[Span], spelt: Sequence[str], wanted: Sequence[str]
) -> Iterator[Span]:
    """Find words that follow each other."""
    length = len(wanted)
    for at in range(len(spelt) - length + 1):
        if length and spelt[at] == wanted[0] and list(spelt[at : at + length]) == list(wanted):
            yield places[at][0], places[at + length - 1][1]


def _runs(text: str, parts: Sequence[str]) -> Iterator[Span]:
    """Find characters that follow each other, also inside a longer run."""
    pattern = r"[\W_]*".join(map(re.escape, parts))
    yield from (match.span() for match in re.finditer(pattern, text, re.IGNORECASE))


def _merged(spans: Iterator[Span]) -> list[Span]:
    """Put hits in order, and those that meet into one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        elif end > start:
            merged.append((start, end))
    return merged


def _best_parts(text: str, spans: Sequence[Span]) -> list[Span]:
    """Choose the parts of a text with the most different hits, in the order of the text."""
    groups: list[list[Span]] = []
    for span in spans:
        if groups and span[1] - groups[-1][0][0] <= FRAGMENT_CHARS:
            groups[-1].append(span)
        else:
            groups.append([span])
    different = [len({text[start:end].casefold() for start, end in group}) for group in groups]
    best = sorted(range(len(groups)), key=lambda at: (-different[at], at))[:MAX_FRAGMENTS]
    return [_around(text, groups[at][0][0], groups[at][-1][1]) for at in best]


def _around(text: str, start: int, end: int) -> Span:
    """Widen a part to about the length of a fragment, and to where words end."""
    spare = max(FRAGMENT_CHARS - (end - start), 0) // 2
    start, end = max(start - spare, 0), min(end + spare, len(text))
    if start > 0 and (blank := text.find(" ", start, start + spare)) >= 0:
        start = blank + 1
    if end < len(text) and (blank := text.rfind(" ", max(end - spare, start), end)) >= 0:
        end = blank
    return start, end


def _mark(text: str, part: Span, spans: Sequence[Span]) -> str:
    """Write a part of a text as HTML, with the hits marked and dots where it was cut."""
    start, end = part
    written = ["…"] if start > 0 else []
    at = start
    for first, last in spans:
        if start <= first and last <= end:
            written += [_escaped(text[at:first]), f"<mark>{_escaped(text[first:last])}</mark>"]
            at = last
    return "".join([*written, _escaped(text[at:end]), "…" if end < len(text) else ""])


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)
