"""Relating many articles: those that were stored without it, or all of them anew.

Anew is after a change of method, or of what was stored before there was one. First every article's
terms are worked out and counted; then each is related, the oldest first, as it would have been when
it came. Readers see each article as before until it is its turn. What a page or an editor said
stays; stories that still hold keep their ids. Cut short, it is simply begun again.
"""

from collections.abc import Iterator
from itertools import islice

from desk.compose import index
from desk.relate import AT_ONCE, Relater
from desk.vocabulary import Vocabulary
from store import articles, groups, publication, vocabulary
from store.client import Database


def relate_rest(db: Database) -> Iterator[int]:
    """Relate the articles that are not related yet; give how many are, as it goes on."""
    relater, done = Relater(db, Vocabulary(db)), 0
    while some := groups.unrelated(db, limit=AT_ONCE):
        relater.relate(some, anew=[article["id"] for article in some])
        relater.mark()
        done += len(some)
        yield done


def recompute(db: Database) -> Iterator[int]:
    """Relate every article anew; give, after each step of two, how many are related so far."""
    vocabulary.clear(db)
    counts = Vocabulary(db)
    for article in articles.every(db):
        indexed = index(article)
        if any(article.get(name) != value for name, value in indexed.items()):
            publication.reindex(db, article["id"], indexed)
        counts.count(indexed["terms"])
        yield 0
    counts.write()
    relater, done = Relater(db, counts), 0
    for ids in _batches(article["id"] for article in articles.every(db, ["id"])):
        # Read once more: those before may have taken them into a story.
        relater.relate(articles.find_many(db, ids), anew=ids)
        relater.mark()
        for _ in ids:
            done += 1
            yield done


def _batches(ids: Iterator[str]) -> Iterator[list[str]]:
    while some := list(islice(ids, AT_ONCE)):
        yield some
