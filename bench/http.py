"""Measure Byline over HTTP, beside other servers of the same articles: `python -m bench.http`.

It starts a private MongoDB of its own, makes a collection there and keeps it for the next time,
starts every server, checks that all of them answer with the same articles, and then loads one at
a time with `wrk`. Only addresses of this machine are used, and nothing stays behind but the data.
"""

import argparse
import platform
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import data, load, machine, report
from bench.cases import CASES, Case, Kind, Sample, draw
from bench.run import MEMORY_REQUESTS, Runner, Target, disagreements, fetch
from bench.servers import BYLINE, SERVERS, Place, Server, StartError, running
from store.client import connect
from store.embedded import MongodError, private_mongod, read_state

PROJECT = Path(__file__).resolve().parent.parent
OK, CANNOT, INTERRUPTED = 0, 2, 130
SIZE_CASES = ("one", "list", "related")
QUICK = {"articles": 10_000, "seconds": 1, "rounds": 2}
FULL = {"articles": 100_000, "seconds": 4, "rounds": 5}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and give its exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    options = read_options(arguments)
    signal.signal(signal.SIGTERM, _as_interrupt)
    if not load.installed() or platform.system() != "Linux":
        return _refuse("this needs Linux and wrk: apt-get install wrk nginx")
    try:
        lines = benchmark(options, " ".join(["python -m bench.http", *arguments]))
    except KeyboardInterrupt:
        return INTERRUPTED
    except (MongodError, StartError, data.ShapeError) as error:
        return _refuse(str(error))
    print("\n".join(lines))
    if options.results:
        report.save(lines, options.results, "bench.http")
    return OK


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Understand the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.http", description=__doc__)
    parser.add_argument("--articles", type=_count, help="how many articles (100,000)")
    parser.add_argument("--seed", type=int, default=1, help="what the articles are made from (1)")
    parser.add_argument("--fresh", action="store_true", help="make the articles anew")
    parser.add_argument("--seconds", type=_seconds, help="length of a load (4)")
    parser.add_argument("--rounds", type=_seconds, help="loads of each kind (5)")
    parser.add_argument("--quick", action="store_true", help="small and short, to try it out")
    parser.add_argument("--cases", type=_names, help="only these, separated by commas")
    parser.add_argument("--servers", type=_names, help="only these beside Byline")
    parser.add_argument("--compare-sizes", type=_counts, default=[], metavar="N,N",
                        help="also compare Byline on collections of these sizes")  # fmt: skip
    parser.add_argument("--data", type=Path, default=PROJECT / "var" / "bench",
                        help="where the collections are kept (var/bench)")  # fmt: skip
    parser.add_argument("--results", type=Path,
                        help="the report's file (bench/RESULTS.md; none with --quick)")  # fmt: skip
    options = parser.parse_args(arguments)
    for name, value in (QUICK if options.quick else FULL).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.results is None and not options.quick:
        options.results = PROJECT / "bench" / "RESULTS.md"
    return options


def benchmark(options: argparse.Namespace, command: str) -> list[str]:
    """Measure everything and give the report."""
    load_before = machine.load_average()
    with (
        TemporaryDirectory(prefix="byline-bench-") as temporary,
        private_mongod(options.data) as uri,
    ):
        try:
            bench = _Bench(options, uri, Path(temporary))
            body, remarks = bench.main()
            if options.compare_sizes:
                body += bench.sizes()
            heading = report.Heading(
                date=f"{datetime.now(UTC):%Y-%m-%d}",
                command=command,
                machine=machine.machine(),
                versions=bench.versions(),
                load=load_before,
                remarks=remarks,
            )
            return ["## Over HTTP", "", *heading.lines(), "", *body]
        finally:
            # From here on there is only an end to come, which is not to be interrupted.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)


