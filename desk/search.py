"""Searching: from a question in words to the articles that answer it.

It becomes conditions that an index answers; what those cannot tell is looked up in the texts of
the articles that the index gives.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import fmean

from insight.matching import Leaf, Search, matches, need, without_small_words
from insight.query import Not, Or, Phrase, Query, Word, parse, words_of
from insight.relevance import bm25
from insight.terms import base_language, hash_of
from store import articles, vocabulary
from store.articles import ArticleFilter
from store.client import Database, Document
from store.conditions import All, AnyOf, Condition, Has, NoneOf, conjuncts
from store.position import Position
from store.walk import Walked, walk

TEXTS = ("title", "summary", "body_text", "terms")
"""What of an article is read to look something up in it."""

RANKED = 1_000
"""How many of the newest matches are ranked by relevance."""
COUNTED = 1_000
"""How many of the newest matches are counted for facets, or where texts must be looked up."""
MOST_FACETS = 50
"""How many values of one facet are named, the most frequent first."""

FACETS = {"source": "source", "category": "category", "hashtag": "hashtags", "language": "language"}
"""The facets that can be counted, and the field of an article that each is read from."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which articles are wanted."""

    where: ArticleFilter
    """What the database answers."""
    search: Search | None = None
    """What was asked for in words."""
    unsure: bool = False
    """Whether the terms cannot tell all of it, so that texts must be looked at."""
    distinct: bool = False
    """Whether one of several copies is enough."""
    counts: dict[str, int] = field(default_factory=dict)
    """How many articles have each term that was asked for; of `ARTICLES`, how many there are."""


def ask(
    db: Database, text: str, fields: Sequence[str], where: ArticleFilter, *, distinct: bool = False
) -> Question:
    """Turn a search in some of an article's texts into a question; raise QuerySyntaxError.

    Where nothing is searched for, every article answers.
    """
    query = parse(text)
    if query is None:
        return Question(where, distinct=distinct)
    spoken = [base_language(tag) for tag in where.languages] or vocabulary.languages(db)
    search = Search(without_small_words(query, spoken), fields, spoken)
    terms = {
        term for leaf in words_of(query) for group in need(leaf, search).groups for term in group
    }
    found = vocabulary.find(db, map(hash_of, terms))
    counts = {term: found.get(hash_of(term), 0) for term in terms}
    counts[vocabulary.ARTICLES] = found.get(vocabulary.ARTICLES, 0)
    condition, enough = _plan(search.query, search, counts)
    return Question(replace(where, terms=condition), search, not enough, distinct, counts)


def page(
    db: Database,
    question: Question,
    *,
    after: Position | None,
    newest_first: bool,
    limit: int,
    fields: Sequence[str],
    zoned: bool = True,
) -> Walked:
    """Find at most `limit` articles that follow a position, in order of publication.

    Without `zoned`, times are in UTC and do not say so, which is faster.
    """
    extra = (*(TEXTS if question.unsure else ()), *(("copies",) if question.distinct else ()))
    wanted = (*fields, "listed_at", *extra)
    fetch = partial(_fetch, db, question.where, newest_first, wanted, zoned)
    return walk(fetch, partial(_keep, db, question, newest_first), after=after, limit=limit)


def ranked(
    db: Database, question: Question, *, after: tuple[int, str] | None, limit: int
) -> list[tuple[int, str]]:
    """Give the scores (in millionths) and the ids of the most relevant of the newest matches.

    At most `limit` that follow a score and an id.
    """
    assert question.search  # noqa: S101 - only what was searched for can be relevant
    leaves = words_of(question.search.query)
    groups = [group for leaf in leaves for group in need(leaf, question.search).groups]
    where = question.where
    if question.unsure or question.distinct:
        newest = page(db, question, after=None, newest_first=True, limit=RANKED, fields=["id"])
        where = ArticleFilter(ids=[item["id"] for item in newest.items])
    rows = articles.term_weights(db, where, groups, limit=RANKED)
    total = question.counts.get(vocabulary.ARTICLES, 0)
    having = [sum(question.counts.get(term, 0) for term in group) for group in groups]
    length = fmean([row.words for row in rows] or [0])
    order = sorted(
        (
            (round(bm25(row.weights, row.words / (length or 1), having, total) * 1e6), row.id)
            for row in rows
        ),
        reverse=True,
    )
    return [each for each in order if after is None or each < after][:limit]


def count(db: Database, question: Question) -> tuple[int, int]:
    """Count the matches; give the number and where counting stops."""
    where = question.where
    # An index can count what has some terms, and what passes other filters, but not both.
    mixed = where.terms and (
        replace(where, terms=None).as_query() or not _is_countable(where.terms)
    )
    if question.unsure or question.distinct or mixed:
        return len(_newest(db, question, ["id"])), COUNTED
    return articles.count(db, where), articles.COUNT_CAP


