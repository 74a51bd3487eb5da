"""How relevant an article is to a search. Pure functions."""

import math
from collections.abc import Sequence


def bm25(
    weights: Sequence[int], relative_length: float, having: Sequence[int], articles: int
) -> float:
    """Give how relevant an article is to a search (Robertson & Zaragoza 2009), from 0 on.

    For each thing searched for there is its weight in the article, and how many of all articles
    have it; the article's length is given in parts of the mean.
    """
    score = 0.0
    for weight, count in zip(weights, having, strict=True):
        rarity = math.log(1 + max(articles - count + 0.5, 0) / (count + 0.5))
        score += rarity * weight * (_K1 + 1) / (weight + _K1 * (1 - _B + _B * relative_length))
    return score


_K1, _B = 1.2, 0.75
