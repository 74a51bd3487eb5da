"""The vocabulary of a collection, as the process knows it that publishes into it."""

import time
from collections import Counter
from collections.abc import Iterable

import numpy as np

from insight.lexicon import Hashes, Lexicon
from insight.terms import LANGUAGE_PREFIX, hash_of
from store import vocabulary
from store.client import Database
from store.vocabulary import ARTICLES, Key

BATCH = 200_000
"""After so many different terms, what was counted is written: some thousand articles."""
STALE_SECONDS = 60
"""For how long what others count meanwhile may go unnoticed."""
REMEMBERED = 300_000


def keys_of(terms: Iterable[str]) -> list[Key]:
    """Give what terms are counted under: their hashes, and for the language its tag."""
    return [
        term.removeprefix(LANGUAGE_PREFIX) if term.startswith(LANGUAGE_PREFIX) else hash_of(term)
        for term in terms
    ]


class Vocabulary:
    """Counts the terms of articles as they come and go; not to be shared by threads."""

    def __init__(self, db: Database) -> None:
        """Read from and write to a database."""
        self._db = db
        self._added: Counter[Key] = Counter()
        self._lexicon = Lexicon(0)
        self._since: float | None = None

    def count(self, added: Iterable[str], removed: Iterable[str] = (), articles: int = 1) -> None:
        """Note the terms that an article has gained or lost, and how many articles came."""
        added, removed = set(added), set(removed)
        gained, lost = keys_of(added - removed), keys_of(removed - added)
        self._added.update(gained)
        self._added.subtract(lost)
        self._added[ARTICLES] += articles
        self._lexicon.add(_terms_among(gained), 1)
        self._lexicon.add(_terms_among(lost), -1)
        self._lexicon.articles += articles
        if len(self._added) >= BATCH:
            self.write()

    def lexicon(self, terms: Hashes) -> Lexicon:
        """Give a lexicon that has these terms, and maybe more."""
        stale = self._since is None or time.monotonic() - self._since > STALE_SECONDS
        if stale or len(self._lexicon) > REMEMBERED:
            self._since = time.monotonic()
            [articles] = self._ask([ARTICLES])
            self._lexicon = Lexicon(articles)
        unknown = self._lexicon.unknown(terms)
        if len(unknown):
            self._lexicon.learn(unknown, self._ask(unknown.tolist()))
        return self._lexicon

    def write(self) -> None:
        """Write what was counted."""
        added, self._added = self._added, Counter()
        vocabulary.add(self._db, added)

    def _ask(self, keys: list[Key]) -> list[int]:
        """Give the counts: those written, and what is not written yet."""
        found = vocabulary.find(self._db, keys)
        return [found.get(key, 0) + self._added[key] for key in keys]


def _terms_among(keys: list[Key]) -> Hashes:
    return np.array([key for key in keys if isinstance(key, int)], np.uint32)
