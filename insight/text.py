"""What can be read off a text: its lead, its length, its plain words, its name in an address."""

import html
import math
import re
import unicodedata
from collections.abc import Iterable
from itertools import takewhile

import nh3
from slugify import slugify

SUMMARY_LENGTH = 280
"""The longest summary, in characters."""

WORDS_A_MINUTE = 238
"""Silent reading speed of adults in English: Brysbaert (2019), a review of 190 studies."""

# One character of these scripts is about one word to a reader, and nothing separates them.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+(?:['’.,\-][^\W{_UNSPACED}]+)*")
# Not after an initial ("S. Korea") nor before a digit or a small letter ("Dec. 18", "anniv. of").
_SENTENCE_END = re.compile(
    r"(?<=[.!?…؟])(?<![A-Z]\.)[\"'”’)\]»]*\s++(?![a-z\d])|(?<=[。！？])[」』”’）]*"
)
_INTERFACE = re.compile(
    r"(?:\d{1,2}:)?\d{1,2}:\d{2}"
    r"|show (?:more|less)|(?:read|see|view|load) more|advertisements?|sponsored"
    r"|share|save|listen|watch(?: now)?|play|loading\.*|image|photo|video|gallery",
    re.IGNORECASE,
)


def normalise_title(title: str) -> str:
    """Give the form in which two spellings of one title are equal: case, width, blanks aside."""
    return " ".join(unicodedata.normalize("NFKC", title).casefold().split())


def to_slug(text: str, longest: int = 80) -> str:
    """Give a name fit for an address: ASCII letters, digits and hyphens; '' when none remain."""
    return slugify(text, max_length=longest, word_boundary=True)


def to_key(label: str) -> str:
    """Give the form in which two spellings of one label (a hashtag, a category) are equal."""
    return normalise_title(label).lstrip("#").strip()


def paragraphs_of(body: str) -> list[str]:
    """Split a plain text at its line ends; blank lines separate and count for nothing."""
    return [line for line in map(str.strip, body.splitlines()) if line]


def to_html(paragraphs: Iterable[str]) -> str:
    """Set plain paragraphs as sanitised HTML; markup in the text shows as text."""
    return nh3.clean("".join(f"<p>{html.escape(text, quote=False)}</p>" for text in paragraphs))


def count_words(text: str) -> int:
    """Count the words; in Chinese and Japanese, where no blank divides them, the characters."""
    return len(_WORD.findall(text))


def reading_minutes(words: int) -> int:
    """Give the minutes it takes to read so many words, rounded up; none for none."""
    return math.ceil(words / WORDS_A_MINUTE)


def summarise(paragraphs: Iterable[str]) -> str:
    """Give the lead: the first whole sentences, in at most `SUMMARY_LENGTH` characters.

    Lines that are only the interface of a page ("Show more", "07:30") are passed over. A first
    sentence that is too long by itself is cut after a word and ends in an ellipsis.
    """
    lead = next((text for text in paragraphs if not _INTERFACE.fullmatch(text)), "")
    if len(lead) <= SUMMARY_LENGTH:
        return lead
    cuts = (lead[: match.end()].rstrip() for match in _SENTENCE_END.finditer(lead))
    if short_enough := list(takewhile(lambda cut: len(cut) <= SUMMARY_LENGTH, cuts)):
        return short_enough[-1]
    head, _, rest = lead[:SUMMARY_LENGTH].rpartition(" ")
    return (head or rest[:-1]).rstrip(",;:–- ") + "…"


def plain(text: str) -> str:
    """Give the letters and digits of a text alone, so that layout and quotes do not matter."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


# About every fourth word of English prose is one of these; of other languages, hardly any is.
_SMALL_WORDS = frozenset(
    "the of and to that is for with was he it his her has they from by at".split()  # noqa: SIM905
)
_AT_LEAST_ONE_IN = 20
_ENOUGH_WORDS = 30


def agrees(language: str, text: str) -> bool:
    """Tell whether a text can be in the language, by its script and, in English, its small words.

    A page says which language its own headings are in; its articles may still be in another.
    """
    letters = [letter for letter in text if letter.isalpha()]
    arabic = sum("\u0600" <= letter <= "\u06ff" for letter in letters)
    if language == "ar":
        return 2 * arabic > len(letters)
    latin = sum(letter < "\u0250" for letter in letters)
    if 2 * latin <= len(letters):
        return False
    words = text.casefold().split()
    small = sum(word in _SMALL_WORDS for word in words)
    return len(words) < _ENOUGH_WORDS or _AT_LEAST_ONE_IN * small >= len(words)
