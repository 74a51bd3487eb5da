"""The seed script: `python -m seed [INPUT…]`; with no argument, the bundled documents.

Exits with 0 when everything was taken in, 1 when some input was not, 2 when it was called wrongly
or there is no database, 130 when it was told to stop.
"""

import argparse
import functools
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from desk import publish
from desk.newsroom import Newsroom
from desk.progress import follow
from desk.recompute import relate_rest
from schemas.fields import parse_time
from seed import inputs, report
from seed.ingest import Desk, InputReport, ingest
from seed.interrupts import Interrupts
from seed.progress import Progress, working
from seed.reader import Reader
from settings import Settings, SettingsError
from store import groups, indexes
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
        from seed.watch import __main__ as watch  # noqa: PLC0415 - files need no web

        return watch.main(argv[1:])
    options = parser().parse_args(argv)
    reports: list[InputReport] = []
    status, is_related = OK, options.relate
    try:
        settings = Settings.from_env()
        # The reading process starts while the database does.
        with Interrupts() as interrupts, Reader() as reader, opened(settings) as db:
            is_new = not options.dry_run and indexes.prepare_to_load(db)
            is_related = options.relate and not is_new
            with _desk(db, options, relate=is_related) as desk:
                _ingest(reports, options, settings, desk, reader, interrupts)
            if is_new:
                reader.close()  # for its memory
                _complete(db, relate=options.relate)
                is_related = options.relate
    except KeyboardInterrupt:
        status = INTERRUPTED
    except (SettingsError, MongodError, UnavailableError) as error:
        _complain(error)
        status = NO_DATABASE
    if reports and not reports[-1].done:
        reports[-1].error = "stopped: what was read until then is kept"
        _say(reports[-1], options)
    if options.json:
        print(json.dumps(report.as_json(reports, dry_run=options.dry_run), ensure_ascii=False))
    elif reports:
        print(report.summary(reports, dry_run=options.dry_run, is_related=is_related))
    return status or (SOME_FAILED if any(done.failed for done in reports) else OK)


def parser() -> argparse.ArgumentParser:
    """Give the command line that the script understands."""
    command_line = argparse.ArgumentParser(
        prog="python -m seed", description="Load documents into Byline's database."
    )
    command_line.add_argument(
        "inputs",
        nargs="*",
        metavar="INPUT",
        help="what to load: a file, a folder, a quoted pattern, an http(s) address; "
        "- is the standard input; nothing named means the bundled documents",
    )
    command_line.add_argument("--json", action="store_true", help="report as one JSON object")
    command_line.add_argument("--dry-run", action="store_true", help="report, but store nothing")
    command_line.add_argument(
        "--no-relate",
        dest="relate",
        action="store_false",
        help="look for no related articles now; python -m desk relate does it later",
    )
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


def _ingest(
    reports: list[InputReport],
    options: argparse.Namespace,
    settings: Settings,
    desk: Desk,
    reader: Reader,
    interrupts: Interrupts,
) -> None:
    """Take in every input, and add each report to the others as soon as it begins."""
    names = list(inputs.expand(options.inputs)) if options.inputs else inputs.bundled()
    open_ = functools.partial(
        inputs.opened, captured_at=options.captured_at, allow_private=settings.fetch_private
    )
    with Progress(sum(map(inputs.size_of, names))) as progress:
        articles = 0
        for growing in ingest(
            names, open_=open_, read=reader.read, desk=desk, unbroken=interrupts.unbroken
        ):
            if not reports or growing is not reports[-1]:
                reports.append(growing)
                articles = 0
            progress.show(growing, growing.articles.counts.total() - articles)
            articles = growing.articles.counts.total()
            if growing.done:
                _say(growing, options, progress.say)


def _complete(db: Database, *, relate: bool) -> None:
    """Make what is made faster when all articles are there: the index of their terms, and links."""
    with working("making the index of all terms"):
        indexes.prepare(db)
    if relate:
        follow("relating", relate_rest(db), groups.count_unrelated(db))


@contextmanager
def _desk(db: Database, options: argparse.Namespace, *, relate: bool) -> Iterator[Desk]:
    """Give the desk that stores, or the one that only says what it would do."""
    if options.dry_run:
        preview = functools.partial(publish.preview_all, db)
        yield Desk(preview, functools.partial(publish.preview_source, db), _link_nothing)
    else:
        with Newsroom(db, relate=relate) as newsroom:
            store_source = functools.partial(publish.publish_source, db)
            yield Desk(newsroom.publish_all, store_source, newsroom.link)


def _link_nothing(_article_id: str, _related_ids: list[str]) -> int:
    return 0


def _say(done: InputReport, options: argparse.Namespace, say: Callable[..., None] = print) -> None:
    """Say what became of an input as soon as it is known: failures also beside a JSON report."""
    if not options.json:
        for line in report.lines(done):
            say(line)
        done.articles.kept.clear()
        done.sources.kept.clear()
    elif done.error:
        say(report.printable(f"{done.input}: {done.error}"), file=sys.stderr)


def _complain(error: Exception) -> None:
    print(f"python -m seed: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
