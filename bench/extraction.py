"""How well and how fast article pages are read: `python -m bench.extraction FOLDER`.

The folder is one of the article-extraction-benchmark's form: `ground-truth.json` gives for every ID
the `articleBody` that a person took from a page and its `url`; `html/ID.html.gz` is the page. Each
page goes the way of a document that is loaded, up to what would be stored of it. The texts are
judged as that benchmark judges them: by shingles of four words, counted as often as they come.
"""

import argparse
import gzip
import json
import re
import resource
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import Any

from bench.judging import Score
from bench.machine import load_average, machine
from desk.compose import Article, compose
from schemas.article import validate_draft
from seed import formats
from seed.found import FormatError, Origin

SHINGLE = 4
"""How many words make a shingle."""
METADATA = ("title", "url", "source", "authors", "published", "image_url", "language", "lead")
"""What a page may say of its article; how many pages' was found is reported."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many shingles two texts share, and how many only one of them has."""

    shared: int
    only_found: int
    only_true: int

    @property
    def precision(self) -> float | None:
        """Give which part of what was found is right; None if nothing was found."""
        found = self.shared + self.only_found
        return self.shared / found if found else None

    @property
    def recall(self) -> float | None:
        """Give which part of what is right was found; None if there is nothing to find."""
        true = self.shared + self.only_true
        return self.shared / true if true else None

    @property
    def exact(self) -> bool:
        """Tell whether the two texts have the same shingles."""
        return not (self.only_found or self.only_true)


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a page: the article, or why there is none, and the seconds it took."""

    id: str
    counts: Counts
    seconds: float
    article: Article | None = None
    error: str | None = None


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Give the runs of four words of a text; one that is shorter is a run by itself."""
    words = _WORD.findall(text)
    runs = range(max(1, len(words) - SHINGLE + 1)) if words else ()
    return Counter(tuple(words[at : at + SHINGLE]) for at in runs)


def compare(found: str, true: str) -> Counts:
    """Count the shingles that the text that was found shares with the true one."""
    one, other = shingles(found), shingles(true)
    return Counts((one & other).total(), (one - other).total(), (other - one).total())


def judge(pages: Iterable[Counts]) -> Score:
    """Give the mean precision and the mean recall of pages, whose F1 is that of the benchmark.

    As there, a page on which nothing was found has no precision, and counts in the recall alone.
    """
    pages = list(pages)
    return Score(
        fmean(page.precision for page in pages if page.precision is not None),
        fmean(page.recall for page in pages if page.recall is not None),
    )


def read(id_: str, data: bytes, url: str | None, true: str) -> Read:
    """Read a page as it would be stored; one that cannot be read counts as an empty text."""
    started = time.process_time()
    article, error = None, None
    try:
        found = formats.read(data, Origin(url, None))
        article = compose(validate_draft(found.articles[0].draft), datetime.now(UTC))
    except FormatError as reason:
        error = str(reason)
    seconds = time.process_time() - started
    return Read(
        id_, compare(article["body_text"] if article else "", true), seconds, article, error
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.extraction", description=__doc__)
    parser.add_argument("folder", type=Path, help="with ground-truth.json and html/")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="list the worst pages")
    options = parser.parse_args()
    truth = json.loads((options.folder / "ground-truth.json").read_bytes())
    pages = list(_read_all(options.folder, truth))
    print(json.dumps(_report(pages), indent=2))
    for page in sorted(pages, key=_agreement)[: options.worst]:
        print(f"{page.id[:12]} {_part(page.counts.precision)} {_part(page.counts.recall)}", end=" ")
        print(page.error or truth[page.id].get("url"))


def _read_all(folder: Path, truth: Mapping[str, Any]) -> Iterator[Read]:
    warm = True
    for id_, entry in truth.items():
        page = gzip.decompress((folder / "html" / f"{id_}.html.gz").read_bytes())
        if warm:  # what is loaded once, at the first page, is not the price of a page
            read(id_, page, entry.get("url"), "")
            warm = False
        yield read(id_, page, entry.get("url"), entry.get("articleBody", ""))


def _report(pages: list[Read]) -> dict[str, Any]:
    times = [1_000 * page.seconds for page in pages]
    # Each half by itself tells how much of a difference is chance.
    halves = [judge(page.counts for page in pages[half::2]).f1 for half in (0, 1)]
    return {
        "machine": machine(),
        "load": load_average(),
        "pages": len(pages),
        "body": judge(page.counts for page in pages).as_dict()
        | {"f1_of_halves": halves, "exact": fmean(page.counts.exact for page in pages)},
        "not_read": {page.id: page.error for page in pages if page.error},
        "metadata": {
            name: sum(bool(page.article and page.article[name]) for page in pages)
            for name in METADATA
        },
        "cpu_ms_a_page": {
            "mean": fmean(times),
            "median": median(times),
            "p95": quantiles(times, n=20)[-1],
            "max": max(times),
        },
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _agreement(page: Read) -> float:
    return Score(page.counts.precision or 0.0, page.counts.recall or 0.0).f1


def _part(value: float | None) -> str:
    return "  -  " if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
