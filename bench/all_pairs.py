"""What `insight.ranking.rank` says of each article and all others, in a hundredth of the time.

Rank weighs and compares every pair anew, which is right for some sixty candidates. Here every
article is weighed once, and an article's likeness to all others is gathered through an inverted
index, term by term (Zobel & Moffat 2006). A test holds the two to the same answer.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from insight import ranking
from insight.lexicon import Lexicon, Row
from insight.ranking import Subject

DIGITS = 12
"""Likenesses that agree so far are a tie: only the order of adding tells them apart."""
ROWS_KEPT = 4_000


class AllPairs:
    """A collection in which every article is compared with all others."""

    def __init__(self, subjects: Sequence[Subject], lexicon: Lexicon) -> None:
        """Weigh the articles, and note for each term which have it and how much it weighs there."""
        self._subjects = sorted(subjects, key=lambda subject: subject.id)
        self._places = {subject.id: at for at, subject in enumerate(self._subjects)}
        self._vectors = [_vector(subject, lexicon) for subject in self._subjects]
        self._having = _inverted(self._subjects, self._vectors)
        self._told = np.array([_days(subject) for subject in self._subjects])
        self._alike = lru_cache(ROWS_KEPT)(self._count_alike)

    def ranking(self, id_: str) -> list[tuple[str, float]]:
        """Give the ids of all other articles and their scores, as `rank` scores and orders them."""
        own = self._places[id_]
        scores = self._scores(own)
        order = _best_first(scores)
        return [(self._subjects[at].id, float(scores[at])) for at in order if at != own]

    def _scores(self, own: int) -> Row:
        alike = self._alike(own)
        helpers = [at for at in _best_first(alike)[: ranking.HELPERS + 1] if at != own]
        helpers = helpers[: ranking.HELPERS]
        nearest = max((alike[helper] for helper in helpers), default=0.0)
        help_ = ranking.HELP * min(nearest / ranking.NEAR_ENOUGH, 1.0)
        helped = alike + help_ * self._through(alike, helpers)
        return helped / (1 + ranking.HELP) * self._nearness(own)

    def _through(self, alike: Row, helpers: list[int]) -> Row:
        """Give how near all are to the helpers, each counting as it is near; not to itself."""
        if not helpers:
            return np.zeros_like(alike)
        counting = np.repeat(alike[helpers, np.newaxis], len(alike), axis=1)
        counting[range(len(helpers)), helpers] = 0
        near = np.array([self._alike(helper) for helper in helpers])
        total: Row = counting.sum(axis=0)
        through: Row = (counting * near).sum(axis=0)
        return np.divide(through, total, out=np.zeros_like(alike), where=total > 0)

    def _nearness(self, own: int) -> Row:
        days = np.abs(self._told - self._told[own])
        half_life = ranking.HALF_LIFE.total_seconds() / _DAY
        return np.where(np.isnan(days), 1.0, 0.5 ** (days / half_life))

    def _count_alike(self, own: int) -> Row:
        row = np.zeros(len(self._subjects))
        for term, value in zip(self._subjects[own].terms.tolist(), self._vectors[own], strict=True):
            places, values = self._having[term]
            row[places] += value * values
        return row


_DAY = 86_400


def _vector(subject: Subject, lexicon: Lexicon) -> list[float]:
    """Weigh the terms of an article and bring them to length one, as `rank` does."""
    rarity = lexicon.rarity(subject.terms)
    weighed = zip(rarity.tolist(), subject.weights, strict=True)
    values = [math.sqrt(weight) * told for told, weight in weighed]
    length = math.sqrt(sum(value * value for value in values)) or 1.0
    return [value / length for value in values]


def _inverted(
    subjects: Sequence[Subject], vectors: Sequence[Sequence[float]]
) -> dict[int, tuple[NDArray[np.intp], Row]]:
    having = defaultdict(list)
    for at, (subject, vector) in enumerate(zip(subjects, vectors, strict=True)):
        for term, value in zip(subject.terms.tolist(), vector, strict=True):
            having[term].append((at, value))
    return {
        term: (np.array([at for at, _ in found]), np.array([value for _, value in found]))
        for term, found in having.items()
    }


def _days(subject: Subject) -> float:
    return subject.told_at.timestamp() / _DAY if subject.told_at else math.nan


def _best_first(row: Row) -> list[int]:
    # Stable, and the places are in the order of the ids, which decide a tie.
    order: list[int] = np.argsort(-row.round(DIGITS), kind="stable").tolist()
    return order
