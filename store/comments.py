"""The `comments` collection: what readers say under an article.

A comment is `listed` where everybody sees it: while it is visible and, without its words, while
visible comments answer it. That, and the `comments_count` of an article, follow from the statuses
of comments, and are worked out anew after every change. Until they are, the comment is `unsettled`,
so what a crash leaves undone is found and done.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from pymongo import ReadPreference, ReturnDocument
from pymongo.collection import Collection as _Collection
from pymongo.errors import DuplicateKeyError

from store.client import Database, Document, inward, outward
from store.errors import GoneError, NotFoundError
from store.guard import reading, writing
from store.position import Position, beyond, order

PENDING, VISIBLE, HIDDEN, DELETED = STATUSES = ("pending", "visible", "hidden", "deleted")
"""Everybody may read a visible comment; of a deleted one only its place is kept."""

_WORDS = ("author", "text", "sender")
"""What is taken away from a comment that is deleted."""
_ROUNDS = 2


@reading
def page(
    db: Database, article_id: str, *, after: Position | None = None, limit: int = 20
) -> list[Document]:
    """Give at most `limit` listed comments on an article that follow a position, oldest first.

    Of those that are not visible the words are left out.
    """
    conditions = beyond("created_at", after, newest_first=False)
    found = (
        db["comments"]
        .find({"$and": [{"article_id": article_id, "listed": True}, *conditions]})
        .sort(order("created_at", newest_first=False))
        .limit(limit)
    )
    return [_for_everybody(outward(comment)) for comment in found]


def on_many(
    db: Database, article_ids: Sequence[str], *, limit: int = 20
) -> dict[str, list[Document]]:
    """Give for each article its first `limit` listed comments, oldest first."""
    return {article_id: page(db, article_id, limit=limit) for article_id in article_ids}


@reading
def moderated(
    db: Database,
    *,
    statuses: Collection[str] = (),
    article_ids: Collection[str] = (),
    after: Position | None = None,
    limit: int = 20,
) -> list[Document]:
    """Give at most `limit` comments that follow a position, newest first, as they are stored."""
    # With every status named, an index that starts with it serves where none is asked for.
    where: Document = {"status": {"$in": list(statuses or STATUSES)}}
    if article_ids:
        where["article_id"] = {"$in": list(article_ids)}
    found = (
        db["comments"]
        .find({"$and": [where, *beyond("created_at", after, newest_first=True)]})
        .sort(order("created_at", newest_first=True))
        .limit(limit)
    )
    return list(map(outward, found))


@reading
def find(db: Database, comment_id: str) -> Document:
    """Give one comment, whatever its status; raise NotFoundError."""
    found = _comments(db).find_one({"_id": comment_id})
    if found is None:
        raise NotFoundError("comment", comment_id)
    return outward(found)


@reading
def first_of(db: Database, comment_ids: Sequence[str]) -> Document | None:
    """Give the comment that has the first of these ids that any has; None if none has."""
    found = {each["_id"]: each for each in _comments(db).find({"_id": {"$in": list(comment_ids)}})}
    return next((outward(found[id_]) for id_ in comment_ids if id_ in found), None)


@writing
def add(db: Database, comment: Document) -> Document:
    """Add a comment, and give it as it is stored: one that is there already stays as it is."""
    stored = inward(comment) | {
        "listed": comment["status"] == VISIBLE,
        "turn": 0,
    }
    if comment["status"] == VISIBLE:
        stored["unsettled"] = comment["created_at"]
    try:
        _comments(db).insert_one(stored)
    except DuplicateKeyError:
        return find(db, comment["id"])
    return outward(stored)


@writing
def moderate(db: Database, comment_id: str, status: str, *, by: str, at: datetime) -> Document:
    """Give a comment another status, and give it as it is stored; the same again changes nothing.

    Raises NotFoundError, and GoneError for one that was deleted, unless it is to be deleted.
    """
    change: Document = {
        "status": status,
        "moderated_at": at,
        "moderated_by": by,
        "unsettled": at,
    }
    if status == VISIBLE:
        change["listed"] = True
    if status == DELETED:
        change |= dict.fromkeys(_WORDS)
    changed = _comments(db).find_one_and_update(
        {"_id": comment_id, "status": {"$nin": [status, DELETED]}},
        {"$set": change, "$inc": {"turn": 1}},
        return_document=ReturnDocument.AFTER,
    )
    if changed is not None:
        return outward(changed)
    there = find(db, comment_id)
    if there["status"] == DELETED != status:
        raise GoneError("comment", comment_id)
    return there


@writing
def settle(db: Database, comment: Document) -> None:
    """Work out what follows from the status of a stored comment, if that is yet to be done."""
    if "unsettled" not in comment:
        return
    _count(db, comment["article_id"])
    for id_ in filter(None, (comment["id"], comment["parent_id"])):
        _list(db, id_)
    # Only if it has not changed again: then that is yet to be settled.
    _comments(db).update_one(
        {"_id": comment["id"], "unsettled": comment["unsettled"]}, {"$unset": {"unsettled": ""}}
    )


@reading
def unsettled(db: Database, *, before: datetime, limit: int) -> list[Document]:
    """Give comments that changed before a time, and then whoever changed them was cut short."""
    found = _comments(db).find({"unsettled": {"$lt": before}}).limit(limit)
    return list(map(outward, found))


@writing
def move(db: Database, former_id: str, article_id: str) -> None:
    """Let the comments on an article that got another id follow it; safe to repeat."""
    moved = _comments(db).update_many(
        {"article_id": former_id}, {"$set": {"article_id": article_id}}
    )
    if moved.modified_count:
        _count(db, article_id)


# The two below read a number, count, and store what they counted only if the number is still the
# same, which they raise. Who finds it raised counts once more; who finds it raised again is done:
# the last to raise it had begun after the first raise, so it has counted what is to be counted.


def _count(db: Database, article_id: str) -> None:
    """Count the visible comments of an article; that is no new revision of it."""
    articles = db.get_collection("articles", read_preference=ReadPreference.PRIMARY)
    for _ in range(_ROUNDS):
        article = articles.find_one({"_id": article_id}, {"comments_turn": 1, "comments_count": 1})
        if article is None:
            return
        visible = {"article_id": article_id, "status": VISIBLE}
        found: Document = {"comments_count": _comments(db).count_documents(visible)}
        if found["comments_count"] != article.get("comments_count"):
            found["commented_at"] = datetime.now(UTC)
        counted = articles.update_one(
            {"_id": article_id, "comments_turn": article.get("comments_turn")},
            {"$set": found, "$inc": {"comments_turn": 1}},
        )
        if counted.matched_count:
            return


def _list(db: Database, comment_id: str) -> None:
    """Work out whether a comment is listed: it is visible, or held in place by its replies."""
    comments = _comments(db)
    for _ in range(_ROUNDS):
        comment = comments.find_one({"_id": comment_id}, {"status": 1, "turn": 1})
        if comment is None:
            return
        shown = comment["status"] == VISIBLE or (
            comment["status"] != PENDING
            and comments.find_one({"parent_id": comment_id, "status": VISIBLE}, {"_id": 1})
        )
        listed = comments.update_one(
            {"_id": comment_id, "turn": comment.get("turn")},
            {"$set": {"listed": bool(shown)}, "$inc": {"turn": 1}},
        )
        if listed.matched_count:
            return


def _for_everybody(comment: Document) -> Document:
    return comment if comment["status"] == VISIBLE else comment | dict.fromkeys(_WORDS)


def _comments(db: Database) -> _Collection[Document]:
    """Give the collection as its writers must see it: with all that was written."""
    return db.get_collection("comments", read_preference=ReadPreference.PRIMARY)
