"""From inputs to stored articles: get, read, validate, publish, link, report.

What is wrong with one input or one article is said in the report, and the rest goes on. Only a
database that is away ends the run, since nothing after it could be kept either.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError

from desk.publish import Outcome
from schemas.article import validate_draft
from seed import drafts, page
from seed.inputs import Document, InputError

Load = Callable[[str], Document]
Publish = Callable[[dict[str, Any]], Outcome]
Relate = Callable[[str, list[str]], int]


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
class InputReport:
    """What became of one input; `error` says why nothing, or not all of it, could be read."""

    input: str
    shape: str | None = None
    truncated: bool = False
    error: str | None = None
    articles: list[ArticleReport] = field(default_factory=list)
    new_links: int = 0

    @property
    def failed(self) -> bool:
        """Tell whether something of the input was not taken in."""
        rejected = any(article.status == "rejected" for article in self.articles)
        return bool(self.error) or rejected


def ingest(
    inputs: Iterable[str], *, load: Load, publish: Publish, relate: Relate
) -> Iterator[InputReport]:
    """Take in one input after the other and report on each as it is done."""
    for name in inputs:
        report = InputReport(name)
        try:
            document = load(name)
            found = page.read(document.data)
        except (InputError, page.PageError) as error:
            report.error = str(error)
        else:
            _take_in(found, document, report, publish, relate)
        yield report


def _take_in(
    found: page.Page, document: Document, report: InputReport, publish: Publish, relate: Relate
) -> None:
    report.shape = found.shape
    if found.truncated:
        report.truncated = True
        report.error = "truncated: it ends before the page does; what was whole is kept"
    main_id = found.main and _publish_entry(found.main, found, document, report, publish)
    related_ids = [
        _publish_entry(entry, found, document, report, publish) for entry in found.related
    ]
    if main_id:
        report.new_links = relate(main_id, [id_ for id_ in related_ids if id_])


def _publish_entry(
    entry: page.Entry,
    found: page.Page,
    document: Document,
    report: InputReport,
    publish: Publish,
) -> str | None:
    """Publish one article and note what became of it; give its id, or None if rejected."""
    draft = drafts.from_entry(entry, found.language, document.captured_at)
    line = ArticleReport("rejected", entry.title, source=entry.source, flags=list(entry.flags))
    report.articles.append(line)
    try:
        draft = validate_draft(draft)
    except ValidationError as error:
        line.reason = str(error)
        return None
    outcome = publish(draft)
    line.status, line.id = outcome.status, outcome.article_id
    line.published_at = drafts.said_time(draft)
    return outcome.article_id
