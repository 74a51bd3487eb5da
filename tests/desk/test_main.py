"""`python -m desk relate --all`, as it is called."""

from pathlib import Path
from uuid import uuid4

import pytest

from desk import __main__ as command
from desk.newsroom import Newsroom
from store import indexes
from store.client import Database, connect
from tests.news import EVENTS, all_news
from tests.samples import related
from tests.server import environment_for, free_port, run


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, elsewhere: dict[str, str]) -> pytest.MonkeyPatch:
    """Have the command, called in this process, find the database of the test."""
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_every_article_is_related_anew_and_one_line_says_so(
    mongod_db: Database, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    environment = environment_for(tmp_path / "var", NO_COLOR="1", **elsewhere)
    with Newsroom(mongod_db) as newsroom:
        ids = {name: newsroom.publish(each).article_id for name, each in all_news().items()}
    mongod_db["articles"].update_many({}, {"$unset": {"terms": "", "weights": "", "story": ""}})
    for name in ("links", "stories", "vocabulary"):
        mongod_db[name].drop()
    for _ in range(2):  # a second time nothing is different
        done = run("desk", "relate", "--all", environment=environment)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"{len(ids)} articles related anew\n"
        for event in EVENTS.values():
            for name in event:
                assert related(mongod_db, ids[name], ("copies",)), name
        assert mongod_db["stories"].count_documents({}) == len(EVENTS)


def test_a_database_without_articles_is_none_the_worse_for_it(
    called: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mongod_uri: str
) -> None:
    empty = f"test-{uuid4().hex}"
    called.setenv("MONGODB_DB", empty)
    assert command.main(["relate", "--all"]) == 0
    assert capsys.readouterr().out == "0 articles related anew\n"
    db = connect(mongod_uri, empty)
    assert indexes.is_prepared(db)
    db.client.drop_database(empty)
    db.client.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [([], "relate"), (["relate", "--some"], "--some"), (["write"], "write")],
)
def test_a_wrong_call_ends_with_2_and_names_what_is_wrong(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_without_a_database_it_says_so_in_one_line(
    called: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    away = f"mongodb://127.0.0.1:{free_port()}/?serverSelectionTimeoutMS=300"
    called.setenv("MONGODB_URI", away)
    assert command.main(["relate", "--all"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("python -m desk: ")
    assert said.err.count("\n") == 1


def test_a_setting_that_cannot_be_used_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BYLINE_PORT", "x")
    assert command.main(["relate", "--all"]) == 2
    assert "BYLINE_PORT" in capsys.readouterr().err


def test_ctrl_c_ends_it_as_it_ends_any_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "opened", interrupted)
    assert command.main(["relate", "--all"]) == 130
