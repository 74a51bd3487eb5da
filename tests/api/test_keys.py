"""`python -m api keys`, as it is called."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from api import __main__ as command
from desk import keys as desk_keys
from store import keys
from store.client import Database
from tests.api.keyring import token
from tests.server import environment_for, free_port, run

Keys = Callable[..., CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path, mongod_uri: str, mongod_db: Database) -> dict[str, str]:
    return environment_for(tmp_path / "var", MONGODB_URI=mongod_uri, MONGODB_DB=mongod_db.name)


@pytest.fixture
def called(environment: dict[str, str]) -> Keys:
    return lambda *arguments: run("api", "keys", *arguments, environment=environment)


def test_a_key_is_shown_once_and_listed_without_its_secret(
    called: Keys, mongod_db: Database
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


def test_no_keys_are_a_table_without_rows(called: Keys) -> None:
    assert called("list").stdout.count("\n") == 1
    assert called("list", "--json").stdout == "[]\n"


@pytest.mark.parametrize("whole", [False, True])
def test_a_key_is_revoked_by_its_prefix_or_whole(
    called: Keys, mongod_db: Database, whole: bool
) -> None:
    made, other = token(mongod_db), token(mongod_db)
    for _ in range(2):
        done = called("revoke", made if whole else made[7:15])
        assert (done.returncode, done.stdout) == (0, f"{made[7:15]} is revoked\n")
    states = {key["id"]: key["state"] for key in json.loads(called("list", "--json").stdout)}
    assert states == {made[7:15]: "revoked", other[7:15]: "active"}


def test_a_key_that_is_not_there_ends_with_1(called: Keys) -> None:
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
    called: Keys, mongod_db: Database, arguments: tuple[str, ...], said: str
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
        command.main(["keys", *arguments])
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_without_a_database_it_says_so_in_one_line(environment: dict[str, str]) -> None:
    away = f"mongodb://127.0.0.1:{free_port()}/?serverSelectionTimeoutMS=300"
    done = run("api", "keys", "list", environment=environment | {"MONGODB_URI": away})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("python -m api keys: ")
    assert done.stderr.count("\n") == 1
