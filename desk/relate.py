"""Relating: an article finds what is about the same, and those find it.

From one comparison with its neighbours follow the computed links of the article and, where it
belongs among their nearest, of the neighbours; the copies it is one of; and the story it is part
of. Doing it again changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
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
"""From this score on an article is related; DESIGN measured 0.25 to 0.30 on labelled events."""
MOST_RELATED = 5
MOST_OFFERED = 20
"""How many of its nearest an article is offered to as one of theirs."""
STORY_SCORE = 0.28
"""From this mean score of its nearest members on, an article belongs to a story."""
STORY_MEMBERS = 3
REASONS = 3

WINDOW = timedelta(days=30)
"""How far apart in time related articles may be."""
TELLING_TERMS = 24
CANDIDATES = 60
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

    def relate(self, article_id: str, *, anew: bool = False) -> None:
        """Find what is related to an article and note it on both sides; raise NotFoundError.

        An article stays in its story, unless it is to find one `anew`.
        """
        around = self.neighbourhood(articles.find(self._db, article_id))
        group = self._group_copies(around)
        self._link(around, group)
        own_story = around.article.get("story")
        if own_story is None or anew:
            self._join_story(around, own_story)

    def neighbourhood(self, article: Article) -> Neighbourhood:
        """Compare an article with those that share its most telling terms."""
        subject = subject_of(article)
        terms = telling(subject, self._learn(subject.terms), TELLING_TERMS)
        found = neighbours.near(
            self._db, terms, within=_window(subject.told_at), limit=CANDIDATES + 1
        )
        near = {other["id"]: other for other in found if other["id"] != article["id"]}
        others = [subject_of(other) for other in near.values()]
        rarity = self._learn(term for other in others for term in other.terms)
        return Neighbourhood(article, near, rank(subject, others, rarity))

    def forget(self, terms: Iterable[str]) -> None:
        """Ask anew, when they are needed, for the counts of terms that have changed."""
        for term in terms:
            self._rarity.pop(term, None)

    def _learn(self, terms: Iterable[str]) -> Rarity:
        """Give the rarity of terms, worked out anew when the collection has grown noticeably."""
        total = self._vocabulary.counts([ARTICLES])[ARTICLES]
        if not self._rarity.articles <= total <= self._rarity.articles * _NOTICEABLE:
            self._rarity = Rarity({}, total)
        if unknown := set(terms).difference(self._rarity):
            self._rarity.learn(self._vocabulary.counts(unknown))
        return self._rarity

    def _group_copies(self, around: Neighbourhood) -> str | None:
        """Put an article with its nearest copy; give the name of the group."""
        own = around.article
        for match in around.matches:
            other = around.near[match.id]
            if match.score < COPY_SCORE:
                break
            if are_copies(own["fingerprint"], other["fingerprint"]):
                group = other.get("copies") or own.get("copies") or other["id"]
                articles.group(self._db, [own["id"], other["id"]], copies=group)
                other["copies"] = group
                return str(group)
        return own.get("copies")

    def _link(self, around: Neighbourhood, group: str | None) -> None:
        """Link an article to its nearest, and those to it where it is among their nearest."""
        own = around.article | {"copies": group}
        nearest: list[Match] = []
        groups = {group} - {None}
        for match in around.matches:
            copies = around.near[match.id].get("copies")
            if match.score < RELATED_SCORE or len(nearest) == MOST_RELATED:
                break
            if copies is None or copies not in groups:
                nearest.append(match)
                groups |= {copies} - {None}
        related = [match for match in around.matches if match.score >= RELATED_SCORE]
        computed = _computed(own, related[:MOST_OFFERED])
        links.compute(
            self._db,
            own["id"],
            {match.id: computed[match.id] for match in nearest if match.id in computed},
            offered={
                id_: link for id_, link in computed.items() if not _same(own, around.near[id_])
            },
            most=MOST_RELATED,
        )

    def _join_story(self, around: Neighbourhood, former: str | None) -> None:
        """Put an article into the story that its nearest are part of, or begin one with them."""
        scores: dict[str, list[float]] = defaultdict(list)
        founders: dict[str, str] = {}
        for match in around.matches:
            story = around.near[match.id].get("story") or identity.story_id(match.id)
            scores[story].append(match.score)
            founders.setdefault(story, match.id)
        nearest = {story: fmean(found[:STORY_MEMBERS]) for story, found in scores.items()}
        story = max(nearest, key=lambda each: (nearest[each], each), default=None)
        if story is None or nearest[story] < STORY_SCORE:
            story = None
        if story is not None:
            articles.group(self._db, [around.article["id"], founders[story]], story=story)
            stories.refresh(self._db, story)
        if former is not None and former != story:
            if story is None:
                articles.ungroup(self._db, around.article["id"], "story")
            stories.refresh(self._db, former)


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


def _same(one: Article, other: Article) -> bool:
    """Tell whether two articles are copies of one text."""
    return one.get("copies") is not None and one["copies"] == other.get("copies")
