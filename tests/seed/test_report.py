from seed import report
from seed.ingest import ArticleReport, InputReport


def reports() -> list[InputReport]:
    return [
        InputReport(
            "a.txt",
            shape="style-a",
            new_links=1,
            articles=[
                ArticleReport("new", "One", "1", "Korea Herald", "2025-06-16T08:00:00Z"),
                ArticleReport("rejected", "Two", reason="title: too long"),
                ArticleReport("unchanged", "Three", flags=["ambiguous-source"]),
            ],
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
