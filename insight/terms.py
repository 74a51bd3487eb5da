"""Text to terms: what an article is found by, and what tells it from others.

A term is a word as it is compared: NFKC, casefolded, stemmed where its language has a Snowball
stemmer, without accents. Where no blank divides the words (Chinese, Japanese, Thai), and in
Korean, where particles are joined to them, the terms are pairs of neighbouring characters. The
same text and language give the same terms everywhere and always.
"""

import re
import struct
import threading
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from zlib import crc32

import Stemmer

from insight.stopwords import STOPWORDS

TITLE_WEIGHT = 3
LEAD_WEIGHT = 2
"""News tells the most important first, so a word of the lead counts more than one of the rest."""
LEAD_CHARS = 360
"""About sixty words."""
NAME_FACTOR = 3
"""A capitalised word or a number is mostly a name or a figure, which tell events apart."""

MAX_TERMS = 8_000
"""The most terms of one article; of a longer one, the heaviest."""
MAX_TERM_LENGTH = 60
MAX_WEIGHT = 255

TITLE_PREFIX = "title:"
"""Before a term that is in the title; no term has a colon of its own."""
LANGUAGE_PREFIX = "language:"
"""Before the language whose words the terms were taken for; it is found like a term."""

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german",
    "el": "greek", "en": "english", "es": "spanish", "et": "estonian", "eu": "basque",
    "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Snowball's name of each language that it has a stemmer for."""

# Han, Hiragana and Katakana, Hangul, Thai, Lao, Myanmar, Khmer.
_RUNS = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003134f\u1100-\u11ff\uac00-\ud7af\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"
)
_RUN = re.compile(f"[{_RUNS}]+")
# Python's \w has no combining marks, without which Hindi, Bengali or Tamil fall to pieces.
MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f"
    + "".join(
        f"{chr(block)}-{chr(block + 3)}{chr(block + 0x3C)}-{chr(block + 0x4D)}"
        for block in range(0x0980, 0x0E00, 0x80)
    )
)
_WORD = re.compile(f"[{_RUNS}]+|[^\\W_{_RUNS}](?:[^\\W_{_RUNS}]|[{MARKS}])*")
# Before U+0300 there are neither runs nor marks, so the simple pattern finds the same, faster; in
# ASCII, as most English is, nothing needs to be looked for but what divides the words.
_LATIN_WORD = re.compile(r"[^\W_]+")
_DIVIDING = {code: " " for code in range(0x80) if not chr(code).isalnum()}
_BEYOND_LATIN = re.compile("[\u0300-\U0010ffff]")
# "U.S." and "U.S.A." are one word each.
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")
_HAS_DOTTED = re.compile(r"\.[^\W\d_]\.")  # begins with one character, which is found at once
# What writers may leave out: accents of Latin, Greek and Cyrillic, vowel points, the tatweel.
_OPTIONAL = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640]")
_ARABIC = re.compile("[\u0600-\u06ff]")
_ALEF = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه"}
)
# "and the", "so the", "by the", "as the", "for the": Snowball knows only some of them.
_ARTICLE = re.compile("^(?:[وف]?(?:[بك]?ال|لل))(?=..)")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of an article by where they stand, and the base tag of their language, or ''."""

    language: str
    title: list[str]
    lead: list[str]
    rest: list[str]
    body: list[str] | None
    """Those of lead and rest; None where no blank stands between the two."""

    @classmethod
    def of(cls, title: str, body: str, language: str | None = None) -> "Words":
        """Read an article, in a language (a BCP 47 tag) or the one it seems to be in."""
        base = base_language(language or detect_language(f"{title}\n{body}"))
        lead = _lead(body)
        first, rest = words(lead), words(body[len(lead) :])
        divided = lead == body or body[len(lead)] == " "
        return cls(base, words(title), first, rest, first + rest if divided else None)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of an article.

    `weights` says how much of the article is about each, from 1 to 255, the heaviest first;
    `others` are terms it is only found by: other spellings, single characters, those of the
    title, and the language.
    """

    weights: dict[str, int]
    others: tuple[str, ...]


def article_terms(title: str, body: str, language: str | None = None) -> Terms:
    """Give the terms of an article, in a language (a BCP 47 tag) or the one it seems to be in."""
    return weigh(Words.of(title, body, language))


def weigh(read: Words) -> Terms:
    """Give the terms of an article by its words."""
    base, forms = read.language, _known_forms(read.language)
    weighed = Counter(read.title * TITLE_WEIGHT + read.lead * LEAD_WEIGHT + read.rest)
    forms.learn(weighed)
    weights: dict[str, int] = defaultdict(int)
    others = {LANGUAGE_PREFIX + base: None} if base else {}
    for word in dict.fromkeys(read.title):
        scored, found, _ = forms[word]
        others.update((TITLE_PREFIX + term, None) for term in (*scored, *found))
    for word, weight in weighed.items():
        scored, found, factor = forms[word]
        for term in scored:
            weights[term] += weight * factor
        if found:
            others.update(dict.fromkeys(found))
    # By weight, and where that is the same by term: sorting is stable.
    heaviest = sorted(sorted(weights), key=weights.__getitem__, reverse=True)[:MAX_TERMS]
    kept = {term: min(weights[term], MAX_WEIGHT) for term in heaviest}
    return Terms(kept, tuple(term for term in others if term not in kept)[:MAX_TERMS])


