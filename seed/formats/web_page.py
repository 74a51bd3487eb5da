"""Article pages in HTML: the text as trafilatura finds it, and what the page says of itself.

JSON-LD (schema.org's Article and its kinds) is asked first, then OpenGraph and the other `meta`
elements, then what trafilatura makes of the page.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import trafilatura
from lxml import etree
from lxml import html as lxml_html

from seed.formats import said
from seed.found import FormatError, Found, Item, Origin

_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|article|main|meta|div|p)\b", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|Reportage\w*|OpinionNews\w*)$")
_MAX_LD_DEPTH = 6


def recognises(data: bytes) -> bool:
    """Tell HTML by one of the elements that pages begin with."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and bool(
        _HTML.search(data[:65_536])
    )


def read(data: bytes, origin: Origin) -> Found:
    """Give the one article of a page."""
    page = _tree(data)
    found: Any = trafilatura.bare_extraction(
        data, url=origin.url, include_comments=False, include_tables=True, with_metadata=True
    )
    ld, meta = _json_ld(page), _meta(page)
    text = (found.text or "") if found else ""
    title = said.line(
        ld.get("headline")
        or meta.get("og:title")
        or (found and found.title)
        or page.findtext(".//title")
    )
    if not title or not (text or ld or meta.get("og:type") == "article"):
        raise FormatError("a web page without an article")
    url = said.address(
        _first(page.xpath("//link[@rel='canonical']/@href")) or meta.get("og:url") or ld.get("url"),
        origin.url,
    )
    paragraphs = "\n\n".join(line.strip() for line in text.split("\n") if line.strip())
    section = ld.get("articleSection") or meta.get("article:section")
    publisher = ld.get("publisher")
    when = ld.get("datePublished") or meta.get("article:published_time") or (found and found.date)
    changed = ld.get("dateModified") or meta.get("article:modified_time")
    return Found(
        "web page",
        [
            Item(
                {
                    "url": url or origin.url,
                    "title": title,
                    "source": said.line(
                        _name(publisher) or meta.get("og:site_name") or (found and found.sitename)
                    )[:200]
                    or None,
                    "authors": _authors(ld, meta, found),
                    "image_url": said.address(
                        _image(ld.get("image")) or meta.get("og:image"), url or origin.url
                    ),
                    "language": said.language(
                        ld.get("inLanguage") or _first(page.xpath("/html/@lang"))
                    ),
                    **said.labels([_first(_list(section)) or "", *_keywords(ld, meta)]),
                    **said.published(when),
                    "summary": said.line(
                        ld.get("description")
                        or meta.get("og:description")
                        or meta.get("description")
                    )[:10_000]
                    or None,
                    "body_text": paragraphs,
                    "captured_at": said.moment(changed) or origin.captured_at,
                }
            )
        ],
    )


def _tree(data: bytes) -> Any:
    try:
        page = trafilatura.load_html(data)
    except (ValueError, etree.LxmlError) as error:
        raise FormatError(f"a web page that cannot be read: {error}") from error
    if page is None:
        page = lxml_html.fragment_fromstring("<p/>", create_parent="html")
    return page


def _meta(page: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in page.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        if name and element.get("content"):
            found.setdefault(name.lower(), element.get("content"))
    return found


def _json_ld(page: Any) -> dict[str, Any]:
    """Give the first thing in a page's JSON-LD that is an article."""
    for element in page.xpath("//script[@type='application/ld+json']"):
        try:
            value = json.loads(element.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _things(value, _MAX_LD_DEPTH):
            if any(_ARTICLE.search(str(kind)) for kind in _list(thing.get("@type"))):
                return thing
    return {}


def _things(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth and isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _things(value.get(key), depth - 1)
    elif depth and isinstance(value, list):
        for each in value:
            yield from _things(each, depth - 1)


def _authors(ld: dict[str, Any], meta: dict[str, str], found: Any) -> list[str]:
    people = [_name(person) for person in _list(ld.get("author"))]
    if not any(people):
        said_name = meta.get("author") or meta.get("article:author") or ""
        people = [] if said_name.startswith("http") else [said_name]
    if not any(people) and found and found.author:
        people = found.author.split(";")
    return said.names(people)


def _keywords(ld: dict[str, Any], meta: dict[str, str]) -> list[str]:
    found = ld.get("keywords") or meta.get("news_keywords") or meta.get("article:tag") or ""
    listed = found if isinstance(found, list) else str(found).split(",")
    return [_name(each) for each in listed]


def _image(value: Any) -> str | None:
    first = _first(_list(value))
    return first.get("url") if isinstance(first, dict) else first


def _name(value: Any) -> str:
    value = _first(_list(value))
    return str(value.get("name") or "") if isinstance(value, dict) else str(value or "")


def _first(values: Any) -> Any:
    return values[0] if values else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
