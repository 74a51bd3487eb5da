"""From inputs to stored articles: open, have read, publish, link, report.

What is wrong with one input or one article is said in the report, and the rest goes on. Only a
database that is away ends the run, since nothing after it could be kept either.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from desk.compose import Article, indexed
from desk.publish import Outcome
from schemas.fields import format_time
from seed.inputs import Document, InputError
from seed.messages import Batch, Begun, Ended, Message, Ready, Rejected, Request, Source
from store.errors import ConflictError

KEPT = 1_000
"""How many lines of an input are kept, and how many of those that were rejected besides."""

Open = Callable[[str], AbstractContextManager[Document]]
Read = Callable[[int, Request], Iterator[Message]]
Unbroken = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What becomes of what has been read."""

    publish_all: Callable[[Sequence[Article]], Sequence[Outcome]]
    publish_source: Callable[[dict[str, Any]], tuple[str, str]]
    """Gives the source's id, and what became of it."""
    link: Callable[[str, list[str]], int]
    """Links an article to others and gives how many links are new."""


@dataclass(slots=True)
class ArticleReport:
    """What became of one article: new, changed, unchanged or rejected."""

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


Line = TypeVar("Line", ArticleReport, SourceReport)


@dataclass(slots=True)
class Lines(Generic[Line]):
    """Lines of a report: all are counted, and so many are kept that it stays of a size."""

    kept: list[Line] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, line: Line) -> None:
        """Count a line and keep it, unless there are enough of its kind."""
        rejected = self.counts["rejected"]
        before = rejected if line.status == "rejected" else self.counts.total() - rejected
        self.counts[line.status] += 1
        if before < KEPT:
            self.kept.append(line)

    @property
    def omitted(self) -> int:
        """Tell how many lines were counted and not kept."""
        return self.counts.total() - len(self.kept)


@dataclass(slots=True)
class InputReport:
    """What became of one input; `error` says why nothing, or not all of it, could be read."""

    input: str
    shape: str | None = None
    truncated: bool = False
    error: str | None = None
    articles: Lines[ArticleReport] = field(default_factory=Lines)
    sources: Lines[SourceReport] = field(default_factory=Lines)
    new_links: int = 0
    done: bool = False
    position: int = 0
    """How many bytes of all inputs have been read."""

    @property
    def failed(self) -> bool:
        """Tell whether something of the input was not taken in."""
        rejected = self.articles.counts["rejected"] + self.sources.counts["rejected"]
        return bool(self.error or rejected)


def ingest(
    names: Iterable[str],
    *,
    open_: Open,
    read: Read,
    desk: Desk,
    unbroken: Unbroken = nullcontext,
) -> Iterator[InputReport]:
    """Take in one input after the other; give the report on each as it grows, until it is done."""
    before = 0
    for name in names:
        try:
            with open_(name) as document:
                request = Request(document.url, document.captured_at)
                for report in _take_in(name, read(document.descriptor, request), desk, unbroken):
                    report.position += before
                    yield report
                before += document.size
        except InputError as error:
            yield InputReport(name, error=str(error), done=True, position=before)


def _take_in(
    name: str, messages: Iterable[Message], desk: Desk, unbroken: Unbroken
) -> Iterator[InputReport]:
    """Take in what is read of an input: the document that it is, or those that it holds."""
    report, taker = InputReport(name), _Taker(desk)
    for message in messages:
        match message:
            case Begun(member):
                report, taker = InputReport(f"{name}!{member}" if member else name), _Taker(desk)
            case Batch():
                with unbroken():
                    taker.take(message, report)
                report.position = message.position
            case Ended(shape, truncated, error):
                report.shape, report.truncated, report.done = shape, truncated, True
                cut = "truncated: it ends before the page does; what was whole is kept"
                report.error = error or (cut if truncated else None)
        yield report


class _Taker:
    """Takes in one document."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._moved: dict[str, str | None] = {}

    def take(self, batch: Batch, report: InputReport) -> None:
        """Publish what is in a batch and note what became of it."""
        for source in batch.sources:
            report.sources.add(self._take_source(source))
        articles = [indexed(each.article) for each in batch.articles if isinstance(each, Ready)]
        outcomes = iter(self._publish(articles) if articles else ())
        for record in batch.articles:
            if isinstance(record, Rejected):
                report.articles.add(_rejected(record))
            else:
                report.articles.add(self._published(record, next(outcomes)))
        for id_, related_ids in batch.links:
            report.new_links += self._link(id_, related_ids)

    def _publish(self, articles: Sequence[Article]) -> Sequence[Outcome | ConflictError]:
        """Publish articles; where one cannot be, each by itself, so that it holds up no other."""
        try:
            return self._desk.publish_all(articles)
        except ConflictError as error:
            if len(articles) == 1:
                return [error]
            return [outcome for article in articles for outcome in self._publish([article])]

    def _published(self, record: Ready, outcome: Outcome | ConflictError) -> ArticleReport:
        article = record.article
        published_at = article["published_at"]
        line = ArticleReport(
            "rejected",
            article["title"],
            source=article["source"] and article["source"]["name"],
            published_at=published_at and format_time(published_at),
            flags=list(record.flags),
        )
        if isinstance(outcome, ConflictError):
            line.reason = "others keep changing it: load it again"
            self._note(article["id"], None)
        elif outcome.status == "deleted":
            line.status, line.id = "unchanged", outcome.article_id
            line.reason = "it was deleted for good"
            self._note(article["id"], None)
        else:
            line.status, line.id = outcome.status, outcome.article_id
            self._note(article["id"], outcome.article_id)
        return line

    def _note(self, composed_id: str, stored_id: str | None) -> None:
        """Remember under which id an article is stored, if that is another than it came with."""
        if stored_id != composed_id:
            self._moved[composed_id] = stored_id
            if len(self._moved) > KEPT:
                del self._moved[next(iter(self._moved))]

    def _link(self, id_: str, related_ids: list[str]) -> int:
        own, *others = (self._moved.get(each, each) for each in (id_, *related_ids))
        return self._desk.link(own, [other for other in others if other]) if own else 0

    def _take_source(self, source: Source) -> SourceReport:
        if source.draft is None:
            return SourceReport("rejected", source.name, reason=source.reason)
        id_, status = self._desk.publish_source(source.draft)
        return SourceReport(status, source.name, id_)


def _rejected(record: Rejected) -> ArticleReport:
    return ArticleReport(
        "rejected",
        record.title,
        source=record.source,
        flags=list(record.flags),
        reason=record.reason,
    )
