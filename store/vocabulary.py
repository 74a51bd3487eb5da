"""The `vocabulary` collection: how many articles have each term, and are in each language.

A term is known by its hash, a language by its tag. The numbers weigh terms against each other, so
they need not be exact: they are written in batches, what a crash loses is forgone, and a recount
sets them right.
"""

from collections.abc import Iterable, Mapping
from itertools import islice

from pymongo import DESCENDING, UpdateOne, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from store import finding
from store.client import Database, Document
from store.guard import reading, writing

Key = int | str

ARTICLES = ""
"""The entry that counts the articles themselves."""

_AT_ONCE = 10_000
"""How many counts are read or written within one time limit."""
_FEW = 2
"""So many are added one by one sooner than it is found out which are known."""
_HARDLY_ANY = 0.02
_DUPLICATE = 11_000


def find(db: Database, keys: Iterable[Key]) -> dict[Key, int]:
    """Give the counts of those of the terms or languages that are known, and of `ARTICLES`."""
    counts: dict[Key, int] = {}
    wanted = iter({ARTICLES, *keys})
    while some := list(islice(wanted, _AT_ONCE)):
        found = _find(db, {"_id": {"$in": some}})
        counts |= {entry["_id"]: entry["articles"] for entry in found}
    return counts


@reading
def is_counted(db: Database) -> bool:
    """Tell whether any article was counted; of an earlier version's articles none was."""
    return db["vocabulary"].find_one({"_id": ARTICLES}, {"_id": 1}) is not None


@reading
def languages(db: Database) -> list[str]:
    """Give the languages that articles are in, apart from those that hardly any is in."""
    # A text of few words is easily taken for one in another language.
    tags = {"$gt": ARTICLES}  # text, so no term
    found = list(db["vocabulary"].find({"_id": tags}).sort("articles", DESCENDING))
    few = sum(entry["articles"] for entry in found) * _HARDLY_ANY
    return [entry["_id"] for entry in found if entry["articles"] > few]


def add(db: Database, counts: Mapping[Key, int]) -> None:
    """Add to the counts."""
    changed = iter([(key, number) for key, number in counts.items() if number])
    while some := dict(islice(changed, _AT_ONCE)):
        if len(some) <= _FEW:
            _raise_each(db, some)
        else:
            _raise(db, {key: some[key] for key in _those_known(db, some)})


def _those_known(db: Database, counts: Mapping[Key, int]) -> set[Key]:
    """Insert the counts that are new; give the keys of the others."""
    known = {entry["_id"] for entry in _find(db, {"_id": {"$in": list(counts)}})}
    new = {key: number for key, number in counts.items() if key not in known}
    return known | _insert(db, new)


@writing
def clear(db: Database) -> None:
    """Forget every count, before a recount."""
    db["vocabulary"].drop()


@reading
def _find(db: Database, query: Document) -> list[Document]:
    return finding.find(db, "vocabulary", query)


@writing
def _insert(db: Database, counts: Mapping[Key, int]) -> set[Key]:
    """Add new counts, and give those that somebody has added meanwhile.

    MongoDB inserts many times as fast as it would find out that they are new.
    """
    entries = [{"_id": key, "articles": number} for key, number in counts.items()]
    try:
        if entries:
            _quick(db).insert_many(entries, ordered=False)
    except BulkWriteError as error:
        taken = error.details["writeErrors"]
        if any(each["code"] != _DUPLICATE for each in taken):
            raise
        return {entries[each["index"]]["_id"] for each in taken}
    return set()


@writing
def _raise_each(db: Database, counts: Mapping[Key, int]) -> None:
    """Add to counts that may be new."""
    for key, number in counts.items():
        _quick(db).update_one({"_id": key}, {"$inc": {"articles": number}}, upsert=True)


@writing
def _raise(db: Database, counts: Mapping[Key, int]) -> None:
    changes = [
        UpdateOne({"_id": key}, {"$inc": {"articles": number}}) for key, number in counts.items()
    ]
    if changes:
        _quick(db).bulk_write(changes, ordered=False)


def _quick(db: Database) -> Collection[Document]:
    """Give the collection to write into without waiting for the disk."""
    return db.get_collection("vocabulary", write_concern=WriteConcern(w=1, j=False))
