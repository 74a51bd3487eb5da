"""`python -m api webhooks`, as it is called."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from api.__main__ import main
from desk import webhooks as desk_webhooks
from store import publication, webhooks
from store.client import Database
from tests.api.asking import Command
from tests.receiver import Receiver, receiving
from tests.server import free_port
from tests.store.documents import article

URL = "https://news.example/hook"


@pytest.fixture
def called(command: Command) -> Command:
    return partial(command, "webhooks")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


def test_a_webhook_is_added_from_now_on_and_its_secret_shown_once(
    called: Command, mongod_db: Database
) -> None:
    publication.insert(mongod_db, article(1))
    added = called("add", URL, "--name", "Newsroom 뉴스", "--events", "made, deleted")
    assert added.returncode == 0, added.stderr
    assert added.stderr.count("\n") == 1
    secret = added.stdout.removesuffix("\n")
    [stored] = webhooks.every(mongod_db)
    assert stored["secret"] == secret
    listed = called("list", "--json")
    [shown] = json.loads(listed.stdout)
    assert (
        shown.items()
        >= {
            "id": stored["id"],
            "url": URL,
            "name": "Newsroom 뉴스",
            "events": ["made", "deleted"],
            "state": "active",
            "cursor": 1,
            "failures": 0,
            "last_ok_at": None,
        }.items()
    )
    head, row = called("list").stdout.splitlines()
    assert head.split()[0] == "ID"
    assert row.split()[:4] == [stored["id"], "active", "made,deleted", "never"]
    assert secret not in listed.stdout + row


def test_one_that_fails_or_is_disabled_says_so_in_the_list(
    called: Command, mongod_db: Database
) -> None:
    called("add", URL)
    [stored] = webhooks.every(mongod_db)
    now = datetime.now(UTC)
    failed = {"failures": 7, "failing_since": now, "next_at": now, "last_error": "answer was 500"}
    webhooks.change(mongod_db, stored["id"], failed)
    row = called("list").stdout.splitlines()[1]
    assert row.split()[1] == "failing"
    assert f"{now.isoformat()[:16]}Z" in row
    assert row.endswith("answer was 500")
    webhooks.change(mongod_db, stored["id"], {"disabled_at": now})
    row = called("list").stdout.splitlines()[1]
    assert row.split()[1] == "disabled"
    assert f"{now.isoformat()[:16]}Z" not in row
    assert called("enable", stored["id"]).stdout == f"{stored['id']} is enabled\n"
    [enabled] = webhooks.every(mongod_db)
    assert enabled == stored


def test_one_that_is_removed_is_there_no_more(called: Command, mongod_db: Database) -> None:
    called("add", URL)
    [stored] = webhooks.every(mongod_db)
    assert called("remove", stored["id"]).stdout == f"{stored['id']} is removed\n"
    assert called("list", "--json").stdout == "[]\n"


def test_a_test_message_is_signed_and_what_came_of_it_is_said(
    called: Command, mongod_db: Database, receiver: Receiver
) -> None:
    secret = called("add", receiver.url).stdout.strip()
    [stored] = webhooks.every(mongod_db)
    sent = called("test", stored["id"])
    assert (sent.returncode, sent.stdout) == (0, f"{receiver.url} answered 204\n")
    [message] = receiver.messages
    assert message.is_signed_with(secret)
    assert message.said["type"] == "test"
    assert message.said["data"] == {"webhook": stored["id"]}
    receiver.answer = lambda _: 307
    refused = called("test", stored["id"])
    assert refused.returncode == 1
    assert "answered 307" in refused.stderr
    assert webhooks.every(mongod_db) == [stored]


def test_a_test_message_that_nobody_takes_ends_with_1(called: Command, mongod_db: Database) -> None:
    called("add", f"http://127.0.0.1:{free_port()}/")
    done = called("test", webhooks.every(mongod_db)[0]["id"])
    assert (done.returncode, done.stdout) == (1, "")
    assert "refused" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_former_secret_is_good_for_another_day(
    called: Command, mongod_db: Database, receiver: Receiver
) -> None:
    former = called("add", receiver.url).stdout.strip()
    [stored] = webhooks.every(mongod_db)
    new = called("secret", stored["id"]).stdout.strip()
    called("test", stored["id"])
    over = datetime.now(UTC) - timedelta(seconds=1)
    webhooks.change(mongod_db, stored["id"], {"former_until": over})
    called("test", stored["id"])
    both, one = receiver.messages
    assert [both.is_signed_with(each) for each in (former, new)] == [True, True]
    assert [one.is_signed_with(each) for each in (former, new)] == [False, True]


@pytest.mark.parametrize("what", ["remove", "test", "enable", "secret"])
def test_a_webhook_that_is_not_there_ends_with_1(called: Command, what: str) -> None:
    done = called(what, "abcdefgh")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "python -m api webhooks: there is no webhook abcdefgh\n"


def test_what_no_webhook_can_be_ends_with_2(called: Command, mongod_db: Database) -> None:
    done = called("add", "ftp://news.example/")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "http" in done.stderr
    assert webhooks.every(mongod_db) == []


@pytest.mark.parametrize("arguments", [[], ["add"], ["remove"], ["delete", "x"]])
def test_a_wrong_call_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["webhooks", *arguments])
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_every_command_is_in_the_guide() -> None:
    guide = (Path(__file__).parent.parent.parent / "docs" / "changes.md").read_text()
    for name in ("add", "list", "remove", "test", "enable", "secret"):
        assert f"webhooks {name}" in guide
    assert str(desk_webhooks.PATIENCE.days) == "3"
