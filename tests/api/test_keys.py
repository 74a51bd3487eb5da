"""`python -m api keys`, as it is called."""

import json
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from api.__main__ import main
from desk import keys as desk_keys
from settings import Settings
from store import keys
from store.client import Database
from store.open import opened
from tests.api.asking import Command, app_with, said
from tests.api.keyring import bearer, token
from tests.api.test_auth import PLACE, blueprint
from tests.server import free_port, run, serving

DESK = ("--name", "Desk", "--scopes", "articles:write")


@pytest.fixture
def called(command: Command) -> Command:
    return partial(command, "keys")


def test_a_key_is_shown_once_and_listed_without_its_secret(
    called: Command, mongod_db: Database
) -> None:
    arguments = ("--name", "Newsroom 뉴스", "--scopes", "articles:write,comments:moderate")
    made = called("create", *arguments, "--expires", "90d")
    assert made.returncode == 0, made.stderr
    assert made.stderr.count("\n") == 1
    shown = made.stdout.removesuffix("\n")
    prefix = desk_keys.parse(shown)
    assert prefix
    listed = called("list", "--json")
    [key] = json.loads(listed.stdout)
    assert (
        key.items()
        >= {
            "id": prefix,
            "name": "Newsroom 뉴스",
            "scopes": ["articles:write", "comments:moderate"],
            "state": "active",
            "last_used_at": None,
            "revoked_at": None,
        }.items()
    )
    assert key["expires_at"] > key["created_at"]
    table = called("list")
    head, row = table.stdout.splitlines()
    assert head.split()[0] == "PREFIX"
    assert row.startswith(f"{prefix}  active")
    assert row.endswith("Newsroom 뉴스")
    for output in (listed.stdout, table.stdout, str(list(mongod_db["keys"].find()))):
        assert shown[16:] not in output
    assert desk_keys.digest(shown) not in listed.stdout + table.stdout


def test_no_keys_are_a_table_without_rows(called: Command) -> None:
    assert called("list").stdout.count("\n") == 1
    assert called("list", "--json").stdout == "[]\n"


@pytest.mark.parametrize("whole", [False, True])
def test_a_key_is_revoked_by_its_prefix_or_whole(
    called: Command, mongod_db: Database, whole: bool
) -> None:
    made, other = token(mongod_db), token(mongod_db)
    for _ in range(2):
        done = called("revoke", made if whole else made[7:15])
        assert (done.returncode, done.stdout) == (0, f"{made[7:15]} is revoked\n")
    states = {key["id"]: key["state"] for key in json.loads(called("list", "--json").stdout)}
    assert states == {made[7:15]: "revoked", other[7:15]: "active"}


def test_a_key_that_is_not_there_ends_with_1(called: Command) -> None:
    done = called("revoke", "abcdefgh")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "python -m api keys: there is no key abcdefgh\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "--name", "", "--scopes", "admin"), "name"),
        (("create", "--name", "Desk", "--scopes", "admin,write"), "'write' is no scope"),
        (("create", "--name", "Desk", "--scopes", "admin", "--expires", "soon"), "'soon'"),
        (("create", "--name", "D", "--scopes", "admin", "--expires", "2020-01-01"), "over"),
        (("revoke", "abc"), "8 characters"),
    ],
)
def test_what_no_key_can_be_ends_with_2_and_is_named(
    called: Command, mongod_db: Database, arguments: tuple[str, ...], said: str
) -> None:
    done = called(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert keys.every(mongod_db) == []


@pytest.mark.parametrize(
    "arguments", [[], ["create"], ["create", "--name", "x"], ["revoke"], ["delete", "x"]]
)
def test_a_wrong_call_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["keys", *arguments])
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_without_a_database_it_says_so_in_one_line(
    called: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = f"mongodb://127.0.0.1:{free_port()}/?serverSelectionTimeoutMS=300"
    monkeypatch.setenv("MONGODB_URI", away)
    done = called("list")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("python -m api keys: ")
    assert done.stderr.count("\n") == 1


def test_beside_a_running_server_and_without_one_a_key_is_made_used_and_revoked(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "var"
    with serving(data) as server:
        made = run("api", "keys", "create", *DESK, environment=server.environment)
        assert made.returncode == 0, made.stderr
        key = made.stdout.strip()
        with opened(replace(settings, data=data)) as db:  # the server's own
            client = app_with(blueprint(), settings, db, monkeypatch).test_client()
            answer = client.post(PLACE, headers=bearer(key))
            assert said(answer)["name"] == "Desk"
            done = run("api", "keys", "revoke", key, environment=server.environment)
            assert done.returncode == 0, done.stderr
            deadline = time.monotonic() + 30
            while client.post(PLACE, headers=bearer(key)).status_code != 401:
                assert time.monotonic() < deadline
                time.sleep(0.1)
    listed = run("api", "keys", "list", "--json", environment=server.environment)
    [shown] = json.loads(listed.stdout)
    assert (shown["name"], shown["state"]) == ("Desk", "revoked")
    assert shown["last_used_at"]
