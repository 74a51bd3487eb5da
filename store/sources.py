"""The `sources` collection: who published what.

How many articles a source has, and when its latest came, is asked of the articles, so it is right
whatever was interrupted.
"""

from collections.abc import Iterable, Sequence

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from store import finding
from store.articles import UNDATED
from store.client import Database, Document, inward, outward
from store.errors import NotFoundError
from store.guard import reading, writing


@reading
def find(db: Database, source_id: str) -> Document:
    """Give one source with its counts; raise NotFoundError."""
    found = find_many(db, [source_id])
    if not found:
        raise NotFoundError("source", source_id)
    return found[0]


@reading
def find_many(db: Database, source_ids: Sequence[str]) -> list[Document]:
    """Give those of the sources that exist, by id, with their counts."""
    if not source_ids:
        return []
    return _counted(db, db["sources"].find({"_id": {"$in": list(source_ids)}}).sort("_id"))


@reading
def page(db: Database, *, after: str | None = None, limit: int = 20) -> list[Document]:
    """Give at most `limit` sources whose ids follow `after`, by id, with their counts."""
    query = {} if after is None else {"_id": {"$gt": after}}
    return _counted(db, db["sources"].find(query).sort("_id", ASCENDING).limit(limit))


@reading
def estimate(db: Database) -> int:
    """Tell how many sources there are, about."""
    return db["sources"].estimated_document_count()


@reading
def names(db: Database, source_ids: Iterable[str | None]) -> dict[str, str]:
    """Give the names of those of the sources that exist, by id."""
    found = db["sources"].find({"_id": {"$in": list(source_ids)}}, {"name": 1})
    return {source["_id"]: source["name"] for source in found}


@reading
def exists(db: Database, source_id: str) -> bool:
    """Tell whether there is such a source."""
    return db["sources"].find_one({"_id": source_id}, {"_id": 1}) is not None


@reading
def feeds(db: Database) -> dict[str, list[str]]:
    """Give for each feed the ids of the sources that list it."""
    listed: dict[str, list[str]] = {}
    for source in db["sources"].find({}, {"feeds": 1}).sort("_id", ASCENDING):
        for url in source.get("feeds", ()):
            listed.setdefault(url, []).append(source["_id"])
    return listed


@writing
def ensure(db: Database, sources: Sequence[Document]) -> bool:
    """Add those of the sources that are not there; tell whether any was added."""
    stored = [inward(source) for source in sources]
    there = finding.find(
        db, "sources", {"_id": {"$in": [each["_id"] for each in stored]}}, fields={"_id": 1}
    )
    known = {each["_id"] for each in there}
    added = [_add(db, each) for each in stored if each["_id"] not in known]
    return any(added)


def _add(db: Database, stored: Document) -> bool:
    try:
        result = db["sources"].update_one(
            {"_id": stored["_id"]}, {"$setOnInsert": stored}, upsert=True
        )
    except DuplicateKeyError:  # somebody else added it between our look and our insert
        return False
    return result.upserted_id is not None


@reading
def lacks(db: Database, source: Document) -> bool:
    """Tell whether `complete` would add anything."""
    stored = outward(db["sources"].find_one({"_id": source["id"]}) or {"_id": source["id"]})
    said = {name: value for name, value in source.items() if name != "feeds" and value}
    missing = any(stored.get(name) is None for name in said)
    return missing or not set(source["feeds"]) <= set(stored.get("feeds", ()))


@writing
def complete(db: Database, source: Document) -> bool:
    """Add to a source what nobody has said of it yet, and its feeds; tell whether that was news."""
    said = {name: value for name, value in source.items() if value and name not in {"id", "feeds"}}
    changed = 0
    for name, value in said.items():
        query = {"_id": source["id"], name: None}
        changed += db["sources"].update_one(query, {"$set": {name: value}}).modified_count
    for url in source["feeds"]:
        query = {"_id": source["id"], "feeds": {"$ne": url}}
        changed += db["sources"].update_one(query, {"$push": {"feeds": url}}).modified_count
    return changed > 0


def _counted(db: Database, found: Iterable[Document]) -> list[Document]:
    sources = [outward(document) for document in found]
    counts = {
        row["_id"]: row
        for row in db["articles"].aggregate(
            [
                {"$match": {"source.id": {"$in": [source["id"] for source in sources]}}},
                {
                    "$group": {
                        "_id": "$source.id",
                        "articles_count": {"$sum": 1},
                        "latest_at": {"$max": "$listed_at"},
                    }
                },
            ]
        )
    }
    for source in sources:
        row = counts.get(source["id"], {})
        latest_at = row.get("latest_at", UNDATED)
        source["articles_count"] = row.get("articles_count", 0)
        source["latest_at"] = None if latest_at == UNDATED else latest_at
    return sources
