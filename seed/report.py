"""What the seed script says: lines for a person, or JSON for a program."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from seed.ingest import ArticleReport, InputReport, SourceReport

STATUSES = ("new", "changed", "unchanged", "rejected")


def totals(reports: Iterable[InputReport]) -> dict[str, int]:
    """Count the inputs, the articles read and what became of them, and the new links."""
    reports = list(reports)
    statuses: Counter[str] = sum((report.articles.counts for report in reports), Counter())
    return {
        "inputs": len(reports),
        "failed": sum(report.failed for report in reports),
        "read": statuses.total(),
        **{status: statuses[status] for status in STATUSES},
        "sources": sum(report.sources.counts.total() for report in reports),
        "new_links": sum(report.new_links for report in reports),
    }


def as_json(reports: list[InputReport], *, dry_run: bool) -> dict[str, Any]:
    """Give everything the run did."""
    return {
        "dry_run": dry_run,
        "totals": totals(reports),
        "inputs": [_input(report) for report in reports],
    }


def lines(report: InputReport) -> list[str]:
    """Say what became of one input, a line for each of its articles."""
    said = [f"{report.input}: {report.error or f'{report.shape}, read whole'}"]
    said += [_source_line(source) for source in report.sources.kept]
    said += [_article_line(article) for article in report.articles.kept]
    if omitted := report.articles.omitted + report.sources.omitted:
        said.append(f"  … and {omitted:,} more")
    return [printable(line) for line in said]


def summary(reports: list[InputReport], *, dry_run: bool, is_related: bool = True) -> str:
    """Say what the run did, in one line."""
    counts = totals(reports)
    parts = [f"{counts[status]} {status}" for status in STATUSES]
    line = f"{counts['read']} read: {', '.join(parts)}; {_counted(counts['new_links'], 'new link')}"
    if counts["sources"]:
        line += f"; {_counted(counts['sources'], 'source')}"
    if counts["failed"]:
        line += f"; {counts['failed']} of {_counted(counts['inputs'], 'input')} failed"
    if dry_run:
        return line + " (dry run: nothing was stored)"
    return line + ("" if is_related else "; not related yet: python -m desk relate")


def printable(text: str) -> str:
    """Give text that does nothing to a terminal but show."""
    return _UNPRINTABLE.sub(lambda match: repr(match[0]).strip("'"), text)


_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _input(report: InputReport) -> dict[str, Any]:
    return {
        "input": report.input.encode(errors="backslashreplace").decode(),
        "shape": report.shape,
        "truncated": report.truncated,
        "error": report.error,
        "articles": [asdict(line) for line in report.articles.kept],
        "articles_omitted": report.articles.omitted,
        "sources": [asdict(line) for line in report.sources.kept],
        "sources_omitted": report.sources.omitted,
        "new_links": report.new_links,
    }


def _source_line(source: SourceReport) -> str:
    line = f"  {source.status:<9}  source {source.name}"
    return line + (f": {source.reason}" if source.reason else "")


def _article_line(article: ArticleReport) -> str:
    known = ", ".join(filter(None, (article.source, article.published_at)))
    line = f"  {article.status:<9}  {article.title}" + (f"  ({known})" if known else "")
    if article.flags:
        line += f"  [{', '.join(article.flags)}]"
    return line + (f": {article.reason}" if article.reason else "")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
