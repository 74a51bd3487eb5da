"""The `tombstones` collection: articles that are gone, deleted for good or moved to another id."""

from datetime import datetime

from pymongo.client_session import ClientSession

from store.client import Database, Document


def bury(
    db: Database, article: Document, number: int, now: datetime, session: ClientSession | None
) -> None:
    """Note that a stored article was deleted: nothing under one of its names comes back."""
    names = {article["_id"], *article["former_ids"], *article["guids"], article.get("slug")}
    _put(db, article["_id"], number, now, session, names=sorted(names - {None}))


def lead_on(
    db: Database,
    old_id: str,
    new_id: str,
    number: int,
    now: datetime,
    session: ClientSession | None,
) -> None:
    """Note that an article moved to another id."""
    _put(db, old_id, number, now, session, moved_to=new_id)


def _put(
    db: Database,
    article_id: str,
    number: int,
    now: datetime,
    session: ClientSession | None,
    **more: object,
) -> None:
    stone: Document = {"_id": article_id, "seq": number, "deleted_at": now, **more}
    db["tombstones"].replace_one({"_id": article_id}, stone, upsert=True, session=session)
