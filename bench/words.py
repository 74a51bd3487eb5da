"""Made-up articles that are like real ones in length and in how often each word comes.

Everything follows from a seed: the same number gives the same article on every machine.
"""

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any

VOCABULARY = 50_000
SOURCES = 200
HASHTAGS = 2_000
CATEGORIES = (
    "World", "Politics", "Business", "Technology", "Science", "Health", "Sports",
    "Culture", "Opinion", "Travel", "Climate", "Local",
)  # fmt: skip
LANGUAGES = {"en": 70, "es": 8, "ar": 6, "fr": 5, "de": 4, "pt-BR": 3, "id": 2, "it": 2}

END = datetime(2025, 6, 30, tzinfo=UTC)
SPAN = timedelta(days=730)

_MEDIAN_WORDS = 400
_WORDS_SPREAD = 0.6
_UNDATED = 0.05
_SYLLABLES = [
    onset + vowel + coda
    for onset in "b c d f g h k l m n p r s t v w z st tr pl ch".split()  # noqa: SIM905
    for vowel in ("a", "e", "i", "o", "u", "ai", "ou")
    for coda in ("", "", "n", "r", "s", "t", "l")
]


@dataclass(frozen=True)
class Writer:
    """Writes the drafts of a corpus of so many articles, in the order in which they appeared."""

    articles: int
    seed: int

    def drafts(self, start: int, stop: int) -> list[dict[str, Any]]:
        """Give the drafts of some articles; the same whatever else was asked for before."""
        rng = random.Random(f"{self.seed}/{start}")
        return [self._draft(rng, number) for number in range(start, stop)]

    @cached_property
    def sources(self) -> list[str]:
        """Give the names of the sources, the most prolific first."""
        kinds = ("Herald", "Times", "Post", "Daily", "Tribune", "News", "Observer", "Gazette")
        words = self._words[-SOURCES:]
        return [f"{word.title()} {kinds[at % len(kinds)]}" for at, word in enumerate(words)]

    def _draft(self, rng: random.Random, number: int) -> dict[str, Any]:
        # The first articles go around the sources, so that there is none without an article.
        source = number if number < SOURCES else _zipf_index(rng, self._source_weights)
        moment = self._published_at(rng, number)
        dated = rng.random() >= _UNDATED
        title = self._title(rng)
        place = f"https://{self.sources[source].lower().replace(' ', '-')}.example"
        return {
            "title": title,
            "url": f"{place}/{moment:%Y/%m}/{number}",
            "source": self.sources[source],
            "authors": [self._name(rng) for _ in range(rng.choice((0, 1, 1, 2)))],
            "image_url": f"{place}/images/{number}.jpg" if rng.random() < 0.7 else None,
            "published_at": moment if dated else None,
            "published": {
                "text": f"{moment:%a, %d %b %Y %H:%M:%S} GMT",
                "precision": "second",
                "inferred": False,
            }
            if dated
            else None,
            "language": rng.choices([*LANGUAGES], [*LANGUAGES.values()])[0],
            "category": rng.choice(CATEGORIES) if rng.random() < 0.9 else None,
            "hashtags": self._hashtags(rng),
            "body_text": self._body(rng),
            "captured_at": moment + timedelta(minutes=rng.randint(1, 90)),
        }

    def _published_at(self, rng: random.Random, number: int) -> datetime:
        age = SPAN * (1 - (number + rng.random()) / self.articles)
        return (END - age).replace(microsecond=0)

    def _title(self, rng: random.Random) -> str:
        """Mix common and rare words; titles have fewer of the small words than texts."""
        length = rng.randint(6, 14)
        words = self._choose(rng, length // 2) + rng.choices(self._words, k=length - length // 2)
        rng.shuffle(words)
        return " ".join(words).capitalize()

    def _name(self, rng: random.Random) -> str:
        return " ".join(word.capitalize() for word in rng.choices(self._words, k=2))

    def _hashtags(self, rng: random.Random) -> list[str]:
        chosen = {_zipf_index(rng, self._hashtag_weights): None for _ in range(rng.randint(0, 5))}
        return [f"#{self._words[1_000 + at]}" for at in chosen]

    def _body(self, rng: random.Random) -> str:
        length = round(rng.lognormvariate(math.log(_MEDIAN_WORDS), _WORDS_SPREAD))
        words = self._choose(rng, min(max(length, 30), 5_000))
        paragraphs, sentences, at = [], [], 0
        while at < len(words):
            size = rng.randint(8, 26)
            sentence = " ".join(words[at : at + size])
            sentences.append(f"{sentence[0].upper()}{sentence[1:]}.")
            at += size
            if rng.random() < 0.35:
                paragraphs.append(" ".join(sentences))
                sentences = []
        return "\n\n".join([*paragraphs, " ".join(sentences)]).strip()

    def _choose(self, rng: random.Random, count: int) -> list[str]:
        return rng.choices(self._words, cum_weights=self._word_weights, k=count)

    @cached_property
    def _words(self) -> list[str]:
        """Give the vocabulary, the most frequent word first; frequent words are short."""
        rng = random.Random(self.seed)
        words: dict[str, None] = {}
        while len(words) < VOCABULARY:
            syllables = 1 + round(3 * (len(words) / VOCABULARY) ** 0.3 * rng.random())
            words["".join(rng.choices(_SYLLABLES, k=syllables))] = None
        return list(words)

    @cached_property
    def _word_weights(self) -> list[float]:
        return _zipf(VOCABULARY)

    @cached_property
    def _source_weights(self) -> list[float]:
        return _zipf(SOURCES)

    @cached_property
    def _hashtag_weights(self) -> list[float]:
        return _zipf(HASHTAGS)


def _zipf(count: int) -> list[float]:
    """Give the cumulative weights of ranks after Zipf and Mandelbrot."""
    return list(accumulate(1 / (rank + 2.7) for rank in range(1, count + 1)))


def _zipf_index(rng: random.Random, weights: list[float]) -> int:
    return rng.choices(range(len(weights)), cum_weights=weights)[0]
