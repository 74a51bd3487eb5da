"""Kill the primary of a replica set again and again while Byline is written to and read from.

`python -m bench.failover [--kills 10] [--seconds 8] [--election-ms 2000]`: three mongods and a
Byline on this machine. Writers publish articles, each with an address of its own, and send one
again that was not acknowledged; readers read lists, and articles that were acknowledged. Each time
the primary is killed (kill -9) and started again. In the end every acknowledged article must be
there, once. Prints what came of it as JSON, and why the server said 503, and exits with 1 if
anything was lost, is there twice, or was answered with 5xx. Leaves nothing behind.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tests.mongod import Client, Member, ReplicaSet, replica_set
from tests.server import Running, run, serving

WRITERS = READERS = 4
PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 30
HEED_SECONDS = 0.1
DOWN_SECONDS = 1.0
"""How long a killed member stays away after another one leads."""
WORDS = (
    *("harbour", "council", "fire", "ferry", "budget", "school", "river", "minister"),
    *("court", "strike", "market", "football", "summit", "bridge", "storm", "museum"),
    *("tax", "hospital", "railway", "energy", "vote", "police", "concert", "farmers"),
    *("satellite"),
)


@dataclass(frozen=True)
class Timed:
    """A request: when it began and ended, and what it was answered with (None for no answer)."""

    kind: str
    began: float
    ended: float
    status: int | None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


@dataclass
class Kill:
    """When a primary was killed, and after how many seconds another one led."""

    at: float
    led_after: float


@dataclass
class Log:
    """What all of them saw."""

    requests: list[Timed] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    """By address, the id."""
    missing: list[str] = field(default_factory=list)
    """Acknowledged articles that a reader was told were not there."""
    kills: list[Kill] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


class Caller:
    """A client with a connection that it keeps."""

    def __init__(self, host: str, log: Log, headers: dict[str, str]) -> None:
        """Call a server, and log what comes of it."""
        self._host = host
        self._log = log
        self._headers = headers
        self._connection: HTTPConnection | None = None

    def call(self, kind: str, method: str, path: str, body: Any = None) -> tuple[int | None, Any]:
        """Make a request; give status and body, or None if no answer came."""
        began = time.monotonic()
        status, said = self._try(method, path, body)
        self._log.requests.append(Timed(kind, began, time.monotonic(), status))
        return status, said

    def _try(self, method: str, path: str, body: Any) -> tuple[int | None, Any]:
        if self._connection is None:
            self._connection = HTTPConnection(self._host, timeout=PATIENCE_SECONDS)
        sent = None if body is None else json.dumps(body)
        headers = self._headers | ({"Content-Type": "application/json"} if sent else {})
        try:
            self._connection.request(method, path, sent, headers)
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except (OSError, HTTPException, ValueError):
            self._connection.close()
            self._connection = None
            return None, None


def write(caller: Caller, log: Log, name: str) -> None:
    """Publish one article after the other, each until it is acknowledged."""
    number = 0
    while not log.done.is_set():
        number += 1
        url = f"https://{name}.example/{number}"
        while not log.done.is_set():
            status, said = caller.call("write", "POST", "/v1/articles", article(url, name, number))
            if status in {200, 201}:
                log.acknowledged[url] = said["id"]
                break
            time.sleep(0.1)
        time.sleep(PAUSE_SECONDS)


def article(url: str, name: str, number: int) -> dict[str, Any]:
    """Make an article up."""
    chance = random.Random(url)
    told = [" ".join(chance.choices(WORDS, k=30)).capitalize() + "." for _ in range(4)]
    title = f"{' '.join(chance.choices(WORDS, k=5))} {name} {number}"
    text = "\n\n".join(told)
    return {"url": url, "title": title, "source": name, "language": "en", "body_text": text}


def read(caller: Caller, log: Log) -> None:
    """Read lists, and articles that were acknowledged before."""
    while not log.done.is_set():
        caller.call("read", "GET", random.choice(("/v1/articles?limit=5", "/v1/sources")))
        if known := list(log.acknowledged.values())[-50:]:
            wanted = random.choice(known)
            status, _ = caller.call("read", "GET", f"/v1/articles/{wanted}?fields=id,title")
            if status == 404:
                log.missing.append(wanted)
        time.sleep(PAUSE_SECONDS)


def strike(members: ReplicaSet, log: Log, victim: Member) -> None:
    """Kill the primary, see another one lead, and start the killed one again."""
    at = time.monotonic()
    victim.kill()
    members.primary()
    log.kills.append(Kill(at, time.monotonic() - at))
    time.sleep(DOWN_SECONDS)
    victim.start()
    members.wait_for(victim)


def heed(server: Running) -> None:
    """Print why the server could not answer, as soon as it says so, until it has ended."""
    with suppress(ValueError):  # closed by who ended it
        while server.process.poll() is None:
            for line in server.output:
                if "database unavailable" in line:
                    print(line, end="", file=sys.stderr)
            time.sleep(HEED_SECONDS)


@contextmanager
def callers(server: Running, log: Log) -> Iterator[None]:
    """Have writers and readers for as long as this is open."""
    host = server.url.removeprefix("http://")
    token = run("api", *KEY, environment=server.environment).stdout.strip()
    key = {"Authorization": f"Bearer {token}"}
    threads = [
        threading.Thread(target=write, args=(Caller(host, log, key), log, f"writer-{number}"))
        for number in range(WRITERS)
    ] + [threading.Thread(target=read, args=(Caller(host, log, {}), log)) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        log.done.set()
        for thread in threads:
            thread.join()


KEY = ("keys", "create", "--name", "failover", "--scopes", "articles:write")


def stored_at(members: ReplicaSet, addresses: list[str]) -> Counter[str]:
    """Tell for each address how many articles have it."""
    with Client(members.uri, readConcernLevel="majority") as client:
        found = client["byline"]["articles"].find({"url": {"$in": addresses}}, {"url": 1})
        return Counter(each["url"] for each in found)


def result(log: Log, stored: Counter[str]) -> dict[str, Any]:
    """Say what came of it."""
    statuses = Counter((each.kind, each.status) for each in log.requests)
    failed = {
        f"{kind} {status}": count
        for (kind, status), count in statuses.items()
        if status is None or status >= 500
    }
    ends = [*(kill.at for kill in log.kills[1:]), float("inf")]
    return {
        "acknowledged": len(log.acknowledged),
        "lost": sum(stored[url] == 0 for url in log.acknowledged),
        "duplicates": sum(stored[url] > 1 for url in stored),
        "missing_when_read": len(log.missing),
        "answers": {
            f"{kind} {status}": count for (kind, status), count in sorted(statuses.items(), key=str)
        },
        "failed": failed,
        "longest_write_seconds": longest(log, "write"),
        "longest_read_seconds": longest(log, "read"),
        "kills": [
            {
                "led_after_seconds": round(kill.led_after, 2),
                "longest_write_seconds": longest(log, "write", kill.at, end),
                "longest_read_seconds": longest(log, "read", kill.at, end),
            }
            for kill, end in zip(log.kills, ends, strict=True)
        ],
    }


def longest(log: Log, kind: str, since: float = 0, until: float = float("inf")) -> float:
    """Give the longest request of a kind that ended between two moments."""
    took = [
        each.seconds for each in log.requests if each.kind == kind and since <= each.ended < until
    ]
    return round(max(took, default=0), 2)


def main() -> None:
    """Play it and print the result."""
    parser = argparse.ArgumentParser(prog="python -m bench.failover")
    parser.add_argument("--kills", type=int, choices=range(1, 1001), metavar="N", default=10)
    parser.add_argument("--seconds", type=float, default=8, help="of peace before each kill")
    parser.add_argument("--election-ms", type=int, default=2000)
    options = parser.parse_args()
    log = Log()
    settings = {"electionTimeoutMillis": options.election_ms}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with replica_set(place / "members", 3, settings=settings) as members:
            quiet = {"MONGODB_URI": members.uri, "BYLINE_LOG_LEVEL": "warning"}
            with serving(place / "var", **quiet) as server, callers(server, log):
                threading.Thread(target=heed, args=(server,), daemon=True).start()
                for number in range(options.kills):
                    time.sleep(options.seconds)
                    strike(members, log, members.primary())
                    print(f"kill {number + 1}: {log.kills[-1].led_after:.2f} s", file=sys.stderr)
                time.sleep(options.seconds)
            stored = stored_at(members, list(log.acknowledged))
    told = result(log, stored)
    print(json.dumps(told, indent=1))
    sys.exit(
        bool(told["lost"] or told["duplicates"] or told["missing_when_read"] or told["failed"])
    )


if __name__ == "__main__":
    main()
