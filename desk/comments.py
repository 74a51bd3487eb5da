"""What readers say: taken in, shown at once or once it is approved, hidden, deleted."""

import hmac
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any

from desk.publish import now
from store import articles, comments, senders
from store.client import Database, Document
from store.comments import DELETED, HIDDEN, PENDING, VISIBLE

OPEN, MODERATED, CLOSED = "open", "moderated", "closed"
"""Whether what readers say is shown at once, is shown once it is approved, or is not taken in."""

_ID_DIGITS = 32
_SENDER_DIGITS = 16
_LATE = timedelta(minutes=1)
"""Who has not settled a comment after so long was cut short."""
_MOST_LATE = 10
_NETWORK_BITS = 64
"""What one customer has of the addresses of IPv6, at least."""


class ClosedError(Exception):
    """Nobody may comment, here or at all; the message says which."""


class ParentError(Exception):
    """A reply to what cannot be replied to; the message says why."""


def post(
    db: Database, article_id: str, draft: dict[str, Any], *, address: str, policy: str
) -> Document:
    """Take in a valid draft of a comment, and give the comment as its author may see it.

    The same from the same address again is the comment that is there. What a program sent is
    answered and not stored. Raises NotFoundError, ClosedError, ParentError and UnavailableError.
    """
    if policy == CLOSED:
        raise ClosedError("Comments are closed.")
    article = articles.find(db, article_id, ["id", "comments_open"])
    if not article.get("comments_open", True):
        raise ClosedError("Comments on this article are closed.")
    moment = now()
    keys = senders.keys(db, moment)
    said = {
        "article_id": article_id,
        "parent_id": _thread(db, article_id, draft["parent_id"]),
        "author": draft["author"],
        "text": draft["text"],
    }
    ids = [comment_id(key, said, address) for key in keys]
    comment = said | {
        "id": ids[0],
        "created_at": moment,
        "status": VISIBLE if policy == OPEN else PENDING,
        "sender": sender(keys[0], address),
        "moderated_at": None,
        "moderated_by": None,
    }
    if draft["website"]:
        return comment | {"status": PENDING}
    stored = comments.first_of(db, ids) or comments.add(db, comment)
    _settle(db, stored, moment)
    if stored["status"] in {HIDDEN, DELETED}:  # which is between the moderators and the comment
        return stored | said | {"status": PENDING}
    return stored


def approve(db: Database, id_: str, *, by: str) -> Document:
    """Let everybody see a comment; raise NotFoundError, and GoneError if it was deleted."""
    return _moderate(db, id_, VISIBLE, by)


def hide(db: Database, id_: str, *, by: str) -> Document:
    """Let nobody but moderators see a comment; raise NotFoundError, and GoneError likewise."""
    return _moderate(db, id_, HIDDEN, by)


def delete(db: Database, id_: str, *, by: str) -> Document:
    """Take away what a comment says and who said it, for good; raise NotFoundError."""
    return _moderate(db, id_, DELETED, by)


def comment_id(key: bytes, said: dict[str, Any], address: str) -> str:
    """Make the id of a comment: the same words at the same place from the same address, once.

    Everybody sees the id and all that it is made of but the address and the key, so without the
    key the address could be found by trying them all.
    """
    parts = (said["article_id"], said["parent_id"] or "", said["author"], said["text"], address)
    return _digest(key, "comment", *parts)[:_ID_DIGITS]


def sender(key: bytes, address: str) -> str:
    """Give what tells, for the day of the key, that two comments are from one address."""
    return _digest(key, "sender", _network(address))[:_SENDER_DIGITS]


def _network(address: str) -> str:
    """Give an address, or what one customer has of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # such as that of a socket of this machine
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or int(parsed) >> _NETWORK_BITS)


def _digest(key: bytes, *parts: str) -> str:
    return hmac.digest(key, "\0".join(parts).encode(), "sha256").hex()


def _thread(db: Database, article_id: str, parent_id: str | None) -> str | None:
    """Give the comment under which a reply stands: a reply to a reply joins its thread."""
    if parent_id is None:
        return None
    parent = comments.first_of(db, [parent_id])
    if parent is None or parent["article_id"] != article_id or parent["status"] != VISIBLE:
        raise ParentError("must be a visible comment on the same article")
    return str(parent["parent_id"] or parent["id"])


def _moderate(db: Database, id_: str, status: str, by: str) -> Document:
    moment = now()
    comment = comments.moderate(db, id_, status, by=by, at=moment)
    _settle(db, comment, moment)
    return comment


def _settle(db: Database, comment: Document, moment: datetime) -> None:
    """Settle a comment, and some that somebody who was cut short has left unsettled."""
    comments.settle(db, comment)
    for late in comments.unsettled(db, before=moment - _LATE, limit=_MOST_LATE):
        comments.settle(db, late)
