"""The newsroom: what happens to an article once it is known to be good.

It is published, its terms are counted, it is related to what is there. One newsroom serves one
thread; several may work on one database at once.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any

from desk import publish
from desk.compose import Article, compose
from desk.later import Later, Notes
from desk.publish import Allow, Outcome, anybody, now
from desk.relate import Relater
from desk.vocabulary import Vocabulary
from store.client import Database


class Newsrooms:
    """Newsrooms for many threads: one that is free knows already how frequent many terms are."""

    _KEPT = 2
    """How many wait for work at most; each knows up to a few megabytes."""

    def __init__(self, db: Database) -> None:
        """Make newsrooms of a database, when there is work for them."""
        self._db = db
        self._free: deque[Newsroom] = deque(maxlen=self._KEPT)
        self._later = Later(db)

    @contextmanager
    def one(self) -> Iterator["Newsroom"]:
        """Give a newsroom for a while, to one thread; one that failed is not given again."""
        try:
            newsroom = self._free.pop()
        except IndexError:
            newsroom = Newsroom(self._db)
        try:
            yield newsroom
        finally:
            self._later.add(newsroom.notes())
        self._free.append(newsroom)

    def close(self) -> None:
        """Write what there is to note, at the end of the process."""
        self._later.write()


class Newsroom(AbstractContextManager["Newsroom"]):
    """Publishes articles; used in a `with`, it writes what there is to note when it closes."""

    _MOST_UNMARKED = 100
    """So many articles may be related again if this process is killed."""

    def __init__(self, db: Database, *, relate: bool = True) -> None:
        """Work on a database; without `relate`, what comes stays unrelated until later."""
        self._db = db
        self._vocabulary = Vocabulary(db)
        self._relater = Relater(db, self._vocabulary) if relate else None

    def publish(self, draft: dict[str, Any], *, allow: Allow = anybody) -> Outcome:
        """Store a valid draft and relate the article; the same draft again changes nothing.

        Raises what `desk.publish.publish` raises.
        """
        [outcome] = self.publish_all([compose(draft, now())], allow=allow)
        return outcome

    def publish_all(self, articles: Sequence[Article], *, allow: Allow = anybody) -> list[Outcome]:
        """Store and relate articles, as `desk.compose.compose` made them, in their order.

        Raises what `desk.publish.publish_all` raises.
        """
        outcomes = publish.publish_all(self._db, articles, allow=allow)
        self._take_in(outcomes)
        return outcomes

    def edit(self, stored: Article, wanted: Article) -> Outcome:
        """Store what `desk.edit.edit` made of an article, and relate it anew.

        Raises ConflictError when the article has changed since it was read.
        """
        outcome = publish.edit(self._db, stored, wanted)
        self._take_in([outcome])
        return outcome

    def delete(self, stored: Article) -> None:
        """Take an article away for good; raise ConflictError when it has changed meanwhile."""
        publish.delete(self._db, stored)
        self._vocabulary.count((), stored.get("terms", ()), articles=-1)

    def _take_in(self, outcomes: Sequence[Outcome]) -> None:
        """Count the terms of what was stored, and relate it."""
        for outcome in outcomes:
            if outcome.article and outcome.status != "unchanged":
                is_new = outcome.status == "new"
                terms, former = outcome.article["terms"], outcome.former_terms
                self._vocabulary.count(terms, former, articles=is_new)
        if self._relater:
            # An article that came twice is related as it is in the end, under the id it has then.
            last = {each.article_id: each for each in outcomes if each.article}
            stored = [each.article for each in last.values() if each.article]
            gone = {former for article in stored for former in article["former_ids"]}
            self._relater.relate(
                [article for article in stored if article["id"] not in gone],
                anew={id_ for id_, outcome in last.items() if outcome.status != "new"},
            )
            if self._relater.unmarked >= self._MOST_UNMARKED:
                self._relater.mark()

    def link(self, article_id: str, related_ids: list[str]) -> int:
        """Link an article to those that its page names, in order; give how many links are new."""
        return publish.link(self._db, article_id, related_ids)

    def notes(self) -> Notes:
        """Give what there is to note and was not written, for another to write."""
        return Notes(self._vocabulary.take(), self._relater.take() if self._relater else {})

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what there is to note."""
        self._vocabulary.write()
        if self._relater:
            self._relater.mark()
