"""What an article's terms must be, for a list to have it: a small language of our own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from store.client import Document


@dataclass(frozen=True, slots=True)
class Has:
    """One of these terms."""

    terms: tuple[str, ...]
    share: float | None = field(default=None, compare=False)
    """The share of all articles that have one, about; None if that is not known."""


@dataclass(frozen=True, slots=True)
class All:
    """All of these conditions; of none, always."""

    parts: Sequence["Condition"]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these conditions or more."""

    parts: Sequence["Condition"]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """None of these conditions."""

    parts: Sequence["Condition"]


Condition: TypeAlias = Has | All | AnyOf | NoneOf


def as_query(condition: Condition) -> Document:
    """Give a condition in MongoDB's words."""
    match condition:
        case Has((term,)):
            return {"terms": term}
        case Has(terms):
            return {"terms": {"$in": list(terms)}}
        case All(parts):
            return {"$and": [as_query(part) for part in parts]} if parts else {}
        case AnyOf(parts):
            return {"$or": [as_query(part) for part in parts]}
        case NoneOf(parts):
            return {"$nor": [as_query(part) for part in parts]}


def conjuncts(condition: Condition) -> tuple[list[Has], list[Has]] | None:
    """Give the terms that a condition wants all of and those it bars; None for another kind."""
    match condition:
        case Has():
            return [condition], []
        case NoneOf(parts) if all(isinstance(part, Has) for part in parts):
            return [], [part for part in parts if isinstance(part, Has)]
        case All(parts):
            found = [conjuncts(part) for part in parts]
            if None not in found:
                each = [pair for pair in found if pair]
                return [h for w, _ in each for h in w], [h for _, b in each for h in b]
    return None


def is_anchored(condition: Condition | None) -> bool:
    """Tell whether a condition asks for terms, so that the index on them gives what meets it."""
    match condition:
        case Has():
            return True
        case All(parts):
            return any(map(is_anchored, parts))
        case AnyOf(parts):
            return all(map(is_anchored, parts))
    return False
