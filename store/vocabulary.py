"""The `vocabulary` collection: how many articles have each term.

The numbers weigh terms against each other, so they need not be exact: they are written in batches,
what a crash loses is forgone, and a recount sets them right.
"""

import time
from collections import Counter
from collections.abc import Iterable

from pymongo import DESCENDING, UpdateOne, WriteConcern
from pymongo.errors import BulkWriteError

from store.client import Database
from store.guard import reading, writing

ARTICLES = ""
"""The entry that counts the articles themselves."""
LANGUAGE_PREFIX = "language:"
"""Before a language that articles are in; it is counted as a term is."""

BATCH = 100_000
"""After so many different terms, what was counted is written: a thousand articles, about."""
STALE_SECONDS = 60
_HARDLY_ANY = 0.02
_REMEMBERED = 300_000


class Vocabulary:
    """The counts, as one process knows them; not to be shared by threads."""

    def __init__(self, db: Database) -> None:
        """Read from and write to a database."""
        self._db = db
        self._known: dict[str, int] = {}
        self._known_since = time.monotonic()
        self._added: Counter[str] = Counter()

    def count(self, added: Iterable[str], removed: Iterable[str] = (), articles: int = 1) -> None:
        """Note the terms that an article has gained or lost, and how many articles came."""
        change = Counter(added)
        change.subtract(removed)
        change[ARTICLES] += articles
        for term, number in change.items():
            if term in self._known:
                self._known[term] += number
        self._added.update(change)
        if len(self._added) >= BATCH:
            self.write()

    def counts(self, terms: Iterable[str]) -> dict[str, int]:
        """Give for each term how many articles have it; 0 for a new one."""
        stale = time.monotonic() - self._known_since > STALE_SECONDS
        if stale or len(self._known) > _REMEMBERED:
            self._known.clear()
            self._known_since = time.monotonic()
        wanted = set(terms)
        if unknown := wanted.difference(self._known):
            found = find(self._db, unknown)
            for term in unknown:
                self._known[term] = found.get(term, 0) + self._added[term]
        return {term: self._known[term] for term in wanted}

    def write(self) -> None:
        """Write what was counted."""
        added, self._added = self._added, Counter()
        add(self._db, added)


@reading
def find(db: Database, terms: Iterable[str]) -> dict[str, int]:
    """Give the counts of those of the terms that are known."""
    found = db["vocabulary"].find({"_id": {"$in": list(terms)}})
    return {entry["_id"]: entry["articles"] for entry in found}


@reading
def is_counted(db: Database) -> bool:
    """Tell whether any article was counted; of an earlier version's articles none was."""
    return db["vocabulary"].find_one({"_id": ARTICLES}, {"_id": 1}) is not None


@reading
def languages(db: Database) -> list[str]:
    """Give the languages that articles are in, apart from those that hardly any is in."""
    # A text of few words is easily taken for one in another language.
    names = {"$gte": LANGUAGE_PREFIX, "$lt": LANGUAGE_PREFIX[:-1] + chr(ord(":") + 1)}
    found = list(db["vocabulary"].find({"_id": names}).sort("articles", DESCENDING))
    few = sum(entry["articles"] for entry in found) * _HARDLY_ANY
    return [
        entry["_id"].removeprefix(LANGUAGE_PREFIX) for entry in found if entry["articles"] > few
    ]


@writing
def add(db: Database, counts: Counter[str]) -> None:
    """Add to the counts; two who add a new term at once may lose one of it."""
    changes = [
        UpdateOne({"_id": term}, {"$inc": {"articles": number}}, upsert=True)
        for term, number in counts.items()
        if number
    ]
    if changes:
        quick = db.get_collection("vocabulary", write_concern=WriteConcern(w=1))
        try:
            quick.bulk_write(changes, ordered=False)
        except BulkWriteError:  # only of two upserts that met
            return


@writing
def clear(db: Database) -> None:
    """Forget every count, before a recount."""
    db["vocabulary"].drop()
