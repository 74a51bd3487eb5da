"""How well rankings, links and groups agree with what people labelled: pure functions.

`events` names the event of each labelled article. An article without one, a distractor, is never
asked about; where it stands beside a labelled article it is wrong there. What claims nothing is
not wrong: a precision of nothing, like a recall of nothing, is 1.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import comb
from statistics import fmean


@dataclass(frozen=True, slots=True)
class Score:
    """Which part of what was claimed is right, and which part of what is right was claimed."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Give the harmonic mean of the two (van Rijsbergen 1979)."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def as_dict(self) -> dict[str, float]:
        """Give the three numbers by their names."""
        return asdict(self) | {"f1": self.f1}


def relevant(events: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Give for each article that is not alone in its event the others of it."""
    members = defaultdict(set)
    for article, event in events.items():
        members[event].add(article)
    return {
        article: frozenset(members[event] - {article})
        for article, event in events.items()
        if len(members[event]) > 1
    }


def precision_at(most: int, ranking: Sequence[str], wanted: frozenset[str]) -> float:
    """Give which part of the first so many is wanted, of as many as there can be."""
    return sum(article in wanted for article in ranking[:most]) / min(most, len(wanted))


def average_precision(ranking: Iterable[str], wanted: frozenset[str]) -> float:
    """Give the mean of the precision at the place of each wanted article, 0 for a missing one.

    Its mean over queries is MAP (Buckley & Voorhees 2000).
    """
    places = (place for place, article in enumerate(ranking, start=1) if article in wanted)
    return sum(hits / place for hits, place in enumerate(places, start=1)) / len(wanted)


def linked(links: Iterable[tuple[str, str]], events: Mapping[str, str], most: int) -> Score:
    """Judge the links that lead from labelled articles, to at most so many each.

    To a distractor is wrong. There could be right ones to as many as the event has others.
    """
    wanted = relevant(events)
    judged = [(one, other) for one, other in links if one in events]
    right = sum(other in wanted.get(one, ()) for one, other in judged)
    possible = sum(min(most, len(others)) for others in wanted.values())
    return Score(_part(right, len(judged)), _part(right, possible))


def grouped(articles: Iterable[str], groups: Mapping[str, str]) -> dict[str, tuple[bool, str]]:
    """Give the group of every article: the one it is named in, else one that it makes alone."""
    return {
        article: (True, groups[article]) if article in groups else (False, article)
        for article in articles
    }


def bcubed(clusters: Mapping[str, Hashable], events: Mapping[str, str]) -> Score:
    """Judge clusters for each labelled article, and give the mean (Bagga & Baldwin 1998).

    Its precision is which part of its cluster, itself and distractors included, is of its event;
    its recall, which part of its event is in its cluster.
    """
    of_cluster, of_event = Counter(clusters.values()), Counter(events.values())
    of_both = Counter(_together(clusters, events))
    shared = {article: of_both[clusters[article], event] for article, event in events.items()}
    return Score(
        mean(shared[article] / of_cluster[clusters[article]] for article in events),
        mean(shared[article] / of_event[event] for article, event in events.items()),
    )


def pairwise(clusters: Mapping[str, Hashable], events: Mapping[str, str]) -> Score:
    """Judge the pairs of articles in one cluster (Manning, Raghavan & Schütze 2008, 16.3).

    A pair with a distractor is wrong; a pair of two distractors is not counted.
    """
    unlabelled = (clusters[article] for article in clusters if article not in events)
    claimed = _pairs(clusters.values()) - _pairs(unlabelled)
    right = _pairs(_together(clusters, events))
    return Score(_part(right, claimed), _part(right, _pairs(events.values())))


def adjusted_rand(clusters: Mapping[str, Hashable], events: Mapping[str, str]) -> float:
    """Give how far clusters agree with events beyond chance: 1 at best (Hubert & Arabie 1985).

    It compares two partitions of the same articles, so distractors are left out.
    """
    right = _pairs(_together(clusters, events))
    claimed = _pairs(clusters[article] for article in events)
    wanted = _pairs(events.values())
    chance = claimed * wanted / max(comb(len(events), 2), 1)
    most = (claimed + wanted) / 2
    return 1.0 if most == chance else (right - chance) / (most - chance)


def mean(values: Iterable[float]) -> float:
    """Give the mean, and of nothing 1."""
    known = list(values)
    return fmean(known) if known else 1.0


def originals(duplicate_of: Mapping[str, str | None]) -> dict[str, str]:
    """Give for each article the one that it is a copy of in the end, else itself."""
    return {article: _original(article, duplicate_of) for article in duplicate_of}


def _original(article: str, duplicate_of: Mapping[str, str | None]) -> str:
    way = [article]
    while (before := duplicate_of.get(way[-1])) and before not in way:
        way.append(before)
    # Some that name each other in a ring have no first: any one name will do for all of them.
    return min(way[way.index(before) :]) if before else way[-1]


def _together(
    clusters: Mapping[str, Hashable], events: Mapping[str, str]
) -> Iterator[tuple[Hashable, str]]:
    return ((clusters[article], event) for article, event in events.items())


def _pairs(labels: Iterable[Hashable]) -> int:
    return sum(comb(size, 2) for size in Counter(labels).values())


def _part(some: int, every: int) -> float:
    return some / every if every else 1.0
