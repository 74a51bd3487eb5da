"""What is written a moment after an article was published: nobody waits for it.

It is some two hundred counts of terms for each, and that it is related. A count that cannot be
written is forgone: it can be made again. What cannot be marked as related is marked with the next
that comes; if there is none it is related once more.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Lock, Timer

import structlog

from store import groups, vocabulary
from store.client import Database
from store.errors import UnavailableError
from store.vocabulary import Key

SECONDS = 1.0
"""How much later, at most."""

_log = structlog.get_logger("byline.later")


@dataclass(frozen=True, slots=True)
class Notes:
    """What there is to note of articles."""

    counts: Counter[Key]
    """Terms, and other things, by how many more articles have them."""
    related: dict[str, int]
    """Those that were related, by id the revision."""


class Later:
    """Writes notes of several threads, all at once."""

    def __init__(self, db: Database) -> None:
        """Write to a database."""
        self._db = db
        self._waiting = _nothing()
        self._is_awaited = False
        self._languages: set[Key] = set()
        self._lock = Lock()

    def add(self, notes: Notes) -> None:
        """Write the first of a language now, which who searches next needs, and the rest later."""
        counts = notes.counts
        new = {key for key in counts if isinstance(key, str)} - self._languages
        if self._try(partial(vocabulary.add, self._db, {key: counts[key] for key in new})):
            counts = Counter({key: number for key, number in counts.items() if key not in new})
        if not counts and not notes.related:
            return
        with self._lock:
            self._languages |= new
            self._waiting.counts.update(counts)
            self._waiting.related.update(notes.related)
            begins, self._is_awaited = not self._is_awaited, True
        if begins:
            timer = Timer(SECONDS, self.write)
            timer.daemon = True  # who ends writes it at once
            timer.start()

    def write(self) -> None:
        """Write what was not written yet; to be called once more at the end."""
        with self._lock:
            notes, self._waiting, self._is_awaited = self._waiting, _nothing(), False
        # First the marks: who is related again where counts are missing may come to something else.
        mark = partial(groups.mark_related, self._db, notes.related)
        if notes.related and not self._try(mark):
            with self._lock:  # what was marked since is in a later revision
                self._waiting.related.update(notes.related | self._waiting.related)
        self._try(partial(vocabulary.add, self._db, notes.counts))

    def _try(self, write: Callable[[], None]) -> bool:
        """Write, and tell whether that could be done."""
        try:
            write()
        except UnavailableError as error:
            _log.warning("what became of articles is not noted", reason=str(error))
            return False
        return True


def _nothing() -> Notes:
    return Notes(Counter(), {})
