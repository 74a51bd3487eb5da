from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from desk.publish import link, publish
from seed import inputs
from seed.ingest import InputReport, ingest
from seed.inputs import Document, InputError
from store import articles, sources
from store.articles import ArticleFilter
from store.client import Database
from tests.samples import related
from tests.server import PROJECT

PAGE = (PROJECT / "seed/documents/daily8-page.txt").read_bytes()
CAPTURED = datetime(2025, 6, 16, 16, tzinfo=UTC)
MAIN = "PM nominee stresses stronger Seoul-Tokyo ties in meeting with Japanese PM adviser"

Load = Callable[[dict[str, bytes | None]], list[InputReport]]


@pytest.fixture
def load(db: Database) -> Load:
    """Ingest named documents, all captured at one time; None is one that cannot be had."""

    def load_documents(documents: dict[str, bytes | None]) -> list[InputReport]:
        def get(name: str) -> Document:
            data = documents[name]
            if data is None:
                raise InputError("No such file or directory")
            return Document(data, CAPTURED)

        return list(
            ingest(documents, load=get, publish=partial(publish, db), relate=partial(link, db))
        )

    return load_documents


def statuses(reports: list[InputReport]) -> list[str]:
    return [article.status for report in reports for article in report.articles]


def test_the_bundled_page_gives_three_articles_one_source_and_two_links(
    db: Database, load: Load
) -> None:
    [report] = load({"page": PAGE})
    assert statuses([report]) == ["new", "new", "new"]
    assert not report.failed
    assert report.new_links == 2
    stored = articles.page(db, ArticleFilter())
    assert len(stored) == 3
    ages = sorted((CAPTURED - article["published_at"]).seconds // 3600 for article in stored)
    assert ages == [8, 8, 17]
    assert [source["id"] for source in sources.page(db)] == ["korea-herald"]


def test_the_main_article_keeps_its_paragraphs_and_its_links_their_order(
    db: Database, load: Load
) -> None:
    load({"page": PAGE})
    [main] = [found for found in articles.page(db, ArticleFilter()) if found["title"] == MAIN]
    assert main["body_text"].count("\n\n") == 3
    assert main["language"] == "en"
    found = related(db, main["id"])
    assert [(article["title"][:18], article["position"]) for article in found] == [
        ("Lee calls on S. Ko", 1),
        ("Lee Jae-myung to h", 2),
    ]


def test_loading_twice_is_the_same_as_loading_once(db: Database, load: Load) -> None:
    load({"page": PAGE})
    before = articles.page(db, ArticleFilter())
    [report] = load({"page": PAGE})
    assert statuses([report]) == ["unchanged"] * 3
    assert report.new_links == 0
    assert articles.page(db, ArticleFilter()) == before


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
    assert "title" in str(report.articles[2].reason)
    assert report.failed


def test_without_a_capture_time_the_words_are_kept_and_no_time_is_made_up(
    db: Database, tmp_path: Path
) -> None:
    page = tmp_path / "page.txt"
    page.write_bytes(PAGE)
    list(
        ingest(
            [str(page)],
            load=inputs.load,
            publish=partial(publish, db),
            relate=partial(link, db),
        )
    )
    for article in articles.page(db, ArticleFilter()):
        assert article["published_at"] is None
        assert article["published"]["text"].endswith("hours ago")
        assert article["published"]["inferred"] is False
