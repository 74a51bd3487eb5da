"""Webhooks, as the server tells them: also when the worker that does so is killed."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.postman import LEASE_NAME
from desk.publish import publish
from store.client import Database
from tests.receiver import Message, Receiver, receiving
from tests.samples import draft
from tests.server import Running, run, serving

SERVERS = ("gunicorn", "granian")
BEFORE, MEANWHILE, AFTER = 3, 5, 3


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


def added(server: Running, url: str) -> str:
    """Add a webhook by its command, and give its secret."""
    done = run("api", "webhooks", "add", url, environment=server.environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def publish_all(db: Database, first: int, number: int) -> list[str]:
    titles = [f"Told {each}" for each in range(first, first + number)]
    return [publish(db, draft(title, body_text=title)).article_id for title in titles]


@pytest.mark.parametrize("name", SERVERS)
def test_nothing_is_lost_when_the_worker_that_delivers_is_killed(
    tmp_path: Path, receiver: Receiver, mongod_db: Database, elsewhere: dict[str, str], name: str
) -> None:
    db = mongod_db
    with serving(tmp_path / "var", BYLINE_SERVER=name, **elsewhere) as server:
        secret = added(server, receiver.url)
        ids = publish_all(db, 0, BEFORE)
        receiver.wait_for(BEFORE)

        def kill_it(_: Message) -> int:
            """Kill the worker while it waits for an answer."""
            receiver.answer = lambda _: 204
            lease = db["leases"].find_one({"_id": LEASE_NAME})
            assert lease
            assert lease["until"] > datetime.now(UTC)
            os.kill(int(lease["owner"].partition("-")[0]), signal.SIGKILL)
            # It would run out by itself, in twenty seconds.
            db["leases"].update_one({"_id": LEASE_NAME}, {"$set": {"until": datetime.now(UTC)}})
            return 204

        receiver.answer = kill_it
        ids += publish_all(db, BEFORE, MEANWHILE)
        receiver.wait_for(BEFORE + 1 + MEANWHILE, seconds=120)
        ids += publish_all(db, BEFORE + MEANWHILE, AFTER)
        messages = receiver.wait_for(BEFORE + 1 + MEANWHILE + AFTER)
    again = messages.pop(BEFORE + 1)  # whoever went on could not know that it had arrived
    assert (again.id, again.body) == (messages[BEFORE].id, messages[BEFORE].body)
    assert [message.article_id for message in messages] == ids
    assert len({message.id for message in messages}) == len(ids)
    assert all(message.is_signed_with(secret) for message in messages)
