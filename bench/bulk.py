"""How fast a great deal is loaded: `python -m bench.bulk [--articles N] [--no-relate]`.

Made-up articles as NDJSON go through the seed script's own command into an empty private MongoDB;
then the same documents through the driver's `insert_many` under a `$text` index; then through the
command once more, which is killed (`kill -9`) in the middle and run again. Prints JSON: articles a
second, the largest memory of the command's processes together (RSS), the processor time that each
part took for an article, and whether everything was there in the end, once.

With `--texts FILE`, JSON lines with a `text` (gzip or not), each article is put together from
sentences of those texts: its words come as often, and as often again, as those of real ones.
"""

import argparse
import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from bench import machine
from bench.processes import own_cpu_seconds, tree
from bench.words import Writer
from schemas.fields import format_time
from store.client import Database, connect
from store.embedded import private_mongod, read_state

PROJECT = Path(__file__).resolve().parent.parent
SEED = 20_262
CHUNK = 1_000
SAMPLE_SECONDS = 0.2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.bulk", description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000, help="how many (100,000)")
    parser.add_argument("--no-relate", action="store_true", help="store them, and relate none")
    parser.add_argument("--texts", type=Path, help="take the words from the texts of this file")
    parser.add_argument("--once", action="store_true", help="do not kill and load again")
    parser.add_argument("--alone", action="store_true", help="leave $text out; it takes long")
    parser.add_argument("--data", type=Path, default=Path("var/bulk"), help="where to do it")
    options = parser.parse_args()
    print(machine.machine(), file=sys.stderr)
    shutil.rmtree(options.data, ignore_errors=True)
    options.data.mkdir(parents=True)
    file = options.data / "articles.ndjson"
    write(file, options.articles, options.texts)
    with private_mongod(options.data / "mongod") as uri:
        loader = Loader(file, uri, options.data / "mongod", relate=not options.no_relate)
        result: dict[str, Any] = {
            "articles": options.articles,
            "bytes": file.stat().st_size,
            "related": not options.no_relate,
            "load": loader.load("bulk"),
        }
        if not options.alone:
            mongod = int(read_state(options.data / "mongod")["pid"])
            result["insert_many_under_text"] = insert_under_text(
                file, connect(uri, "texts"), mongod
            )
        if not options.once:
            result["killed"] = loader.load_killed("killed", options.articles)
    print(json.dumps(result, indent=2))


def write(file: Path, articles: int, texts: Path | None = None) -> None:
    """Write so many articles, one a line, as the API gives them."""
    writer = Writer(articles, SEED)
    sentences = _sentences(texts) if texts else []
    with file.open("w") as lines:
        for start in range(0, articles, CHUNK):
            rng = random.Random(f"{SEED}/{start}")
            for draft in writer.drafts(start, min(start + CHUNK, articles)):
                told = draft | (_retold(draft, sentences, rng) if sentences else {})
                lines.write(json.dumps(told, default=_as_text, ensure_ascii=False) + "\n")


def _sentences(texts: Path) -> list[str]:
    opened = gzip.open if texts.suffix == ".gz" else open
    with opened(texts, "rt") as lines:
        found = [re.split(r"(?<=[.!?])\s+", json.loads(line)["text"]) for line in lines]
    return [sentence.strip() for each in found for sentence in each if " " in sentence.strip()]


def _retold(draft: dict[str, Any], sentences: list[str], rng: random.Random) -> dict[str, Any]:
    """Give an article about as long as it was in the words of others."""
    words = len(draft["body_text"].split())
    body: list[str] = []
    while words > 0:
        body.append(rng.choice(sentences))
        words -= len(body[-1].split())
    paragraphs = [" ".join(body[at : at + 3]) for at in range(0, len(body), 3)]
    title = " ".join(rng.choice(sentences).split()[:12])
    return {"title": title, "body_text": "\n\n".join(paragraphs), "language": "en"}


def _as_text(value: datetime) -> str:
    return format_time(value)


