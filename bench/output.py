"""What it costs to write answers: a schema's `dump`, or the compiled output, then orjson.

`python -m bench.output [--rounds N]`; CPU time in one process, the two in turn.
"""

import argparse
import time
from collections.abc import Callable
from datetime import datetime
from statistics import median
from typing import Any

import orjson
from bson import tz_util

from schemas.article import (
    FIELDS,
    LISTED,
    RELATED,
    article_output,
    article_schema,
    related_output,
    related_schema,
)

ROUND_SECONDS = 0.05
MOMENT = datetime(2025, 6, 16, 8, tzinfo=tz_util.utc)
"""In UTC as MongoDB's driver gives it."""
PARAGRAPH = "The two countries agreed to hold talks on trade, security and travel this summer. "


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=40, help="how often each is measured")
    options = parser.parse_args()
    print(f"{'median microseconds a call':28}{'dump':>10}{'compiled':>10}{'ratio':>8}")
    for name, dumping, compiled in cases():
        assert dumping() == compiled(), "they write different bytes"
        slow, fast = measure([dumping, compiled], options.rounds)
        print(f"{name:28}{slow:10.1f}{fast:10.1f}{slow / fast:8.1f}")


def cases() -> list[tuple[str, Callable[[], bytes], Callable[[], bytes]]]:
    """Give what is compared: a name, the answer by `dump`, and the answer by compiled output."""
    one = article_schema(FIELDS)
    listed = article_schema(LISTED)
    related = related_schema(RELATED)
    write_one = article_output(frozenset(FIELDS))
    write_listed = article_output(frozenset(LISTED))
    write_related = related_output(frozenset(RELATED))
    whole = article(0)
    few = [{name: article(number).get(name) for name in LISTED} for number in range(20)]
    linked = [listed_one | link(place) for place, listed_one in enumerate(few, start=1)]
    return [
        (
            "one article",
            lambda: orjson.dumps(one.dump(whole)),
            lambda: orjson.dumps(write_one(whole)),
        ),
        (
            "list of 20",
            lambda: orjson.dumps({"data": listed.dump(few, many=True), "next": None}),
            lambda: orjson.dumps({"data": [write_listed(each) for each in few], "next": None}),
        ),
        (
            "20 related",
            lambda: orjson.dumps({"data": related.dump(linked, many=True), "next": None}),
            lambda: orjson.dumps({"data": [write_related(each) for each in linked], "next": None}),
        ),
    ]


def measure(functions: list[Callable[[], bytes]], rounds: int) -> list[float]:
    """Give for each function the median CPU time of a call, in microseconds."""
    calls = [max(1, int(ROUND_SECONDS / _cpu_seconds(function, 20))) for function in functions]
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for function, number, seconds in zip(functions, calls, times, strict=True):
            seconds.append(_cpu_seconds(function, number))
    return [median(seconds) * 1e6 for seconds in times]


def _cpu_seconds(function: Callable[[], bytes], number: int) -> float:
    started = time.process_time()
    for _ in range(number):
        function()
    return (time.process_time() - started) / number


def article(number: int) -> dict[str, Any]:
    """Give an article as the store gives it."""
    text = "\n\n".join([PARAGRAPH * 4] * 6)
    return {
        "id": f"{number:032x}",
        "slug": f"ties-grow-closer-{number}",
        "url": f"https://news.example/2025/06/16/ties-grow-closer-{number}",
        "title": f"Ties grow closer as talks are agreed for the summer, part {number}",
        "summary": PARAGRAPH * 3,
        "source": {"id": "korea-herald", "name": "Korea Herald"},
        "authors": ["Kim Min-ji", "Lee Joon"],
        "image_url": "https://news.example/ties.jpg",
        "published_at": MOMENT,
        "published": {"text": "8 hours ago", "precision": "hour", "inferred": True},
        "language": "en",
        "category": {"id": "politics", "name": "Politics"},
        "hashtags": [{"id": "seoul", "name": "Seoul"}, {"id": "diplomacy", "name": "Diplomacy"}],
        "word_count": 312,
        "reading_minutes": 2,
        "comments_count": 0,
        "body_text": text,
        "body_html": f"<p>{text}</p>",
        "created_at": MOMENT,
        "updated_at": MOMENT.replace(microsecond=123_000),
        "revision": 1,
    }


def link(place: int) -> dict[str, Any]:
    """Give what a link says."""
    return {"origin": "computed", "score": 0.41, "reasons": ["Seoul"], "position": place}


if __name__ == "__main__":
    main()
