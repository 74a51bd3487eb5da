"""Webhooks: how one is made, what is sent to it, how that is signed, and when to try again.

What is sent follows Standard Webhooks (https://www.standardwebhooks.com), so a receiver may check
it with any library for that. To sign, the secret itself is needed: it is stored as it is. No
database here.
"""

import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import orjson

from schemas.change import KINDS
from schemas.fields import format_time

LONGEST_URL = 2_000
LONGEST_NAME = 100

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=6)
PATIENCE = timedelta(days=3)
"""For how long deliveries may fail before a webhook is disabled."""
OVERLAP = timedelta(days=1)
"""For how long a secret is good that was replaced by a new one."""

GONE = 410
"""The status by which a receiver says that it wants no more."""

_SECRET_BYTES = 32
_ID_LENGTH = 8
_ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # without those that look alike
_FORM = re.compile(r"[!-~]+")
_MANY_DOUBLINGS = 20  # a time has its bounds


class WebhookInputError(ValueError):
    """An address, a name or events that no webhook can have; one line for a person."""


def make(
    url: str, *, name: str = "", events: Sequence[str] = KINDS, now: datetime, cursor: int
) -> dict[str, Any]:
    """Make a webhook that tells what comes after a place among the changes.

    Raises WebhookInputError.
    """
    check_address(url)
    if len(name) > LONGEST_NAME or not (name + " ").isprintable():
        raise WebhookInputError(f"a name has at most {LONGEST_NAME} printable characters")
    for event in events:
        if event not in KINDS:
            raise WebhookInputError(f"{event!r} is no event: there are {', '.join(KINDS)}")
    if not events:
        raise WebhookInputError(f"a webhook needs an event: {', '.join(KINDS)}")
    return {
        "id": "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH)),
        "url": url,
        "name": name,
        "events": [kind for kind in KINDS if kind in events],
        "secret": new_secret(),
        "former_secret": None,
        "former_until": None,
        "created_at": now,
        "cursor": cursor,
        **FRESH,
        "last_ok_at": None,
    }


FRESH: dict[str, Any] = {
    "failures": 0,
    "failing_since": None,
    "next_at": None,
    "last_status": None,
    "last_error": None,
    "disabled_at": None,
}
"""How a webhook fares that has had no trouble."""


def check_address(url: str) -> None:
    """Raise WebhookInputError for what is no http(s) address to send to."""
    try:
        parts = urlsplit(url)
        whole = bool(parts.scheme in {"http", "https"} and parts.hostname)
        whole = whole and parts.port != 0
    except ValueError:
        whole = False
    if not whole or len(url) > LONGEST_URL or not _FORM.fullmatch(url):
        raise WebhookInputError("URL must be an http:// or https:// address, in ASCII")
    if "@" in parts.netloc or parts.fragment:
        raise WebhookInputError("URL must have no user, no password and no #fragment")


def new_secret() -> str:
    """Make a secret to sign with."""
    return f"whsec_{b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


def secrets_of(webhook: dict[str, Any], now: datetime) -> list[str]:
    """Give what to sign with: also the former secret, for a while."""
    former = webhook["former_until"] is not None and webhook["former_until"] > now
    return [webhook["secret"], *([webhook["former_secret"]] if former else [])]


def body_of(change: dict[str, Any]) -> bytes:
    """Write what is sent of a change, as `GET /v1/changes` gives it."""
    sent = {"type": f"article.{change['change']}", "timestamp": change["at"], "data": change}
    return orjson.dumps(sent)


def body_of_test(webhook: dict[str, Any], now: datetime) -> bytes:
    """Write what is sent when a person asks for a test."""
    data = {"webhook": webhook["id"]}
    return orjson.dumps({"type": "test", "timestamp": format_time(now), "data": data})


def headers(message_id: str, body: bytes, signing: Iterable[str], now: datetime) -> dict[str, str]:
    """Give the headers by which a receiver knows a message, and knows that it is ours."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in signing),
    }


def pause(failures: int, chance: float) -> timedelta:
    """Tell how long to wait after so many failures: half of it is fixed, half left to chance."""
    longest = min(FIRST_PAUSE * (1 << min(failures - 1, _MANY_DOUBLINGS)), LONGEST_PAUSE)
    return longest * (0.5 + chance / 2)


def is_hopeless(failing_since: datetime, now: datetime) -> bool:
    """Tell whether it has failed for so long that nobody seems to care."""
    return now - failing_since >= PATIENCE


def state(webhook: dict[str, Any]) -> str:
    """Give `disabled`, `failing` or `active`."""
    if webhook["disabled_at"] is not None:
        return "disabled"
    return "failing" if webhook["failures"] else "active"


def _signature(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix("whsec_"))
    return b64encode(hmac.digest(key, signed, sha256)).decode()