class Loader:
    """Loads the file by the seed script's command."""

    def __init__(self, file: Path, uri: str, data: Path, *, relate: bool) -> None:
        self._uri, self._data = uri, data
        self._said = file.with_name("report.json")
        self._command = [sys.executable, "-m", "seed", str(file.resolve()), "--json"]
        self._command += [] if relate else ["--no-relate"]

    def load(self, database: str) -> dict[str, Any]:
        """Load all of it, and measure."""
        start = time.perf_counter()
        process = self._start(database)
        mongod = int(read_state(self._data)["pid"])
        before = own_cpu_seconds(mongod)
        peak, cpu = 0, {"storing": 0.0, "reading": 0.0}
        while process.poll() is None:
            own, *reading = _own(process.pid)
            peak = max(peak, sum(map(_rss, (own, *reading))))
            cpu["reading"] = max(cpu["reading"], sum(map(own_cpu_seconds, reading)))
            cpu["storing"] = max(cpu["storing"], own_cpu_seconds(own))
            time.sleep(SAMPLE_SECONDS)
        seconds = time.perf_counter() - start
        cpu["mongod"] = own_cpu_seconds(mongod) - before
        totals = self._totals(process)
        return {
            "seconds": round(seconds, 1),
            "articles_per_second": round(totals["read"] / seconds, 1),
            "peak_mb": round(peak / 1024 / 1024),
            "cpu_ms_per_article": {
                part: round(1_000 * taken / totals["read"], 2) for part, taken in cpu.items()
            },
            "totals": totals,
        }

    def load_killed(self, database: str, articles: int) -> dict[str, Any]:
        """Load about half of it, kill the command, load again, and compare what is there."""
        db = connect(self._uri, database)
        process = self._start(database)
        while db["articles"].estimated_document_count() < articles // 2:
            if process.poll() is not None:
                raise SystemExit("the load ended before it could be killed")
            time.sleep(SAMPLE_SECONDS)
        reading = _own(process.pid)[1:]
        process.kill()
        process.wait()
        before = db["articles"].count_documents({})
        time.sleep(1)
        totals = self._totals(again := self._start(database))
        stored = db["articles"].count_documents({})
        return {
            "stored_when_killed": before,
            "reading_processes_left": sum(Path(f"/proc/{pid}").exists() for pid in reading),
            "totals_again": totals,
            "exit_status_again": again.returncode,
            "stored": stored,
            "unrelated": db["articles"].count_documents({"unrelated": True}),
            "nothing_lost_or_twice": stored == articles == totals["read"],
        }

    def _start(self, database: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "BYLINE_DATA": str(self._data.resolve()),
            "MONGODB_DB": database,
        }
        environment.pop("MONGODB_URI", None)
        with self._said.open("wb") as said:
            return subprocess.Popen(self._command, cwd=PROJECT, env=environment, stdout=said)

    def _totals(self, process: subprocess.Popen[bytes]) -> dict[str, int]:
        process.wait()
        totals: dict[str, int] = json.loads(self._said.read_bytes())["totals"]
        return totals


def insert_under_text(file: Path, db: Database, mongod: int) -> dict[str, Any]:
    """Insert the same documents by the driver alone, where MongoDB indexes the words itself."""
    texts = db["articles"]
    # The languages of the articles are not all among those that MongoDB has stemmers for.
    texts.create_index([("title", "text"), ("body_text", "text")], language_override="none")
    start, articles, before = time.perf_counter(), 0, own_cpu_seconds(mongod)
    with file.open() as lines:
        while documents := [json.loads(line) for line in islice(lines, CHUNK)]:
            texts.insert_many(documents, ordered=False)
            articles += len(documents)
    seconds = time.perf_counter() - start
    db.client.close()
    return {
        "seconds": round(seconds, 1),
        "articles_per_second": round(articles / seconds, 1),
        "cpu_ms_per_article": {
            "mongod": round(1_000 * (own_cpu_seconds(mongod) - before) / articles, 2)
        },
    }


def _own(pid: int) -> list[int]:
    """Give the command's own process and those that read for it; the database is not theirs."""
    return [pid, *(each for each in tree(pid)[1:] if b"seed.reading" in _command_line(each))]


def _command_line(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _rss(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main()
