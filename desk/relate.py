"""Relating: an article finds what is about the same, and those find it.

From one comparison with its neighbours follow the computed links of the article and, where it
belongs among their nearest, of the neighbours; the copies it is one of; and the story it is part
of. Doing it again changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, filterfalse
from statistics import fmean
from typing import Any

from desk import identity
from insight.copies import are_copies
from insight.ranking import Match, Rarity, Subject, rank, telling
from insight.terms import as_written, language_of
from store import articles, links, neighbours, stories
from store.articles import UNDATED
from store.client import Database
from store.vocabulary import ARTICLES, Vocabulary

Article = dict[str, Any]

RELATED_SCORE = 0.25
"""From this score on an article is related. On labelled events nearly all links above are right,
and few below are missed."""
MOST_RELATED = 5
MOST_OFFERED = 20
"""How many of its nearest an article is offered to as one of theirs."""
STORY_SCORE = 0.28
"""From this mean score of its nearest members on, an article belongs to a story."""
STORY_MEMBERS = 3
REASONS = 3

WINDOW = timedelta(days=30)
"""How far apart in time related articles may be."""
TELLING_TERMS = 20
CANDIDATES = 30
COPY_SCORE = 0.4
"""Copies share most of their words: below this score, their fingerprints need no look."""


def subject_of(article: Article) -> Subject:
    """Give what an article is about, as it is stored."""
    told_at = article["listed_at"]
    return Subject(
        article["id"],
        article["terms"][: len(article["weights"])],
        article["weights"],
        None if told_at == UNDATED else told_at,
    )


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """An article, those near it by id, and how near each is, the nearest first."""

    article: Article
    near: Mapping[str, Article]
    matches: list[Match]


class Relater:
    """Relates articles, one after the other; not to be shared by threads."""

    def __init__(self, db: Database, vocabulary: Vocabulary) -> None:
        """Relate the articles of a database, whose terms a vocabulary counts."""
        self._db = db
        self._vocabulary = vocabulary
        self._rarity = Rarity({}, 0)

    def relate(self, article: Article, *, anew: bool = False) -> None:
        """Find what is related to an article, as it is stored, and note it on both sides.

        With `anew`, because its text or the method has changed, also what it was part of before
        is put in question.
        """
        around = self.neighbourhood(article)
        group = self._group_copies(around, anew=anew)
        self._link(around, group, anew=anew)
        if anew or not article.get("story"):
            joined = self._join_story(around)
            for match in self._stragglers(around) if joined else ():
                self._join_story(self.neighbourhood(articles.find(self._db, match.id)))

    def neighbourhood(self, article: Article) -> Neighbourhood:
        """Compare an article with those that share its most telling terms."""
        subject = subject_of(article)
        rarity = self._current_rarity()
        self._learn(rarity, [subject])
        terms = telling(subject, rarity, TELLING_TERMS)
        found = neighbours.near(
            self._db, terms, within=_window(subject.told_at), limit=CANDIDATES + 1
        )
        near = {other["id"]: other for other in found if other["id"] != article["id"]}
        others = [subject_of(other) for other in near.values()]
        self._learn(rarity, others)
        return Neighbourhood(article, near, rank(subject, others, rarity))

    def forget(self, terms: Iterable[str]) -> None:
        """Ask anew, when they are needed, for the counts of terms that have changed."""
        for term in terms:
            self._rarity.pop(term, None)

    def _current_rarity(self) -> Rarity:
        """Give the rarities, to be worked out anew when the collection has grown noticeably."""
        total = self._vocabulary.counts([ARTICLES])[ARTICLES]
        if not self._rarity.articles <= total <= self._rarity.articles * _NOTICEABLE:
            self._rarity = Rarity({}, total)
        return self._rarity

    def _learn(self, rarity: Rarity, subjects: Iterable[Subject]) -> None:
        terms = chain.from_iterable(subject.terms for subject in subjects)
        if unknown := set(filterfalse(rarity.__contains__, terms)):
            rarity.learn(self._vocabulary.counts(unknown))

    def _group_copies(self, around: Neighbourhood, *, anew: bool) -> str | None:
        """Put an article with its copies; give the name of the group."""
        own = around.article
        copies = [
            around.near[match.id]
            for match in around.matches
            if match.score >= COPY_SCORE
            and are_copies(own["fingerprint"], around.near[match.id]["fingerprint"])
        ]
        if not copies:
            if anew and own.get("copies"):
                articles.ungroup(self._db, own["id"], "copies")
            return None if anew else own.get("copies")
        groups = sorted({copy["copies"] for copy in copies if copy.get("copies")})
        group = str(groups[0] if groups else own.get("copies") or copies[0]["id"])
        # An article that is a copy of two that were not known for copies joins their groups.
        articles.group(self._db, [own["id"], *(copy["id"] for copy in copies)], copies=group)
        for copy in copies:
            copy["copies"] = group
        return group

    def _link(self, around: Neighbourhood, group: str | None, *, anew: bool) -> None:
        """Link an article to its nearest, and those to it where it is among their nearest."""
        own = around.article | {"copies": group}
        related = [match for match in around.matches if match.score >= RELATED_SCORE]
        others = [match for match in related if not _same(own, around.near[match.id])]
        computed = _computed(own, others[:MOST_OFFERED])
        nearest = list(_distinct(others, around.near))[:MOST_RELATED]
        links.compute(
            self._db,
            own["id"],
            {match.id: computed[match.id] for match in nearest if match.id in computed},
            offered=computed,
            most=MOST_RELATED,
            twins={id_ for id_, other in around.near.items() if _same(own, other)},
            near={match.id for match in others} if anew else None,
        )

    def _join_story(self, around: Neighbourhood) -> bool:
        """Put an article into the story of its nearest, or begin one; tell whether there is one."""
        scores: dict[str, list[float]] = defaultdict(list)
        founders: dict[str, str] = {}
        for match in around.matches:
            story = around.near[match.id].get("story") or identity.story_id(match.id)
            scores[story].append(match.score)
            founders.setdefault(story, match.id)
        nearest = {story: fmean(found[:STORY_MEMBERS]) for story, found in scores.items()}
        story = max(nearest, key=lambda each: (nearest[each], each), default=None)
        former = around.article.get("story")
        if story is None or nearest[story] < STORY_SCORE:
            if former:
                articles.ungroup(self._db, around.article["id"], "story")
                stories.dissolve(self._db, former)
            return False
        articles.group(self._db, [around.article["id"], founders[story]], story=story)
        stories.refresh(self._db, story)
        if former and former != story:
            stories.dissolve(self._db, former)
        return True

    def _stragglers(self, around: Neighbourhood) -> list[Match]:
        """Give the nearest that found no story when they came, and may find one now."""
        founder = around.matches[0].id
        return [
            match
            for match in around.matches[: STORY_MEMBERS + 1]
            if match.score >= STORY_SCORE
            and match.id != founder
            and not around.near[match.id].get("story")
        ]


_NOTICEABLE = 1.01


def _window(told_at: datetime | None) -> tuple[datetime, datetime] | None:
    return (told_at - WINDOW, told_at + WINDOW) if told_at else None


def _computed(article: Article, matches: list[Match]) -> dict[str, links.Computed]:
    """Give the links to what matched; their reasons are what is shared, in the article's words."""
    shared = {term for match in matches for term in match.shared}
    text = f"{article['title']}\n{article['body_text']}"
    written = as_written(shared, text, language_of(article["terms"])) if shared else {}
    return {
        match.id: links.Computed(round(match.score, 3), _words(match.shared, written))
        for match in matches
    }


def _words(terms: Iterable[str], written: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(written[term] for term in terms if term in written))[:REASONS]


def _distinct(matches: Iterable[Match], near: Mapping[str, Article]) -> Iterator[Match]:
    """Leave out of several copies of one text all but the nearest."""
    seen: set[str] = set()
    for match in matches:
        copies = near[match.id].get("copies")
        if copies is None or copies not in seen:
            seen.add(copies or "")
            yield match


def _same(one: Article, other: Article) -> bool:
    """Tell whether two articles are copies of one text."""
    return one.get("copies") is not None and one["copies"] == other.get("copies")
