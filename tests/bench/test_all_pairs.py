import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from bench.all_pairs import AllPairs
from insight.lexicon import Lexicon
from insight.ranking import Subject, hashes_of, rank
from insight.terms import hashes

START = datetime(2025, 6, 16, tzinfo=UTC)


def subjects(number: int, seed: int) -> list[Subject]:
    """Make articles of a few common and many rare terms, most of them dated."""
    rng = random.Random(seed)
    made = []
    for at in range(number):
        terms = list({f"term {int(rng.paretovariate(0.6)) % 200}" for _ in range(12)})
        weights = bytes(sorted((rng.randint(1, 255) for _ in terms), reverse=True))
        told_at = START + timedelta(hours=rng.randint(0, 2_000)) if rng.random() < 0.8 else None
        made.append(Subject(f"{at:02}", hashes(terms), weights, told_at))
    return made


def lexicon_of(collection: list[Subject]) -> Lexicon:
    terms, counts = np.unique(hashes_of(collection), return_counts=True)
    lexicon = Lexicon(len(collection))
    lexicon.learn(terms, counts)
    return lexicon


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 40])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_says_what_rank_says(number: int, seed: int) -> None:
    collection = subjects(number, seed)
    rarity = lexicon_of(collection)
    every = AllPairs(collection, rarity)
    for subject in collection:
        expected = [(match.id, match.score) for match in rank(subject, collection, rarity)]
        found = every.ranking(subject.id)
        assert [id_ for id_, _ in found] == [id_ for id_, _ in expected]
        assert [score for _, score in found] == pytest.approx([score for _, score in expected])


def test_articles_of_the_same_words_follow_each_other_by_their_ids() -> None:
    same = [Subject(id_, hashes(["fire", "seoul"]), bytes([9, 4])) for id_ in "dacb"]
    every = AllPairs(same, lexicon_of(same))
    assert [id_ for id_, _ in every.ranking("c")] == ["a", "b", "d"]


def test_articles_that_share_nothing_and_have_nothing_are_ranked_all_the_same() -> None:
    every = AllPairs([Subject("a", b"", b""), Subject("b", hashes(["fire"]), b"\1")], Lexicon(2))
    assert every.ranking("a") == [("b", 0.0)]
    assert every.ranking("b") == [("a", 0.0)]
