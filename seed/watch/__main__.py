"""The command line of a watcher: `python -m seed watch [SOURCE…]`.

Exits with 0 when it was told to stop or, with `--once`, when all that was due is done, and with 2
when it was called wrongly or there is no database.
"""

import argparse
import functools
import json
import os
import random
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType

from schemas.fields import format_time
from seed import fetch
from seed.reader import Reader
from seed.watch import events
from seed.watch.events import Event
from seed.watch.polling import Feed
from seed.watch.surroundings import Surroundings
from seed.watch.watcher import Watcher, Wishes
from settings import Settings, SettingsError
from store import indexes, sources
from store.client import Database
from store.embedded import MongodError
from store.errors import UnavailableError
from store.open import opened

OK, NO_DATABASE = 0, 2
AWAY_SECONDS = 10.0
"""How long to wait before asking a database again that is away."""
_CLEAR = "\r\x1b[K"


def main(argv: Sequence[str]) -> int:
    """Run the command and give its exit status."""
    options = parser().parse_args(argv)
    stop = threading.Event()
    try:
        settings = Settings.from_env()
        with _stopped_by_signals(stop), Reader() as reader, opened(settings) as db:
            indexes.prepare(db)
            unknown = set(options.sources) - sources.names(db, options.sources).keys()
            if unknown:
                _complain(f"there is no source {', '.join(sorted(map(repr, unknown)))}")
                return NO_DATABASE
            _watch(db, settings, options, reader, stop)
    except (SettingsError, MongodError, UnavailableError) as error:
        _complain(str(error))
        return NO_DATABASE
    return OK


def parser() -> argparse.ArgumentParser:
    """Give the command line that the command understands."""
    command_line = argparse.ArgumentParser(
        prog="python -m seed watch", description="Keep up with the feeds of the sources."
    )
    command_line.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="the id of a source whose feeds to watch; none named means all",
    )
    command_line.add_argument("--once", action="store_true", help="poll what is due now, and end")
    command_line.add_argument(
        "--pages", action="store_true", help="fetch pages where feeds show but excerpts"
    )
    command_line.add_argument(
        "--json", action="store_true", help="report as JSON, an object a line"
    )
    return command_line


def _watch(
    db: Database,
    settings: Settings,
    options: argparse.Namespace,
    reader: Reader,
    stop: threading.Event,
) -> None:
    around = Surroundings(
        db=db,
        ask=functools.partial(
            fetch.ask,
            allow_private=settings.fetch_private,
            agent=fetch.agent_of(settings.contact),
        ),
        read=reader.read,
        now=lambda: datetime.now(UTC),
        wait=stop.wait,
        stopped=stop.is_set,
        chance=random.random,
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
    )
    wishes = Wishes(
        timedelta(seconds=settings.poll_seconds),
        frozenset(options.sources),
        options.pages or settings.fetch_pages,
    )
    teller = Teller(as_json=options.json)
    watcher = Watcher(around, wishes, teller.say, teller.rest)
    while not stop.is_set():
        try:
            watcher.run(once=options.once)
        except UnavailableError as error:
            if options.once:
                raise
            # A watcher outlives an election, and a database that is started anew.
            _complain(f"{error}; trying again in {AWAY_SECONDS:g} s")
            stop.wait(AWAY_SECONDS)
        else:
            break
    teller.end()


class Teller:
    """Says what a watcher does, and on a terminal also what it waits for."""

    def __init__(self, *, as_json: bool) -> None:
        """Speak to a person, or as JSON to a program."""
        self._as_json = as_json
        self._shows_rest = not as_json and sys.stdout.isatty()

    def say(self, event: Event) -> None:
        """Say what was done, in a line."""
        if self._as_json:
            print(json.dumps(events.as_json(event), ensure_ascii=False), flush=True)
        else:
            self.end()
            print(events.line(event), flush=True)

    def rest(self, feed: Feed | None) -> None:
        """Show what comes next, in a line that the next one takes the place of."""
        if self._shows_rest:
            when = f"at {format_time(feed['next_at'])}: {feed['id']}" if feed else "no feeds yet"
            print(f"{_CLEAR}next poll {when}", end="", flush=True)

    def end(self) -> None:
        """Take away what was shown last."""
        if self._shows_rest:
            print(_CLEAR, end="", flush=True)


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end what is being done in good order, and a second one at once."""
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}

    def told(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for name in before:
        signal.signal(name, told)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _complain(reason: str) -> None:
    print(f"python -m seed watch: {reason}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
