"""What is asked for, and in which words each server wants to be asked."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import Enum
from typing import Any
from urllib.parse import quote

from bench.peers import place
from bench.words import END, SPAN
from schemas import cursor
from schemas.article import PLACE
from store.client import Database, Document

PAGE_SIZE = 20
DEEP_PAGE = 4_000
_IDS = 20_000
_HOT = 100
_WEEKS = 100


class Kind(Enum):
    """Whose addresses a server understands."""

    BYLINE = "Byline"
    FASTAPI = "FastAPI"
    EVE = "Eve"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class Sample:
    """Things that are there to be asked for."""

    ids: list[str]
    hot: list[str]
    sources: list[str]
    weeks: list[tuple[datetime, datetime]]
    deep_page: int
    before_deep_page: Document
    """The last article of the page before: where pages that go by place begin."""


def draw(db: Database, seed: int) -> Sample:
    """Draw a sample from a collection; the same from the same collection."""
    rng = random.Random(seed)
    ids = sorted(str(found["_id"]) for found in db["articles"].find({}, {"_id": 1}))
    chosen = rng.sample(ids, min(_IDS, len(ids)))
    deep_page = min(DEEP_PAGE, len(ids) // PAGE_SIZE * 8 // 10)
    before = (
        db["articles"]
        .find({}, {"listed_at": 1})
        .sort([("listed_at", -1), ("_id", -1)])
        .skip((deep_page - 1) * PAGE_SIZE - 1)
        .limit(1)
    )
    starts = [END - SPAN * rng.uniform(0.05, 1) for _ in range(_WEEKS)]
    days = [start.replace(hour=0, minute=0, second=0, microsecond=0) for start in starts]
    return Sample(
        ids=chosen,
        hot=chosen[:_HOT],
        sources=[str(found["_id"]) for found in db["sources"].find({}, {"_id": 1}).sort("_id")],
        weeks=[(day, day + timedelta(days=7)) for day in days],
        deep_page=deep_page,
        before_deep_page=before[0],
    )


Paths = Callable[[Kind, Sample], list[str]]


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of question, and with how many connections at once it is asked."""

    key: str
    title: str
    paths: Paths
    ids: Callable[[Kind, Any], list[str]]
    """Finds in an answer the ids of the articles it shows, to tell that all show the same."""
    connections: tuple[int, ...]
    basic: bool = False
    """Whether caches and servers of constant bytes are asked too; the answer is bytes to them."""


def _one(kind: Kind, sample: Sample) -> list[str]:
    if kind is Kind.CONSTANT:
        return ["/one"]
    folder = "/whole" if kind is Kind.EVE else PLACE
    return [f"{folder}/{one}" for one in sample.ids]


def _list(kind: Kind, _: Sample) -> list[str]:
    if kind is Kind.CONSTANT:
        return ["/list"]
    return [f"/articles?max_results={PAGE_SIZE}" if kind is Kind.EVE else _listing()]


def _related(kind: Kind, sample: Sample) -> list[str]:
    if kind is Kind.CONSTANT:
        return ["/related"]
    if kind is Kind.EVE:
        embedded = f"embedded={quote(json.dumps({'to': 1}))}"
        return [f"/links?{_where({'from': one})}&{embedded}" for one in sample.ids]
    return [f"{PLACE}/{one}/related" for one in sample.ids]


def _deep(kind: Kind, sample: Sample) -> list[str]:
    before = sample.before_deep_page
    if kind is Kind.EVE:
        return [f"/articles?max_results={PAGE_SIZE}&page={sample.deep_page}"]
    if kind is Kind.FASTAPI:
        return [_listing(after=place.write(before))]
    return [_listing(cursor=cursor.encode(before["listed_at"], before["_id"]))]


def _by_source(kind: Kind, sample: Sample) -> list[str]:
    if kind is Kind.EVE:
        return [_eve_listing({"source.id": source}) for source in sample.sources]
    return [_listing(source=source) for source in sample.sources]


def _by_date(kind: Kind, sample: Sample) -> list[str]:
    if kind is Kind.EVE:
        return [
            _eve_listing({"listed_at": {"$gte": _http_date(first), "$lte": _http_date(last)}})
            for first, last in sample.weeks
        ]
    return [
        _listing(
            published_from=f"{first:%Y-%m-%dT%H:%M:%SZ}", published_to=f"{last:%Y-%m-%dT%H:%M:%SZ}"
        )
        for first, last in sample.weeks
    ]


def _listing(**parameters: str) -> str:
    given = "".join(f"&{name}={quote(value)}" for name, value in parameters.items())
    return f"{PLACE}?limit={PAGE_SIZE}{given}"


def _eve_listing(where: Document) -> str:
    return f"/articles?max_results={PAGE_SIZE}&{_where(where)}"


def _where(where: Document) -> str:
    return f"where={quote(json.dumps(where))}"


def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def _id(kind: Kind, found: Any) -> list[str]:
    return [found["_id" if kind is Kind.EVE else "id"]]


def _ids(kind: Kind, found: Any) -> list[str]:
    if kind is Kind.EVE:
        return [one["_id"] for one in found["_items"]]
    return [one["id"] for one in found["data"]]


def _related_ids(kind: Kind, found: Any) -> list[str]:
    if kind is Kind.EVE:
        return [one["to"]["_id"] for one in found["_items"]]
    return _ids(kind, found)


CASES = (
    Case("one", "One article", _one, _id, (16, 64), basic=True),
    Case("list", f"List of {PAGE_SIZE}, page 1", _list, _ids, (16, 64), basic=True),
    Case("related", "Related articles", _related, _related_ids, (16, 64), basic=True),
    Case("deep", f"List of {PAGE_SIZE}, page {{deep_page:,}}", _deep, _ids, (16,)),
    Case("source", f"List of {PAGE_SIZE} of one source", _by_source, _ids, (16,)),
    Case("dates", f"List of {PAGE_SIZE} of one week", _by_date, _ids, (16,)),
)
