"""Changes: every article that came, changed or went, in order, from any point on."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Response

from api.blueprint import Blueprint
from api.caching import answer, depends_on
from api.context import db
from api.memory import ANY
from api.problems import BadInputError, fault
from schemas.article import FIELDS, article_output
from schemas.change import ChangePageSchema, ChangeSchema, ChangesQuery
from schemas.compiled import compile_output
from store import changelog
from store.client import Document

PLACE = "/v1/changes"
blp = Blueprint("changes", __name__, url_prefix=PLACE, description=__doc__)

_TOLD = ("id", "revision", "updated_at")
_WHOLE = frozenset(FIELDS)


@blp.route("")
@blp.arguments(ChangesQuery(), location="query")
@blp.response(200, ChangePageSchema)
def list_changes(query: dict[str, Any]) -> Response:
    """List what has happened to articles since a point, each article once, in order."""
    depends_on(("articles", ANY))
    since, limit = int(query["since"]), query["limit"]
    whole = "article" in query["include"]
    found = changelog.since(db(), since, limit=limit + 1, fields=fields_told(whole=whole))
    if not found and since > changelog.last(db()):
        raise too_late("query", "since")
    shown = [told(change, whole=whole) for change in found[:limit]]
    cursor = shown[-1]["cursor"] if shown else str(since)
    following = None
    if len(found) > limit:
        asked = {"since": cursor, "limit": limit} | ({"include": "article"} if whole else {})
        following = f"{PLACE}?{urlencode(asked)}"
    headers = {"Link": f'<{following}>; rel="next"'} if following else None
    return answer({"data": shown, "next": following, "cursor": cursor}, headers=headers)


def too_late(where: str, name: str) -> BadInputError:
    """Refuse a place that no change has come to: a database restored from a backup forgets some."""
    message = "is later than all changes: begin anew"
    return BadInputError([fault(where, name, message)], HTTPStatus.CONFLICT)


def fields_told(*, whole: bool) -> tuple[str, ...]:
    """Give the fields that `told` needs of an article; none for all."""
    return () if whole else _TOLD


def told(change: Document, *, whole: bool = False) -> dict[str, Any]:
    """Write what happened to an article, with all that it says if it is wanted `whole`."""
    known = {"cursor": str(change["seq"]), "id": change["id"]}
    if "deleted_at" in change:
        moved_to = {"moved_to": change["moved_to"]} if "moved_to" in change else {}
        kind = "moved" if moved_to else "deleted"
        return _write(known | {"change": kind, "at": change["deleted_at"], **moved_to})
    number = change["revision"]
    kind = "made" if number == 1 else "changed"
    written = _write(known | {"change": kind, "revision": number, "at": change["updated_at"]})
    return written | ({"article": article_output(_WHOLE)(change)} if whole else {})


_write = compile_output(ChangeSchema())
