"""The report: tables in Markdown, which a terminal shows as well as a browser does."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.cases import Case, Sample
from bench.load import Measurement
from bench.run import Cell, Results

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Ratio:
    """A quotient that matters: one server's rate in one case over another's in another."""

    title: str
    over: tuple[str, str]
    under: tuple[str, str]


RATIOS = (
    Ratio("one article, Byline on gunicorn : Eve", ("byline", "one"), ("eve", "one")),
    Ratio("one article, Byline on gunicorn : Eve tuned", ("byline", "one"), ("eve-tuned", "one")),
    Ratio("one article, Byline on gunicorn : FastAPI", ("byline", "one"), ("fastapi", "one")),
    Ratio(
        "one article, Byline on granian : FastAPI", ("byline-granian", "one"), ("fastapi", "one")
    ),
    Ratio("one article, Byline on granian : Eve", ("byline-granian", "one"), ("eve", "one")),
    Ratio("list, Byline on gunicorn : Eve", ("byline", "list"), ("eve", "list")),
    Ratio("list, Byline on gunicorn : Eve tuned", ("byline", "list"), ("eve-tuned", "list")),
    Ratio("list, Byline on gunicorn : FastAPI", ("byline", "list"), ("fastapi", "list")),
    Ratio("list, Byline on granian : FastAPI", ("byline-granian", "list"), ("fastapi", "list")),
    Ratio("related, Byline on gunicorn : FastAPI", ("byline", "related"), ("fastapi", "related")),
    Ratio("related, Byline on gunicorn : Eve", ("byline", "related"), ("eve", "related")),
    Ratio("one article, Byline : Flask alone", ("byline", "one"), ("flask", "one")),
    Ratio("one article, cached : not", ("byline-cached", "one"), ("byline", "one")),
    Ratio("list, cached : not", ("byline-cached", "list"), ("byline", "list")),
    Ratio("one article, cached on gunicorn : bare WSGI", ("byline-cached", "one"), ("wsgi", "one")),
    Ratio("one article, cached on gunicorn : Eve", ("byline-cached", "one"), ("eve", "one")),
    Ratio(
        "one article, cached on granian : bare WSGI",
        ("byline-granian-cached", "one"),
        ("wsgi-granian", "one"),
    ),
    Ratio(
        "one article, cached on granian : nginx", ("byline-granian-cached", "one"), ("nginx", "one")
    ),
    Ratio("list, cached on granian : nginx", ("byline-granian-cached", "list"), ("nginx", "list")),
    Ratio("Byline, deep page : page 1", ("byline", "deep"), ("byline", "list")),
    Ratio("FastAPI, deep page : page 1", ("fastapi", "deep"), ("fastapi", "list")),
    Ratio("Eve tuned, deep page : page 1", ("eve-tuned", "deep"), ("eve-tuned", "list")),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """What a report begins with."""

    date: str
    command: str
    machine: str
    versions: str
    load: str
    remarks: Sequence[str]

    def lines(self) -> list[str]:
        """Give it as a list."""
        return [
            f"- Made on {self.date} by `{self.command}`",
            f"- Machine: {self.machine}; load average before: {self.load}",
            f"- Versions: {self.versions}",
            *(f"- {remark}" for remark in self.remarks),
        ]


def measured(results: Results, cases: Sequence[Case], sample: Sample, *, of: str = "") -> list[str]:
    """Give a table for each case and number of connections."""
    lines = []
    for case in cases:
        for connections in case.connections:
            rows = results.cells.get((case.key, connections))
            if rows:
                title = case.title.format(deep_page=sample.deep_page)
                lines += [f"### {of}{title}, {connections} connections", "", *_table(rows), ""]
    return lines


def ratios(results: Results) -> list[str]:
    """Give the quotients of medians that matter, of speed and of the processor time it takes."""
    counts = sorted({connections for _, connections in results.cells})
    head = ["", *(f"{what}, {count}" for count in counts for what in ("speed", "CPU"))]
    rows = [
        [ratio.title, *(cell for count in counts for cell in _quotients(results, ratio, count))]
        for ratio in RATIOS
    ]
    return [*_markdown(head, [row for row in rows if any(row[1:])]), ""]


def _quotients(results: Results, ratio: Ratio, connections: int) -> list[str]:
    """Give the quotients of speed and of processor time; nothing for what was not measured."""
    over = _measured(results, ratio.over, connections)
    under = _measured(results, ratio.under, connections)
    if not (over and under):
        return ["", ""]
    return [_quotient(_median(over, of), _median(under, of)) for of in (_speed, _cost)]


def memory(results: Results) -> list[str]:
    """Give the memory of each worker before and after."""
    rows = [
        [
            label,
            _sizes(results.memory_before.get(label, [])),
            _sizes(after),
            f"{results.answered.get(label, 0):,}",
        ]
        for label, after in results.memory_after.items()
    ]
    return [*_markdown(["", "at start, MiB", "after, MiB", "requests by then"], rows), ""]


def save(lines: Sequence[str], file: Path, section: str) -> None:
    """Put a report in its place in a file that has others too."""
    begin, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
    text = "\n".join([begin, *lines, end])
    before = file.read_text() if file.exists() else "# Results\n\n"
    place = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    # A function, because a replacement string would have its own escapes.
    after, found = place.subn(lambda _: text, before)
    file.write_text(after if found else f"{before.rstrip()}\n\n{text}\n")


def _table(rows: dict[str, list[Measurement]]) -> list[str]:
    head = ["", "requests/s", "range", "p50 ms", "p99 ms", "CPU s/1,000", "mongod", "errors"]
    return _markdown(head, [_row(label, found) for label, found in rows.items()])


def _row(label: str, found: list[Measurement]) -> list[str]:
    rates = [_speed(one) for one in found]
    errors = sum(one.errors for one in found)
    return [
        f"{label} (!)" if errors else label,
        f"{median(rates):,.0f}",
        f"{min(rates):,.0f}–{max(rates):,.0f}",
        f"{_median(found, lambda one: one.p50_ms):.2f}",
        f"{_median(found, lambda one: one.p99_ms):.2f}",
        f"{_median(found, _cost):.3f}",
        f"{_median(found, lambda one: one.mongod_cost):.3f}",
        f"{errors:,}",
    ]


def _median(found: list[Measurement], value: Callable[[Measurement], float]) -> float:
    return median(map(value, found))


def _measured(results: Results, what: tuple[str, str], connections: int) -> list[Measurement]:
    label, case = what
    cell: Cell = (case, connections)
    return results.cells.get(cell, {}).get(label, [])


def _speed(one: Measurement) -> float:
    return one.rate


def _cost(one: Measurement) -> float:
    return one.server_cost


def _quotient(over: float, under: float) -> str:
    return f"{over / under:.2f}" if under else "–"


def _sizes(sizes: list[int]) -> str:
    return " + ".join(f"{size / _MIB:.0f}" for size in sizes)


def _markdown(head: list[str], rows: list[list[str]]) -> list[str]:
    """Lay out a table, the first column to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    ruler = ["-" * widths[0], *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    return [
        "| " + " | ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ) + " |"
        for row in (head, ruler, *rows)
    ]  # fmt: skip
