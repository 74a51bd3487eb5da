"""OPML: lists of feeds, which become sources (OPML 2.0, section "Subscription lists").

Half of the lists that people pass on are no XML: names of feeds stand in them with ampersands,
brackets and even quotes as they are. So outlines are read one by one, as far as each makes sense.
"""

import html
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from seed.formats import said
from seed.found import Draft, FormatError, Found, Origin

_OUTLINE = re.compile(r"<(/?)(?:[\w.-]+:)?outline\b", re.IGNORECASE)
# A quote ends an attribute if another attribute follows it, or the end of the tag.
_ATTRIBUTE = re.compile(
    r"""\s([\w:.-]+)\s*=\s*(?:"(.*?)"|'(.*?)')(?=\s+[\w:.-]+\s*=\s*["']|\s*/?>)""", re.DOTALL
)
_COMMENT = re.compile(r"<!--(?:(?!-->|<!--).)*-->", re.DOTALL)
_CLEAN_ATTRIBUTE = re.compile(r"""\s([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_LONGEST_OUTLINE, _MOST_QUOTES = 20_000, 60
_MOST_FEEDS = 50

Attributes = dict[str, str]


def recognises(data: bytes) -> bool:
    """Tell an OPML document by its root."""
    return said.root_of(data) == "opml"


def read(data: bytes, origin: Origin) -> Found:
    """Give a source for every name that has feeds; the outline around it is its category."""
    by_name: dict[str, Draft] = {}
    for told, around in _outlines(_COMMENT.sub("", said.decoded(data))):
        source = _source(told, around, origin)
        if source:
            _add(source, by_name)
    if not by_name:
        raise FormatError("an OPML document that lists no feed")
    return Found("OPML", sources=list(by_name.values()))


def _outlines(text: str) -> Iterator[tuple[Attributes, Attributes]]:
    """Give the attributes of every outline, and those of the one around it."""
    tags = list(_OUTLINE.finditer(text))
    around: list[Attributes] = [{}]
    for place, tag in enumerate(tags):
        if tag[1]:
            around = around[:-1] or [{}]
            continue
        end = tags[place + 1].start() if place + 1 < len(tags) else len(text)
        outline = text[tag.end() : min(end, tag.end() + _LONGEST_OUTLINE)]
        few = outline.count('"') + outline.count("'") <= _MOST_QUOTES
        attributes = list((_ATTRIBUTE if few else _CLEAN_ATTRIBUTE).finditer(outline))
        told = {
            found[1].lower(): html.unescape(found[2] if found[2] is not None else found[3])
            for found in attributes
        }
        yield told, around[-1]
        if not outline[attributes[-1].end() if attributes else 0 :].lstrip().startswith("/>"):
            around.append(told)


def _source(told: Attributes, around: Attributes, origin: Origin) -> Draft | None:
    linked = told.get("xmlurl") or (told.get("url") if told.get("type") in {"rss", "atom"} else "")
    feed = said.address(_plain_scheme((linked or "").strip()), origin.url)
    if not feed:
        return None
    host = (urlsplit(feed).hostname or "").removeprefix("www.")
    category = told.get("category", "").partition(",")[0] or around.get("title", "")
    return {
        "name": (said.line(told.get("title")) or said.line(told.get("text")) or host)[:200],
        "url": said.address(told.get("htmlurl"), origin.url),
        "language": said.language(told.get("language")),
        "category": said.line(category or around.get("text")).strip("/ ")[:100] or None,
        "description": said.line(told.get("description"))[:2_000] or None,
        "feeds": [feed],
    }


def _plain_scheme(url: str) -> str:
    """Give an address that readers of feeds claim for themselves as the web has it."""
    if not url.lower().startswith("feed:"):
        return url
    plain = url[len("feed:") :].lstrip("/")
    return plain if plain.lower().startswith(("http:", "https:")) else f"http://{plain}"


def _add(source: Draft, by_name: dict[str, Draft]) -> None:
    """Add a source, or its feed to those that its name has already."""
    name = source["name"].casefold()
    while len(by_name.get(name, source)["feeds"]) >= _MOST_FEEDS:
        name += "\n"  # one more draft of the same source, since one holds no more
    known = by_name.setdefault(name, source)
    if known is not source:
        feeds = list(dict.fromkeys(known["feeds"] + source["feeds"]))
        known |= {field: known[field] or source[field] for field in source} | {"feeds": feeds}