class _Bench:
    """The benchmark with its database running."""

    def __init__(self, options: argparse.Namespace, uri: str, folder: Path) -> None:
        self._options = options
        self._uri = uri
        self._folder = folder
        self._files = folder / "files"
        self._files.mkdir()
        self._mongod = int(read_state(options.data.resolve())["pid"])

    def main(self) -> tuple[list[str], list[str]]:
        """Measure all servers; give the tables, and remarks about what was measured."""
        cases = self._cases()
        sample, place = self._collection(self._options.articles)
        with ExitStack() as stack:
            byline = stack.enter_context(running(BYLINE, place))
            self._save_answers(byline.url, sample)
            targets = [Target(byline, sample, BYLINE.key)]
            remarks = []
            for server in self._servers():
                try:
                    started = stack.enter_context(running(server, place))
                except StartError as error:
                    remarks.append(f"Not available: {server.title}: {error}")
                    print(remarks[-1], flush=True)
                else:
                    targets.append(Target(started, sample, server.key))
            for line in disagreements(targets, cases):
                remarks.append(f"Not the same answer: {line}")
                print(remarks[-1], flush=True)
            runner = self._runner()
            with _ending():
                runner.run(targets, cases)
                serious = [target for target in targets if target.kind is not Kind.CONSTANT]
                at_least = 0 if self._options.quick else MEMORY_REQUESTS
                runner.note_memory(serious, at_least=at_least)
        results = runner.results
        body = [
            *report.measured(results, cases, sample),
            *("### Ratios", "", *report.ratios(results)),
            *("### Memory of each worker", "", *report.memory(results)),
        ]
        return body, [*self._remarks(targets), *remarks]

    def sizes(self) -> list[str]:
        """Measure Byline, not cached, on collections of several sizes."""
        cases = [case for case in CASES if case.key in SIZE_CASES]
        collections = {size: self._collection(size) for size in self._options.compare_sizes}
        runner = self._runner()
        with ExitStack() as stack, _ending():
            targets = [
                Target(stack.enter_context(running(BYLINE, place)), sample, f"{size:,} articles")
                for size, (sample, place) in collections.items()
            ]
            runner.run(targets, cases)
        sample, _ = next(iter(collections.values()))
        return report.measured(runner.results, cases, sample, of="Byline by size: ")

    def versions(self) -> str:
        """Name the versions of all that took part."""
        db = connect(self._uri, "bench")
        try:
            return machine.versions(db)
        finally:
            db.client.close()

    def _collection(self, articles: int) -> tuple[Sample, Place]:
        corpus = data.Corpus(articles, self._options.seed)
        data.ensure(self._uri, corpus, fresh=self._options.fresh)
        db = connect(self._uri, corpus.database)
        try:
            sample = draw(db, corpus.seed)
        finally:
            db.client.close()
        return sample, Place(self._uri, corpus.database, self._folder, self._files)

    def _save_answers(self, url: str, sample: Sample) -> None:
        """Save an answer of each basic case for the servers of constant bytes."""
        for case in CASES:
            if case.basic:
                path = case.paths(Kind.BYLINE, sample)[0]
                (self._files / case.key).write_bytes(fetch(url + path))

    def _cases(self) -> list[Case]:
        wanted = self._options.cases or [case.key for case in CASES]
        return [case for case in CASES if case.key in wanted]

    def _servers(self) -> list[Server]:
        wanted = self._options.servers
        return [
            server
            for server in SERVERS
            if server is not BYLINE and (wanted is None or server.key in wanted)
        ]

    def _runner(self) -> Runner:
        return Runner(
            self._folder,
            self._mongod,
            seconds=self._options.seconds,
            rounds=self._options.rounds,
        )

    def _remarks(self, targets: Sequence[Target]) -> list[str]:
        options = self._options
        named = (f"`{target.label}` is {target.running.server.title}" for target in targets)
        return [
            f"{options.articles:,} articles from seed {options.seed}",
            f"Medians of {options.rounds} loads of {options.seconds} s each, the servers in turn",
            "Every server has 2 workers and, where it has threads, 8 in each",
            "wrk runs on the same machine, with 2 threads, and takes its share of it",
            "CPU: processor seconds of a server's processes for 1,000 requests; then mongod's",
            "Memory: each worker's share of what is resident (PSS). (!) marks a row with errors",
            f"Servers: {'; '.join(named)}",
        ]


@contextmanager
def _ending() -> Iterator[None]:
    """Hold off further interrupts when this is left, because then servers are being ended."""
    try:
        yield
    except BaseException:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _refuse(why: str) -> int:
    print(f"python -m bench.http: {why}", file=sys.stderr)
    return CANNOT


def _count(text: str) -> int:
    count = int(text)
    if not 1_000 <= count <= 1_000_000:
        raise argparse.ArgumentTypeError("must be from 1,000 to 1,000,000")
    return count


def _seconds(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 600:
        raise argparse.ArgumentTypeError("must be from 1 to 600")
    return count


def _counts(text: str) -> list[int]:
    return [_count(part) for part in text.split(",")]


def _names(text: str) -> list[str]:
    return text.split(",")


if __name__ == "__main__":
    sys.exit(main())
