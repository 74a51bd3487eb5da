"""The seed script: `python -m seed [FILE|URL|-]…`; with no argument, the bundled documents.

Exits with 0 when everything was taken in, 1 when some input was not, 2 when it was called wrongly
or there is no database.
"""

import argparse
import functools
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime

from tqdm import tqdm

from desk import publish
from desk.newsroom import Newsroom
from schemas.fields import parse_time
from seed import inputs, report
from seed.ingest import InputReport, ingest
from seed.watch import __main__ as watch
from settings import Settings, SettingsError
from store import indexes
from store.client import Database
from store.embedded import MongodError
from store.errors import UnavailableError
from store.open import opened

OK, SOME_FAILED, NO_DATABASE = 0, 1, 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and give its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if list(argv[:1]) == ["watch"]:
        return watch.main(argv[1:])
    options = parser().parse_args(argv)
    reports: list[InputReport] = []
    status = OK
    try:
        settings = Settings.from_env()
        with opened(settings) as db:
            if not options.dry_run:
                indexes.prepare(db)
            for done in _ingest(db, settings, options):
                reports.append(done)
                _say(done, options)
    except KeyboardInterrupt:
        status = INTERRUPTED
    except (SettingsError, MongodError, UnavailableError) as error:
        _complain(error)
        status = NO_DATABASE
    if options.json:
        print(json.dumps(report.as_json(reports, dry_run=options.dry_run), ensure_ascii=False))
    elif reports:
        print(report.summary(reports, dry_run=options.dry_run))
    return status or (SOME_FAILED if any(done.failed for done in reports) else OK)


def parser() -> argparse.ArgumentParser:
    """Give the command line that the script understands."""
    command_line = argparse.ArgumentParser(
        prog="python -m seed", description="Load documents into Byline's database."
    )
    command_line.add_argument(
        "inputs",
        nargs="*",
        metavar="FILE|URL|-",
        help="what to load; - is the standard input; nothing named means the bundled documents",
    )
    command_line.add_argument("--json", action="store_true", help="report as one JSON object")
    command_line.add_argument("--dry-run", action="store_true", help="report, but store nothing")
    command_line.add_argument(
        "--captured-at",
        type=_time,
        metavar="TIME",
        help="when the inputs were captured (RFC 3339), from which '8 hours ago' counts",
    )
    return command_line


def _time(text: str) -> datetime:
    try:
        return parse_time(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; write it like 2025-06-16T16:00:00Z") from error


def _ingest(db: Database, settings: Settings, options: argparse.Namespace) -> Iterator[InputReport]:
    names = options.inputs or inputs.bundled()
    load = functools.partial(
        inputs.load, captured_at=options.captured_at, allow_private=settings.fetch_private
    )
    # None: a bar on a terminal only.
    bar = functools.partial(tqdm, total=len(names), unit="input", leave=False, disable=None)
    if options.dry_run:
        preview = functools.partial(publish.preview, db)
        preview_source = functools.partial(publish.preview_source, db)
        yield from bar(
            ingest(
                names,
                load=load,
                publish=preview,
                relate=_link_nothing,
                publish_source=preview_source,
            )
        )
    else:
        with Newsroom(db) as newsroom:
            yield from bar(
                ingest(
                    names,
                    load=load,
                    publish=newsroom.publish,
                    relate=newsroom.link,
                    publish_source=functools.partial(publish.publish_source, db),
                )
            )


def _link_nothing(_article_id: str, _related_ids: list[str]) -> int:
    return 0


def _say(done: InputReport, options: argparse.Namespace) -> None:
    """Say what became of an input as soon as it is known: failures also beside a JSON report."""
    if not options.json:
        for line in report.lines(done):
            tqdm.write(line)
    elif done.error:
        tqdm.write(f"{done.input}: {done.error}", file=sys.stderr)


def _complain(error: Exception) -> None:
    print(f"python -m seed: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
