"""The collection that is measured: made once, kept in its folder, in the shape Byline stores.

One article of each source goes through the publisher itself, which makes the sources; the others
are composed as it composes them and inserted in bulk, because it looks up each one first. What
the publisher stored is compared with what is inserted, so that the two cannot come to differ.
"""

import hashlib
import os
import random
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from datetime import datetime
from multiprocessing import get_context
from typing import Any

from pymongo import WriteConcern
from tqdm import tqdm

from bench.words import END, SOURCES, Writer
from desk import publish
from desk.compose import compose
from desk.vocabulary import Vocabulary
from schemas.article import ArticleDraftSchema
from store import indexes, vocabulary
from store.client import Database, Document, connect
from store.publication import to_store

CHUNK = 1_000
"""Articles that a process makes at a time; an article's related ones are of its own chunk."""


class ShapeError(Exception):
    """What is inserted here is no longer what the publisher stores."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Which articles: how many, and the seed from which they are made."""

    articles: int
    seed: int

    @property
    def database(self) -> str:
        """Name the database that holds it."""
        return f"bench_{self.articles}"


def ensure(uri: str, corpus: Corpus, *, fresh: bool = False) -> None:
    """Make the collection unless it is there, made from the same parameters by the same code."""
    db = connect(uri, corpus.database)
    try:
        wanted = asdict(corpus) | {"shape": _fingerprint(corpus)}
        if fresh or db["bench"].find_one({"_id": "corpus"}, {"_id": 0}) != wanted:
            db.client.drop_database(corpus.database)
            _make(db, uri, corpus)
            db["bench"].insert_one({"_id": "corpus", **wanted})
        indexes.prepare(db)
    finally:
        db.client.close()


def _make(db: Database, uri: str, corpus: Corpus) -> None:
    with tqdm(total=corpus.articles, unit="article", desc="making articles") as bar:
        for made in _insert_all(uri, corpus):
            bar.update(made)
    print("counting terms and making indexes ...", flush=True)
    _count_terms(db)
    indexes.prepare(db)


def _count_terms(db: Database) -> None:
    """Count the terms of all articles, as the newsroom counts those of each that comes."""
    vocabulary.clear(db)
    counts = Vocabulary(db)
    for article in db["articles"].find({}, {"terms": 1}):
        counts.count(article["terms"])
    counts.write()


def _insert_all(uri: str, corpus: Corpus) -> Iterator[int]:
    # Not forked: a forked child would take the database connection with it.
    pool = ProcessPoolExecutor(
        len(os.sched_getaffinity(0)),
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(uri, corpus),
    )
    try:
        starts = range(0, corpus.articles, CHUNK)
        for done in as_completed([pool.submit(_insert_chunk, start) for start in starts]):
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Work:
    """What a process that makes articles has at hand."""

    db: Database
    writer: Writer


_work: list[_Work] = []


def _begin(uri: str, corpus: Corpus) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that waits for us
    _work.append(_Work(connect(uri, corpus.database), Writer(corpus.articles, corpus.seed)))


def _insert_chunk(start: int) -> int:
    [work] = _work
    stop = min(start + CHUNK, work.writer.articles)
    drafts = _valid(work.writer.drafts(start, stop))
    articles = [
        to_store(compose(draft, _moment(draft))) | {"seq": number}
        for number, draft in enumerate(drafts, start + 1)
    ]
    links = list(_links([article["_id"] for article in articles], random.Random(start)))
    if start == 0:
        articles, links = _publish_first(work.db, drafts, articles, links)
    _insert(work.db, "articles", articles)
    _insert(work.db, "links", links)
    return stop - start


def _publish_first(
    db: Database, drafts: list[dict[str, Any]], articles: list[Document], links: list[Document]
) -> tuple[list[Document], list[Document]]:
    """Publish an article of each source, and a link; give the articles and links that remain."""
    for draft in drafts[:SOURCES]:
        publish.publish(db, draft)
    publish.link(db, links[0]["from"], [links[0]["to"]])
    _check_shape(db["articles"].find_one({"_id": articles[0]["_id"]}), articles[0])
    _check_shape(db["links"].find_one({"_id": links[0]["_id"]}), links[0])
    return articles[SOURCES:], links[1:]


def _valid(drafts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Check and complete drafts as `validate_draft` does, with one schema for all of them."""
    valid: list[dict[str, Any]] = ArticleDraftSchema(many=True).load(drafts)
    return valid


def _moment(draft: dict[str, Any]) -> datetime:
    """Tell when an article was stored: when it was captured, so that a seed tells all."""
    moment: datetime = draft["captured_at"]
    return moment


def _links(ids: list[str], rng: random.Random) -> Iterator[Document]:
    """Link each article to some five others of its time, as `store.links` stores that."""
    for from_id in ids:
        chosen = rng.sample(ids, min(rng.randint(3, 7), len(ids)))
        others = [to_id for to_id in chosen if to_id != from_id]
        for position, to_id in enumerate(others, start=1):
            yield {
                "_id": f"{from_id}:{to_id}:page",
                "from": from_id,
                "to": to_id,
                "origin": "page",
                "score": None,
                "reasons": [],
                "position": position,
            }


def _insert(db: Database, collection: str, documents: list[Document]) -> None:
    """Insert without waiting for the disk: what a crash loses is simply made again."""
    if documents:
        target = db.get_collection(collection, write_concern=WriteConcern(w=1, j=False))
        target.insert_many(documents, ordered=False)


def _check_shape(stored: Document | None, ours: Document) -> None:
    """Compare what the publisher stored with what is inserted in bulk; raise ShapeError."""
    if stored is None or stored.keys() != ours.keys():
        raise ShapeError(f"the publisher stores {stored}, but bench/data.py would insert {ours}")


def _fingerprint(corpus: Corpus) -> str:
    """Give a hash that changes when an article would be made or stored in another way."""
    drafts = _valid(Writer(corpus.articles, corpus.seed).drafts(0, 3))
    stored = [sorted(compose(draft, END).items()) for draft in drafts]
    return hashlib.sha256(repr(stored).encode()).hexdigest()[:16]
