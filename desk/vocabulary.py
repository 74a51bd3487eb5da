"""The vocabulary of a collection, as the process knows it that publishes into it."""

import time
from collections import Counter
from collections.abc import Collection, Iterable

import numpy as np

from insight.lexicon import Hashes, Lexicon
from insight.terms import LANGUAGE_PREFIX, hashes
from store import vocabulary
from store.client import Database
from store.vocabulary import ARTICLES, Key

BATCH = 200_000
"""After so many different terms, what was counted is written: some thousand articles."""
STALE_SECONDS = 60
"""For how long what others count meanwhile may go unnoticed."""
REMEMBERED = 300_000
AT_ONCE = 60_000
"""After so many terms, what was noted is counted: some hundred articles."""


class Vocabulary:
    """Counts the terms of articles as they come and go; not to be shared by threads."""

    def __init__(self, db: Database) -> None:
        """Read from and write to a database."""
        self._db = db
        self._added: Counter[Key] = Counter()
        self._noted: dict[int, list[bytes]] = {1: [], -1: []}
        """The hashes of what was gained and lost, as they came: many are counted faster at once."""
        self._size = 0
        self._lexicon = Lexicon(0)
        self._since: float | None = None

    def count(self, added: Iterable[str], removed: Iterable[str] = (), articles: int = 1) -> None:
        """Note the terms that an article has gained or lost, and how many articles came."""
        added, removed = set(added), set(removed)
        self._note(added - removed, 1)
        self._note(removed - added, -1)
        self._added[ARTICLES] += articles
        self._lexicon.articles += articles
        if self._size >= AT_ONCE:
            self._sum_up()
        if len(self._added) >= BATCH:
            self.write()

    def _note(self, terms: Collection[str], change: int) -> None:
        languages = [term for term in terms if term.startswith(LANGUAGE_PREFIX)]
        for language in languages:
            self._added[language.removeprefix(LANGUAGE_PREFIX)] += change
        self._noted[change].append(hashes([term for term in terms if term not in languages]))
        self._size += len(terms)

    def _sum_up(self) -> None:
        """Count what was noted."""
        if not self._size:
            return
        for change, noted in self._noted.items():
            terms, counts = np.unique(np.frombuffer(b"".join(noted), "<u4"), return_counts=True)
            changes = counts * change
            self._lexicon.add(terms, changes)
            for key, number in zip(terms.tolist(), changes.tolist(), strict=True):
                self._added[key] += number
            noted.clear()
        self._size = 0

    def lexicon(self, terms: Hashes) -> Lexicon:
        """Give a lexicon that has these terms, and maybe more."""
        self._sum_up()
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
        vocabulary.add(self._db, self.take())

    def take(self) -> Counter[Key]:
        """Give what was counted and not written, for another to write."""
        self._sum_up()
        added, self._added = self._added, Counter()
        return added

    def _ask(self, keys: list[Key]) -> list[int]:
        """Give the counts: those written, and what is not written yet."""
        found = vocabulary.find(self._db, keys)
        return [found.get(key, 0) + self._added[key] for key in keys]
