"""What articles belong to: groups of copies (`copies`), stories (`story`), those not yet related.

None of it is a new revision: the content of an article is as it was.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from pymongo import UpdateMany, WriteConcern

from store import finding
from store.client import Database, Document, outward
from store.guard import building, reading, rewriting

Groups = Mapping[str, str | None]
"""By id the group that an article belongs to; None for no group."""


@rewriting
def assign(db: Database, *, copies: Groups, story: Groups) -> None:
    """Let articles belong to groups of copies and to stories; those that do already stay as is."""
    changes = [*_changes("copies", copies), *_changes("story", story)]
    if changes:
        db["articles"].bulk_write(changes, ordered=False)


@rewriting
def mark_related(db: Database, revisions: Mapping[str, int]) -> None:
    """Note that articles are related, each in a revision; one that has changed since is not.

    An article is `unrelated` from when it is stored, or from when it is to be related anew.
    """
    # Not worth waiting for the disk: if it is lost they are related once more, to the same.
    quick = db.get_collection("articles", write_concern=WriteConcern(w=1, j=False))
    for revision in set(revisions.values()):
        ids = [id_ for id_, related in revisions.items() if related == revision]
        query = {"_id": {"$in": ids}, "revision": revision, "unrelated": True}
        quick.update_many(query, {"$unset": {"unrelated": ""}})


@rewriting
def mark_unrelated(db: Database, article_ids: Sequence[str]) -> None:
    """Note that articles are to be related."""
    query = {"_id": {"$in": list(article_ids)}, "unrelated": {"$exists": False}}
    db["articles"].update_many(query, {"$set": {"unrelated": True}})


@reading
def unrelated(db: Database, *, limit: int) -> list[Document]:
    """Give articles that were stored and not yet related, the oldest first."""
    order = [("listed_at", 1), ("_id", 1)]
    found = finding.find(db, "articles", {"unrelated": True}, order=order, limit=limit)
    return list(map(outward, found))


@building
def is_rest_latest(db: Database) -> bool:
    """Tell whether no article that is related is listed later than one that is not."""
    first = unrelated(db, limit=1)
    if not first:
        return False
    later = db["articles"].count_documents({"listed_at": {"$gte": first[0]["listed_at"]}})
    return later == count_unrelated(db)


@reading
def count_unrelated(db: Database) -> int:
    """Count the articles that were stored and not yet related."""
    return db["articles"].count_documents({"unrelated": True})


def _changes(name: str, groups: Groups) -> Iterator[UpdateMany]:
    members: dict[str | None, list[str]] = defaultdict(list)
    for article_id, group in groups.items():
        members[group].append(article_id)
    now = datetime.now(UTC)
    for group, ids in members.items():
        if group is None:
            change: Document = {"$unset": {name: ""}, "$set": {"grouped_at": now}}
            yield UpdateMany({"_id": {"$in": ids}, name: {"$exists": True}}, change)
        else:
            change = {"$set": {name: group, "grouped_at": now}}
            yield UpdateMany({"_id": {"$in": ids}, name: {"$ne": group}}, change)
