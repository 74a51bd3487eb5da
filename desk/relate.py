"""Relating: an article finds what is about the same, and those find it.

From one comparison with its neighbours follow the computed links of the article and, where it
belongs among their nearest, of the neighbours; the copies it is one of; and the story it is part
of (`desk.coverage`). Doing it again changes nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime, timedelta
from itertools import chain, islice, pairwise
from typing import Any

from desk.coverage import RELATED_SCORE, Coverage, Neighbourhood, related, stragglers
from desk.vocabulary import Vocabulary
from insight.ranking import Subject, hashes_of, rank, telling
from store import articles as articles_
from store import groups, links, neighbours, stories
from store.articles import UNDATED
from store.client import Database
from store.position import tie_of

Article = dict[str, Any]
Ties = list[int]
"""Articles that may be near another, by their ties."""

WINDOW = timedelta(days=30)
"""How far apart in time related articles may be."""
AHEAD = timedelta(days=3)
"""How much later than an article those are that it is compared with, where more will come."""
TELLING_TERMS = 10
CANDIDATES = 30
_COMMON = 10 * CANDIDATES
"""If more articles than that have an article's telling terms, more than a few have them in its
window, most likely."""
_QUESTIONS = 3
"""How many articles' neighbours are asked for at the same time."""
AT_ONCE = 25
"""How many articles are related at once: with those near them, some ten megabytes."""


def subject_of(article: Article) -> Subject:
    """Give what an article is about, as it is stored."""
    told_at = article["listed_at"]
    return Subject(
        article["id"],
        article["hashes"],
        article["weights"],
        None if told_at == UNDATED else told_at,
    )


