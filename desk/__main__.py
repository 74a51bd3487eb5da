"""The desk's own work: `python -m desk relate --all` relates every article anew.

Exits with 0, or with 2 when it was called wrongly or there is no database.
"""

import argparse
import sys
from collections.abc import Sequence

from tqdm import tqdm

from desk.recompute import recompute
from settings import Settings, SettingsError
from store import articles, indexes
from store.embedded import MongodError
from store.errors import UnavailableError
from store.open import opened

OK, NO_DATABASE, INTERRUPTED = 0, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and give its exit status."""
    parser().parse_args(argv)
    try:
        with opened(Settings.from_env()) as db:
            indexes.prepare(db)
            total = 2 * articles.estimate(db)
            # None: a bar on a terminal only.
            steps = tqdm(recompute(db), total=total, unit="step", disable=None)
            print(f"{max(steps, default=0):,} articles related anew")
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
        "--all", action="store_true", required=True, help="of every article, from the beginning"
    )
    return command_line


if __name__ == "__main__":
    sys.exit(main())
