"""How long what counts takes: `python -m bench.counts`, on the collection that bench.http made."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from store import articles, labels, sources
from store.articles import ArticleFilter
from store.client import Database, connect
from store.embedded import private_mongod

DATA = Path("var/bench")
ROUNDS = 7


def main() -> None:
    with private_mongod(DATA) as uri:
        client = connect(uri, "admin").client
        for name in client.list_database_names():
            if name.startswith("bench_"):
                measure(client[name])
        client.close()


def measure(db: Database) -> None:
    """Print the median of each case."""
    busiest = max(sources.page(db, limit=100), key=lambda each: int(each["articles_count"]))
    cases: dict[str, Callable[[], object]] = {
        "a page of 20 sources": lambda: sources.page(db, limit=21),
        f"a source of {busiest['articles_count']:,}": lambda: sources.find(db, busiest["id"]),
        "a page of 20 hashtags": lambda: labels.page(db, "hashtags", limit=21),
        "a page of 20 categories": lambda: labels.page(db, "category", limit=21),
        "a count of everything": lambda: articles.count(db, ArticleFilter()),
    }
    print(f"{db['articles'].estimated_document_count():,} articles")
    for case, work in cases.items():
        print(f"  {case}: {median(timed(work) for _ in range(ROUNDS)):.1f} ms")


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
