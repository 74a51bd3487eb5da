"""What an article must have for a search to find it.

Terms say which words an article has, not in which order or field. So a phrase, a run of characters
that no blank divides, and a word that is no term of its own are looked up in the text itself.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from insight.query import And, Not, Or, Phrase, Query, Word
from insight.terms import (
    MARKS,
    TITLE_PREFIX,
    fold,
    is_run,
    language_of,
    normalise,
    query_terms,
    terms_of,
    words,
)

TITLE, SUMMARY, BODY = FIELDS = ("title", "summary", "body_text")
"""The texts of an article that a search may look in."""

Leaf = Word | Phrase


@dataclass(frozen=True, slots=True)
class Search:
    """A query, the fields it looks in, and the languages (base tags) its words may be in."""

    query: Query
    fields: Sequence[str] = FIELDS
    languages: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """The terms that a leaf of a query needs: of each group, one of them.

    `enough` tells whether an article that has them has what was asked for.
    """

    groups: tuple[tuple[str, ...], ...]
    enough: bool


def need(leaf: Leaf, search: Search) -> Need:
    """Give the terms that an article needs to have a word or a phrase."""
    # A name in capitals may be a small word in a phrase that is all in capitals.
    text = leaf.text if isinstance(leaf, Word) else leaf.text.casefold()
    groups = tuple(query_terms(text, search.languages))
    single = _is_one_word(leaf) and len(groups) == 1
    if tuple(search.fields) == (TITLE,):
        titled = tuple(tuple(TITLE_PREFIX + term for term in group) for group in groups)
        return Need(titled, single)
    return Need(groups, single and set(search.fields) == set(FIELDS))


def without_small_words(query: Query, languages: Sequence[str]) -> Query:
    """Leave out of a query the words that say nothing, such as "the", where others remain."""
    if not isinstance(query, And):
        return query
    parts = _lowered(query.parts)
    telling = [
        part for part in parts if not isinstance(part, Word) or query_terms(part.text, languages)
    ]
    if all(isinstance(part, Not) for part in telling):
        return query
    return telling[0] if len(telling) == 1 else And(tuple(telling))


def _lowered(parts: Sequence[Query]) -> Sequence[Query]:
    """Give words in small letters where all of several are in capitals: then none is a name."""
    words_in = [part.text for part in parts if isinstance(part, Word)]
    if len(words_in) < 2 or not all(text.isupper() for text in words_in):  # noqa: PLR2004
        return parts
    return [Word(part.text.casefold()) if isinstance(part, Word) else part for part in parts]


def matches(article: Mapping[str, Any], search: Search) -> bool:
    """Tell whether an article, of which the terms and the texts are there, has what is asked."""
    return _Reader(article, search).finds(search.query)


class _Reader:
    """Looks into one article; its texts are prepared when they are first needed."""

    def __init__(self, article: Mapping[str, Any], search: Search) -> None:
        self._article = article
        self._search = search

    def finds(self, query: Query) -> bool:
        match query:
            case And(parts):
                return all(map(self.finds, parts))
            case Or(parts):
                return any(map(self.finds, parts))
            case Not(part):
                return not self.finds(part)
        return self._finds_leaf(query)

    def _finds_leaf(self, leaf: Leaf) -> bool:
        needed = need(leaf, self._search)
        if any(self._terms.isdisjoint(group) for group in needed.groups):
            return False
        if needed.enough:
            return True
        if _is_one_word(leaf) and len(needed.groups) == 1:
            return not self._terms_of_fields.isdisjoint(needed.groups[0])
        return pattern(leaf.text).search(self._text) is not None

    @cached_property
    def _terms(self) -> frozenset[str]:
        return frozenset(self._article["terms"])

    @cached_property
    def _text(self) -> str:
        return plain("\n".join(self._article[field] for field in self._search.fields))

    @cached_property
    def _terms_of_fields(self) -> frozenset[str]:
        texts = (self._article[field] for field in self._search.fields)
        return terms_of("\n".join(texts), language_of(self._article["terms"]))


def _is_one_word(leaf: Leaf) -> bool:
    """Tell whether a leaf is one word, which its terms say all of; covid-19 is two."""
    return isinstance(leaf, Word) and len(words(leaf.text)) == 1


def plain(text: str) -> str:
    """Give a text as it is compared character by character: without case, accents or widths."""
    return fold(normalise(text))


@lru_cache(maxsize=200)
def pattern(text: str) -> re.Pattern[str]:
    """Give the pattern that finds the words of a text, one after the other, in a `plain` text."""
    parts = [re.escape(word) for word in words(plain(text))]
    if not parts:  # symbols alone: they are in no text
        return re.compile(r"(?!)")
    joined = r"[\W_]*".join(parts)
    # A word ends where the word does; a run of characters may stand inside a longer one.
    before = "" if is_run(parts[0]) else r"(?<![^\W_])"
    after = "" if is_run(parts[-1]) else rf"(?![^\W_]|[{MARKS}])"
    return re.compile(f"{before}{joined}{after}")
