import gzip
import json
import os
import signal
import threading
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest

from seed import __main__ as script
from seed.ingest import ingest
from seed.reader import Reader
from settings import Settings
from store import articles, groups, indexes
from store.articles import ArticleFilter
from store.client import Database
from store.errors import UnavailableError
from tests.news import EVENTS, all_news, news
from tests.seed.formats import samples


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """Start one process that reads, for all tests: to start it takes a second or two."""
    with Reader() as one:
        yield one


@pytest.fixture(autouse=True)
def database(mongod_db: Database, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Database:
    @contextmanager
    def opened(_: Settings) -> Iterator[Database]:
        yield mongod_db

    monkeypatch.setattr(script, "opened", opened)
    monkeypatch.setattr(script, "Reader", lambda: nullcontext(reader))
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


@pytest.mark.parametrize("arguments", [[], ["--no-relate"]])
def test_into_a_new_database_all_is_stored_first_and_can_be_searched_for_in_the_end(
    database: Database, arguments: list[str]
) -> None:
    _forget(database)
    assert script.main(arguments) == 0
    assert indexes.TERMS.document["name"] in database["articles"].index_information()
    assert indexes.is_prepared(database)
    assert groups.count_unrelated(database) == (3 if arguments else 0)


def test_into_a_new_database_it_comes_to_the_same_as_into_one_that_is_prepared(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "news.ndjson"
    file.write_text("\n".join(json.dumps(each, default=str) for each in all_news().values()))
    _forget(database)
    indexes.prepare(database)
    assert script.main([str(file)]) == 0
    belonging = _belonging(database)
    assert all(belonging)
    _forget(database)
    assert script.main([str(file)]) == 0
    assert _belonging(database) == belonging


@pytest.mark.parametrize("arguments", [[], ["--no-relate"]])
@pytest.mark.parametrize("stopped_in", ["indexes.prepare", "relate_rest"])
def test_what_was_stopped_before_its_end_is_made_good_the_next_time(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    stopped_in: str,
) -> None:
    _forget(database)
    is_stopped = not arguments or stopped_in == "indexes.prepare"
    with monkeypatch.context() as stopped:
        stopped.setattr(f"seed.__main__.{stopped_in}", _interrupt)
        assert script.main(arguments) == (script.INTERRUPTED if is_stopped else 0)
    assert "3 new" in (said := capsys.readouterr().out)
    assert "not related yet" in said
    assert articles.count(database, ArticleFilter()) == groups.count_unrelated(database) == 3
    assert script.main(arguments) == 0
    assert "3 unchanged" in capsys.readouterr().out
    assert indexes.is_prepared(database)
    assert groups.count_unrelated(database) == (3 if arguments else 0)


def _forget(database: Database) -> None:
    """Make a database one that nobody has prepared."""
    for name in database.list_collection_names():
        database[name].drop()


def _belonging(database: Database) -> list[set[Any]]:
    """Give which articles are linked, and which are of one story or copies of one text."""
    links = database["links"].find({"origin": "computed"})
    found: list[set[Any]] = [{(link["from"], link["to"]) for link in links}]
    for group in ("story", "copies"):
        members: dict[str, set[str]] = defaultdict(set)
        for each in database["articles"].find({group: {"$exists": True}}):
            members[each[group]].add(each["_id"])
        found.append(set(map(frozenset, members.values())))
    return found


def _interrupt(_: Database) -> None:
    raise KeyboardInterrupt


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
        for report in ingest(*args, **kwargs):
            report.done = False
            yield report
        raise raised

    monkeypatch.setattr(script, "ingest", interrupted)
    assert script.main([]) == status
    said = capsys.readouterr().out
    assert "daily8-page.txt: stopped: what was read until then is kept" in said
    assert "3 read: 3 new" in said


def lines(count: int) -> str:
    return "".join(f'{{"title": "Number {number}"}}\n' for number in range(count))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_told_to_stop_keeps_what_is_stored_and_the_next_time_it_goes_on(
    number: signal.Signals,
    database: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(script, "Reader", Reader)  # one of its own, which stops with it

    def told() -> Iterator[str]:
        yield lines(250)
        while articles.is_empty(database):
            time.sleep(0.01)
        os.kill(os.getpid(), number)
        yield lines(350)

    assert piped(told(), "--json", "--no-relate") == 130
    first = json.loads(capsys.readouterr().out)["totals"]
    assert first["read"] == first["new"] == articles.count(database, ArticleFilter()) > 0
    (tmp_path / "all").write_text(lines(350))
    assert script.main([str(tmp_path / "all"), "--json", "--no-relate"]) == 0
    again = json.loads(capsys.readouterr().out)["totals"]
    assert (again["new"], again["unchanged"]) == (350 - first["new"], first["new"])
    assert articles.count(database, ArticleFilter()) == 350


def piped(chunks: Iterator[str], *arguments: str) -> int:
    """Run the script on a pipe into which another thread writes."""
    reading, writing = os.pipe()

    def write() -> None:
        with suppress(BrokenPipeError), os.fdopen(writing, "w") as pipe:
            for chunk in chunks:
                pipe.write(chunk)
                pipe.flush()

    writer = threading.Thread(target=write)
    with os.fdopen(reading) as stdin, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", stdin)
        writer.start()
        status = script.main(["-", *arguments])
    writer.join()
    return status


def test_a_long_input_has_a_short_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "many").write_text(lines(1_200) + "{broken\n")
    assert script.main([str(tmp_path / "many"), "--json", "--no-relate"]) == 1
    said = json.loads(capsys.readouterr().out)
    [one] = said["inputs"]
    assert (said["totals"]["new"], said["totals"]["rejected"]) == (1_200, 1)
    assert (len(one["articles"]), one["articles_omitted"]) == (1_001, 200)
    assert one["articles"][-1] == {
        "status": "rejected",
        "title": "line 1201",
        "id": None,
        "source": None,
        "published_at": None,
        "flags": [],
        "reason": "not JSON",
    }


def test_without_relating_the_articles_wait_for_it(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drafts = [news(name) for name in EVENTS["ferry"]]
    (tmp_path / "ferry").write_text(
        "".join(
            json.dumps({name: draft[name] for name in ("title", "source", "body_text", "language")})
            + "\n"
            for draft in drafts
        )
    )
    assert script.main([str(tmp_path / "ferry"), "--no-relate"]) == 0
    assert "not related yet: python -m desk relate" in capsys.readouterr().out
    assert database["links"].count_documents({}) == 0


def test_folders_patterns_and_archives_are_inputs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.xml").write_bytes(samples.RSS)
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(samples.JSON_FEED))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("feeds.opml", samples.OPML)
        archive.writestr("bad.txt", "hello")
    names = [str(tmp_path / name) for name in ("folder", "*.gz", "c.zip")]
    assert script.main([*names, "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    found = {Path(one["input"]).name: one["shape"] for one in said["inputs"]}
    assert found == {
        "a.xml": "feed (rss20)",
        "b.json.gz": "JSON Feed",
        "c.zip!bad.txt": None,
        "c.zip!feeds.opml": "OPML",
    }
    assert (said["totals"]["sources"], said["totals"]["failed"]) == (3, 1)
