"""Publishing: a valid draft becomes an article, or the next revision of one, or nothing new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from desk import identity
from desk.compose import (
    Article,
    adds_nothing,
    compose,
    is_same_article,
    is_same_story,
    merge,
    revise,
)
from store import articles, links, sources
from store.client import Database
from store.errors import ConflictError

Status = Literal["new", "changed", "unchanged"]

_ATTEMPTS = 8
"""Each lost race means that somebody else made progress; so many in a row do not happen."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a draft: the article's id, and whether it is new, changed or unchanged."""

    article_id: str
    status: Status
    article: Article | None = None
    """The article as it is stored now, and the terms that it had, unless it is unchanged."""
    former_terms: Sequence[str] = ()


def publish(db: Database, draft: dict[str, Any]) -> Outcome:
    """Store a valid draft; the same draft again changes nothing.

    Safe to repeat after any error and beside other writers. Raises UnavailableError, and
    ConflictError when others keep changing the article.
    """
    incoming = compose(draft, _now())
    if incoming["source"]:
        sources.ensure(db, _new_source(incoming["source"]))
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _publish_once(db, incoming)
        except ConflictError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError  # pragma: no cover - the loop returns or raises


def preview(db: Database, draft: dict[str, Any]) -> Outcome:
    """Tell what publishing a draft would do, and store nothing."""
    incoming = compose(draft, _now())
    stored = _find_same(db, incoming)
    if stored is None:
        return Outcome(incoming["id"], "new")
    same = adds_nothing(merge(stored, incoming), stored)
    return Outcome(stored["id"], "unchanged" if same else "changed")


def publish_source(db: Database, draft: dict[str, Any]) -> tuple[str, Status]:
    """Store a valid draft of a source: it adds what is not known yet, and changes nothing else."""
    source = _new_source({"id": identity.source_id(draft["name"]), "name": draft["name"]}) | draft
    if sources.ensure(db, source):
        return source["id"], "new"
    return source["id"], "changed" if sources.complete(db, source) else "unchanged"


def preview_source(db: Database, draft: dict[str, Any]) -> tuple[str, Status]:
    """Tell what publishing a draft of a source would do, and store nothing."""
    source = {"id": identity.source_id(draft["name"])} | draft
    if not sources.exists(db, source["id"]):
        return source["id"], "new"
    return source["id"], "changed" if sources.lacks(db, source) else "unchanged"


def link(db: Database, article_id: str, related_ids: list[str]) -> int:
    """Link an article to those that its page names, in order; give how many links are new."""
    return links.add(db, article_id, related_ids)


def _publish_once(db: Database, incoming: Article) -> Outcome:
    stored = _find_same(db, incoming)
    if stored is None:
        articles.insert(db, incoming)
        return Outcome(incoming["id"], "new", incoming)
    for former_id in stored["former_ids"]:
        _leave_behind(db, former_id, stored["id"])
    merged = merge(stored, incoming)
    # An article with an address of its own keeps its id when its source becomes known.
    unnamed = stored["source"] is None and incoming["source"] is not None
    if unnamed and incoming["id"] != stored["id"]:
        return _name_source(db, stored, merged, incoming)
    if adds_nothing(merged, stored):
        return Outcome(stored["id"], "unchanged")
    revised = revise(stored, merged, incoming, _now())
    articles.replace(db, revised)
    return Outcome(stored["id"], "changed", revised, stored.get("terms", ()))


def _find_same(db: Database, incoming: Article) -> Article | None:
    """Find the stored article that this is.

    By its id, now or formerly, or by what its source calls it; else by title and text where one has
    no source: a page does not always name the source of its main article, but another page may.
    """
    for stored in articles.known(db, incoming["id"], incoming["guids"]):
        if is_same_article(stored, incoming):
            return stored
    sourceless = incoming["source"] is not None
    twins = [
        twin
        for twin in articles.titled(db, incoming["title_key"], sourceless=sourceless)
        if (twin["source"] is None) != (incoming["source"] is None)
        and is_same_story(twin, incoming)
    ]
    # Two papers printed the text: nobody can tell which of them this copy is from.
    return twins[0] if len(twins) == 1 else None


def _name_source(db: Database, stored: Article, merged: Article, incoming: Article) -> Outcome:
    """Give an article without a source its name, and with it the id that this name brings."""
    named = revise(stored, merged, incoming, _now())
    named |= {"id": incoming["id"], "former_ids": [*stored["former_ids"], stored["id"]]}
    articles.move(db, stored["id"], named)
    _leave_behind(db, stored["id"], named["id"])
    return Outcome(named["id"], "changed", named, stored.get("terms", ()))


def _leave_behind(db: Database, former_id: str, article_id: str) -> None:
    """Finish a move from one id to another, also one that was cut short before."""
    articles.forget(db, former_id)
    links.move(db, former_id, article_id)


def _new_source(source: dict[str, str]) -> dict[str, Any]:
    unknown = dict.fromkeys(("url", "country", "language", "category", "description"))
    return source | unknown | {"feeds": []}


def _now() -> datetime:
    """Give the time to the millisecond, which is what MongoDB keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
