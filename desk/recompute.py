"""Relating many articles: those that were stored without it, or all of them anew.

Anew is after a change of method, or of what was stored before there was one: every article's terms
are worked out and counted, and it is marked as one that is not related. Then each is related, the
oldest first, as it would have been when it came. Readers see each article as before until it is its
turn. What a page or an editor said stays; stories that still hold keep their ids. Cut short, it is
simply begun again.
"""

from collections.abc import Iterator
from itertools import islice

from desk.compose import index
from desk.relate import AT_ONCE, Relater
from desk.vocabulary import Vocabulary
from store import articles, groups, publication, vocabulary
from store.client import Database

BATCH = 8 * AT_ONCE
"""How many are read at once: MongoDB looks for what may be near some while others are compared."""


def relate_rest(db: Database) -> Iterator[int]:
    """Relate the articles that are not related yet; give how many are, as it goes on."""
    relater, done = Relater(db, Vocabulary(db), in_turn=True), 0
    while some := groups.unrelated(db, limit=BATCH):
        relater.relate(some, anew=[article["id"] for article in some])
        relater.mark()
        done += len(some)
        yield done


def reindex(db: Database) -> Iterator[int]:
    """Work out anew what every article is found by, and let none be related.

    Gives how many articles that was done for, as it goes on.
    """
    vocabulary.clear(db)
    counts, done = Vocabulary(db), 0
    every = articles.every(db)
    while some := list(islice(every, BATCH)):
        for article in some:
            indexed = index(article)
            if any(article.get(name) != value for name, value in indexed.items()):
                publication.reindex(db, article["id"], indexed)
            counts.count(indexed["terms"])
        groups.mark_unrelated(db, [article["id"] for article in some])
        done += len(some)
        yield done
    counts.write()
