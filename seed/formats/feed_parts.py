"""A feed taken apart: what it says of itself, and its entries a few at a time. Pure functions.

Each part is mended to well-formed XML as far as its words alone allow, and bounded. So what is
broken in one entry is broken in this one only, what a document says of entities does nothing, and
a feed of many entries takes time in proportion to them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from seed.formats import mending

MOST_ENTRIES = 5_000
"""So many entries of a feed are read, the first; a thousand of them take about a second."""

_ENTRIES_AT_ONCE = 25
_TAGS = re.compile(
    r"(?P<hiding><!--|<\?|<!\[CDATA\[)|<(?P<slash>/?)(?P<prefix>[\w.-]+:)?"
    r"(?P<name>rss|rdf|feed|channel|item|entry)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_ROOTS = {"entry": '<feed xmlns="http://www.w3.org/2005/Atom">'}
_PREFIX = re.compile(r"[<\s]/?([A-Za-z_][\w.-]*):[\w.-]+")
_DECLARED = re.compile(r"\sxmlns:([\w.-]+)\s*=")
_MOST_PREFIXES = 50

# What feeds often use and forget to declare.
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}


@dataclass(slots=True)
class Parts:
    """A feed without its entries, and where its entries are.

    `around` are the tags that an entry stands in. `truncated`: some entries are not there.
    """

    text: str
    around: Sequence[str]
    places: Sequence[tuple[int, int, str]]
    own: str
    truncated: bool

    def feed(self) -> str:
        """Give a document of what the feed says of itself, as well-formed as can be."""
        return mending.well_formed(
            _declaring(mending.bounded(mending.mended(self.own)), self.around[0])
        )

    def batches(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Give documents of some entries, each with one document for every entry of it."""
        entries = (self._entry(*place) for place in self.places)
        while some := list(islice(entries, _ENTRIES_AT_ONCE)):
            yield self._document("".join(some)), [self._document(entry) for entry in some]

    def _entry(self, start: int, end: int, missing: str) -> str:
        return mending.bounded(mending.mended(self.text[start:end])) + missing

    def _document(self, entries: str) -> str:
        names = [re.match(r"<([\w:.-]+)", tag) for tag in self.around]
        closing = "".join(f"</{name[1]}>" for name in reversed(names) if name)
        return _declaring("".join(self.around) + entries + closing, self.around[0])


def take_apart(text: str) -> Parts | None:
    """Take a feed apart; None if it has no beginning of one."""
    tags = _visible_tags(text)
    root = next(tags, None)
    if not root:
        return None
    if root["slash"] or root["name"].lower() in {"item", "entry"}:
        # It lost its beginning, or that is too broken to be one.
        return take_apart(_ROOTS.get(root["name"].lower(), "<rss>") + text[root.start() :])
    seen = _Seen(root)
    for tag in tags:
        seen.see(tag)
    places = seen.places
    edges = [root.start(), *(edge for place in places for edge in place[:2]), len(text)]
    if seen.begun:
        edges[-1] = seen.begun.start()
    return Parts(
        text=text,
        around=[tag[0] for tag in seen.around],
        places=places[:MOST_ENTRIES],
        own="".join(text[start:end] for start, end in list(pairwise(edges))[::2]),
        truncated=not seen.ended or len(places) > MOST_ENTRIES,
    )


class _Seen:
    """Where the entries of a feed are, as far as its tags have been seen."""

    def __init__(self, root: re.Match[str]) -> None:
        self.root = root
        self.around = [root]
        self.places: list[tuple[int, int, str]] = []
        self.begun: re.Match[str] | None = None
        self.ended = False

    def see(self, tag: re.Match[str]) -> None:
        name = tag["name"].lower()
        if _is_entry(tag, self.root):
            self._see_entry(tag)
        elif tag["slash"] and name != "entry":
            self._end(tag)
        elif name == "channel" and not tag["slash"] and not self.places and not self.begun:
            self.around = [self.root, tag]

    def _see_entry(self, tag: re.Match[str]) -> None:
        if self.begun and not tag["slash"]:
            self.places.append((self.begun.start(), tag.start(), _end_of(self.begun)))
        elif self.begun and tag.start() > self.begun.end():  # an entry without anything is none
            self.places.append((self.begun.start(), tag.end(), ""))
        self.begun = None if tag["slash"] or tag[0].endswith("/>") else tag

    def _end(self, tag: re.Match[str]) -> None:
        if self.begun:
            self.places.append((self.begun.start(), tag.start(), _end_of(self.begun)))
        self.begun, self.ended = None, True
        # In RSS 1.0 the entries stand after the channel, in all others within it.
        self.around = self.around if self.places else [self.root]


def _visible_tags(text: str) -> Iterator[re.Match[str]]:
    """Give the tags that a feed is built of, except in comments and CDATA sections."""
    at, endless = 0, set()
    while found := _TAGS.search(text, at):
        at, hiding = found.end(), found["hiding"]
        if not hiding:
            yield found
        elif hiding not in endless:
            end = text.find(mending.HIDING[hiding], at)
            if end < 0:
                endless.add(hiding)
            at = max(at, end)


def _is_entry(tag: re.Match[str], root: re.Match[str]) -> bool:
    wanted = "entry" if root["name"].lower() == "feed" else "item"
    return tag["name"].lower() == wanted and tag["prefix"] in {
        None,
        root["prefix"],
        "rss:",
        "atom:",
    }


def _end_of(tag: re.Match[str]) -> str:
    return f"</{tag['prefix'] or ''}{tag['name']}>"


def _declaring(document: str, root: str) -> str:
    """Give a document whose root declares the namespaces that are used and that nobody declared."""
    used = set(_PREFIX.findall(document)) - set(_DECLARED.findall(document)) - {"xml", "xmlns"}
    if not used:
        return document
    added = "".join(
        f' xmlns:{prefix}="{_NAMESPACES.get(prefix, f"urn:{prefix}")}"'
        for prefix in sorted(used)[:_MOST_PREFIXES]
    )
    name = re.match(r"<[\w:.-]+", root)
    return document.replace(name[0], name[0] + added, 1) if name else document
