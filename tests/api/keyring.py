"""Keys for tests of what needs one."""

from datetime import UTC, datetime, timedelta

from desk.keys import make
from store import keys
from store.client import Database

WRITE, MODERATE, ADMIN = "articles:write", "comments:moderate", "admin"


def token(db: Database, *scopes: str, days: int | None = None) -> str:
    """Store a key and give its token; `days` from now it ends, or has ended."""
    now = datetime.now(UTC)
    expires_at = None if days is None else now + timedelta(days=days)
    made, key = make("Tests", list(scopes or (WRITE,)), now=now, expires_at=expires_at)
    keys.add(db, key)
    return made


def bearer(made: str) -> dict[str, str]:
    """Give the header that sends a key."""
    return {"Authorization": f"Bearer {made}"}
