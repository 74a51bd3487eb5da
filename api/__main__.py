"""Byline's own command: `python -m api serve|health|keys|webhooks`.

`serve` exits with 0 when it was told to stop, 2 when it could not start; `health` with 0 when the
API at BYLINE_HOST and BYLINE_PORT is ready, 1 when it is not; `keys` and `webhooks` with 0 when
they did what they were told, 1 when there is no such key or webhook or a test message did not
arrive, 2 when they were called wrongly or there is no database.
"""

import argparse
import sys
from collections.abc import Sequence

from api import keys, logs, webhooks
from api.serve import ServeError, is_ready, serve
from api.webhooks import NotDeliveredError
from desk.keys import KeyInputError
from desk.webhooks import WebhookInputError
from settings import Settings, SettingsError
from store.embedded import MongodError
from store.errors import ConflictError, NotFoundError, UnavailableError
from store.open import opened

OK, CANNOT_START, INTERRUPTED = 0, 2, 130
UNHEALTHY = NOT_THERE = NOT_DELIVERED = 1

_REASONS = (
    *(SettingsError, ServeError, MongodError, UnavailableError),
    *(KeyInputError, WebhookInputError, ConflictError),
)
"""Why a command cannot do what it is told."""
_ONLY_NOW = "This key is shown only now: keep it safe, and send it as Authorization: Bearer KEY."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and give its exit status."""
    options = parser().parse_args(argv)
    try:
        return _do(Settings.from_env(), options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except NotFoundError as error:
        _complain(options, f"there is no {error.kind} {error.key}")
        return NOT_THERE
    except NotDeliveredError as error:
        _complain(options, error)
        return NOT_DELIVERED
    except _REASONS as error:
        _complain(options, error)
        return CANNOT_START


def _do(settings: Settings, options: argparse.Namespace) -> int:
    if options.command == "health":
        return OK if is_ready(settings) else UNHEALTHY
    if options.command == "keys":
        return _keys(settings, options)
    if options.command == "webhooks":
        return _webhooks(settings, options)
    logs.configure(settings.log_level)
    serve(settings)
    return OK


def parser() -> argparse.ArgumentParser:
    """Give the command line that the command understands."""
    command_line = argparse.ArgumentParser(prog="python -m api", description="Byline, a news API.")
    commands = command_line.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="start the API, with a private MongoDB unless one is named")
    commands.add_parser("health", help="ask a running API whether it can do its work")
    keys.add_commands(commands)
    webhooks.add_commands(commands)
    return command_line


def _keys(settings: Settings, options: argparse.Namespace) -> int:
    """Do what is asked with the keys."""
    with opened(settings) as db:
        if options.keys == "create":
            print(keys.create(db, options))
            print(_ONLY_NOW, file=sys.stderr)
        elif options.keys == "list":
            print(keys.listed(db, options))
        else:
            print(f"{keys.revoke(db, options)} is revoked")
    return OK


def _webhooks(settings: Settings, options: argparse.Namespace) -> int:
    """Do what is asked with the webhooks."""
    with opened(settings) as db:
        shown, advice = webhooks.run(db, options)
        print(shown)
        if advice:
            print(advice, file=sys.stderr)
    return OK


def _complain(options: argparse.Namespace, error: object) -> None:
    print(f"python -m api {options.command}: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
