"""How articles come, change, move and go: each in one transaction with all that tells of it.

Each of these takes the next number (`store.sequence`), what an article said before is kept
(`store.revisions`), and what is gone leaves a tombstone (`store.tombstones`).
"""

from collections.abc import Sequence
from datetime import datetime

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError, DuplicateKeyError

from store import finding, revisions, sequence, tombstones
from store.client import Database, Document, inward
from store.errors import ConflictError
from store.guard import writing
from store.position import tie_of
from store.transactions import are_there, transact

_BESIDE = (
    *("comments_count", "comments_turn", "commented_at"),
    *("copies", "story", "grouped_at"),
)
"""What others tell of an article, at any time: a new revision leaves it as it is."""
_DUPLICATE = 11_000


@writing
def insert_all(db: Database, articles: Sequence[Document]) -> set[str]:
    """Add articles at once; give the ids of those that were not, as id or slug is taken.

    Where there are transactions, one that cannot be added keeps all others out.
    """
    stored = _with_free_slugs(db, list(map(to_store, articles)))

    def work(session: ClientSession | None) -> None:
        first = sequence.take(db, session, len(stored))
        numbered = [each | {"seq": number} for number, each in enumerate(stored, first)]
        db["articles"].insert_many(numbered, ordered=False, session=session)

    try:
        transact(db, work)
    except BulkWriteError as error:
        taken = error.details["writeErrors"]
        if any(each["code"] != _DUPLICATE for each in taken):
            raise
        if are_there(db):
            return {each["id"] for each in articles}
        return {articles[each["index"]]["id"] for each in taken}
    return set()


@writing
def insert(db: Database, article: Document) -> None:
    """Add an article; its slug gets the start of its id when another article has the slug.

    Raises ConflictError when the article is already there.
    """
    stored = to_store(article)
    try:
        _insert(db, stored)
    except DuplicateKeyError:
        if db["articles"].find_one({"_id": stored["_id"]}, {"_id": 1}):
            raise ConflictError(stored["_id"]) from None
        try:
            _insert(db, _with_own_slug(stored))
        except DuplicateKeyError:
            raise ConflictError(stored["_id"]) from None


@writing
def replace(db: Database, article: Document) -> None:
    """Store the next revision of an article; raise ConflictError when it has changed meanwhile."""
    stored = to_store(article)
    try:
        _replace(db, stored)
    except DuplicateKeyError:  # its slug was taken while it had none: a move was cut short
        _replace(db, _with_own_slug(stored))


@writing
def move(db: Database, old_id: str, article: Document) -> None:
    """Store an article under a new id, to which its `former_ids` lead from then on.

    Raises ConflictError when the new id is taken. Without a transaction each step may be the last
    before a crash: the article is never lost, only for a moment without its slug, and publishing
    it again finishes.
    """
    stored = to_store(article)
    try:
        _move(db, old_id, stored)
    except DuplicateKeyError:  # somebody took the slug in between
        _move(db, old_id, _with_own_slug(stored))


@writing
def delete(db: Database, article: Document, now: datetime) -> None:
    """Take away an article for good, with all that is told of it.

    Raises ConflictError when it has changed meanwhile.
    """
    stored = inward(article)
    id_ = stored["_id"]

    def work(session: ClientSession | None) -> None:
        number = sequence.take(db, session)
        there = {"_id": id_, "revision": stored["revision"]}
        if not db["articles"].find_one(there, {"_id": 1}, session=session):
            raise ConflictError(id_)
        # Where this may be cut short, the tombstone stands before the article is gone.
        tombstones.bury(db, stored, number, now, session)
        db["articles"].delete_one(there, session=session)
        revisions.forget(db, id_, session)
        db["comments"].delete_many({"article_id": id_}, session=session)
        db["links"].delete_many({"$or": [{"from": id_}, {"to": id_}]}, session=session)

    transact(db, work)


