"""The reader of Daily8 pages saved as text: which articles a page holds. Pure functions.

Blank lines come and go between such pages, so a page is read as its other lines, and the blank
ones only help to tell where a page that was cut short ends. Nothing marks the start of a related
article either: it is known by its first lines, which repeat its title or its source.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from insight.text import normalise_title
from seed import frame, markup
from seed.when import When
from seed.when import parse as parse_when
from seed.when import split as split_when

MAX_BYTES = 8 * 1024 * 1024
"""A larger document is no page."""

AMBIGUOUS_SOURCE = "ambiguous-source"
"""The flag of an article whose source and time could also be divided in another way."""

_CUT_SHORT = "cut short before any whole article"
_UNKNOWN = "not a Daily8 page: neither its logo nor its headings are there"

_LOGO = "logo"
_TIME, _BULLET, _BYLINE = "time", "•", "- "
_MAX_FACTS = 10  # of a related article: source, time, and a bullet or two
_FIRST_FEW = 3  # lines in which to look for the title
_A_BLANK_LINE = 2  # line ends

_STOPS = (".", "!", "?", "…", "؟", "。", "！", "？")
_CLOSERS = "\"'”’»)]」』）"
_ADDRESS_SIGNS = frozenset("&=?%/<>")


class PageError(ValueError):
    """Not a readable page; the message is the reason, one line, without the file's name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as a page shows it; what the page does not say is None or empty."""

    title: str
    source: str | None
    when: When | None
    category: str | None
    paragraphs: tuple[str, ...]
    hashtags: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds: its own article, if it has one, and those it calls related."""

    shape: str
    language: str
    main: Entry | None
    related: tuple[Entry, ...]
    truncated: bool


class _Text(NamedTuple):
    """The lines of a page that are not blank, and what is left to know of the others."""

    lines: list[str]
    apart: list[bool]  # whether a blank line stands before it
    newlines: int  # after the last line: without one, the line may be cut


class _Found(NamedTuple):
    """A related article: where its first line and its body are, and all but the body."""

    start: int
    body: int
    entry: Entry


def read(data: bytes) -> Page:
    """Read the bytes of a whole file; raise PageError, and nothing else, if it is no page."""
    if len(data) > MAX_BYTES:
        msg = f"larger than {MAX_BYTES // 1024 // 1024} MB"
        raise PageError(msg)
    try:
        content, cut = markup.decode(data)
    except markup.NotTextError as error:
        raise PageError(str(error)) from error
    text = _to_text(content)
    if not text.lines:
        msg = "empty"
        raise PageError(msg)
    if other := markup.format_of(content):
        msg = f"not a Daily8 page: it is {other}"
        raise PageError(msg)
    tag = _hashtag(text.lines)
    page = _read_hashtag_page(text, tag) if tag else _read_article_page(text)
    if page.main is None and not page.related:
        raise PageError(_CUT_SHORT if page.truncated or cut else "no article on the page")
    return replace(page, truncated=page.truncated or cut)


def _to_text(content: str) -> _Text:
    lines, apart, newlines = [], [], 0
    for line in map(markup.strip, content.split("\n")):
        if line:
            lines.append(line)
            apart.append(newlines > 1)
        newlines = 1 if line else newlines + 1
    return _Text(lines, apart, newlines - 1)


def _hashtag(lines: list[str]) -> str | None:
    match lines[:3]:
        case [logo, "#", line] if logo == _LOGO:
            return line.partition("#")[2] or None
    return None


def _read_hashtag_page(text: _Text, tag: str) -> Page:
    entries, truncated = _read_related(text, 3)
    tagged = [replace(entry, hashtags=(tag,)) for entry in entries]
    language = frame.language_of(text.lines[2].removesuffix(tag))
    return Page("hashtag", language, *_merge(None, tagged), truncated)


def _read_article_page(text: _Text) -> Page:
    is_a = text.lines[0] == _LOGO
    run = frame.find_headings(text.lines) or frame.find_cut_headings(
        text.lines, ended=text.newlines > 0, sure=is_a
    )
    if not run:
        raise PageError(_CUT_SHORT if is_a else _UNKNOWN)
    entries, truncated = _read_related(text, run.end)
    opening = text.lines[: run.start]
    if is_a:
        main = _read_main_a(opening[1:], {entry.source for entry in entries if entry.source})
    else:
        main = _read_main_b(opening, {normalise_title(entry.title) for entry in entries})
    shape = "style-a" if is_a else "style-b"
    return Page(shape, run.language, *_merge(main, entries), truncated or not run.whole)


def _read_main_a(lines: list[str], known: Collection[str]) -> Entry | None:
    """Read title, title, and perhaps source and time in one line, before the body."""
    if not lines:
        return None
    title, *body = lines
    if body and normalise_title(body[0]) == normalise_title(title):
        del body[0]
    source, when, ambiguous = None, None, False
    if body and (when := parse_when(body[0])):
        del body[0]
    elif body and (credit := split_when(body[0], known)):
        source, when, ambiguous = credit
        del body[0]
    flags = (AMBIGUOUS_SOURCE,) if ambiguous else ()
    return Entry(title, source, when, None, _to_paragraphs(body), flags=flags)


def _read_main_b(lines: list[str], related_titles: Collection[str]) -> Entry | None:
    """Read title and body, perhaps after the tail of an image's address.

    Where the page lists the article again as its own relation, that tells which line is the title.
    """
    few = lines[:_FIRST_FEW]
    listed = [at for at, line in enumerate(few) if normalise_title(line) in related_titles]
    clean = [at for at, line in enumerate(few) if not _is_address_part(line)]
    for at in [*listed, *clean][:1]:
        return Entry(lines[at], None, None, None, _to_paragraphs(lines[at + 1 :]))
    return None


def _is_address_part(line: str) -> bool:
    if not line.isascii() or " " in line:  # no blank parts the words of a title in Japanese
        return False
    signs = _ADDRESS_SIGNS.intersection(line.rstrip("?"))
    return bool(signs) or (line.endswith(")") and "(" not in line)


def _to_paragraphs(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(itertools.chain.from_iterable(map(markup.paragraphs, lines)))


def _read_related(text: _Text, begin: int) -> tuple[list[Entry], bool]:
    """Read the related articles from a line on; tell also whether the page ends too early."""
    found = list(_find_related(text, begin))
    if not found:
        rest, footer = frame.without_footer(text.lines[begin:])
        return [], bool(rest) or footer == "cut" or not (footer or text.newlines)
    bodies: list[list[str] | None] = [
        text.lines[this.body : following.start] for this, following in itertools.pairwise(found)
    ]
    last_body, truncated = _read_last_body(text, found[-1].body)
    entries = [
        replace(this.entry, paragraphs=_to_paragraphs(body))
        for this, body in zip(found, [*bodies, last_body], strict=True)
        if body is not None
    ]
    return entries, truncated


def _find_related(text: _Text, begin: int) -> Iterator[_Found]:
    at = begin
    while at < len(text.lines):
        found = _match_style_a(text, at) or _match_style_b(text, at)
        if found:
            yield found
        at = found.body if found else at + 1


def _match_style_a(text: _Text, at: int) -> _Found | None:
    """Match title, title, source, time, bullets, title."""
    title, *near = text.lines[at : at + _MAX_FACTS + 3]
    if near[:1] != [title] or title not in near[1:]:
        return None
    facts = near[1 : near.index(title, 1)]
    entry = _read_facts(title, facts)
    return _Found(at, at + len(facts) + 3, entry) if entry else None


def _read_facts(title: str, facts: list[str]) -> Entry | None:
    """Read what stands between the titles; None if that is not what stands there on a page.

    A line is the time if it can be read as one; after the source, also if it cannot.
    """
    plain = list(itertools.takewhile(lambda line: not line.startswith(_BULLET), facts))
    bullets = facts[len(plain) :]
    when = _labelled_time(plain[-1]) if plain else None
    sources = plain[:-1] if when or len(plain) > 1 else plain
    if (
        not (when or bullets)
        or len(sources) > 1
        or not all(line.startswith(_BULLET) for line in bullets)
        or not all(line.startswith(_TIME) for line in plain[1:])
    ):
        return None
    names = [markup.strip(line.removeprefix(_BULLET)) or None for line in bullets]
    source = next(iter(sources), names[-1] if names else None)
    return Entry(title, source, when, names[0] if len(names) > 1 else None, ())


def _labelled_time(line: str) -> When | None:
    """Read the time behind its label; a source may be called "Time", or begin so."""
    return parse_when(line.removeprefix(_TIME)) if line.startswith(_TIME) else None


def _match_style_b(text: _Text, at: int) -> _Found | None:
    """Match source, time, hyphen and the same source, title."""
    known_whole = len(text.lines) - (not text.newlines)
    if at + 4 > known_whole or not text.lines[at + 2].startswith(_BYLINE):
        return None
    source, time, byline, title = text.lines[at : at + 4]
    when = parse_when(time)
    if not when or markup.strip(byline.removeprefix(_BYLINE)) != source:
        return None
    return _Found(at, at + 4, Entry(title, source, when, None, ()))


def _read_last_body(text: _Text, begin: int) -> tuple[list[str] | None, bool]:
    """Give the lines of the page's last body, None if it was cut; tell also if the page was.

    Without a footer nothing says where the page should end. A body is one line, so what comes
    after it began another article.
    """
    lines, footer = frame.without_footer(text.lines[begin:])
    if footer:
        return lines, footer == "cut"
    if not lines:
        return [], text.newlines < _A_BLANK_LINE
    if _is_of_next(text, begin):
        return [], True
    if len(lines) > 1:
        return lines[:1], True
    if text.newlines or _ends_sentence(lines[0]):
        return lines, False
    return None, True


def _is_of_next(text: _Text, begin: int) -> bool:
    """Tell whether the line after the last title is no body, but begins another article.

    In style B a body follows its title closely, if the title so follows its byline. Otherwise the
    second line tells: a title comes twice (here perhaps cut), and a source before a time.
    """
    after_byline = text.lines[begin - 2].startswith(_BYLINE) and not text.apart[begin - 1]
    if after_byline and text.apart[begin]:
        return True
    line, *others = text.lines[begin : begin + 3]
    if not others:
        return False
    if others[0] == line or parse_when(others[0]):
        return True
    cut = len(others) == 1 and not text.newlines
    return cut and line.startswith(others[0]) and not _ends_sentence(line)


def _ends_sentence(line: str) -> bool:
    """Tell whether a line ends like a text that is whole; its markup, if any, aside."""
    return any(text.rstrip(_CLOSERS).endswith(_STOPS) for text in markup.paragraphs(line)[-1:])


def _merge(main: Entry | None, related: list[Entry]) -> tuple[Entry | None, tuple[Entry, ...]]:
    """Make one article of each that the page shows several times: as main, or among the related.

    The same title from another source is another article.
    """
    title = normalise_title(main.title) if main else None
    others: dict[tuple[str, str], Entry] = {}
    for entry in related:
        key = normalise_title(entry.title), normalise_title(entry.source or "")
        if main and key[0] == title and _may_agree(main.source, entry.source):
            main = _filled(main, entry)
        else:
            others[key] = _filled(others[key], entry) if key in others else entry
    return main, tuple(others.values())


def _may_agree(source: str | None, other: str | None) -> bool:
    return not source or not other or normalise_title(source) == normalise_title(other)


def _filled(entry: Entry, copy: Entry) -> Entry:
    """Add what only the copy of an article says."""
    return replace(
        entry,
        source=entry.source or copy.source,
        when=entry.when or copy.when,
        category=entry.category or copy.category,
        paragraphs=entry.paragraphs or copy.paragraphs,
    )
