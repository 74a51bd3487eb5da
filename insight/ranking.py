"""How much two articles are about the same: TF-IDF cosine, read also through the nearest others.

The weight of a term in an article grows with the root of how often it is there and shrinks with
how many articles have it (Salton & Buckley 1988). Two articles on one event may share few words
and yet both share many with a third; so the nearest articles lend the query their words (Rocchio
1971, pseudo-relevance feedback), and days that lie between two articles count against them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from insight.lexicon import Hashes, Lexicon, Row

HELPERS = 3
"""How many of the nearest lend the query their words."""
HELP = 0.5
"""What their words count, all together, against the article's own."""
HALF_LIFE = timedelta(days=30)
"""After how long an article counts half: coverage of an event is mostly of one week."""
NEAR_ENOUGH = 0.4
"""How near the nearest must be for its words to count in full."""
EXPLAINED = 20
"""How many of the matches, the nearest, say what they share."""
MOST_SHARED = 12
"""How many of the terms that two articles share a match names."""

_ROOTS = np.sqrt(np.arange(256))


@dataclass(frozen=True, slots=True)
class Subject:
    """What an article is about, and when it was told.

    That is the hash of each of its terms, as `insight.terms.hashes` gives them, and the weight of
    each, from 1 to 255.
    """

    id: str
    hashes: bytes
    weights: bytes
    told_at: datetime | None = None

    @property
    def terms(self) -> Hashes:
        """Give the hashes as numbers."""
        return hashes_of([self])


@dataclass(frozen=True, slots=True)
class Match:
    """How near an article is to another, from 0 to 1.

    The nearest also have the terms that say so, by their places among the other's, the best first.
    """

    id: str
    score: float
    shared: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Vectors:
    """What several articles are about, their terms one after the other.

    Each term has its value in its article. The values of an article make a vector of length one.
    """

    terms: Hashes
    values: Row
    sizes: NDArray[np.intp]
    """How many terms each article has."""

    def likeness(self, asked: "_Asked") -> Row:
        """Give how near each article is to what is asked for."""
        return _sums(asked.of(self.terms) * self.values, self.sizes)

    def place(self, article: int) -> slice:
        """Tell where the terms of an article are."""
        start = int(self.sizes[:article].sum())
        return slice(start, start + int(self.sizes[article]))


def _sums(values: Row, sizes: NDArray[np.intp]) -> Row:
    """Add up the values of each article; those of one follow those of the other."""
    starts = np.cumsum(sizes) - sizes
    # One more value, for an article without any at the end; one in between would get the next.
    sums: Row = np.add.reduceat(np.append(values, 0.0), starts)
    sums[sizes == 0] = 0
    return sums


