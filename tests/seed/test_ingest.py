from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from desk import publish
from desk.compose import Article, compose
from desk.newsroom import Newsroom
from desk.publish import Outcome
from schemas.article import validate_draft
from seed import inputs
from seed.ingest import KEPT, ArticleReport, Desk, InputReport, Lines, ingest
from seed.inputs import Document, InputError
from seed.messages import Batch, Begun, Ended, Message, Ready, Request, Source
from seed.reading import answer
from store import articles, sources
from store.articles import ArticleFilter
from store.client import Database
from store.errors import ConflictError
from tests.samples import related
from tests.server import PROJECT

PAGE = (PROJECT / "seed/documents/daily8-page.txt").read_bytes()
CAPTURED = datetime(2025, 6, 16, 16, tzinfo=UTC)
MAIN = "PM nominee stresses stronger Seoul-Tokyo ties in meeting with Japanese PM adviser"

Load = Callable[[dict[str, bytes | None]], list[InputReport]]


def read_here(descriptor: int, request: Request) -> list[Message]:
    """Read in this process, without its limits."""
    said: list[Message] = []

    def say(message: Message) -> float:
        said.append(message)
        return 0.0

    answer(request, descriptor, say)
    return said


@pytest.fixture
def load(mongod_db: Database, tmp_path: Path) -> Load:
    """Ingest named documents, all captured at one time; None is one that cannot be had."""

    def load_documents(documents: dict[str, bytes | None]) -> list[InputReport]:
        @contextmanager
        def opened(name: str) -> Iterator[Document]:
            data = documents[name]
            if data is None:
                raise InputError("No such file or directory")
            (tmp_path / name).write_bytes(data)
            with inputs.opened(str(tmp_path / name), captured_at=CAPTURED) as document:
                yield document

        with Newsroom(mongod_db) as newsroom:
            desk = Desk(
                newsroom.publish_all, partial(publish.publish_source, mongod_db), newsroom.link
            )
            grown = ingest(documents, open_=opened, read=lambda *a: iter(read_here(*a)), desk=desk)
            return [report for report in grown if report.done]

    return load_documents


def statuses(reports: list[InputReport]) -> list[str]:
    return [article.status for report in reports for article in report.articles.kept]


