"""The indexes, declared once and made idempotently, and the version of the stored shape."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from zlib import crc32

from pymongo import ASCENDING, DESCENDING, IndexModel

from store import sequence
from store.client import Database, Document, ping
from store.guard import building, reading
from store.idempotency import KEPT

_NEWEST = [("listed_at", DESCENDING), ("_id", DESCENDING)]


def _by(field: str, *more: tuple[str, int], where: Document | None = None) -> IndexModel:
    only = {"partialFilterExpression": where} if where else {}
    return IndexModel([(field, ASCENDING), *_NEWEST, *more], **only)


TERMS = IndexModel([("terms", ASCENDING), ("listed_at", DESCENDING), ("tie", DESCENDING)])
"""What articles are searched and compared by: some hundred entries for each of them."""

INDEXES: dict[str, list[IndexModel]] = {
    "articles": [
        IndexModel(_NEWEST),
        _by("source.id"),
        _by("category.id"),
        _by("hashtags.id"),
        _by("language"),
        # Sparse: an article gives up its slug while it moves to another id.
        IndexModel([("slug", ASCENDING)], unique=True, sparse=True),
        IndexModel([("title_key", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("former_ids", ASCENDING)], sparse=True),
        IndexModel([("guids", ASCENDING)], sparse=True),
        TERMS,
        IndexModel([("tie", ASCENDING)]),
        IndexModel([("seq", ASCENDING)]),
        _by("copies", where={"copies": {"$exists": True}}),
        _by("story", ("source.id", ASCENDING), where={"story": {"$exists": True}}),
        IndexModel(
            [("unrelated", ASCENDING), ("listed_at", ASCENDING), ("_id", ASCENDING)],
            partialFilterExpression={"unrelated": True},
        ),
    ],
    "revisions": [IndexModel([("article_id", ASCENDING), ("revision", DESCENDING)])],
    "tombstones": [
        IndexModel([("seq", ASCENDING)]),
        IndexModel([("names", ASCENDING)], sparse=True),
    ],
    "stories": [IndexModel([("latest_at", DESCENDING), ("_id", DESCENDING)])],
    "links": [
        IndexModel([("from", ASCENDING), ("position", ASCENDING), ("to", ASCENDING)]),
        IndexModel([("to", ASCENDING)]),
    ],
    "comments": [
        IndexModel(
            [
                ("article_id", ASCENDING),
                (shown, ASCENDING),
                ("created_at", ASCENDING),
                ("_id", ASCENDING),
            ]
        )
        for shown in ("listed", "status")
    ]
    + [
        IndexModel([("status", ASCENDING), ("created_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("parent_id", ASCENDING), ("status", ASCENDING)]),
        IndexModel([("unsettled", ASCENDING)], sparse=True),
    ],
    "sources": [
        IndexModel([("feeds", ASCENDING)]),
        # No two sources go by one name.
        IndexModel(
            [("names", ASCENDING)],
            unique=True,
            partialFilterExpression={"names": {"$exists": True}},
        ),
    ],
    "feeds": [
        IndexModel([("next_at", ASCENDING)]),
        IndexModel([("sources", ASCENDING), ("next_at", ASCENDING)]),
    ],
    "limits": [IndexModel([("ends_at", ASCENDING)], expireAfterSeconds=0)],
    "pages": [IndexModel([("due_at", ASCENDING)])],
    "idempotency": [
        IndexModel([("created_at", ASCENDING)], expireAfterSeconds=int(KEPT.total_seconds()))
    ],
}

Migration = Callable[[Database], None]


def _take_feeds(db: Database) -> None:
    """Give every article what only feeds bring."""
    unknown: Document = {"guids": [], "enclosures": [], "lead": None, "excerpt": False}
    db["articles"].update_many({"excerpt": {"$exists": False}}, {"$set": unknown})


def _know_terms_by_hash(db: Database) -> None:
    """Give every article the hashes of its weighted terms; they are to be counted anew."""
    db["vocabulary"].drop()
    unhashed = {"hashes": {"$exists": False}, "weights": {"$exists": True}}
    for article in db["articles"].find(unhashed, {"terms": 1, "weights": 1}):
        terms = article["terms"][: len(article["weights"])]
        numbers = [crc32(term.encode()) for term in terms]
        hashes = struct.pack(f"<{len(numbers)}I", *numbers)
        db["articles"].update_one({"_id": article["_id"]}, {"$set": {"hashes": hashes}})


def _number_changes(db: Database) -> None:
    """Give every article the number of its last change, by time of publication."""
    unnumbered = {"seq": {"$exists": False}}
    oldest_first = [("listed_at", ASCENDING), ("_id", ASCENDING)]
    for article in db["articles"].find(unnumbered, {"_id": 1}).sort(oldest_first):
        number = sequence.take(db, None)
        db["articles"].update_one({"_id": article["_id"]} | unnumbered, {"$set": {"seq": number}})


def _list_comments(db: Database) -> None:
    """Let everybody see the visible comments; they are to be counted."""
    unlisted = {"status": "visible", "listed": {"$exists": False}}
    change = {"$set": {"listed": True, "unsettled": datetime(1970, 1, 1, tzinfo=UTC)}}
    db["comments"].update_many(unlisted, change)


def _name_sources(db: Database) -> None:
    """Let every source go by its id, so that nobody else does."""
    for source in db["sources"].find({"names": {"$exists": False}}, {"_id": 1}):
        db["sources"].update_one({"_id": source["_id"]}, {"$addToSet": {"names": source["_id"]}})


MIGRATIONS: list[Migration] = [
    *(_take_feeds, _know_terms_by_hash, _number_changes),
    *(_list_comments, _name_sources),
]
"""Small steps forward: the one at place N takes a database from version N + 1 to N + 2."""

SCHEMA_VERSION = len(MIGRATIONS) + 1


@building
def prepare(db: Database) -> None:
    """Make the indexes and bring the stored shape up to date; what is done is not done again."""
    _make(db, INDEXES)
    # An empty database starts at the newest version; an older one takes the steps it lacks.
    known = db["meta"].find_one({"_id": "schema"})
    version = known["version"] if known else SCHEMA_VERSION
    for migrate in MIGRATIONS[version - 1 :]:
        migrate(db)
    done = {"$max": {"version": SCHEMA_VERSION}, "$unset": {"unindexed": ""}}
    db["meta"].update_one({"_id": "schema"}, done, upsert=True)


@building
def prepare_to_load(db: Database) -> bool:
    """Make what articles are taken in with; tell whether `prepare` is to follow the last of them.

    So it is where nobody has prepared the database, so that nobody asks it for terms: MongoDB
    sorts those of all articles in a third of the time that it takes to enter each by itself. If
    `prepare` does not follow, whoever uses the database next calls it, or goes on loading.
    """
    known = db["meta"].find_one({"_id": "schema"}) or {}
    is_begun = known.get("unindexed") or not db["articles"].find_one({}, {"_id": 1})
    if not is_begun or TERMS.document["name"] in db["articles"].index_information():
        prepare(db)
        return False
    others = [index for index in INDEXES["articles"] if index is not TERMS]
    _make(db, INDEXES | {"articles": others})
    db["meta"].update_one(
        {"_id": "schema"}, {"$set": {"version": SCHEMA_VERSION, "unindexed": True}}, upsert=True
    )
    return True


def _make(db: Database, indexes: dict[str, list[IndexModel]]) -> None:
    ping(db)  # to build takes its time, but to find no database must not
    for collection, some in indexes.items():
        db[collection].create_indexes(some)


@reading
def is_prepared(db: Database) -> bool:
    """Tell whether `prepare` has run for this version or a later one."""
    known = db["meta"].find_one({"_id": "schema"})
    return bool(known and known["version"] >= SCHEMA_VERSION and not known.get("unindexed"))