class Relater:
    """Relates articles, some at a time; not to be shared by threads."""

    def __init__(self, db: Database, vocabulary: Vocabulary, *, in_turn: bool = False) -> None:
        """Relate the articles of a database, whose terms a vocabulary counts.

        With `in_turn`, all that are there and not related yet will be, the oldest first. So, as if
        each was related when it came, no story begins with one whose turn is yet to come, and
        where no other is later, those much later do not take the place of those before it: they
        will find it themselves.
        """
        self._db = db
        self._vocabulary = vocabulary
        self._in_turn = in_turn
        self._ahead = AHEAD if in_turn and groups.is_rest_latest(db) else WINDOW
        self._done: dict[str, int] = {}

    @property
    def unmarked(self) -> int:
        """Tell how many articles were related and are not marked."""
        return len(self._done)

    def mark(self) -> None:
        """Mark as related what was related."""
        if self._done:
            groups.mark_related(self._db, self.take())

    def take(self) -> dict[str, int]:
        """Give what was related and not marked, by id the revision, for another to mark."""
        done, self._done = self._done, {}
        return done

    def relate(self, articles: Sequence[Article], *, anew: Collection[str] = ()) -> None:
        """Find what is related to articles, as they are stored, and note it on both sides.

        Until they are marked as related, somebody else may do it again, which changes nothing.
        It comes to what it would come to if each had been stored and related after the other. With
        `anew`, the ids of those whose text or the method has changed, also what these were part of
        before is put in question.
        """
        rounds = [articles[at : at + AT_ONCE] for at in range(0, len(articles), AT_ONCE)]
        # MongoDB answers several questions at once, on as many cores.
        questions = ThreadPoolExecutor(_QUESTIONS)
        try:
            # What a round asks does not depend on what came of the last, so it is asked before.
            each = questions.map if len(articles) > 1 else map
            asked = (self._near(some, len(some), each) for some in rounds)
            for some, (near, _) in zip(rounds, pairwise(chain(asked, [()])), strict=True):
                self._relate(some, near, anew)
        finally:
            questions.shutdown(cancel_futures=True)

    def neighbourhood(self, article: Article) -> Neighbourhood:
        """Compare an article with those that share its most telling terms."""
        [around] = self._neighbourhoods([article], self._near([article], 1), _Round([article]))
        return around

    def _relate(
        self, articles: Sequence[Article], near: Iterable[Ties], anew: Collection[str]
    ) -> None:
        ids = [article["id"] for article in articles]
        here = _Round(articles)
        around = self._neighbourhoods(articles, near, here)
        offered = {match.id for each in around for match in related(each)}
        known = links.computed(
            self._db, list({*ids, *offered}), [id_ for id_ in ids if id_ in anew]
        )
        coverage = Coverage(known)
        for turn, each in enumerate(around):
            is_anew = each.article["id"] in anew
            coverage.cover(each, anew=is_anew)
            if (is_anew or not each.article.get("story")) and coverage.join_story(each):
                for straggler in stragglers(each):
                    # Of those that are only near, the words are not read.
                    straggler.update(articles_.find(self._db, straggler["id"], ["terms"]))
                    near = self._near([straggler], here.size)
                    [found] = self._neighbourhoods([straggler], near, here, turn)
                    coverage.join_story(found)
        links.rewrite_computed(self._db, known, coverage.links)
        groups.assign(self._db, copies=coverage.copies, story=coverage.story)
        stories.refresh(self._db, coverage.stories)
        self._done |= {article["id"]: article["revision"] for article in articles}

    def _near(
        self, articles: Sequence[Article], beside: int, each: Callable[..., Iterable[Ties]] = map
    ) -> Iterable[Ties]:
        """Ask for what may be near each article, and so many more that may not be there yet."""
        subjects = list(map(subject_of, articles))
        lexicon = self._vocabulary.lexicon(hashes_of(subjects))
        told = [telling(subject, lexicon, TELLING_TERMS) for subject in subjects]
        common = [
            lexicon.having(hashes_of([subject])[[place for place, _ in terms]]).sum()
            for subject, terms in zip(subjects, told, strict=True)
        ]
        return each(
            # In a copy of our context, which has what is left of the time for all of this.
            lambda own, *asked: own.run(self._ask, *asked, beside),
            [copy_context() for _ in articles],
            [
                {article["terms"][place]: value for place, value in terms}
                for article, terms in zip(articles, told, strict=True)
            ],
            [subject.told_at for subject in subjects],
            # No more than are wanted are all compared, and it is their scores that put them in
            # order; where so many articles have the terms, it is not worth looking for so few.
            [CANDIDATES if number <= _COMMON else 0 for number in common],
        )

    def _ask(
        self, terms: Mapping[str, float], told_at: datetime | None, few: int, beside: int
    ) -> Ties:
        within = (told_at - WINDOW, told_at + self._ahead) if told_at else None
        return neighbours.near(self._db, terms, within=within, limit=CANDIDATES + beside, few=few)

    def _neighbourhoods(
        self,
        articles: Sequence[Article],
        found: Iterable[Ties],
        here: "_Round",
        turn: int | None = None,
    ) -> list[Neighbourhood]:
        """Compare each article with those that are there in its turn, or all in this turn."""
        subjects = list(map(subject_of, articles))
        turns = [at if turn is None else turn for at in range(len(articles))]
        ties = [
            here.there(near, article, at)
            for near, article, at in zip(found, articles, turns, strict=True)
        ]
        here.meet(neighbours.subjects(self._db, here.unmet(chain.from_iterable(ties))))
        near = [here.met(each) for each in ties]
        others = {other["id"]: subject_of(other) for other in chain.from_iterable(near)}
        lexicon = self._vocabulary.lexicon(hashes_of([*subjects, *others.values()]))
        return [
            Neighbourhood(
                article,
                {other["id"]: other for other in there},
                rank(
                    subject,
                    [others[other["id"]] for other in there],
                    lexicon,
                    explained_from=RELATED_SCORE,
                ),
                {other["id"] for other in there if self._is_waiting(other, here)},
            )
            for article, subject, there in zip(articles, subjects, near, strict=True)
        ]

    def _is_waiting(self, other: Article, here: "_Round") -> bool:
        """Tell whether an article will be related after those of this round."""
        if not self._in_turn or "unrelated" not in other:
            return False
        return not (other.get("story") or other["id"] in self._done or here.has(other))


class _Round:
    """The articles that are met while some are related, by their ties: each is one object.

    So what one comes to belong to is seen by those after it. Those that are related have turns,
    and one whose turn has not come is not there yet.
    """

    def __init__(self, articles: Sequence[Article]) -> None:
        self._met = {tie_of(article["id"]): article for article in articles}
        self._turns = {tie: turn for turn, tie in enumerate(self._met)}
        self.size = len(articles)

    def there(self, ties: Iterable[int], article: Article, turn: int) -> list[int]:
        """Give the first of the candidates that are there in a turn, without the article."""
        own = tie_of(article["id"])
        there = (tie for tie in ties if tie != own and self._turns.get(tie, turn) <= turn)
        return list(islice(there, CANDIDATES))

    def has(self, article: Article) -> bool:
        """Tell whether an article is one of those that are related."""
        return tie_of(article["id"]) in self._turns

    def unmet(self, ties: Iterable[int]) -> set[int]:
        return set(ties) - self._met.keys()

    def meet(self, articles: Iterable[Article]) -> None:
        self._met.update((article["tie"], article) for article in articles)

    def met(self, ties: Iterable[int]) -> list[Article]:
        """Give the articles; one that is gone since it was found is left out."""
        return [self._met[tie] for tie in ties if tie in self._met]
