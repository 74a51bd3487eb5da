"""A lexicon: how many articles of a collection have each term, so how much each tells.

Terms are known by their hashes (`insight.terms.hash_of`), many at a time.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Hashes = NDArray[np.uint32]
Row = NDArray[np.float64]

_ROOM = 1 << 22
"""Terms whose hashes end alike share a place, and the first one's count: of the 300,000 that are
remembered at most, one in fifteen, hardly ever a frequent one."""


class Lexicon:
    """Knows how many of so many articles have each term."""

    def __init__(self, articles: int) -> None:
        """Begin without terms."""
        self.articles = articles
        self._size = 0
        # One more than the count, so that 0 is a place whose term nobody asked for yet.
        self._counts = np.zeros(_ROOM, np.int32)

    def __len__(self) -> int:
        """Give how many terms are known."""
        return self._size

    def unknown(self, terms: Hashes) -> Hashes:
        """Give those of the terms that are not known, each once."""
        return np.unique(terms[self._counts[_places(terms)] == 0])

    def learn(self, terms: Hashes, counts: ArrayLike) -> None:
        """Take in how many articles have each of these terms."""
        self._size += len(terms)
        self._counts[_places(terms)] = np.asarray(counts, np.int32) + 1

    def add(self, terms: Hashes, changes: ArrayLike) -> None:
        """Let so many more articles have each of these terms, as far as they are known."""
        changes = np.asarray(changes, np.int32)
        places = _places(terms)
        known = self._counts[places] > 0
        np.add.at(self._counts, places[known], changes[known])

    def having(self, terms: Hashes) -> NDArray[np.int32]:
        """Give how many articles have each of the terms; less than 0 for one that is not known."""
        counts: NDArray[np.int32] = self._counts[_places(terms)] - 1
        return counts

    def rarity(self, terms: Hashes) -> Row:
        """Give how much terms tell: the smoothed inverse of the number of articles having each.

        A term that is not known is taken for one of a single article.
        """
        articles = max(self.articles, 1)
        having = np.clip(self.having(terms), 1, articles)
        rarity: Row = 1 + np.log((1 + articles) / (1 + having))
        return rarity


def _places(terms: Hashes) -> NDArray[np.uint32]:
    return terms & np.uint32(_ROOM - 1)
