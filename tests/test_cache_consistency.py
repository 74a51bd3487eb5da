"""No answer is older than a write that finished before it was asked for: 0 in 10,000 reads."""

import http.client
import json
import threading
import time
from bisect import bisect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desk.publish import publish
from store.client import Database
from tests.samples import draft
from tests.server import serving

WRITES = 1_000
READS = 10_000
READERS = 4
PAUSE_SECONDS = 0.004
"""How long a reader waits before the next time, or the readers would keep the writer from it."""
GRACE_SECONDS = 0.05
"""How long after a write an answer may still be older than it."""

TITLE = "Written again and again"


class Log:
    """Which version was finished when."""

    def __init__(self) -> None:
        self.finished: list[float] = []
        self.done = threading.Event()

    def least_version_at(self, moment: float) -> int:
        """Give the version that a read begun at a moment must at least see."""
        return bisect(self.finished, moment - GRACE_SECONDS)


def write(db: Database, log: Log) -> None:
    for version in range(1, WRITES + 1):
        publish(db, article(version))
        log.finished.append(time.monotonic())
    log.done.set()


def article(version: int) -> dict[str, Any]:
    return draft(TITLE, source="Often", captured_at=None, body_text=f"Version {version}.")


@dataclass(frozen=True)
class Seen:
    path: str
    version: int
    due: int
    hit: bool


def read(host: str, paths: list[str], log: Log, seen: list[Seen]) -> None:
    """Read until the writer is done and enough was read."""
    connection = http.client.HTTPConnection(host, timeout=10)
    number = 0
    while not log.done.is_set() or number < READS // READERS:
        time.sleep(PAUSE_SECONDS)
        path = paths[number % len(paths)]
        number += 1
        due = log.least_version_at(time.monotonic())
        connection.request("GET", path)
        answer = connection.getresponse()
        shown = json.loads(answer.read())
        [body] = [each["body_text"] for each in shown.get("data", [shown])]
        hit = answer.headers["Cache-Status"] == "Byline; hit"
        seen.append(Seen(path, int(body.removeprefix("Version ").rstrip(".")), due, hit))
    connection.close()


def test_no_answer_is_older_than_a_finished_write(
    tmp_path: Path, mongod_db: Database, elsewhere: dict[str, str]
) -> None:
    log, seen = Log(), list[Seen]()
    article_id = publish(mongod_db, article(0)).article_id
    with serving(tmp_path / "var", **elsewhere) as server:
        paths = [
            f"/v1/articles/{article_id}",
            f"/v1/articles/{article_id}?include=source,related,comments",
            "/v1/articles?fields=body_text&source=often",
            "/v1/sources/often/articles?fields=body_text",
        ]
        host = server.url.removeprefix("http://")
        threads = [
            threading.Thread(target=read, args=(host, paths, log, seen)) for _ in range(READERS)
        ] + [threading.Thread(target=write, args=(mongod_db, log))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(log.finished) == WRITES
    assert len(seen) >= READS
    assert [each for each in seen if each.version < each.due] == []
    # It is the cache that is right, and not the lack of one.
    assert sum(each.hit for each in seen) > READS // 20
    assert {each.path for each in seen if each.hit} == set(paths)
