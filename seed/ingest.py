"""From inputs to stored articles: get, read, validate, publish, link, report.

What is wrong with one input or one article is said in the report, and the rest goes on. Only a
database that is away ends the run, since nothing after it could be kept either.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError

from desk.publish import Outcome
from schemas.article import validate_draft
from schemas.source import validate_source
from seed import drafts, formats
from seed.found import FormatError, Found, Item, Origin
from seed.inputs import Document, InputError

Load = Callable[[str], Document]
Publish = Callable[[dict[str, Any]], Outcome]
Relate = Callable[[str, list[str]], int]
PublishSource = Callable[[dict[str, Any]], tuple[str, str]]


def _take_no_source(_draft: dict[str, Any]) -> tuple[str, str]:
    raise NotImplementedError("this run takes no sources")


@dataclass(slots=True)
class ArticleReport:
    """What became of one article: new, changed, unchanged, rejected, or (in a dry run) read."""

    status: str
    title: str
    id: str | None = None
    source: str | None = None
    published_at: str | None = None
    flags: list[str] = field(default_factory=list)
    reason: str | None = None


@dataclass(slots=True)
class SourceReport:
    """What became of one source: new, changed, unchanged or rejected."""

    status: str
    name: str
    id: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class InputReport:
    """What became of one input; `error` says why nothing, or not all of it, could be read."""

    input: str
    shape: str | None = None
    truncated: bool = False
    error: str | None = None
    articles: list[ArticleReport] = field(default_factory=list)
    sources: list[SourceReport] = field(default_factory=list)
    new_links: int = 0

    @property
    def failed(self) -> bool:
        """Tell whether something of the input was not taken in."""
        statuses = [line.status for line in self.articles] + [line.status for line in self.sources]
        rejected = "rejected" in statuses
        return bool(self.error) or rejected


def ingest(
    inputs: Iterable[str],
    *,
    load: Load,
    publish: Publish,
    relate: Relate,
    publish_source: PublishSource = _take_no_source,
) -> Iterator[InputReport]:
    """Take in one input after the other and report on each as it is done."""
    for name in inputs:
        report = InputReport(name)
        try:
            document = load(name)
            found = formats.read(document.data, Origin(document.url, document.captured_at))
        except (InputError, FormatError) as error:
            report.error = str(error)
        else:
            _take_in(found, report, publish, relate, publish_source)
        yield report


def _take_in(
    found: Found,
    report: InputReport,
    publish: Publish,
    relate: Relate,
    publish_source: PublishSource,
) -> None:
    report.shape = found.shape
    if found.truncated:
        report.truncated = True
        report.error = "truncated: it ends before the page does; what was whole is kept"
    for source in found.sources:
        _publish_source(source, report, publish_source)
    ids = [_publish_item(item, report, publish) for item in found.articles]
    for item, id_ in zip(found.articles, ids, strict=True):
        if id_ and item.related:
            related_ids = [ids[place] for place in item.related]
            report.new_links += relate(id_, [other for other in related_ids if other])


def _publish_item(item: Item, report: InputReport, publish: Publish) -> str | None:
    """Publish one article and note what became of it; give its id, or None if rejected."""
    title, source = item.draft.get("title"), item.draft.get("source")
    line = ArticleReport("rejected", str(title), source=source, flags=list(item.flags))
    report.articles.append(line)
    try:
        draft = validate_draft(item.draft)
    except ValidationError as error:
        line.reason = str(error)
        return None
    line.flags += drafts.doubts(draft, datetime.now(UTC))
    outcome = publish(draft)
    line.status, line.id = outcome.status, outcome.article_id
    line.published_at = drafts.said_time(draft)
    return outcome.article_id


def _publish_source(draft: dict[str, Any], report: InputReport, publish: PublishSource) -> None:
    line = SourceReport("rejected", str(draft.get("name")))
    report.sources.append(line)
    try:
        line.id, line.status = publish(validate_source(draft))
    except ValidationError as error:
        line.reason = str(error)
