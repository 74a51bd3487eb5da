"""Article pages in HTML: the text as trafilatura finds it, and what the page says of itself.

JSON-LD (schema.org's Article and its kinds) is asked first, then OpenGraph and the other `meta`
elements, then what trafilatura makes of the page.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import trafilatura

from seed.formats import article_text, html_tree, said
from seed.found import Draft, FormatError, Found, Item, Origin

_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|article|main|meta|div|p)\b", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|Reportage\w*|OpinionNews\w*)$")
_MAX_LD_DEPTH = 6
_MAX_REASON = 300


def recognises(data: bytes) -> bool:
    """Tell HTML by one of the elements that pages begin with."""
    start = said.start_of(data)
    return start.startswith("<") and bool(_HTML.search(start))


def read(data: bytes, origin: Origin) -> Found:
    """Give the one article of a page; whatever a page makes a library raise is a FormatError."""
    try:
        return Found("web page", [Item(_draft(html_tree.parse(data), origin))])
    except FormatError:
        raise
    except Exception as error:
        raise FormatError(f"a web page that cannot be read: {error!r}"[:_MAX_REASON]) from error


def _draft(page: Any, origin: Origin) -> Draft:
    ld, meta = _json_ld(page), _meta(page)
    titles = [ld.get("headline"), meta.get("og:title"), page.findtext(".//title")]
    leads = [ld.get("description"), meta.get("og:description"), meta.get("description")]
    declared = said.address(_first(page.xpath("//base/@href")), origin.url)
    url = said.address(
        _first(page.xpath("//link[@rel='canonical']/@href")) or meta.get("og:url") or ld.get("url"),
        declared or origin.url,
    )
    base = declared or url or origin.url
    body = article_text.find(
        page,
        base,
        [*_lines(titles), *(" ".join(h1.itertext()) for h1 in page.iter("h1"))],
        _lines(leads),
    )
    when = ld.get("datePublished") or meta.get("article:published_time")
    source = _name(ld.get("publisher")) or meta.get("og:site_name")
    authors, title = _authors(ld, meta), next(iter(_lines(titles[:2])), "")
    if not (title and when and source and authors):  # only then is it worth its time
        # Not extensive: a date that merely stands somewhere on the page is not one that it says.
        guessed = trafilatura.extract_metadata(page, default_url=origin.url, extensive=False)
        title = title or said.line(guessed.title) or said.line(titles[-1])
        when, source = when or guessed.date, source or guessed.sitename
        authors = authors or said.names((guessed.author or "").split(";"))
    if not title or not (body or ld or meta.get("og:type") == "article"):
        raise FormatError("a web page without an article")
    section = ld.get("articleSection") or meta.get("article:section")
    changed = ld.get("dateModified") or meta.get("article:modified_time")
    image = _image(ld.get("image")) or meta.get("og:image")
    return {
        "url": url or origin.url,
        "title": title,
        "source": said.line(source)[:200] or None,
        "authors": authors,
        "image_url": said.address(image, base),
        "language": said.language(ld.get("inLanguage") or page.get("lang")),
        **said.labels([_first(_list(section)) or "", *_keywords(ld, meta)]),
        **said.published(when),
        "summary": next(iter(_lines(leads)), "")[:10_000] or None,
        "body_html": body or None,
        "captured_at": said.moment(changed) or origin.captured_at,
    }


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


def _authors(ld: dict[str, Any], meta: dict[str, str]) -> list[str]:
    people = said.names(_name(person) for person in _list(ld.get("author")))
    named = meta.get("author") or meta.get("article:author") or ""
    return people or said.names([] if named.startswith("http") else [named])


def _lines(values: Iterable[object]) -> list[str]:
    """Give what is said in some of the values."""
    return [line for line in map(said.line, values) if line]


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
