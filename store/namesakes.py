"""What is there that articles may be: those that are called the same, or were, and those deleted.

All of it is one question, since it is asked of every article that comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from store import finding
from store.client import Database, Document, outward
from store.finding import Asked
from store.guard import reading

_MOST_TITLED = 500


@dataclass(frozen=True, slots=True)
class Names:
    """What some articles are called."""

    ids: Sequence[str]
    guids: Sequence[str]
    titles: Sequence[str]
    """The normalised titles of those that have a source."""
    of_nobody: Sequence[str]
    """The normalised titles of those that have none."""


@dataclass(frozen=True, slots=True)
class Namesakes:
    """What is called the same."""

    named: list[Document]
    """Articles that have one of the ids, now or formerly, or are called one of the guids."""
    titled: list[Document]
    """Articles under the titles: without a source those that have one, and the other way round."""
    buried: dict[str, str]
    """By each of the ids and guids that a deleted article had, its id."""


@reading
def find(db: Database, names: Names) -> Namesakes:
    """Find the namesakes of articles; under one title not all of very many."""
    ids, guids = {"$in": list(names.ids)}, {"$in": list(names.guids)}
    ways: list[Document] = [{"_id": ids}, {"former_ids": ids}]
    if names.guids:
        ways.append({"guids": guids})
    asked = [
        Asked("articles", {"$or": ways}),
        Asked("tombstones", {"names": {"$in": [*names.ids, *names.guids]}}),
    ]
    if names.titles:
        where: Document = {"title_key": {"$in": list(names.titles)}, "source": None}
        asked.append(Asked("articles", where, _MOST_TITLED))
    if names.of_nobody:
        where = {"title_key": {"$in": list(names.of_nobody)}}
        asked.append(Asked("articles", where, _MOST_TITLED))
    named, stones, *titled = finding.find_each(db, *asked)
    return Namesakes(
        list(map(outward, named)),
        [outward(each) for found in titled for each in found],
        {name: stone["_id"] for stone in stones for name in stone.get("names", ())},
    )
