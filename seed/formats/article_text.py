"""The text of an article, found on its page: as HTML, with what the page puts around it left out.

trafilatura finds the text. Before it is asked, what misleads it is cleared away; afterwards goes
what it takes along: the headline, pointers to other articles, notes at the end.
"""

import copy
import logging
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import trafilatura
from lxml import etree
from trafilatura.htmlprocessing import convert_to_html

from seed.formats import marks, trimming

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_BODY = re.compile(
    r"(?:article|story|entry|post|news|art)[-_]{0,2}(?:body|content|text)|^body-text|storybody",
    re.IGNORECASE,
)
_MOST = 0.9
"""A part of the page with so much of a larger part's paragraphs is where the text is."""
_QUOTED = re.compile(
    r"(?:^|\s)(?:twitter-(?:tweet|video)|instagram-media|tiktok-embed|fb-(?:post|video)|reddit-embed"
    r"|bluesky-embed|mastodon-embed|text-post-media)"
)
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:related|recirc\w*|newsletters?|promos?|teasers?|trending|most-?(?:read|popular)"
    r"|read-?more|more-?stories|recommend(?:ed|ations?)|rollover|tooltip|popover|pull-?quote"
    r"|latest-news|sign-?up|outbrain|taboola)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ASIDE_AT_MOST = 0.3
"""What has more of the page's paragraphs is no aside, whatever it is called."""
_BODY_AT_LEAST = 0.2
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


def find(page: Any, url: str | None, titles: Iterable[str], leads: Iterable[str]) -> str:
    """Give the text of the article on a page, or '' if there is none.

    `titles` are the names that the page has for itself, and `leads` what it says it is about.
    """
    tree = copy.copy(page)
    _clear(tree)
    marked = marks.put(tree, url)
    found: Any = trafilatura.bare_extraction(
        tree, include_comments=False, include_formatting=True, fast=True
    )
    body = None if found is None else convert_to_html(found.body).find("body")
    if body is None:
        return ""
    trimming.trim(body, titles, leads)
    html = "".join(etree.tostring(block, encoding="unicode") for block in body)
    return marks.take(html, marked)


def _clear(tree: Any) -> None:
    """Take away what is no text, and what would lead to the wrong one."""
    _free_quotations(tree)
    _join_parts(tree)
    _drop_hidden(tree)
    _drop_asides(tree)
    _point_at_body(tree)
    for caption in list(tree.iter("figcaption")):
        caption.drop_tree()


def _free_quotations(tree: Any) -> None:
    """Let posts of social media stand as quotations; frames around them are dropped as adverts."""
    for quotation in tree.iter("blockquote"):
        if not _QUOTED.search(quotation.get("class") or ""):
            continue
        most = len(quotation.text_content()) + 50
        for element in (quotation, *quotation.iterancestors()):
            if element.tag in {"article", "body"} or len(element.text_content()) > most:
                break
            _forget_names(element)


def _join_parts(tree: Any) -> None:
    """Put together a text that is cut into parts of one name, as it is around adverts."""
    parts: dict[tuple[Any, ...], Any] = {}
    for element in list(tree.iter("div", "section")):
        name = element.get("class") or ""
        if not _BODY.search(name) or element.find("p") is None:
            continue
        around = list(element.iterancestors())[:3]
        first = next(
            (parts[key] for key in ((each, name) for each in around) if key in parts), None
        )
        if first is None:
            parts |= {(each, name): element for each in around if each.tag not in {"html", "body"}}
        elif first not in around:
            first.extend(list(element))


def _drop_hidden(tree: Any) -> None:
    for element in [each for each in tree.iter("div", "section", "span", "p") if _is_hidden(each)]:
        element.drop_tree()


def _is_hidden(element: Any) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _drop_asides(tree: Any) -> None:
    written = _written(tree)
    most = _ASIDE_AT_MOST * written[tree]
    for element in list(tree.iter("div", "section", "aside", "ul", "ol", "span", "p")):
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        if written[element] <= most and _ASIDE.search(names) and element.find(".//h1") is None:
            element.drop_tree()


def _point_at_body(tree: Any) -> None:
    """Where one named body lies in another and has its text, let the outer one lose its name."""
    written = _written(tree)
    least = _BODY_AT_LEAST * written[tree]
    for inner in list(tree.iter("div", "section")):
        named = _BODY.search(inner.get("class") or "") or inner.get("itemprop") == "articleBody"
        if not named or written[inner] <= least:
            continue
        for outer in inner.iterancestors("div", "section", "main", "article"):
            outer_named = _BODY.search(f"{outer.get('class') or ''} {outer.get('id') or ''}")
            if outer_named and written[inner] >= _MOST * written[outer]:
                _forget_names(outer)
                inner.set("itemprop", "articleBody")


def _written(tree: Any) -> Counter[Any]:
    """Give how many characters of text are in the paragraphs of each element."""
    written: Counter[Any] = Counter()
    for paragraph in tree.iter("p"):
        length = len(paragraph.text_content())
        for element in (paragraph, *paragraph.iterancestors()):
            written[element] += length
    return written


def _forget_names(element: Any) -> None:
    for name in ("class", "id"):
        element.attrib.pop(name, None)
