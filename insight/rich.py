"""Rich text: HTML from outside made safe to show, and read as plain paragraphs. Pure functions."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import nh3
from lxml import etree
from lxml import html as lxml_html

TAGS = frozenset(
    re.findall(
        r"\w+",
        """a abbr b blockquote br cite code dd del div dl dt em figcaption figure h2 h3 h4 h5 h6 hr
        i img ins li ol p picture pre q s small span strong sub sup table tbody td th thead time tr
        u ul""",
    )
)
"""What an article may be set in: text, lists, tables and pictures; nothing that acts."""

_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "time": {"datetime"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_DROPPED_WHOLE = {"script", "style", "iframe", "object", "noscript", "template", "svg", "math"}
_ADDRESSES = {("a", "href"), ("img", "src")}
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        """address article aside blockquote dd details div dl dt figcaption figure footer form h1 h2
        h3 h4 h5 h6 header hr li main nav ol p pre section table tbody td th thead tr ul""",
    )
)
_IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_SRC = re.compile(r"\ssrc\s*=\s*([\"'])(.*?)\1", re.IGNORECASE | re.DOTALL)
_BLANKS = re.compile(r"\s+")

# What nests without end takes nh3 time with the square of its depth and more; so much never hurts.
_HARMLESS_TAGS = 1_000
_MOST_TAGS = 50_000


def sanitise(html: str, base_url: str | None = None) -> str:
    """Give HTML with only what is safe to show on any page; relative addresses are completed.

    An address that stays relative, because nobody said to what, is left out.
    """

    def kept(tag: str, name: str, value: str) -> str | None:
        if (tag, name) not in _ADDRESSES:
            return value
        try:
            address = urljoin(base_url or "", value.strip())
            return address if urlsplit(address).scheme in {"http", "https", "mailto"} else None
        except ValueError:
            return None

    return nh3.clean(
        _flattened(html.encode(errors="ignore").decode()),  # halves of surrogate pairs are none
        tags=set(TAGS),
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_ATTRIBUTES,
        attribute_filter=kept,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    ).strip()


def to_text(html: str) -> str:
    """Give the paragraphs that HTML shows, with a blank line between."""
    reader = _Paragraphs()
    reader.feed(html)
    reader.close()
    return "\n\n".join(reader.paragraphs())


def first_image(html: str) -> str | None:
    """Give the address of the first picture in HTML, as it is written there."""
    for tag in _IMAGE.finditer(html):
        if found := _SRC.search(tag[0]):
            return unescape(found[2])
    return None


def _flattened(html: str) -> str:
    """Give HTML that is nested no deeper than any text is; what is beyond all measure is cut."""
    if html.count("<") <= _HARMLESS_TAGS:
        return html
    kept = "<".join(html.split("<", _MOST_TAGS)[:_MOST_TAGS])
    try:
        # libxml2 goes 256 elements deep, in linear time.
        data = f"<div>{kept}</div>".encode()
        tree = lxml_html.document_fromstring(data, parser=_lenient())
    except (etree.ParserError, etree.XMLSyntaxError):  # pragma: no cover - it mends everything
        return ""
    body = tree.find("body")
    return "" if body is None else str(etree.tostring(body, encoding="unicode", method="html"))


def _lenient() -> lxml_html.HTMLParser:
    return lxml_html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)


class _Paragraphs(HTMLParser):
    """Collects text; every element that stands by itself ends a paragraph."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._found: list[str] = []
        self._hidden = 0

    def parse_html_declaration(self, i: int) -> int:
        # In HTML there are no marked sections; the library raises for those that it does not know.
        if self.rawdata.startswith("<![", i):
            return self.parse_bogus_comment(i)
        return super().parse_html_declaration(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WHOLE:
            self._hidden += 1
        elif tag in _BLOCKS:
            self._end_paragraph()
        elif tag == "br":
            self._parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED_WHOLE:
            self._hidden = max(self._hidden - 1, 0)
        elif tag in _BLOCKS:
            self._end_paragraph()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(_BLANKS.sub(" ", data))

    def paragraphs(self) -> list[str]:
        self._end_paragraph()
        return self._found

    def _end_paragraph(self) -> None:
        # Two line breaks in a row are how many pages set a paragraph.
        for part in re.split(r"\n *\n", "".join(self._parts)):
            if text := _BLANKS.sub(" ", part).strip():
                self._found.append(text)
        self._parts = []
