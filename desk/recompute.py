"""Relating everything anew: after a change of method, or of what was stored before there was one.

First every article's terms are worked out and counted; then each is related, the oldest first, as
it would have been when it came. Readers see each article as before until it is its turn. What a
page or an editor said stays; stories that still hold keep their ids. Cut short, it is simply begun
again.
"""

from collections.abc import Iterator

from desk.compose import index
from desk.relate import Relater
from store import articles, vocabulary
from store.client import Database
from store.vocabulary import Vocabulary


def recompute(db: Database) -> Iterator[int]:
    """Relate every article anew; give, after each step of two, how many are related so far."""
    vocabulary.clear(db)
    counts = Vocabulary(db)
    for article in articles.every(db):
        indexed = index(article)
        if any(article.get(name) != value for name, value in indexed.items()):
            articles.reindex(db, article["id"], indexed)
        counts.count(indexed["terms"])
        yield 0
    counts.write()
    relater = Relater(db, counts)
    for done, article in enumerate(articles.every(db, ["id"]), start=1):
        # Read once more: those before it may have taken it into a story.
        relater.relate(articles.find(db, article["id"]), anew=True)
        yield done
