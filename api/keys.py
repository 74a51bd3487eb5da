"""`python -m api keys`: make keys, list them, and let them be good no more."""

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from api.tables import table
from desk import keys as desk_keys
from schemas.fields import format_time
from store import keys
from store.client import Database

_COLUMNS = ("PREFIX", "STATE", "SCOPES", "CREATED", "EXPIRES", "LAST USED", "NAME")
_SECRET = {"sha256"}


def add_commands(commands: Any) -> None:
    """Add `keys` and its own commands to a command line."""
    parser = commands.add_parser("keys", help="the API keys that writing needs")
    named = parser.add_subparsers(dest="keys", required=True, metavar="{create,list,revoke}")
    create = named.add_parser("create", help="make a key; it is shown this once")
    create.add_argument("--name", required=True, help="who or what uses it")
    create.add_argument(
        "--scopes",
        required=True,
        type=lambda text: [part.strip() for part in text.split(",")],
        help="what it is for, separated by commas: " + ", ".join(desk_keys.SCOPES),
    )
    create.add_argument("--expires", metavar="WHEN", help="90d, 2027-01-01 or an RFC 3339 time")
    listing = named.add_parser("list", help="show all keys, though not their secrets")
    listing.add_argument("--json", action="store_true", help="as one JSON array")
    revoke = named.add_parser("revoke", help="let a key be good no more")
    revoke.add_argument("prefix", metavar="PREFIX", help="the 8 characters after byline_")


def create(db: Database, options: argparse.Namespace) -> str:
    """Make a key and give its token; raise KeyInputError for what no key can have."""
    now = _now()
    expires_at = desk_keys.parse_expiry(options.expires, now) if options.expires else None
    token, key = desk_keys.make(options.name, options.scopes, now=now, expires_at=expires_at)
    keys.add(db, key)
    return token


def listed(db: Database, options: argparse.Namespace) -> str:
    """Show all keys, as a table or as JSON."""
    now = _now()
    shown = [_shown(key, now) for key in keys.every(db)]
    if options.json:
        return json.dumps(shown, ensure_ascii=False)
    return "\n".join(table([_COLUMNS, *(_row(key) for key in shown)]))


def revoke(db: Database, options: argparse.Namespace) -> str:
    """Let a key be good no more and give its prefix; raise NotFoundError or KeyInputError."""
    prefix = desk_keys.prefix_of(options.prefix)
    if prefix is None:
        raise desk_keys.KeyInputError("PREFIX is the 8 characters after byline_, as listed")
    keys.revoke(db, prefix, _now())
    return prefix


def _now() -> datetime:
    return datetime.now(UTC)


def _shown(key: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Give what may be shown of a key."""
    return {
        name: format_time(value) if isinstance(value, datetime) else value
        for name, value in key.items()
        if name not in _SECRET
    } | {"state": desk_keys.state(key, now)}


def _row(key: dict[str, Any]) -> Sequence[str]:
    times = (key[name] and key[name][:16] + "Z" for name in ("created_at", "expires_at"))
    used = key["last_used_at"] and key["last_used_at"][:16] + "Z"
    cells = (key["id"], key["state"], ",".join(key["scopes"]), *times, used, key["name"])
    return [cell or "never" for cell in cells]
