import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from seed import __main__ as script
from seed.ingest import ingest
from settings import Settings
from store import articles
from store.articles import ArticleFilter
from store.client import Database
from store.errors import UnavailableError


@pytest.fixture(autouse=True)
def database(mongod_db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    @contextmanager
    def opened(_: Settings) -> Iterator[Database]:
        yield mongod_db

    monkeypatch.setattr(script, "opened", opened)
    return mongod_db


def test_with_no_argument_the_bundled_page_is_loaded(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main([]) == 0
    assert "3 read: 3 new" in capsys.readouterr().out
    assert articles.count(database, ArticleFilter()) == 3


def test_the_report_can_be_json_and_nothing_but_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["new"] == 3


def test_a_dry_run_stores_nothing_and_says_what_would_be(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main(["--dry-run"]) == 0
    assert "3 new" in capsys.readouterr().out
    assert articles.is_empty(database)
    script.main([])
    assert script.main(["--dry-run"]) == 0
    assert "3 unchanged" in capsys.readouterr().out


def test_an_input_that_failed_is_named_and_the_status_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.txt"
    empty.touch()
    assert script.main([str(empty), "--json"]) == 1
    said = capsys.readouterr()
    assert str(empty) in said.err
    assert json.loads(said.out)["totals"]["failed"] == 1


def test_the_capture_time_of_the_command_line_counts(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main(["--captured-at", "2025-01-02T10:00:00+01:00"]) == 0
    assert "2025-01-02T01:00:00Z" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--captured-at", "yesterday"], ["--unknown"]])
def test_a_wrong_call_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        script.main(arguments)
    assert ended.value.code == 2


def test_a_setting_that_cannot_be_used_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BYLINE_PORT", "x")
    assert script.main([]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "BYLINE_PORT" in said.err


@pytest.mark.parametrize(
    ("raised", "status"), [(UnavailableError("gone"), 2), (KeyboardInterrupt(), 130)]
)
def test_what_was_done_before_an_end_is_still_reported(
    raised: BaseException,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:

    def interrupted(*args: Any, **kwargs: Any) -> Iterator[Any]:
        yield from ingest(*args, **kwargs)
        raise raised

    monkeypatch.setattr(script, "ingest", interrupted)
    assert script.main([]) == status
    assert "3 read" in capsys.readouterr().out
