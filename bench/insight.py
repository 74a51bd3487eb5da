"""How well Byline relates articles: `python -m bench.insight CORPUS.jsonl.gz [options]`.

The corpus has one JSON object a line: `id`, `title`, `text` and the `event` that people labelled
it with; where known, `published_at`, `source`, `language` and the article it is a `duplicate_of`.
The articles are published one after the other into a private MongoDB, by the same code that serves
readers, and what became of them is compared with the labels; bench/judging.py says how.
"""

import argparse
import gzip
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import fmean, median
from typing import Any
from urllib.parse import quote

from tqdm import tqdm

from bench import judging
from bench.all_pairs import AllPairs
from desk.coverage import MOST_RELATED
from desk.newsroom import Newsroom
from desk.recompute import reindex, relate_rest
from desk.relate import Relater, subject_of
from desk.vocabulary import Vocabulary
from insight.ranking import hashes_of
from schemas.article import validate_draft
from schemas.fields import parse_time
from store import indexes
from store.client import Database, connect, outward
from store.embedded import private_mongod
from store.links import COMPUTED

LONGEST_TITLE = 1_000
LONGEST_BODY = 2_000_000

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article to publish, and what people said of it."""

    id: str
    event: str | None
    duplicate_of: str | None
    draft: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was published, by the ids that Byline gave."""

    db: Database
    events: Mapping[str, str]
    duplicate_of: Mapping[str, str | None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--distractors", type=Path, help="more articles, taken to be of no event")
    parser.add_argument("--seed", type=int, default=1, help="for the order of loading")
    parser.add_argument("--limit", type=int, help="only so many articles of the corpus")
    parser.add_argument(
        "--at-once", action="store_true", help="store all, then relate, as into a new database"
    )
    options = parser.parse_args()
    articles = list(read(options.corpus))[: options.limit]
    if options.distractors:
        articles += [unlabelled(each) for each in read(options.distractors)]
    order = arrange(articles, options.seed)
    with tempfile.TemporaryDirectory() as folder, private_mongod(Path(folder)) as uri:
        db = connect(uri, "bench")
        indexes.prepare(db)
        report = {"corpus": options.corpus.name, "order": order} | measure(
            db, articles, at_once=options.at_once
        )
        db.client.close()
    json.dump(rounded(report), sys.stdout, indent=1)
    print()


def read(path: Path) -> Iterator[Labelled]:
    """Read a corpus, compressed or not."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for line in lines:
            found = json.loads(line)
            yield Labelled(found["id"], found.get("event"), found.get("duplicate_of"), draft(found))


def draft(found: dict[str, Any]) -> dict[str, Any]:
    """Give an object of a corpus as a valid draft; what a draft cannot hold is cut or left out."""
    title, text = _clean(found.get("title")), _clean(found.get("text"))
    moment = found.get("published_at")
    return validate_draft(
        {
            "url": f"https://corpus.example/{quote(found['id'], safe='')}",
            "title": title[:LONGEST_TITLE] or text[:100].strip() or "Untitled",
            "body_text": text[:LONGEST_BODY],
            "source": found.get("source") or None,
            "language": found.get("language") or None,
            "published_at": parse_time(moment) if moment else None,
        }
    )


def _clean(text: str | None) -> str:
    """Leave out halves of surrogate pairs, which JSON can spell and UTF-8 cannot."""
    return (text or "").encode(errors="ignore").decode().strip()


def unlabelled(article: Labelled) -> Labelled:
    """Give an article of the distractors, whose own labels mean nothing here."""
    return Labelled(f"distractor {article.id}", None, None, article.draft | _url_of(article))


def _url_of(article: Labelled) -> dict[str, str]:
    return {"url": article.draft["url"].replace("corpus.example", "distractors.example")}


def arrange(articles: list[Labelled], seed: int) -> str:
    """Put articles in the order in which they came out, or in any; say which."""
    random.Random(seed).shuffle(articles)
    if not all(article.draft["published_at"] for article in articles):
        return f"shuffled with seed {seed}"
    articles.sort(key=lambda article: article.draft["published_at"])
    return "by published_at"


def measure(db: Database, articles: Sequence[Labelled], *, at_once: bool) -> Report:
    """Publish articles and judge what becomes of them, then once more when all is related anew."""
    started = time.perf_counter()
    loaded, seconds = publish(db, articles, relate=not at_once)
    for _ in relate_rest(db):
        pass
    report = {
        "articles": db["articles"].estimated_document_count(),
        "labelled": len(loaded.events),
        "events": len(set(loaded.events.values())),
        "seconds": time.perf_counter() - started,
        "publish_ms": spread(seconds),
        "ranking": judge_ranking(loaded),
        "production_ranking": judge_production_ranking(loaded),
        **judge_stored(loaded),
    }
    started = time.perf_counter()
    for _ in chain(reindex(db), relate_rest(db)):
        pass
    return report | {
        "recompute_seconds": time.perf_counter() - started,
        "recomputed": judge_stored(loaded),
    }


def judge_stored(loaded: Loaded) -> Report:
    """Judge what is stored of how articles belong together."""
    report = {"links": judge_links(loaded), "stories": judge_stories(loaded)}
    if any(loaded.duplicate_of.values()):
        report["duplicates"] = judge_duplicates(loaded)
    return report


def publish(
    db: Database, articles: Sequence[Labelled], *, relate: bool
) -> tuple[Loaded, list[float]]:
    """Publish articles in their order; give also the seconds that each took."""
    ids: dict[str, str] = {}
    seconds = []
    with Newsroom(db, relate=relate) as newsroom:
        for article in tqdm(articles, unit="article", desc="publishing"):
            started = time.perf_counter()
            outcome = newsroom.publish(article.draft)
            seconds.append(time.perf_counter() - started)
            ids[article.id] = outcome.article_id
    events = {ids[each.id]: each.event for each in articles if each.event is not None}
    copies = {
        ids[each.id]: ids.get(each.duplicate_of, each.duplicate_of) if each.duplicate_of else None
        for each in articles
    }
    return Loaded(db, events, copies), seconds


def spread(seconds: Sequence[float]) -> Report:
    """Give how long publishing took, and at the end of the load, when the collection was large."""
    return {
        "median": 1000 * median(seconds),
        "p95": 1000 * sorted(seconds)[round(0.95 * (len(seconds) - 1))],
        "last_tenth_mean": 1000 * fmean(seconds[-max(len(seconds) // 10, 1) :]),
    }


def judge_ranking(loaded: Loaded) -> Report:
    """Judge how each labelled article ranks all others, distractors among them."""
    found = loaded.db["articles"].find({}, {"hashes": 1, "weights": 1, "listed_at": 1})
    subjects = [subject_of(outward(article)) for article in found]
    collection = AllPairs(subjects, Vocabulary(loaded.db).lexicon(hashes_of(subjects)))
    wanted = judging.relevant(loaded.events)
    rankings = {
        id_: [other for other, _ in collection.ranking(id_)] for id_ in tqdm(wanted, desc="ranking")
    }
    precise = (judging.average_precision(rankings[id_], wanted[id_]) for id_ in wanted)
    return _first_places(rankings, wanted) | {"map": judging.mean(precise)}


def judge_production_ranking(loaded: Loaded) -> Report:
    """Judge how each labelled article ranks those that the database finds for it."""
    relater = Relater(loaded.db, Vocabulary(loaded.db))
    wanted = judging.relevant(loaded.events)
    rankings = {}
    for id_ in tqdm(wanted, desc="neighbourhoods"):
        article = outward(loaded.db["articles"].find_one({"_id": id_}) or {})
        rankings[id_] = [match.id for match in relater.neighbourhood(article).matches]
    return _first_places(rankings, wanted)


def _first_places(
    rankings: Mapping[str, Sequence[str]], wanted: Mapping[str, frozenset[str]]
) -> Report:
    return {
        f"p@{most}": judging.mean(
            judging.precision_at(most, rankings[id_], wanted[id_]) for id_ in wanted
        )
        for most in (1, 5)
    }


def judge_links(loaded: Loaded) -> Report:
    """Judge the computed links that are stored."""
    found = loaded.db["links"].find({"origin": COMPUTED}, {"from": 1, "to": 1, "_id": 0})
    links = [(link["from"], link["to"]) for link in found]
    return {
        "number": len(links),
        "from_labelled": sum(one in loaded.events for one, _ in links),
        "most_of_an_article": max(Counter(one for one, _ in links).values(), default=0),
        **judging.linked(links, loaded.events, MOST_RELATED).as_dict(),
    }


def judge_stories(loaded: Loaded) -> Report:
    """Judge the stories that articles carry."""
    stories = _named(loaded.db, "story")
    clusters = judging.grouped(loaded.duplicate_of, stories)
    return {
        "number": len(set(stories.values())),
        "with_labelled": len({stories[id_] for id_ in loaded.events if id_ in stories}),
        "labelled_without": sum(id_ not in stories for id_ in loaded.events),
        "bcubed": judging.bcubed(clusters, loaded.events).as_dict(),
        "pairwise": judging.pairwise(clusters, loaded.events).as_dict(),
        "adjusted_rand": judging.adjusted_rand(clusters, loaded.events),
    }


def judge_duplicates(loaded: Loaded) -> Report:
    """Judge the groups of copies; an article that nobody called a duplicate is one of its own."""
    copies = _named(loaded.db, "copies")
    clusters = judging.grouped(loaded.duplicate_of, copies)
    score = judging.pairwise(clusters, judging.originals(loaded.duplicate_of))
    return {"groups": len(set(copies.values())), **score.as_dict()}


def _named(db: Database, field: str) -> dict[str, str]:
    """Give the group that each article names in a field."""
    found = db["articles"].find({field: {"$exists": True}}, {field: 1})
    return {article["_id"]: article[field] for article in found if article[field]}


def rounded(report: Any) -> Any:
    """Give a report with its numbers as exact as they mean something."""
    if isinstance(report, dict):
        return {key: rounded(value) for key, value in report.items()}
    return round(report, 4) if isinstance(report, float) else report


if __name__ == "__main__":
    main()
