"""How long searching and publishing take: `python -m bench.search [--articles N]`.

On the collection of made-up articles that bench.http uses. Words are taken from all over the
vocabulary, by how many articles have them, and asked for newest first as a list of 20: through the
code that serves them, and beside it through MongoDB's own `$text` on the same texts.
"""

import argparse
import gc
import random
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

from bench import data, machine
from bench.words import Writer
from desk import search
from desk.newsroom import Newsroom
from insight.matching import FIELDS
from insight.terms import hash_of
from schemas.article import LISTED, validate_draft
from store.articles import ArticleFilter
from store.client import Database, connect
from store.embedded import private_mongod
from store.vocabulary import ARTICLES

BANDS = (3, 30, 300, 1_000, 3_000, 10_000, 30_000, 60_000)
"""How many of 100,000 articles have a word, about."""
WORDS = 20
"""How many words, or pairs of words, are taken of each band."""
PUBLISHED = 300
SEED = 20_261
_READ = 5_000
"""How many articles are read to learn words."""
PAGE = 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000, help="how many (100,000)")
    parser.add_argument("--data", type=Path, default=Path("var/bench"), help="where they are kept")
    parser.add_argument("--alone", action="store_true", help="leave $text out; it takes long")
    options = parser.parse_args()
    print(machine.machine())
    with private_mongod(options.data) as uri:
        corpus = data.Corpus(options.articles, seed=1)
        data.ensure(uri, corpus)
        db = connect(uri, corpus.database)
        if not options.alone:
            _ensure_text(db)
        bands = _bands(db)
        gc.freeze()  # as a server's worker does
        beside = not options.alone
        words_only = {str(band): words for band, words in bands.items()}
        _report("one word", db, words_only, beside=beside)
        _report("two words", db, dict(_pairs(bands)), beside=beside)
        _report_publishing(db, options.articles)
        db.client.close()


def _report(title: str, db: Database, cases: dict[str, list[str]], *, beside: bool) -> None:
    print(f"\n{title}: ms, median (longest)\n{'':>16} {'byline':>18} {'$text':>18}")
    every: list[float] = []
    for case, questions in cases.items():
        ours = [_timed(partial(_search, db, question)) for question in questions]
        theirs = [_timed(partial(_text, db, question)) for question in questions if beside]
        every += ours
        print(f"{case:>16} {_summed(ours):>18} {_summed(theirs):>18}", flush=True)
    print(f"{'all':>16} {_summed(every):>18}")


def _search(db: Database, words: str) -> None:
    question = search.ask(db, words, FIELDS, ArticleFilter())
    search.page(db, question, after=None, newest_first=True, limit=PAGE, fields=LISTED)


def _text(db: Database, words: str) -> None:
    every = " ".join(f'"{word}"' for word in words.split())
    found = db["texts"].find({"$text": {"$search": every}}, {"listed_at": 1})
    list(found.sort("listed_at", -1).limit(PAGE).max_time_ms(20_000))


def _ensure_text(db: Database) -> None:
    """Copy the texts into a collection with a text index, once."""
    if "text" in db["texts"].index_information():
        return
    print("making the text index ...", flush=True)
    fields = {"title": 1, "body_text": 1, "listed_at": 1}
    db["articles"].aggregate([{"$project": fields}, {"$out": "texts"}])
    db["texts"].create_index([("title", "text"), ("body_text", "text")], name="text")


def _bands(db: Database) -> dict[int, list[str]]:
    """Take some words of each frequency; those nearest to it."""
    total = db["vocabulary"].find_one({"_id": ARTICLES}) or {"articles": 0}
    share = total["articles"] / 100_000
    read = db["articles"].find({}, {"terms": 1}).limit(_READ)
    words = {term for article in read for term in article["terms"] if re.fullmatch("[a-z]+", term)}
    taken = {}
    for band in BANDS:
        wanted = {"articles": {"$gte": 0.7 * band * share, "$lte": 1.4 * band * share}}
        hashes = {entry["_id"] for entry in db["vocabulary"].find(wanted)}
        found = sorted(word for word in words if hash_of(word) in hashes)
        taken[band] = random.Random(SEED).sample(found, min(WORDS, len(found)))
    return taken


def _pairs(bands: dict[int, list[str]]) -> Iterator[tuple[str, list[str]]]:
    rng = random.Random(SEED)
    for one in BANDS:
        for other in BANDS:
            if 30 <= one <= other:
                firsts, seconds = (rng.sample(bands[b], len(bands[b])) for b in (one, other))
                yield (
                    f"{one} {other}",
                    [f"{a} {b}" for a, b in zip(firsts, seconds, strict=False) if a != b],
                )


def _report_publishing(db: Database, stored: int) -> None:
    """Publish articles as the seed script does, and take them away again."""
    writer = Writer(stored, seed=SEED)
    drafts = [validate_draft(draft) for draft in writer.drafts(stored - PUBLISHED, stored)]
    spent, ids = [], []
    try:
        with Newsroom(db) as newsroom:
            for draft in drafts:
                started = time.perf_counter()
                ids.append(newsroom.publish(draft).article_id)
                spent.append((time.perf_counter() - started) * 1000)
    finally:
        db["articles"].delete_many({"_id": {"$in": ids}})
        db["links"].delete_many({"$or": [{"from": {"$in": ids}}, {"to": {"$in": ids}}]})
    warm = sorted(spent[len(spent) // 3 :])
    print(f"\npublishing and relating one article: {_summed(warm)} ms, median (longest)")


def _timed(work: Callable[[], None]) -> float:
    """Give the milliseconds of the second run: the first fetches what is on disk."""
    work()
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _summed(times: list[float]) -> str:
    return f"{median(times):.1f} ({max(times):.1f})" if times else "-"


if __name__ == "__main__":
    main()