def hash_of(term: str) -> int:
    """Give the 32 bits by which a term is known where only its counts and weights matter.

    A checksum is enough: of a million terms, two in ten thousand share theirs with another.
    """
    return crc32(term.encode())


def hashes(terms: Iterable[str]) -> bytes:
    """Give the hashes of terms, one after the other, as unsigned little-endian integers."""
    # Encoded all at once, which takes a third of the time; no term has a line end in it.
    text = "\n".join(terms)
    numbers = list(map(crc32, text.encode().split(b"\n"))) if text else []
    return struct.pack(f"<{len(numbers)}I", *numbers)


def query_terms(word: str, languages: Collection[str]) -> list[tuple[str, ...]]:
    """Give what an article must have to contain a word: of each group, one of the terms.

    A word has other terms in other languages (`languages`: their base tags). Of a word that is a
    stop word in one of them there is no group: not every article that contains it has it as a term.
    """
    groups: list[tuple[str, ...]] = []
    for part in words(word):
        if _RUN.match(part):
            run = part.casefold()
            groups += [(pair,) for pair in dict.fromkeys(_pairs(run))] or [(run,)]
        # Also as it is: in an article of no known language no word has a stem.
        elif all(forms := [_spellings(part, base) for base in (*languages, "")]):
            groups.append(tuple(sorted(set(chain.from_iterable(forms)))))
    return groups


@lru_cache(maxsize=1_000)
def base_language(tag: str | None) -> str:
    """Give the first part of a language tag: en for en-GB; '' for none."""
    base = (tag or "").partition("-")[0].lower()
    return {"nb": "no", "nn": "no"}.get(base, base)


def as_written(terms: Collection[str], text: str, base: str) -> dict[str, str]:
    """Give for terms of a text, in a language by its base tag, the words it first writes for them.

    Pairs of characters that follow each other in the text are given as the one run they make.
    """
    written: dict[str, str] = {}
    for word in dict.fromkeys(words(text)):
        if _RUN.match(word):
            for run in _known_runs(word, terms):
                for pair in _pairs(run.casefold()):
                    written[pair] = max(written.get(pair, ""), run, key=len)
        else:
            scored, *_ = _known_forms(base)[word]
            written.update((term, word) for term in scored if term in terms and term not in written)
    return written


def _known_runs(run: str, wanted: Container[str]) -> Iterator[str]:
    """Give the longest parts of a run whose every pair is wanted."""
    start = 0
    for at, pair in enumerate(_pairs(run.casefold())):
        if pair not in wanted:
            if at > start:
                yield run[start : at + 1]
            start = at + 1
    if len(run) - start > 1:
        yield run[start:]


def detect_language(text: str) -> str | None:
    """Tell a text's language by its words (py3langid); None where there is too little of it."""
    sample = text[:_SAMPLE]
    if sum(map(str.isalpha, sample)) < _ENOUGH_LETTERS:
        return None
    # Imported when first asked: the model takes half a second, and memory that readers don't need.
    from py3langid import classify  # noqa: PLC0415

    with _classifying:  # of those who come first, one reads the model and the others wait
        return str(classify(sample)[0])


_classifying = threading.Lock()
_SAMPLE = 1_000
_ENOUGH_LETTERS = 20


def is_run(word: str) -> bool:
    """Tell whether a word is a run of characters of a script without blanks, or of Korean."""
    return _RUN.match(word) is not None


def terms_of(text: str, base: str) -> frozenset[str]:
    """Give all terms that a text in a language, by its base tag, is found by."""
    forms = map(_known_forms(base).__getitem__, set(words(text)))
    return frozenset(term for scored, found, _ in forms for term in (*scored, *found))


def language_of(terms: Iterable[str]) -> str:
    """Give the base tag of the language that an article's terms were taken for; '' for none."""
    found = (term for term in terms if term.startswith(LANGUAGE_PREFIX))
    return next(found, LANGUAGE_PREFIX).removeprefix(LANGUAGE_PREFIX)


def normalise(text: str) -> str:
    """Give a text in one spelling of its characters, with abbreviations such as U.S. as words."""
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if not _HAS_DOTTED.search(text):
        return text
    return _DOTTED.sub(lambda match: match[0].replace(".", ""), text)


def fold(text: str) -> str:
    """Give a text without case, accents and vowel points."""
    text = text.casefold()
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", _OPTIONAL.sub("", unicodedata.normalize("NFD", text)))
    return text.translate(_ALEF) if _ARABIC.search(text) else text