@writing
def name_source(db: Database, source: Document, article_ids: Sequence[str], now: datetime) -> bool:
    """Give some articles of a source its name; tell whether it still has that.

    That is no new revision, but who keeps a copy is told. At most some hundred at once.
    """
    named = {"_id": source["id"], "name": source["name"]}
    other = {"source.id": source["id"], "source.name": {"$ne": source["name"]}}
    said = {"source.name": source["name"], "grouped_at": now}

    def work(session: ClientSession | None) -> bool:
        if not db["sources"].find_one(named, {"_id": 1}, session=session):
            return False
        first = sequence.take(db, session, len(article_ids))
        changes = [
            ({"_id": id_, **other}, {"$set": {**said, "seq": number}})
            for number, id_ in enumerate(article_ids, first)
        ]
        if session:
            every = [UpdateOne(where, change) for where, change in changes]
            db["articles"].bulk_write(every, ordered=False, session=session)
        else:
            for where, change in changes:
                db["articles"].update_one(where, change)
        return True

    return transact(db, work)


@writing
def reindex(db: Database, article_id: str, values: Document) -> None:
    """Store what an article is found and compared by; that is no new revision."""
    indexed = values | {"tie": tie_of(article_id)}
    db["articles"].update_one({"_id": article_id}, {"$set": indexed})


@writing
def forget(db: Database, article_id: str) -> None:
    """Delete an article that has moved to another id; nothing happens when it is gone."""
    db["articles"].delete_one({"_id": article_id})


def to_store(article: Document) -> Document:
    """Give an article as it is stored."""
    return inward(article) | {"tie": tie_of(article["id"])}


def _insert(db: Database, stored: Document) -> None:
    def work(session: ClientSession | None) -> None:
        number = sequence.take(db, session)
        db["articles"].insert_one(stored | {"seq": number}, session=session)

    transact(db, work)


def _replace(db: Database, stored: Document) -> None:
    before = {"_id": stored["_id"], "revision": stored["revision"] - 1}
    said = {field: stored[field] for field in stored if field not in {"_id", *_BESIDE}}

    def work(session: ClientSession | None) -> None:
        number = sequence.take(db, session)
        former = db["articles"].find_one(before, session=session)
        if former is None:
            raise ConflictError(stored["_id"])
        revisions.keep(db, former, session)
        change = {"$set": said | {"seq": number}}
        if not db["articles"].update_one(before, change, session=session).matched_count:
            raise ConflictError(stored["_id"])

    transact(db, work)


def _move(db: Database, old_id: str, stored: Document) -> None:
    unnamed = {field: stored[field] for field in stored if field != "slug"}

    def work(session: ClientSession | None) -> None:
        number = sequence.take(db, session, 2)
        try:
            # No two may have the slug, so it follows when the old one is gone.
            db["articles"].insert_one(unnamed | {"seq": number + 1}, session=session)
        except DuplicateKeyError:
            raise ConflictError(stored["_id"]) from None
        db["articles"].delete_one({"_id": old_id}, session=session)
        now = stored["updated_at"]
        tombstones.lead_on(db, old_id, stored["_id"], number, now, session)
        _give_slug(db, stored, session)

    transact(db, work)


def _give_slug(db: Database, stored: Document, session: ClientSession | None) -> None:
    change = {"$set": {"slug": stored["slug"]}}
    try:
        db["articles"].update_one({"_id": stored["_id"]}, change, session=session)
    except DuplicateKeyError:  # somebody took it in between
        if session:  # nothing is stored, and all of it must be done again
            raise
        _give_slug(db, _with_own_slug(stored), session)


def _with_free_slugs(db: Database, stored: list[Document]) -> list[Document]:
    """Give articles with slugs that nobody has: not in the database, nor among themselves."""
    slugs = list({each["slug"] for each in stored})
    there = finding.find(db, "articles", {"slug": {"$in": slugs}}, fields={"slug": 1})
    taken = {each["slug"] for each in there}
    free = []
    for each in stored:
        free.append(_with_own_slug(each) if each["slug"] in taken else each)
        taken.add(each["slug"])
    return free


def _with_own_slug(stored: Document) -> Document:
    return stored | {"slug": f"{stored['slug']}-{stored['_id'][:8]}"}