def test_the_bundled_page_gives_three_articles_one_source_and_two_links(
    mongod_db: Database, load: Load
) -> None:
    [report] = load({"page": PAGE})
    assert statuses([report]) == ["new", "new", "new"]
    assert not report.failed
    assert report.new_links == 2
    stored = articles.page(mongod_db, ArticleFilter())
    assert len(stored) == 3
    ages = sorted((CAPTURED - article["published_at"]).seconds // 3600 for article in stored)
    assert ages == [8, 8, 17]
    assert [source["id"] for source in sources.page(mongod_db)] == ["korea-herald"]


def test_the_main_article_keeps_its_paragraphs_and_its_links_their_order(
    mongod_db: Database, load: Load
) -> None:
    load({"page": PAGE})
    [main] = [
        found for found in articles.page(mongod_db, ArticleFilter()) if found["title"] == MAIN
    ]
    assert main["body_text"].count("\n\n") == 3
    assert main["language"] == "en"
    found = related(mongod_db, main["id"])
    assert [(article["title"][:18], article["position"]) for article in found] == [
        ("Lee calls on S. Ko", 1),
        ("Lee Jae-myung to h", 2),
    ]


def test_loading_twice_is_the_same_as_loading_once(mongod_db: Database, load: Load) -> None:
    load({"page": PAGE})
    before = articles.page(mongod_db, ArticleFilter())
    [report] = load({"page": PAGE})
    assert statuses([report]) == ["unchanged"] * 3
    assert report.new_links == 0
    assert articles.page(mongod_db, ArticleFilter()) == before


def test_what_is_wrong_with_one_input_does_not_keep_the_others_out(load: Load) -> None:
    reports = load({"empty": b"", "missing": None, "json": b"{}", "page": PAGE, "binary": b"\0"})
    assert [bool(report.error) for report in reports] == [True, True, True, False, True]
    assert all(report.failed for report in reports if report.error)
    assert statuses(reports) == ["new"] * 3


def test_a_page_that_was_cut_short_is_loaded_as_far_as_it_is_whole(load: Load) -> None:
    cut = PAGE[: PAGE.index(b"in a very timely fashion")]
    [report] = load({"page": cut})
    assert report.truncated
    assert report.failed
    assert "truncated" in str(report.error)
    assert statuses([report]) == ["new", "new"]
    [whole] = load({"page": PAGE})
    assert sorted(statuses([whole])) == ["new", "unchanged", "unchanged"]


def test_an_article_that_is_not_valid_is_rejected_and_the_rest_is_kept(load: Load) -> None:
    title = b"Lee Jae-myung to head to Canada for G7 in debut trip"
    [report] = load({"page": PAGE.replace(title, b"Lee " * 300)})
    assert statuses([report]) == ["new", "new", "rejected"]
    assert "title" in str(report.articles.kept[2].reason)
    assert report.failed


def test_without_a_capture_time_the_words_are_kept_and_no_time_is_made_up(
    mongod_db: Database, tmp_path: Path
) -> None:
    page = tmp_path / "page.txt"
    page.write_bytes(PAGE)
    with Newsroom(mongod_db) as newsroom:
        desk = Desk(newsroom.publish_all, partial(publish.publish_source, mongod_db), newsroom.link)
        for _ in ingest(
            [str(page)], open_=inputs.opened, read=lambda *a: iter(read_here(*a)), desk=desk
        ):
            pass
    for article in articles.page(mongod_db, ArticleFilter()):
        assert article["published_at"] is None
        assert article["published"]["text"].endswith("hours ago")
        assert article["published"]["inferred"] is False


class Renaming:
    """A desk that stores every article under another id, but refuses those called so."""

    def __init__(self) -> None:
        self.linked: list[tuple[str, list[str]]] = []

    def publish_all(self, articles: Sequence[Article]) -> list[Outcome]:
        if any(article["title"] == "refused" for article in articles):
            raise ConflictError
        return [Outcome(f"stored {article['title']}", "new") for article in articles]

    def publish_source(self, draft: dict[str, Any]) -> tuple[str, str]:
        return "harbour-post", "new"

    def link(self, article_id: str, related_ids: list[str]) -> int:
        self.linked.append((article_id, related_ids))
        return len(related_ids)


def composed(title: str) -> Ready:
    return Ready(compose(validate_draft({"title": title}), CAPTURED))


def take(renaming: Renaming, *said: Message) -> list[InputReport]:
    desk = Desk(renaming.publish_all, renaming.publish_source, renaming.link)
    grown = ingest(
        ["x"], open_=lambda _: inputs.held(b"", None), read=lambda *_: iter(said), desk=desk
    )
    return [report for report in grown if report.done]


def test_links_follow_articles_to_the_ids_under_which_they_are_stored() -> None:
    one, two, refused = map(composed, ("one", "two", "refused"))
    ids = [record.article["id"] for record in (one, two, refused)]
    desk = Renaming()
    [report] = take(
        desk,
        Begun(),
        Batch([one, refused]),
        Batch([two], links=[(ids[0], ids[1:]), (ids[2], ids[:1])]),
        Ended("NDJSON"),
    )
    assert desk.linked == [("stored one", ["stored two"])]
    assert report.articles.counts == {"new": 2, "rejected": 1}
    assert report.articles.kept[1].reason == "others keep changing it: load it again"


def test_each_document_of_an_archive_has_a_report_under_its_name() -> None:
    reports = take(Renaming(), Begun("a"), Ended("feed"), Begun("b"), Ended(error="empty"))
    assert [(report.input, report.failed) for report in reports] == [("x!a", False), ("x!b", True)]


def test_sources_are_published_and_those_that_are_not_valid_have_a_reason() -> None:
    said = [Source("Harbour Post", {"name": "Harbour Post"}), Source("x", None, "no address")]
    [report] = take(Renaming(), Begun(), Batch(sources=said), Ended("OPML"))
    assert [line.status for line in report.sources.kept] == ["new", "rejected"]
    assert report.failed


def test_a_report_stays_of_a_size_and_counts_everything() -> None:
    lines: Lines[ArticleReport] = Lines()
    for number in range(3 * KEPT):
        lines.add(ArticleReport("new", str(number)))
    for number in range(2 * KEPT):
        lines.add(ArticleReport("rejected", str(number), reason="x"))
    assert len(lines.kept) == 2 * KEPT
    assert sum(line.status == "rejected" for line in lines.kept) == KEPT
    assert lines.omitted == 3 * KEPT
    assert lines.counts == {"new": 3 * KEPT, "rejected": 2 * KEPT}


def test_ids_that_moved_are_not_remembered_without_end() -> None:
    many = [composed(str(number)) for number in range(KEPT + 1)]
    first, last = many[0].article["id"], many[-1].article["id"]
    desk = Renaming()
    take(desk, Begun(), Batch(list(many)), Batch(links=[(last, [first])]), Ended("x"))
    assert desk.linked == [(f"stored {KEPT}", [first])]
