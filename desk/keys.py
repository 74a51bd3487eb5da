"""API keys: how one is made, read, compared, and until when it is good. No database here.

A token is `byline_PREFIX_SECRET`. The prefix names the key and is no secret; the secret is 32
random bytes, so a plain SHA-256 of the token is all that needs to be stored: what cannot be guessed
needs no slow hash.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from schemas.fields import parse_time

SCOPES = {
    "articles:write": "add, change and remove articles and sources",
    "comments:moderate": "decide which comments are shown",
    "admin": "everything",
}
"""What a key may be for, and what that allows."""
ADMIN = "admin"
"""The scope that implies all others."""

LONGEST_NAME = 100

_PREFIX_LENGTH, _SECRET_BYTES = 8, 32
_PREFIX_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # without those that look alike
_PREFIX = re.compile(rf"[a-z0-9]{{{_PREFIX_LENGTH}}}")
_TOKEN = re.compile(rf"byline_({_PREFIX.pattern})_[A-Za-z0-9_-]{{43}}")
_DAYS = re.compile(r"([1-9][0-9]{0,4})d")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class KeyInputError(ValueError):
    """A name, scopes or a time that no key can have; one line for a person."""


@dataclass(frozen=True, slots=True)
class Key:
    """Who asks: a key by its prefix, its name, and what it is for."""

    id: str
    name: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Tell whether the key is for something."""
        return scope in self.scopes or ADMIN in self.scopes


def make(
    name: str, scopes: list[str], *, now: datetime, expires_at: datetime | None = None
) -> tuple[str, dict[str, Any]]:
    """Make a key: the token, to be shown once, and the document to be stored.

    Raises KeyInputError for a name or scopes that cannot be.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise KeyInputError(f"a name has 1 to {LONGEST_NAME} printable characters")
    if not scopes:
        raise KeyInputError(f"a key needs a scope: {', '.join(SCOPES)}")
    for scope in scopes:
        if scope not in SCOPES:
            raise KeyInputError(f"{scope!r} is no scope: there are {', '.join(SCOPES)}")
    prefix = "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(_PREFIX_LENGTH))
    token = f"byline_{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return token, {
        "id": prefix,
        "name": name,
        "scopes": sorted(set(scopes)),
        "sha256": digest(token),
        "created_at": now,
        "expires_at": expires_at,
        "revoked_at": None,
        "last_used_at": None,
    }


def digest(token: str) -> str:
    """Give what is stored in place of a token: its SHA-256 in hex."""
    return sha256(token.encode()).hexdigest()


def parse(token: str) -> str | None:
    """Give the prefix of what has the form of a token; None for anything else."""
    match = _TOKEN.fullmatch(token)
    return match and match[1]


def prefix_of(text: str) -> str | None:
    """Give the prefix that somebody names, be it by itself or as a whole token."""
    return text if _PREFIX.fullmatch(text) else parse(text)


def is_of(stored: dict[str, Any], token: str) -> bool:
    """Tell whether a stored key is that of a token, in a time that does not depend on either."""
    return hmac.compare_digest(stored["sha256"], digest(token))


def state(stored: dict[str, Any], now: datetime) -> str:
    """Give `revoked`, `expired` or, for a key that is good, `active`."""
    if stored["revoked_at"] is not None:
        return "revoked"
    if stored["expires_at"] is not None and stored["expires_at"] <= now:
        return "expired"
    return "active"


def parse_expiry(text: str, now: datetime) -> datetime:
    """Read when a key ends: `90d` from now, a date (its beginning in UTC) or an RFC 3339 time.

    Raises KeyInputError for what is none of these, and for what is over already.
    """
    try:
        if days := _DAYS.fullmatch(text):
            expires_at = now + timedelta(days=int(days[1]))
        elif _DATE.fullmatch(text):
            expires_at = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        else:
            expires_at = parse_time(text)
    except (ValueError, OverflowError) as error:
        raise KeyInputError(f"{text!r} is no time: write 90d or 2027-01-01") from error
    if expires_at <= now:
        raise KeyInputError(f"{text} is over already")
    return expires_at