class _Asked:
    """Values of some terms; of every other term it is 0."""

    def __init__(self, terms: Hashes, values: Row) -> None:
        self._terms, places = np.unique(terms, return_inverse=True)
        many = len(self._terms)
        self._values = np.bincount(places, values, many)
        # A term is found by the last bits of its hash, in a table with room enough that hardly
        # two have one place there; those that have lost theirs are found one by one.
        room = 1 << min(max((many * many // 16).bit_length(), _LEAST_ROOM), _MOST_ROOM)
        self._mask = np.uint32(room - 1)
        self._table = np.full(room, -1, np.int32)
        slots = self._terms & self._mask
        self._table[slots] = np.arange(many)
        self._displaced = np.flatnonzero(self._table[slots] != np.arange(many)).tolist()

    def of(self, terms: Hashes) -> Row:
        places = self._table[terms & self._mask]
        values = np.zeros(len(terms))
        # Few have a place, so the rest is done for those alone.
        maybe = np.flatnonzero(places >= 0)
        places = places[maybe]
        found = self._terms[places] == terms[maybe]
        values[maybe[found]] = self._values[places[found]]
        for place in self._displaced:
            values[terms == self._terms[place]] = self._values[place]
        return values


_LEAST_ROOM, _MOST_ROOM = 10, 20
_SHARED = 2
"""How many articles have a term, at least, by which one finds another."""


def hashes_of(subjects: Iterable[Subject]) -> Hashes:
    """Give the hashes of the terms of subjects, one after the other."""
    return np.frombuffer(b"".join(subject.hashes for subject in subjects), "<u4")


def telling(subject: Subject, lexicon: Lexicon, most: int) -> list[tuple[int, float]]:
    """Give the terms that tell most about an article, by their places, and how much each tells.

    By what no other article has none is found. So that comes last, where little else is to be had:
    counts can be lost.
    """
    vector = _weigh([subject], lexicon)
    told = vector.values * lexicon.rarity(vector.terms)
    is_shared = lexicon.having(vector.terms) >= _SHARED
    best = np.lexsort((-told, ~is_shared))[:most].tolist()
    return [(place, float(told[place])) for place in best]


def rank(
    subject: Subject, others: Iterable[Subject], lexicon: Lexicon, *, explained_from: float = 0
) -> list[Match]:
    """Compare an article with others; give a match for each, the nearest first.

    The nearest whose score is at least `explained_from` say what they share.
    """
    near = sorted((each for each in others if each.id != subject.id), key=lambda each: each.id)
    if not near:
        return []
    own, vectors = _weigh([subject], lexicon), _weigh(near, lexicon)
    alike = vectors.likeness(_Asked(own.terms, own.values))
    # Helpers that are far themselves, however near each other, have nothing to lend.
    help_ = HELP * min(alike.max(initial=0) / NEAR_ENOUGH, 1)
    nearness = np.array([_nearness(subject, other) for other in near])
    scores = (alike + help_ * _through(vectors, alike)) / (1 + HELP) * nearness
    # Of equals, the one with the smaller id comes first: sorting is stable.
    order = np.argsort(-scores, kind="stable").tolist()
    explained = {at for at in order[:EXPLAINED] if scores[at] >= explained_from}
    return [
        Match(near[at].id, float(scores[at]), _shared(own, vectors, at) if at in explained else ())
        for at in order
    ]


def _weigh(subjects: Sequence[Subject], lexicon: Lexicon) -> _Vectors:
    """Weigh the terms of articles, and bring those of each to length one."""
    terms = hashes_of(subjects)
    weights = np.frombuffer(b"".join(subject.weights for subject in subjects), np.uint8)
    sizes = np.array([len(each.weights) for each in subjects], np.intp)
    values = _ROOTS.take(weights) * lexicon.rarity(terms)
    lengths = np.sqrt(_sums(values * values, sizes))
    return _Vectors(terms, values / np.repeat(lengths, sizes), sizes)


def _through(vectors: _Vectors, alike: Row) -> Row:
    """Give how near each is to the helpers, each of which counts as it is near; not to itself."""
    helpers = np.argsort(-alike, kind="stable")[:HELPERS].tolist()
    counting = np.zeros(len(alike))
    counting[helpers] = alike[helpers]
    terms = [vectors.terms[vectors.place(each)] for each in helpers]
    lent = [vectors.values[vectors.place(each)] * counting[each] for each in helpers]
    others = counting.sum() - counting
    through = vectors.likeness(_Asked(np.concatenate(terms), np.concatenate(lent))) - counting
    shared: Row = np.divide(through, others, out=np.zeros_like(alike), where=others > _NOTHING)
    return shared


_NOTHING = 1e-9


def _nearness(subject: Subject, other: Subject) -> float:
    if subject.told_at is None or other.told_at is None:
        return 1.0
    return float(0.5 ** (abs(subject.told_at - other.told_at) / HALF_LIFE))


def _shared(own: _Vectors, vectors: _Vectors, article: int) -> tuple[int, ...]:
    """Give the terms that both have, by what they add to the likeness."""
    theirs = vectors.place(article)
    adds = _Asked(vectors.terms[theirs], vectors.values[theirs]).of(own.terms) * own.values
    best = np.argsort(-adds, kind="stable")[:MOST_SHARED]
    return tuple(best[adds[best] > 0].tolist())
