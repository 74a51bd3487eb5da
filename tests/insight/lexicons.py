"""Lexicons of words."""

import numpy as np

from insight.lexicon import Hashes, Lexicon
from insight.terms import hash_of


def hashed(*terms: str) -> Hashes:
    return np.array([hash_of(term) for term in terms], np.uint32)


def lexicon_of(counts: dict[str, int], articles: int) -> Lexicon:
    lexicon = Lexicon(articles)
    lexicon.learn(hashed(*counts), list(counts.values()))
    return lexicon
