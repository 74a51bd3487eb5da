"""The desk's own work: `python -m desk relate` relates what was stored unrelated, or everything.

Exits with 0, or with 2 when it was called wrongly or there is no database.
"""

import argparse
import sys
from collections.abc import Sequence

from desk.progress import follow
from desk.recompute import reindex, relate_rest
from settings import Settings, SettingsError
from store import articles, groups, indexes
from store.embedded import MongodError
from store.errors import UnavailableError
from store.open import opened

OK, NO_DATABASE, INTERRUPTED = 0, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and give its exit status."""
    options = parser().parse_args(argv)
    try:
        with opened(Settings.from_env()) as db:
            indexes.prepare(db)
            if options.all:
                follow("indexing", reindex(db), articles.estimate(db))
            related = follow("relating", relate_rest(db), groups.count_unrelated(db))
            print(f"{related:,} articles related{' anew' if options.all else ''}")
    except KeyboardInterrupt:
        return INTERRUPTED
    except (SettingsError, MongodError, UnavailableError) as error:
        print(f"python -m desk: {error}", file=sys.stderr)
        return NO_DATABASE
    return OK


def parser() -> argparse.ArgumentParser:
    """Give the command line that the command understands."""
    command_line = argparse.ArgumentParser(prog="python -m desk", description=__doc__)
    commands = command_line.add_subparsers(dest="command", required=True, metavar="relate")
    relate = commands.add_parser("relate", help="find related articles, copies and stories")
    relate.add_argument(
        "--all",
        action="store_true",
        help="of every article, from the beginning, not only of those stored with --no-relate",
    )
    return command_line


if __name__ == "__main__":
    sys.exit(main())