def _lead(body: str) -> str:
    lead = body[:LEAD_CHARS]
    if len(body) > LEAD_CHARS:  # not in the middle of a word
        lead = lead.rpartition(" ")[0] or lead
    return lead


def find_words(text: str) -> Iterator[re.Match[str]]:
    """Find the words of a text where they stand, in the spelling that they have there."""
    return _WORD.finditer(text)


def words(text: str) -> list[str]:
    """Give the words of a text, and its runs of characters that no blank divides."""
    text = normalise(text)
    if text.isascii():
        return text.translate(_DIVIDING).split()
    return (_WORD if _BEYOND_LATIN.search(text) else _LATIN_WORD).findall(text)


_Form = tuple[tuple[str, ...], tuple[str, ...], int]
"""The terms that a word is scored by, those that it is only found by, and what it counts: once,
or `NAME_FACTOR` times."""


class _KnownForms(dict[str, _Form]):
    """The forms of words of one language, as far as they were asked for lately."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def __missing__(self, word: str) -> _Form:
        if len(self) >= _KNOWN_WORDS:
            self.clear()  # what comes often is soon back; to know what was used last costs more
        form = self[word] = _forms(word, self._base)
        return form

    def learn(self, words: Collection[str]) -> None:
        """Work out the forms of many words together: the stemmer takes them in one call.

        Only of those in ASCII: they have one spelling.
        """
        new = [word for word in words if word not in self and word.isascii()]
        if len(self) + len(new) > _KNOWN_WORDS:
            self.clear()
            new = [word for word in words if word.isascii()]
        lower = [word.lower()[:MAX_TERM_LENGTH] for word in new]
        small, stemmer = _small_words(self._base), _stemmer(self._base)
        stems = stemmer.stemWords(lower) if stemmer else lower
        for word, plain, stem in zip(new, lower, stems, strict=True):
            maybe = len(plain) == 1 or plain in small
            # A stem may have an accent though the word has none: in Turkish a final c becomes ç.
            term = (stem if stem.isascii() else fold(stem)) or plain
            spelt = () if maybe and _is_empty(word, plain, self._base) else (term,)
            self[word] = spelt, (), _factor(word)


_KNOWN_WORDS = 20_000
_known_forms = lru_cache(maxsize=8)(_KnownForms)


def _forms(word: str, base: str) -> _Form:
    if not word.isascii() and _RUN.match(word):
        run = word.casefold()
        # Single characters only find: one alone says little about what a text is about.
        found = tuple(dict.fromkeys(run)) if len(run) > 1 else ()
        return (tuple(_pairs(run)) or (run,)), found, 1
    spellings = _spellings(word, base)
    return spellings[:1], spellings[1:], _factor(word)


def _factor(word: str) -> int:
    return NAME_FACTOR if word[0].isupper() or word[0].isdigit() else 1


def _spellings(word: str, base: str) -> tuple[str, ...]:
    """Give the terms of a word: as it is spelt, then as it is without accents, if that differs."""
    lower = plain = word.casefold()[:MAX_TERM_LENGTH]
    if not word.isascii():
        plain = fold(word)[:MAX_TERM_LENGTH]
    if _is_empty(word, plain, base):
        return ()
    # Stemmers need the accents; those who search may leave them out, so both ways lead there.
    with_accents = fold(_stem(lower, base))
    if plain == lower:
        return (with_accents,)
    without = fold(_stem(plain, base))
    return (with_accents,) if with_accents == without else (with_accents, without)


def _is_empty(word: str, plain: str, base: str) -> bool:
    """Tell whether a word says nothing: a single letter, or a small word of the language."""
    if len(plain) == 1 and plain.isascii() and plain.isalpha():
        return True
    # "US" and "IT" are names where "us" and "it" are not.
    return plain in _small_words(base) and not (word.isupper() and len(word) <= _ACRONYM)


_ACRONYM = 5


@lru_cache(maxsize=len(STOPWORDS) + 1)
def _small_words(base: str) -> frozenset[str]:
    return frozenset(map(fold, STOPWORDS.get(base, ())))


def _stem(word: str, base: str) -> str:
    if not word.isascii() and _ARABIC.match(word):
        word = _ARTICLE.sub("", _OPTIONAL.sub("", word))
    stemmer = _stemmer(base)
    return (stemmer.stemWord(word) or word) if stemmer else word


_local = threading.local()


def _stemmer(base: str) -> "Stemmer.Stemmer | None":
    """Give this thread's stemmer for a language: one may not be used by two threads at once."""
    if base not in STEMMERS:
        return None
    mine = _local.__dict__.setdefault("stemmers", {})
    if base not in mine:
        mine[base] = Stemmer.Stemmer(STEMMERS[base], 0)
    return mine[base]


def _pairs(run: str) -> Iterator[str]:
    return map("".join, pairwise(run))
