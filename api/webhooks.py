"""`python -m api webhooks`: say who is to be told of changes, and see how that goes."""

import argparse
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from api.posting import Line, PostError
from api.tables import table
from desk import webhooks as desk_webhooks
from schemas.change import KINDS
from schemas.fields import format_time
from store import changelog, webhooks
from store.client import Database, Document

_COLUMNS = ("ID", "STATE", "EVENTS", "LAST OK", "FAILURES", "NEXT TRY", "NAME", "URL", "LAST ERROR")
_SECRETS = {"secret", "former_secret"}
_OK = range(200, 300)


class NotDeliveredError(Exception):
    """A test message did not arrive; the message is the reason, in one line."""


def add_commands(commands: Any) -> None:
    """Add `webhooks` and its own commands to a command line."""
    parser = commands.add_parser("webhooks", help="who is told of changes by a request")
    named = parser.add_subparsers(
        dest="webhooks", required=True, metavar="{" + ",".join(_COMMANDS) + "}"
    )
    adding = named.add_parser("add", help="tell an address of all changes from now on")
    adding.add_argument("url", metavar="URL", help="where to send them: http or https")
    adding.add_argument("--name", default="", help="what it is for")
    adding.add_argument(
        "--events",
        default=list(KINDS),
        type=lambda text: [part.strip() for part in text.split(",")],
        help=f"only these, separated by commas: {', '.join(KINDS)}",
    )
    listing = named.add_parser("list", help="show all webhooks, though not their secrets")
    listing.add_argument("--json", action="store_true", help="as one JSON array")
    for name, meaning in (
        ("remove", "tell it no more, and forget it"),
        ("test", "send it a test message now"),
        ("enable", "go on with one that was disabled, from where it was"),
        ("secret", "give it a new secret; the old one is good for another day"),
    ):
        named.add_parser(name, help=meaning).add_argument("id", metavar="ID", help="as listed")


def run(db: Database, options: argparse.Namespace) -> tuple[str, str | None]:
    """Do what a command says; give what to show, and a secret's advice if one is shown.

    Raises WebhookInputError, NotFoundError and NotDeliveredError.
    """
    return _COMMANDS[options.webhooks](db, options)


def _add(db: Database, options: argparse.Namespace) -> tuple[str, str | None]:
    webhook = desk_webhooks.make(
        options.url,
        name=options.name,
        events=options.events,
        now=_now(),
        cursor=changelog.last(db),
    )
    webhooks.add(db, webhook)
    return webhook["secret"], f"Webhook {webhook['id']} is there. {_ONLY_NOW}"


def _list(db: Database, options: argparse.Namespace) -> tuple[str, str | None]:
    found = webhooks.every(db)
    if options.json:
        return json.dumps(list(map(_shown, found)), ensure_ascii=False), None
    return "\n".join(table([_COLUMNS, *map(_row, found)])), None


def _remove(db: Database, options: argparse.Namespace) -> tuple[str, str | None]:
    webhooks.remove(db, options.id)
    return f"{options.id} is removed", None


def _enable(db: Database, options: argparse.Namespace) -> tuple[str, str | None]:
    webhooks.change(db, options.id, desk_webhooks.FRESH)
    return f"{options.id} is enabled", None


def _secret(db: Database, options: argparse.Namespace) -> tuple[str, str | None]:
    webhook = webhooks.find(db, options.id)
    new = {
        "secret": desk_webhooks.new_secret(),
        "former_secret": webhook["secret"],
        "former_until": _now() + desk_webhooks.OVERLAP,
    }
    webhooks.change(db, options.id, new)
    return new["secret"], f"For a day, messages are signed with both. {_ONLY_NOW}"


def _test(db: Database, options: argparse.Namespace) -> tuple[str, str | None]:
    webhook, now = webhooks.find(db, options.id), _now()
    body = desk_webhooks.body_of_test(webhook, now)
    message_id = f"{webhook['id']}_test_{secrets.token_hex(4)}"
    signing = desk_webhooks.secrets_of(webhook, now)
    try:
        with Line(webhook["url"]) as line:
            status = line.post(desk_webhooks.headers(message_id, body, signing, now), body)
    except PostError as error:
        raise NotDeliveredError(f"{webhook['url']}: {error}") from error
    if status not in _OK:
        raise NotDeliveredError(f"{webhook['url']} answered {status}")
    return f"{webhook['url']} answered {status}", None


_ONLY_NOW = "This secret is shown only now: the receiver needs it to know what is from here."
_COMMANDS: dict[str, Callable[[Database, argparse.Namespace], tuple[str, str | None]]] = {
    "add": _add,
    "list": _list,
    "remove": _remove,
    "test": _test,
    "enable": _enable,
    "secret": _secret,
}


def _now() -> datetime:
    return datetime.now(UTC)


def _shown(webhook: Document) -> dict[str, Any]:
    """Give what may be shown of a webhook."""
    return {
        name: format_time(value) if isinstance(value, datetime) else value
        for name, value in webhook.items()
        if name not in _SECRETS
    } | {"state": desk_webhooks.state(webhook)}


def _row(webhook: Document) -> Sequence[str]:
    shown = _shown(webhook)
    disabled = shown["state"] == "disabled"
    return (
        shown["id"],
        shown["state"],
        ",".join(shown["events"]),
        _minute(shown["last_ok_at"]) or "never",
        str(shown["failures"]),
        "" if disabled else _minute(shown["next_at"]),
        shown["name"],
        shown["url"],
        shown["last_error"] or "",
    )


def _minute(time: str | None) -> str:
    return f"{time[:16]}Z" if time else ""
