"""Byline's own command: `python -m api serve`, and `python -m api health`.

`serve` exits with 0 when it was told to stop, 2 when it could not start; `health` with 0 when the
API at BYLINE_HOST and BYLINE_PORT is ready, 1 when it is not.
"""

import argparse
import sys
from collections.abc import Sequence

from api import logs
from api.serve import ServeError, is_ready, serve
from settings import Settings, SettingsError
from store.embedded import MongodError
from store.errors import UnavailableError

UNHEALTHY, CANNOT_START, INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and give its exit status."""
    parser = argparse.ArgumentParser(prog="python -m api", description="Byline, a news API.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="start the API, with a private MongoDB unless one is named")
    commands.add_parser("health", help="ask a running API whether it can do its work")
    command = parser.parse_args(argv).command
    try:
        settings = Settings.from_env()
        if command == "health":
            return 0 if is_ready(settings) else UNHEALTHY
        logs.configure(settings.log_level)
        serve(settings)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (SettingsError, ServeError, MongodError, UnavailableError) as error:
        print(f"python -m api {command}: {error}", file=sys.stderr)
        return CANNOT_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
