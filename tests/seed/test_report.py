from collections import Counter

from seed import report
from seed.ingest import ArticleReport, InputReport, Lines, SourceReport


def listed(*lines: ArticleReport) -> Lines[ArticleReport]:
    return Lines(list(lines), Counter(line.status for line in lines))


def reports() -> list[InputReport]:
    return [
        InputReport(
            "a.txt",
            shape="style-a",
            new_links=1,
            articles=listed(
                ArticleReport("new", "One", "1", "Korea Herald", "2025-06-16T08:00:00Z"),
                ArticleReport("rejected", "Two", reason="title: too long"),
                ArticleReport("unchanged", "Three", flags=["ambiguous-source"]),
            ),
        ),
        InputReport("b.txt", error="is empty"),
    ]


def test_every_article_has_a_line_that_says_what_became_of_it() -> None:
    lines = [line for each in reports() for line in report.lines(each)]
    assert lines == [
        "a.txt: style-a, read whole",
        "  new        One  (Korea Herald, 2025-06-16T08:00:00Z)",
        "  rejected   Two: title: too long",
        "  unchanged  Three  [ambiguous-source]",
        "b.txt: is empty",
    ]


def test_the_sum_names_every_status_and_what_failed() -> None:
    assert report.summary(reports(), dry_run=False) == (
        "3 read: 1 new, 0 changed, 1 unchanged, 1 rejected; 1 new link; 2 of 2 inputs failed"
    )


def test_a_dry_run_says_that_it_was_one() -> None:
    assert report.summary([], dry_run=True).endswith("(dry run: nothing was stored)")


def test_the_report_for_programs_holds_all_of_it() -> None:
    data = report.as_json(reports(), dry_run=False)
    assert data["totals"] == {
        "inputs": 2,
        "failed": 2,
        "read": 3,
        "new": 1,
        "changed": 0,
        "unchanged": 1,
        "rejected": 1,
        "sources": 0,
        "new_links": 1,
    }
    assert data["inputs"][0]["articles"][0]["id"] == "1"
    assert data["inputs"][1]["error"] == "is empty"


def test_what_was_left_out_is_said() -> None:
    long = InputReport("a", shape="NDJSON", done=True)
    long.articles.counts["new"] = 5_000
    assert report.lines(long)[-1] == "  … and 5,000 more"
    [data] = report.as_json([long], dry_run=False)["inputs"]
    assert (data["articles"], data["articles_omitted"]) == ([], 5_000)
    assert report.totals([long])["new"] == 5_000


def test_sources_have_lines_and_are_counted_apart() -> None:
    feeds = InputReport("a.opml", shape="OPML")
    feeds.sources.add(SourceReport("rejected", "Post", reason="no address"))
    assert report.lines(feeds)[1] == "  rejected   source Post: no address"
    assert "; 1 source; 1 of 1 input failed" in report.summary([feeds], dry_run=False)


def test_a_load_that_related_nothing_says_how_to_do_it_later() -> None:
    assert report.summary([], dry_run=False, is_related=False).endswith("python -m desk relate")


def test_nothing_that_is_read_can_act_on_a_terminal() -> None:
    title = "\x1b[2Jgone\n\udc80 \u200fسلام"
    odd = InputReport("a\x07", articles=listed(ArticleReport("new", title)))
    assert report.lines(odd) == [
        "a\\x07: None, read whole",
        "  new        \\x1b[2Jgone\\n\\udc80 \u200fسلام",
    ]
