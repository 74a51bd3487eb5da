"""OPML: lists of feeds, which become sources (OPML 2.0, section "Subscription lists")."""

from lxml import etree

from seed.formats import said
from seed.found import Draft, FormatError, Found, Origin


def recognises(data: bytes) -> bool:
    """Tell an OPML document by its root."""
    return said.root_of(data) == "opml"


def read(data: bytes, origin: Origin) -> Found:
    """Give a source for every feed; the outline around it is its category."""
    root = said.as_xml(data)
    outlines = [] if root is None else root.iter("{*}outline")
    sources = [source for outline in outlines if (source := _source(outline, origin))]
    if not sources:
        raise FormatError("an OPML document that lists no feed")
    return Found("OPML", sources=sources)


def _source(outline: etree._Element, origin: Origin) -> Draft | None:
    told = {name.lower(): value for name, value in outline.attrib.items()}
    feed = said.address(told.get("xmlurl"), origin.url)
    name = said.line(told.get("title") or told.get("text"))[:200]
    if not feed or not name:
        return None
    around = outline.getparent()
    above = {} if around is None else around.attrib
    category = said.line(told.get("category") or above.get("title") or above.get("text"))
    return {
        "name": name,
        "url": said.address(told.get("htmlurl"), origin.url),
        "language": said.language(told.get("language")),
        "category": category[:100].strip("/") or None,
        "description": said.line(told.get("description"))[:2_000] or None,
        "feeds": [feed],
    }
