"""Links and pictures, carried through the search for a text as single private-use characters.

Asked to keep them, trafilatura takes other decisions and finds worse texts. A character that is no
letter changes nothing; afterwards it is the link or the picture again.
"""

import re
from dataclasses import dataclass, field
from html import escape
from typing import Any

from seed.formats import said

FIRST, LAST = 0xF0000, 0x10FFFF
"""The private-use planes. `html_tree.parse` leaves none of their characters in a page."""

_CLOSE = chr(LAST - 2)
_MOST = 60_000
_SMALL = re.compile(r"0*[0-9]{1,2}")
_LINK = re.compile(
    rf"([\U000f0000-\U000fffff])((?:[^<\U000f0000-\U0010ffff]|<(b|em|i|strong|sub|sup|u)>[^<]*</\3>)*){_CLOSE}"
)
_ANY = re.compile("[\U000f0000-\U0010ffff]")
_LINKED = re.compile(rf"[\U000f0000-\U000fffff]([^\U000f0000-\U0010ffff]+){_CLOSE}")
_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-srcset", "srcset", "src")


@dataclass(slots=True)
class Marked:
    """What each mark of a page stands for, by its place among the marks."""

    base: str | None
    meant: list[tuple[str, str, str]] = field(default_factory=list)

    def mark(self, kind: str, address: str, text: str = "") -> str:
        """Give the character that from now on stands for a link or a picture."""
        self.meant.append((kind, address, text))
        return chr(FIRST + len(self.meant) - 1)


def put(tree: Any, base: str | None) -> Marked:
    """Mark the links and the pictures of a page; the pictures themselves are taken out."""
    marked = Marked(base)
    for image in list(tree.iter("img")):
        _mark_picture(image, marked)
    for link in tree.iter("a"):
        href = link.get("href") or ""
        address = None if href.startswith("#") else said.address(href, base)
        if address and len(marked.meant) < _MOST and link.text_content().strip():
            link.text = marked.mark("link", address) + (link.text or "")
            if len(link):
                link[-1].tail = (link[-1].tail or "") + _CLOSE
            else:
                link.text += _CLOSE
    return marked


def take(html: str, marked: Marked) -> str:
    """Give HTML with links and pictures where the marks are."""
    html = _LINK.sub(lambda found: _as_link(found[1], found[2], marked), html)
    return _ANY.sub(lambda found: _as_picture(found[0], marked), html)


def linked(text: str) -> str:
    """Give what of a marked text is in links."""
    return " ".join(_LINKED.findall(text))


def without(text: str) -> str:
    """Give a marked text as it is read."""
    return _ANY.sub("", text)


def _mark_picture(image: Any, marked: Marked) -> None:
    figure = next(image.iterancestors("figure"), None)
    address = _source(image, marked.base)
    if address and len(marked.meant) < _MOST:
        mark = marked.mark("image", address, image.get("alt") or "")
        if figure is not None:
            paragraph = figure.makeelement("p")
            paragraph.text = mark
            figure.addprevious(paragraph)
        elif next(image.iterancestors("p"), None) is not None:
            image.tail = mark + (image.tail or "")
    image.drop_tree()


def _source(image: Any, base: str | None) -> str | None:
    """Give the address of a picture that is worth showing: no pixel, no icon, no placeholder."""
    sizes = (image.get(name) or "" for name in ("width", "height"))
    if any(_SMALL.fullmatch(size) for size in sizes):
        return None
    for name in _SOURCES:
        value = (image.get(name) or "").strip()
        if "srcset" in name:
            value = value.split(",")[0].split(" ")[0]
        if value and not value.startswith("data:"):
            return said.address(value, base)
    return None


def _as_link(mark: str, inner: str, marked: Marked) -> str:
    kind, address, _ = _meant(mark, marked)
    return f'<a href="{escape(address)}">{inner}</a>' if kind == "link" else inner


def _as_picture(mark: str, marked: Marked) -> str:
    kind, address, text = _meant(mark, marked)
    return f'<img src="{escape(address)}" alt="{escape(text)}"/>' if kind == "image" else ""


def _meant(mark: str, marked: Marked) -> tuple[str, str, str]:
    place = ord(mark) - FIRST
    return marked.meant[place] if place < len(marked.meant) else ("", "", "")
