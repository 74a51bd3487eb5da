"""The language of searches: words, "phrases", -word, AND, OR, NOT and parentheses, as a tree.

NOT binds closest, then AND, which may be left out, then OR. Only the operators' capitals matter.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

MAX_LENGTH = 500
"""The longest search, in characters."""
MAX_DEPTH = 3
"""How deep parentheses may be nested."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word; `at` is where it begins in the search."""

    text: str
    at: int = field(compare=False, default=0)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other; `at` is where the first begins."""

    text: str
    at: int = field(compare=False, default=0)


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be there."""

    part: "Query"


@dataclass(frozen=True, slots=True)
class And:
    """What must all be there."""

    parts: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Of what one must be there."""

    parts: tuple["Query", ...]


Query: TypeAlias = Word | Phrase | Not | And | Or


class QuerySyntaxError(ValueError):
    """A search that cannot be read: what is wrong, and `at` which character, counted from 0."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(f"{message} (at character {at + 1})")
        self.message = message
        self.at = at


def parse(text: str) -> Query | None:
    """Read a search, None where there is nothing to search for; raise QuerySyntaxError."""
    if len(text) > MAX_LENGTH:
        raise QuerySyntaxError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    if control := _CONTROL.search(text):
        raise QuerySyntaxError("a control character", control.start())
    tokens = _without_nothing(_tokens(text))
    return _Parser(tokens, len(text)).whole() if tokens else None


def words_of(query: Query) -> Iterator[Word | Phrase]:
    """Give the words and phrases that are asked for, in their order; not those to be left out."""
    if isinstance(query, And | Or):
        for part in query.parts:
            yield from words_of(part)
    elif not isinstance(query, Not):
        yield query


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


_WORD, _PHRASE, _NOT, _AND, _OR, _OPEN, _CLOSE = "word", "phrase", "NOT", "AND", "OR", "(", ")"
_NOTHING = "nothing"
# One for one, so that places stay what they are.
_TWINS = str.maketrans("（）＂“”„＋－", '()""""+-')
_CLOSING = {'"': '"', "«": "»", "»": "«", "「": "」", "『": "』"}
_TOKEN = re.compile(
    r"""\s+|(?P<paren>[()])|(?P<sign>(?<![^\s(])[-+](?=[^\s+)-]))|(?P<quote>["«»「『])|[^\s()"«»「『]+"""
)


def _tokens(text: str) -> Iterator[_Token]:
    """Divide a search into its words, phrases, operators and parentheses."""
    plain, at = text.translate(_TWINS), 0
    while match := _TOKEN.match(plain, at):
        start, at = match.span()
        if match["quote"]:
            end = plain.find(_CLOSING[match[0]], at)
            if end < 0:
                raise QuerySyntaxError("the quotation mark is never closed", start)
            kind = _PHRASE if _says_something(text[at:end]) else _NOTHING
            yield _Token(kind, text[at:end].strip(), start)
            at = end + 1
        elif match["paren"] or match[0] in {_AND, _OR, _NOT}:
            yield _Token(match[0], match[0], start)
        elif match["sign"]:
            if match[0] == "-":
                yield _Token(_NOT, match[0], start)
        elif not match[0].isspace():
            kind = _WORD if _says_something(match[0]) else _NOTHING
            yield _Token(kind, text[start:at], start)


def _without_nothing(tokens: Iterable[_Token]) -> list[_Token]:
    """Leave out punctuation that stands alone, empty parentheses, and a sign before either."""
    kept: list[_Token] = []
    for token in tokens:
        if token.kind == _CLOSE and kept and kept[-1].kind == _OPEN:
            kept.pop()
        elif token.kind != _NOTHING:
            kept.append(token)
            continue
        if kept and kept[-1].text == "-":
            kept.pop()
    return kept


def _says_something(text: str) -> bool:
    """Tell whether a text is more than punctuation; a sign beyond ASCII may be a symbol."""
    return any(char.isalnum() or (char > _ASCII and char not in _BLANK) for char in text)


_ASCII = "\x9f"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BLANK = frozenset(" \u00a0\u1680\u2028\u2029\u202f\u205f\u3000（）＂“”„«»「」『』＋－").union(
    map(chr, range(0x2000, 0x200B))
)


class _Parser:
    """Reads tokens from left to right, one function for each level of binding."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = tokens
        self._next = 0
        self._end = end
        self._depth = 0

    def whole(self) -> Query:
        query = self._any()
        if token := self._peek():  # only a parenthesis ends what is not nested
            raise QuerySyntaxError("a closing parenthesis without an opening one", token.at)
        return query

    def _any(self) -> Query:
        parts = [self._all()]
        while self._take(_OR):
            parts.append(self._all())
        return _joined(Or, parts)

    def _all(self) -> Query:
        parts = [self._signed()]
        while self._take(_AND) or self._peek_kind() not in {None, _OR, _CLOSE}:
            parts.append(self._signed())
        return _joined(And, parts)

    def _signed(self) -> Query:
        negated = False
        while self._take(_NOT):
            negated = not negated
        part = self._unit()
        if not negated:
            return part
        return part.part if isinstance(part, Not) else Not(part)

    def _unit(self) -> Query:
        token = self._peek()
        if token is None or token.kind in {_AND, _OR, _CLOSE}:
            raise self._missing(token)
        self._next += 1
        if token.kind == _OPEN:
            return self._nested(token)
        return (Word if token.kind == _WORD else Phrase)(token.text, token.at)

    def _nested(self, opening: _Token) -> Query:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QuerySyntaxError(f"nested more than {MAX_DEPTH} deep", opening.at)
        query = self._any()
        if not self._take(_CLOSE):
            raise QuerySyntaxError("the parenthesis is never closed", opening.at)
        self._depth -= 1
        return query

    def _missing(self, token: _Token | None) -> QuerySyntaxError:
        """Say that there is no word where one must be."""
        before = self._tokens[self._next - 1] if self._next else None
        at = token.at if token else self._end
        if before is None:
            kind = token.kind if token else ""
            if kind == _CLOSE:
                return QuerySyntaxError("a closing parenthesis without an opening one", at)
            return QuerySyntaxError(f"expected a word before {kind}", at)
        if before.kind == _OPEN and token is None:
            return QuerySyntaxError("the parenthesis is never closed", before.at)
        return QuerySyntaxError(f"expected a word after {before.text}", at)

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _peek_kind(self) -> str | None:
        token = self._peek()
        return token.kind if token else None

    def _take(self, kind: str) -> bool:
        """Go past a token, if it is of this kind."""
        taken = self._peek_kind() == kind
        self._next += taken
        return taken


def _joined(join: type[And] | type[Or], parts: list[Query]) -> Query:
    """Join parts into one; what is joined the same way already is not nested."""
    flat = [each for part in parts for each in (part.parts if isinstance(part, join) else (part,))]
    return flat[0] if len(flat) == 1 else join(tuple(flat))
