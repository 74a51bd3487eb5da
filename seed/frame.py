"""What a Daily8 page sets around its articles: headings and an advertisement. Pure functions.

A body may quote any heading, so only all of them in their order are headings.
"""

from collections.abc import Iterator
from itertools import chain, permutations
from typing import Literal, NamedTuple

from seed import markup

_BACKGROUND = "Orange background"  # the text of an image, the same in every language
_HASHTAGS = {"en": "Hashtags", "ar": "هاشتاغز"}
_SECTIONS = {
    "en": (
        "Try Our AI Features",
        "Explore what Daily8 AI can do for you:",
        "Comments",
        "No comments yet...",
        "Related Articles",
    ),
    "ar": (
        "جرب ميزات الذكاء الاصطناعي لدينا",
        "اكتشف ما يمكن أن يفعله Daily8 AI من أجلك:",
        "التعليقات",
        "لا يوجد تعليقات بعد...",
        "أخبار ذات صلة",
    ),
}
_FOOTER = (
    "DOWNLOAD THE APP",
    "Get Started Now: Download the App",
    (
        "Ready to dive into the world of global news and events? Download our app today from your "
        "preferred app store and start exploring."
    ),
)
_STORES = "app-storeplay-store"  # the texts of two images, the same in every language

Ending = Literal["whole", "cut"]


class Headings(NamedTuple):
    """Where the headings stand, in which language, and whether all of them are there."""

    start: int
    end: int
    language: str
    whole: bool


def find_headings(lines: list[str]) -> Headings | None:
    """Find the last place where all the headings stand: a body may quote even that."""
    languages = {sections[-1]: language for language, sections in _SECTIONS.items()}
    for end in range(len(lines), 0, -1):
        language = languages.get(lines[end - 1])
        if not language:
            continue
        start = end - len(_SECTIONS[language])
        if start >= 0 and tuple(lines[start:end]) == _SECTIONS[language]:
            return Headings(_first(lines, start, language), end, language, whole=True)
    return None


def find_cut_headings(lines: list[str], *, ended: bool, sure: bool) -> Headings | None:
    """Find the headings at the end of a text that was cut between them.

    Unless the last line ended, it may be cut itself. If it is not sure that the text is a page,
    a word such as "Hashtags" is not enough to make it one.
    """
    longest = None
    for language, headings in _sequences(of_text=" ".join(lines[:2])):
        for size in range(longest.end - longest.start + 1 if longest else 1, len(headings) + 1):
            whole = _count_whole(lines[-size:], headings[:size], ended=ended)
            if whole and (sure or _SECTIONS[language][0] in headings[:whole]):
                longest = Headings(len(lines) - size, len(lines), language, whole=False)
    return longest


def language_of(text: str) -> str:
    """Tell in which of the languages of the headings a text is written."""
    return "ar" if any("\u0620" <= letter <= "\u064a" for letter in text) else "en"


def without_footer(lines: list[str]) -> tuple[list[str], Ending | None]:
    """Give the lines before the advertisement of the app, and how that ends, if it is there.

    In a language whose words for it are not known, it is the last three lines before the stores.
    """
    stores = bool(lines) and lines[-1].endswith(_STORES)
    if stores:
        glued = markup.strip(lines[-1].removesuffix(_STORES))
        lines = [*lines[:-1], *([glued] if glued else [])]
    near_end = range(max(len(lines) - len(_FOOTER) - 1, 0), len(lines))
    start = next((at for at in near_end if lines[at] in _FOOTER), None)
    if start is not None:
        return lines[:start], "whole" if stores else "cut"
    if stores and not glued and len(lines) >= len(_FOOTER):
        return lines[: -len(_FOOTER)], "whole"
    return lines, "whole" if stores else None


def _first(lines: list[str], start: int, language: str) -> int:
    """Go back over the two headings that some pages have before the others."""
    before = {_BACKGROUND, _HASHTAGS[language]}
    while start and lines[start - 1] in before:
        start -= 1
        before.remove(lines[start])
    return start


def _sequences(of_text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give every order in which a page can have its headings, in the text's language first."""
    for language in sorted(_SECTIONS, key=lambda name: name != language_of(of_text)):
        before = (_BACKGROUND, _HASHTAGS[language])
        for some in chain.from_iterable(permutations(before, count) for count in range(3)):
            yield language, (*some, *_SECTIONS[language])


def _count_whole(lines: list[str], headings: tuple[str, ...], *, ended: bool) -> int:
    """Count the headings that the lines are; 0 if they are others, or one that is cut."""
    *whole, last = lines
    if len(lines) != len(headings) or tuple(whole) != headings[:-1]:
        return 0
    if last == headings[-1]:
        return len(headings)
    return 0 if ended or not headings[-1].startswith(last) else len(whole)