def _is_countable(condition: Condition) -> bool:
    found = conjuncts(condition)
    return bool(found and found[0])


def facets(db: Database, question: Question, names: Sequence[str]) -> dict[str, list[Document]]:
    """Count the newest matches by source, category, hashtag or language, most frequent first."""
    newest = _newest(db, question, [FACETS[name] for name in names])
    return {name: _tally(newest, FACETS[name]) for name in names}


def _newest(db: Database, question: Question, fields: Sequence[str]) -> list[Document]:
    found = page(db, question, after=None, newest_first=True, limit=COUNTED, fields=fields)
    return found.items


def _tally(items: Sequence[Document], field: str) -> list[Document]:
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for item in items:
        value = item.get(field)
        for each in value if isinstance(value, list) else [value]:
            if each is not None:
                label = each if isinstance(each, dict) else {"id": each, "name": each}
                counts[label["id"]] += 1
                names.setdefault(label["id"], label["name"])
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_FACETS]
    return [{"id": id_, "name": names[id_], "articles_count": number} for id_, number in most]


def _fetch(
    db: Database,
    where: ArticleFilter,
    newest_first: bool,
    fields: Sequence[str],
    zoned: bool,
    after: Position | None,
    size: int,
) -> list[Document]:
    return articles.page(
        db,
        where,
        after=after,
        newest_first=newest_first,
        limit=size,
        fields=fields,
        zoned=zoned,
    )


def _keep(
    db: Database, question: Question, newest_first: bool, batch: Sequence[Document]
) -> list[Document]:
    """Keep what has what was asked for, and of copies the one that comes first in the list."""
    found = [item for item in batch if _answers(item, question)] if question.unsure else [*batch]
    if not question.distinct:
        return found
    groups = sorted({item["copies"] for item in found if item.get("copies")})
    if not groups:
        return found
    fields = ("id", "listed_at", "copies", *(TEXTS if question.unsure else ()))
    members = articles.page(
        db,
        replace(question.where, copies=groups),
        newest_first=newest_first,
        limit=_MOST_COPIES,
        fields=fields,
    )
    first: dict[str, str] = {}
    for member in members:
        if _answers(member, question):
            first.setdefault(member["copies"], member["id"])
    return [item for item in found if first.get(item.get("copies", ""), item["id"]) == item["id"]]


_MOST_COPIES = 2_000


def _answers(item: Document, question: Question) -> bool:
    return not question.unsure or question.search is None or matches(item, question.search)


def _plan(query: Query, search: Search, counts: dict[str, int]) -> tuple[Condition | None, bool]:
    """Give the condition that every match meets (None: no condition), and whether it is enough."""
    if isinstance(query, Word | Phrase):
        return _plan_leaf(query, search, counts)
    if isinstance(query, Not):
        condition, enough = _plan(query.part, search, counts)
        # What only may have something cannot be left out unseen.
        return (NoneOf([condition]), True) if condition and enough else (None, False)
    planned = [_plan(part, search, counts) for part in query.parts]
    enough = all(sure for _, sure in planned)
    parts = [condition for condition, _ in planned if condition]
    if isinstance(query, Or):
        # Where one part has no condition, anything may be a match.
        return (AnyOf(parts), enough) if len(parts) == len(planned) else (None, False)
    return (All(sorted(parts, key=partial(_estimate, counts))), enough) if parts else (None, enough)


def _plan_leaf(leaf: Leaf, search: Search, counts: dict[str, int]) -> tuple[Condition | None, bool]:
    needed = need(leaf, search)
    total = counts.get(vocabulary.ARTICLES, 0) or 1
    known = [Has(group, _number(counts, group) / total) for group in needed.groups]
    parts = sorted(known, key=partial(_estimate, counts))
    if not parts:
        return None, False
    return (parts[0] if len(parts) == 1 else All(parts)), needed.enough


def _estimate(counts: dict[str, int], condition: Condition) -> float:
    """Tell how many articles meet a condition, about: the index is entered where there are few."""
    match condition:
        case Has(terms):
            return _number(counts, terms)
        case All(parts):
            return min(map(partial(_estimate, counts), parts))
        case AnyOf(parts):
            return sum(map(partial(_estimate, counts), parts))
    return float("inf")


def _number(counts: dict[str, int], terms: Sequence[str]) -> int:
    """Tell how many articles have one of the terms, about: those with two count twice."""
    return sum(counts.get(term, 0) for term in terms)
