"""What becomes of articles that were compared: links, groups of copies, stories. Pure.

Changes are gathered here, and noted on the articles at once, so that those which come together see
each other's; `desk.relate` stores them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from statistics import fmean
from typing import Any

from desk import identity
from insight.copies import are_copies
from insight.ranking import Match
from insight.terms import as_written, language_of
from store.links import Computed, Links

Article = dict[str, Any]

RELATED_SCORE = 0.25
"""From this score on an article is related. On labelled events nearly all links above are right,
and few below are missed."""
MOST_RELATED = 5
MOST_OFFERED = 20
"""How many of its nearest an article is offered to as one of theirs."""
REASONS = 3
COPY_SCORE = 0.4
"""Copies share most of their words: below this score, their fingerprints need no look."""
STORY_SCORE = 0.28
"""From this mean score of its nearest members on, an article belongs to a story."""
STORY_MEMBERS = 3


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """An article, those near it by id, and how near each is, the nearest first."""

    article: Article
    near: Mapping[str, Article]
    matches: list[Match]
    waiting: Collection[str] = ()
    """Those near it whose turn is yet to come, unless they are part of a story already."""


def related(around: Neighbourhood) -> list[Match]:
    """Give those that are near enough to be related."""
    return [match for match in around.matches if match.score >= RELATED_SCORE]


def stragglers(around: Neighbourhood) -> list[Article]:
    """Give the nearest that found no story when they came, and may find one now."""
    nearest = islice(_met(around), STORY_MEMBERS + 1)
    return [
        around.near[match.id]
        for match in nearest
        if match.score >= STORY_SCORE and not around.near[match.id].get("story")
    ]


def _met(around: Neighbourhood) -> Iterator[Match]:
    """Give those that may be of its story."""
    return (match for match in around.matches if match.id not in around.waiting)


class Coverage:
    """How articles belong together, and what of that has changed."""

    def __init__(self, links: Links) -> None:
        """Begin with the computed links that start at the articles and at all related to them."""
        self.links: Links = defaultdict(dict, {start: dict(ends) for start, ends in links.items()})
        self.copies: dict[str, str | None] = {}
        """By article the group of copies it has come to, or None for none."""
        self.story: dict[str, str | None] = {}
        self.stories: set[str] = set()
        """The stories that are no longer what they were."""

    def cover(self, around: Neighbourhood, *, anew: bool) -> None:
        """Put an article with its copies, and link it to its nearest and those to it.

        With `anew`, also what it was part of before is put in question.
        """
        self._group_copies(around, anew=anew)
        self._link(around, anew=anew)

    def join_story(self, around: Neighbourhood) -> bool:
        """Put an article into the story of its nearest, or begin one; tell whether there is one."""
        scores: dict[str, list[float]] = defaultdict(list)
        founders: dict[str, Article] = {}
        for match in _met(around):
            story = around.near[match.id].get("story") or identity.story_id(match.id)
            scores[story].append(match.score)
            founders.setdefault(story, around.near[match.id])
        nearest = {story: fmean(found[:STORY_MEMBERS]) for story, found in scores.items()}
        story = max(nearest, key=lambda each: (nearest[each], each), default=None)
        if story is None or nearest[story] < STORY_SCORE:
            self._tell(around.article, None)
            return False
        self._tell(around.article, story)
        self._tell(founders[story], story)
        return True

    def _tell(self, article: Article, story: str | None) -> None:
        """Let an article belong to a story, or to none."""
        former = article.get("story")
        self.stories |= {each for each in (former, story) if each}
        if former != story:
            article["story"] = self.story[article["id"]] = story

    def _group_copies(self, around: Neighbourhood, *, anew: bool) -> None:
        own = around.article
        copies = [
            around.near[match.id]
            for match in around.matches
            if match.score >= COPY_SCORE
            and are_copies(own["fingerprint"], around.near[match.id]["fingerprint"])
        ]
        if not copies:
            if anew and own.get("copies"):
                own["copies"] = self.copies[own["id"]] = None
            return
        groups = sorted({copy["copies"] for copy in copies if copy.get("copies")})
        group = str(groups[0] if groups else own.get("copies") or copies[0]["id"])
        # An article that is a copy of two that were not known for copies joins their groups.
        for copy in (own, *copies):
            if copy.get("copies") != group:
                copy["copies"] = self.copies[copy["id"]] = group

    def _link(self, around: Neighbourhood, *, anew: bool) -> None:
        own = around.article
        others = [match for match in related(around) if not _same(own, around.near[match.id])]
        computed = _computed(own, others[:MOST_OFFERED])
        nearest = [match.id for match in islice(_distinct(others, around.near), MOST_RELATED)]
        if anew:
            self._give_up(own["id"], {match.id for match in others})
        self.links[own["id"]] = {id_: computed[id_] for id_ in nearest if id_ in computed}
        twins = {id_ for id_, other in around.near.items() if _same(own, other)}
        for other_id, offer in computed.items():
            # One that leads to a copy already does not take another.
            if twins.isdisjoint(self.links[other_id]):
                self._offer(other_id, own["id"], offer)

    def _offer(self, from_id: str, to_id: str, link: Computed) -> None:
        """Let an article lead to another, if that is among its nearest, and no more than those."""
        links = {**self.links[from_id], to_id: link}
        nearest = sorted(links.items(), key=lambda item: (-item[1].score, item[0]))
        self.links[from_id] = dict(nearest[:MOST_RELATED])

    def _give_up(self, article_id: str, near: set[str]) -> None:
        """Let nothing lead to an article that is not near it."""
        for from_id in self.links.keys() - near:
            self.links[from_id].pop(article_id, None)


def _computed(article: Article, matches: list[Match]) -> dict[str, Computed]:
    """Give the links to what matched; their reasons are what is shared, in the article's words."""
    terms = article["terms"]
    shared = {terms[place] for match in matches for place in match.shared}
    text = f"{article['title']}\n{article['body_text']}"
    written = as_written(shared, text, language_of(article["terms"])) if shared else {}
    return {
        match.id: Computed(
            round(match.score, 3), _words((terms[place] for place in match.shared), written)
        )
        for match in matches
    }


def _words(terms: Iterable[str], written: Mapping[str, str]) -> tuple[str, ...]:
    words = dict.fromkeys(written[term] for term in terms if term in written)
    return tuple(islice(words, REASONS))


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
