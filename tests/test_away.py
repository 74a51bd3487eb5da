"""MongoDB goes away under a running server, hangs, and comes back."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from desk.publish import publish
from store.client import connect
from store.guard import READ_SECONDS
from tests.mongod import Member, ReplicaSet, replica_set
from tests.samples import draft
from tests.server import Running, serving

GRACE_SECONDS = 1.0
"""By how much an answer may come later, on a machine that has other things to do."""
BACK_SECONDS = 2.0
CLIENTS = 40
"""More than there are threads to answer them."""


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    with replica_set(tmp_path_factory.mktemp("members")) as found:
        yield found


@pytest.fixture(scope="module")
def member(members: ReplicaSet) -> Member:
    [only] = members.members
    return only


@pytest.fixture(scope="module")
def server(members: ReplicaSet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    # A warning for each refusal would fill the pipe that nobody reads.
    quiet = {"MONGODB_URI": members.uri, "BYLINE_LOG_LEVEL": "error"}
    with serving(tmp_path_factory.mktemp("away"), **quiet) as running:
        yield running


@pytest.fixture
def place(members: ReplicaSet, server: Running) -> str:
    """The address of an article that is in the memory of answers."""
    write(members, 0)
    place = f"/v1/articles/{article_id(members)}"
    for _ in range(20):
        assert server.get(place)[0] == 200
    return place


def write(members: ReplicaSet, version: int) -> None:
    db = connect(members.uri, "byline")
    publish(db, draft("Away", captured_at=None, body_text=f"Version {version}."))
    db.client.close()


def article_id(members: ReplicaSet) -> str:
    db = connect(members.uri, "byline")
    found = db["articles"].find_one({"title": "Away"}) or {}
    db.client.close()
    return str(found["_id"])


def took(call: Callable[[], int]) -> tuple[int, float]:
    began = time.monotonic()
    return call(), time.monotonic() - began


def restart(member: Member) -> None:
    member.start()


WAYS = {"killed": (Member.kill, Member.start), "frozen": (Member.freeze, Member.thaw)}


@pytest.mark.parametrize("way", WAYS)
def test_while_it_is_away_every_client_is_told_in_time_and_when_it_is_back_served(
    members: ReplicaSet, member: Member, server: Running, place: str, way: str
) -> None:
    leave, come_back = WAYS[way]
    leave(member)
    try:
        ask = lambda path: took(lambda: server.get(path)[0])  # noqa: E731
        time.sleep(0.1)  # what is known of changes is too old now
        with ThreadPoolExecutor(CLIENTS) as clients:
            many = clients.map(ask, [place, "/v1/articles", "/v1/sources", "/readyz"] * CLIENTS)
            alive = clients.map(ask, ["/livez"] * CLIENTS)
            told, lived = list(many), list(alive)
    finally:
        come_back(member)
    assert {status for status, _ in told} == {503}
    assert {status for status, _ in lived} == {200}
    assert max(seconds for _, seconds in told) < READ_SECONDS + GRACE_SECONDS
    members.wait_for(member)
    answering_at = time.monotonic()
    while not all(server.get(path)[0] == 200 for path in [place, "/v1/articles", "/readyz"] * 4):
        pass
    assert time.monotonic() - answering_at < BACK_SECONDS + GRACE_SECONDS
    write(members, 1)
    time.sleep(0.05)
    assert json.loads(server.get(place)[2])["body_text"] == "Version 1."
