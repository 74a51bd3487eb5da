"""The `sources` collection: who published what.

How many articles a source has, and when its latest came, is asked of the articles, so it is right
whatever was interrupted.

`names` are all ids that a source could have got from what it is or was called; each leads to one
source, its own id among them. `held` are the fields of which an editor has said what they are.
`renamed` is there until all articles have its name.
"""

from collections.abc import Iterable, Sequence

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from store import finding
from store.articles import UNDATED
from store.client import Database, Document, inward, outward
from store.errors import ConflictError, NotFoundError, TakenError
from store.guard import reading, writing

OWN = (
    *("name", "aliases", "url", "country", "language", "category", "description"),
    "feeds",
)
"""What a source says of itself; all else is said of it by others."""
_HIDDEN = {"names": 0}


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
    return _counted(db, db["sources"].find({"_id": {"$in": list(source_ids)}}, _HIDDEN).sort("_id"))


@reading
def page(db: Database, *, after: str | None = None, limit: int = 20) -> list[Document]:
    """Give at most `limit` sources whose ids follow `after`, by id, with their counts."""
    query = {} if after is None else {"_id": {"$gt": after}}
    return _counted(db, db["sources"].find(query, _HIDDEN).sort("_id", ASCENDING).limit(limit))


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


Known = dict[str, dict[str, str]]
"""By an id that a name could have got: the id and the name of the source that goes by it."""


@reading
def known(db: Database, source_ids: Iterable[str]) -> Known:
    """Give those of the sources that exist, by each of these ids that leads to them."""
    ids = list(source_ids)
    if not ids:
        return {}
    ways = [{"_id": {"$in": ids}}, {"names": {"$in": ids}}]
    found = finding.find(db, "sources", {"$or": ways}, fields={"name": 1, "names": 1})
    return {
        id_: {"id": source["_id"], "name": source["name"]}
        for source in found
        for id_ in {source["_id"], *source.get("names", ())}.intersection(ids)
    }


@writing
def settle(db: Database, sources: Sequence[Document]) -> Known:
    """Add those of the sources that nobody goes by; give who goes by the id of each."""
    there = known(db, [source["id"] for source in sources])
    if new := [source for source in sources if source["id"] not in there]:
        for source in new:
            add(db, source)
        there = known(db, [source["id"] for source in sources])
    return there


@writing
def ensure(db: Database, sources: Sequence[Document]) -> bool:
    """Add those of the sources that are not there; tell whether any was added."""
    there = known(db, [source["id"] for source in sources])
    added = [add(db, source) for source in sources if source["id"] not in there]
    return any(added)


@writing
def add(db: Database, source: Document) -> bool:
    """Add a source unless somebody goes by its id; tell whether it was added.

    Raises TakenError when another goes by one of its other names, and ConflictError when others
    keep adding and deleting it.
    """
    stored = {"names": [source["id"]]} | inward(source)
    try:
        result = db["sources"].update_one(
            {"_id": stored["_id"]}, {"$setOnInsert": stored}, upsert=True
        )
    except DuplicateKeyError:  # somebody else added it between our look and our insert
        taken = known(db, stored["names"])
        if source["id"] in taken:
            return False
        raise (TakenError if taken else ConflictError)(source["id"]) from None
    return result.upserted_id is not None


@writing
def replace(db: Database, seen: Document, wanted: Document) -> None:
    """Store what a source is to be in place of what it was when it was read.

    Raises ConflictError when that has changed meanwhile, and TakenError when another goes by one
    of its names.
    """
    said = {name: wanted[name] for name in (*OWN, "names", "held")}
    if wanted["name"] != seen["name"]:
        said["renamed"] = True
    try:
        result = db["sources"].update_one(_as_seen(seen), {"$set": said})
    except DuplicateKeyError:
        raise TakenError(seen["id"]) from None
    if not result.matched_count:
        raise ConflictError(seen["id"])


@writing
def delete(db: Database, seen: Document) -> None:
    """Take a source away; raise ConflictError when it has changed since it was read."""
    if not db["sources"].delete_one(_as_seen(seen)).deleted_count:
        raise ConflictError(seen["id"])


@reading
def has_articles(db: Database, source_id: str) -> bool:
    """Tell whether there is an article of a source."""
    return db["articles"].find_one({"source.id": source_id}, {"_id": 1}) is not None


@reading
def renamed(db: Database) -> list[str]:
    """Give the ids of the sources some of whose articles may not have their name."""
    return [source["_id"] for source in db["sources"].find({"renamed": True}, {"_id": 1})]


@writing
def note_spread(db: Database, source_id: str, name: str) -> None:
    """Note that all articles of a source have its name, if that is still its name."""
    query = {"_id": source_id, "name": name, "renamed": True}
    db["sources"].update_one(query, {"$unset": {"renamed": ""}})


def _as_seen(seen: Document) -> Document:
    """Ask for a source, if what it says of itself is what it was: null also for what it lacks."""
    return {"_id": seen["id"], **{name: seen.get(name) for name in OWN}}


@reading
def lacks(db: Database, source: Document) -> bool:
    """Tell whether `complete` would add anything."""
    stored = outward(db["sources"].find_one({"_id": source["id"]}) or {"_id": source["id"]})
    open_ = {name: value for name, value in source.items() if name not in stored.get("held", ())}
    feeds = open_.pop("feeds", [])
    missing = any(value and stored.get(name) is None for name, value in open_.items())
    return missing or not set(feeds) <= set(stored.get("feeds") or ())


@writing
def complete(db: Database, source: Document) -> bool:
    """Add to a source what nobody has said of it yet, and its feeds; tell whether that was news.

    What an editor has said of it stays, be it nothing.
    """
    said = {name: value for name, value in source.items() if value and name not in {"id", "feeds"}}
    changed = 0
    for name, value in said.items():
        query = {"_id": source["id"], name: None, "held": {"$ne": name}}
        changed += db["sources"].update_one(query, {"$set": {name: value}}).modified_count
    for url in source["feeds"]:
        query = {"_id": source["id"], "feeds": {"$ne": url}, "held": {"$ne": "feeds"}}
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
