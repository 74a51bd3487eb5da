"""How much two articles are about the same: TF-IDF cosine, read also through the nearest others.

The weight of a term in an article grows with the root of how often it is there and shrinks with
how many articles have it (Salton & Buckley 1988). Two articles on one event may share few words
and yet both share many with a third; so the nearest articles lend the query their words (Rocchio
1971, pseudo-relevance feedback), and days that lie between two articles count against them.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import repeat
from operator import mul

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

_ROOTS = [math.sqrt(weight) for weight in range(256)]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an article is about: its terms, the weight of each (1 to 255), and when it was told."""

    id: str
    terms: Sequence[str]
    weights: bytes
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """How near an article is to another, from 0 to 1.

    The nearest also have the terms that say so, the best first.
    """

    id: str
    score: float
    shared: tuple[str, ...]


@dataclass(frozen=True)
class _Vector:
    terms: Sequence[str]
    values: list[float]

    @cached_property
    def by_term(self) -> dict[str, float]:
        return dict(zip(self.terms, self.values, strict=True))


class Rarity(dict[str, float]):
    """How much each term tells: the smoothed inverse of the number of articles that have it."""

    def __init__(self, counts: Mapping[str, int], articles: int) -> None:
        """Take in how many of so many articles have each term."""
        super().__init__()
        self.articles = articles
        self.learn(counts)

    def learn(self, counts: Mapping[str, int]) -> None:
        """Take in how many articles have each of these terms."""
        self.update((term, self._of(count)) for term, count in counts.items())

    def __missing__(self, term: str) -> float:
        """Take a term that nobody counted for one of a single article."""
        return self._of(1)

    def _of(self, count: int) -> float:
        articles = max(self.articles, 1)
        return 1 + math.log((1 + articles) / (1 + min(max(count, 1), articles)))


def telling(subject: Subject, rarity: Rarity, most: int) -> dict[str, float]:
    """Give the terms that tell most about an article, and how much each would tell of another."""
    vector = _vector(subject, rarity)
    told = {term: value * rarity[term] for term, value in vector.by_term.items()}
    return dict(sorted(told.items(), key=lambda item: (-item[1], item[0]))[:most])


def rank(subject: Subject, others: Iterable[Subject], rarity: Rarity) -> list[Match]:
    """Compare an article with others; give a match for each, the nearest first."""
    near = [other for other in others if other.id != subject.id]
    own = _vector(subject, rarity).by_term
    vectors = [_vector(other, rarity) for other in near]
    alike = [_dot(own, vector) for vector in vectors]
    helpers = sorted(range(len(near)), key=lambda at: (-alike[at], near[at].id))[:HELPERS]
    through = _through(vectors, alike, helpers)
    # Helpers that are far themselves, however near each other, have nothing to lend.
    help_ = HELP * min(max(alike, default=0) / NEAR_ENOUGH, 1)
    scores = [
        (direct + help_ * indirect) / (1 + HELP) * _nearness(subject, other)
        for other, direct, indirect in zip(near, alike, through, strict=True)
    ]
    order = sorted(range(len(near)), key=lambda at: (-scores[at], near[at].id))
    return [
        Match(near[at].id, scores[at], _shared(own, vectors[at]) if place < EXPLAINED else ())
        for place, at in enumerate(order)
    ]


def bm25(
    weights: Sequence[int], relative_length: float, having: Sequence[int], articles: int
) -> float:
    """Give how relevant an article is to a search (Robertson & Zaragoza 2009), from 0 on.

    For each thing searched for there is its weight in the article, and how many of all articles
    have it; the article's length is given in parts of the mean.
    """
    score = 0.0
    for weight, count in zip(weights, having, strict=True):
        rarity = math.log(1 + max(articles - count + 0.5, 0) / (count + 0.5))
        score += rarity * weight * (_K1 + 1) / (weight + _K1 * (1 - _B + _B * relative_length))
    return score


_K1, _B = 1.2, 0.75


def _vector(subject: Subject, rarity: Rarity) -> _Vector:
    """Weigh the terms of an article and bring them to length one."""
    # Chained maps keep the loop over some hundred terms in C.
    roots = map(_ROOTS.__getitem__, subject.weights)
    values = list(map(mul, roots, map(rarity.__getitem__, subject.terms)))
    length = math.sqrt(sum(map(mul, values, values))) or 1.0
    return _Vector(subject.terms, [value / length for value in values])


def _dot(weights: Mapping[str, float], vector: _Vector) -> float:
    there = map(weights.get, vector.terms, repeat(0.0))
    product: float = sum(map(mul, vector.values, there))
    return product


def _through(
    vectors: Sequence[_Vector], alike: Sequence[float], helpers: Sequence[int]
) -> list[float]:
    """Give how near each is to the helpers, each of which counts as it is near; not to itself."""
    lent: dict[str, float] = defaultdict(float)
    for helper in helpers:
        for term, value in vectors[helper].by_term.items():
            lent[term] += alike[helper] * value
    total = sum(alike[helper] for helper in helpers)
    through = []
    for at, vector in enumerate(vectors):
        itself = alike[at] if at in helpers else 0.0
        others = total - itself
        through.append((_dot(lent, vector) - itself) / others if others > _NOTHING else 0.0)
    return through


_NOTHING = 1e-9


def _nearness(subject: Subject, other: Subject) -> float:
    if subject.told_at is None or other.told_at is None:
        return 1.0
    return float(0.5 ** (abs(subject.told_at - other.told_at) / HALF_LIFE))


def _shared(weights: Mapping[str, float], vector: _Vector) -> tuple[str, ...]:
    """Give the terms that both have, by what they add to the likeness."""
    common = weights.keys() & vector.by_term.keys()
    adds = sorted((-weights[term] * vector.by_term[term], term) for term in common)
    return tuple(term for _, term in adds[:MOST_SHARED])
