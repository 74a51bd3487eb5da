import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from seed import __main__ as script
from seed.watch import __main__ as command
from seed.watch.watcher import Watcher
from settings import Settings
from store import articles
from store.articles import ArticleFilter
from store.errors import UnavailableError
from tests.seed.watch.world import World, rss
from tests.seed.web import Reply


@pytest.fixture(autouse=True)
def listed(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The command finds the database of the world, and may ask its web server."""

    @contextmanager
    def opened(_: Settings) -> Iterator[Any]:
        yield world.db

    monkeypatch.setattr(command, "opened", opened)
    monkeypatch.setenv("BYLINE_FETCH_PRIVATE", "true")
    world.list_feed("/feed")
    world.web.pages["/feed"] = Reply(rss("One", "Two"))
    return world


def test_watching_once_polls_what_is_due_and_ends(
    listed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main(["watch", "--once"]) == 0
    assert f"feed  {listed.web.url('/feed')}  2 new" in capsys.readouterr().out
    assert articles.count(listed.db, ArticleFilter()) == 2


def test_every_event_can_be_json_on_a_line_of_its_own(
    listed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    listed.list_feed("/none", "Other")
    listed.web.pages["/none"] = Reply(status=410)
    assert command.main(["--once", "--json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    results = {event["feed"]: event["result"] for event in said}
    assert results == {listed.web.url("/feed"): "changed", listed.web.url("/none"): "gone"}


def test_pages_are_reported_beside_the_feeds(
    listed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    listed.web.pages["/feed"] = Reply(rss(f"One|{listed.web.url('/one')}"))
    listed.web.pages["/one"] = Reply(b"<html><body><article><h1>One</h1>" + b"<p>" + b"Long text. "
                                     * 80 + b"</p></article></body></html>")  # fmt: skip
    assert command.main(["--once", "--pages"]) == 0
    assert f"page  {listed.web.url('/one')}  the whole text" in capsys.readouterr().out


def test_a_source_that_is_not_there_is_named(
    listed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--once", "daily", "nobody"]) == 2
    assert "no source 'nobody'" in capsys.readouterr().err
    assert listed.web.asked == []


def test_a_setting_that_cannot_be_used_stops_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BYLINE_POLL_SECONDS", "soon")
    assert command.main(["--once"]) == 2
    assert "BYLINE_POLL_SECONDS" in capsys.readouterr().err


def away(*_: Any, **__: Any) -> None:
    """Fail as a database does that is not there."""
    raise UnavailableError


def test_with_once_a_database_that_is_away_ends_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Watcher, "run", away)
    assert command.main(["--once"]) == 2


def test_a_watcher_outlives_a_database_that_is_away_for_a_while(
    listed: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tries: list[int] = []

    def run(_: Watcher, *, once: bool) -> None:
        tries.append(1)
        if len(tries) == 1:
            away()

    monkeypatch.setattr(command, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr(Watcher, "run", run)
    assert command.main([]) == 0
    assert len(tries) == 2
    assert "trying again" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_watcher_in_good_order(listed: World, number: int) -> None:
    before = signal.getsignal(number)

    def answer(connection: Any) -> None:
        os.kill(os.getpid(), number)

    listed.web.pages["/feed"] = answer
    assert command.main([]) == 0
    assert signal.getsignal(number) == before


def test_a_terminal_shows_what_comes_next(
    listed: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    teller = command.Teller(as_json=False)
    teller.rest(None)
    teller.rest({"id": "https://daily.example/rss", "next_at": listed.now})
    teller.end()
    said = capsys.readouterr().out
    assert "next poll no feeds yet" in said
    assert "next poll at 2025-06-16T08:00:00Z: https://daily.example/rss" in said


def test_a_program_is_not_shown_what_comes_next(capsys: pytest.CaptureFixture[str]) -> None:
    teller = command.Teller(as_json=True)
    teller.rest(None)
    teller.end()
    assert capsys.readouterr().out == ""
