"""The newsroom: what happens to an article once it is known to be good.

It is published, its terms are counted, it is related to what is there. One newsroom serves one
thread; several may work on one database at once.
"""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from desk import publish
from desk.publish import Outcome
from desk.relate import Relater
from store.client import Database
from store.vocabulary import Vocabulary


class Newsroom(AbstractContextManager["Newsroom"]):
    """Publishes drafts; used in a `with`, it writes what it counted when it closes."""

    def __init__(self, db: Database) -> None:
        """Work on a database."""
        self._db = db
        self._vocabulary = Vocabulary(db)
        self._relater = Relater(db, self._vocabulary)

    def publish(self, draft: dict[str, Any]) -> Outcome:
        """Store a valid draft and relate the article; the same draft again changes nothing.

        Raises what `desk.publish.publish` raises.
        """
        outcome = publish.publish(self._db, draft)
        if outcome.article:
            is_new = outcome.status == "new"
            terms, former_terms = outcome.article["terms"], outcome.former_terms
            self._vocabulary.count(terms, former_terms, articles=is_new)
            self._relater.forget([*terms, *former_terms])
            self._relater.relate(outcome.article, anew=not is_new)
        return outcome

    def link(self, article_id: str, related_ids: list[str]) -> int:
        """Link an article to those that its page names, in order; give how many links are new."""
        return publish.link(self._db, article_id, related_ids)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what was counted."""
        self._vocabulary.write()
