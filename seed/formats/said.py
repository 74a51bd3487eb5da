"""What formats have in common: addresses, times, names and labels as a document says them.

What cannot be taken as said is left out here, so that one bad image does not cost an article.
"""

import calendar
import html
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

import feedparser.datetimes
from lxml import etree
from marshmallow import ValidationError
from marshmallow.validate import URL

from insight.rich import to_text

_URL = URL(schemes={"http", "https"}, require_tld=False)
_MAX_URL = 2_000
_MAX_NAME, _MAX_LABEL, _MAX_LABELS = 200, 100, 100
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_ZONE = re.compile(r"(?:Z|[+-]\d{2}:?\d{2}|\d\s+\(?[A-Za-z]{1,5}\)?)\s*$")
_MARKUP = re.compile(r"<[a-zA-Z/!]|&[#a-zA-Z]\w*;")
_FIRST_ELEMENT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)[\s/>]")
_PROLOGUE = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_HEAD = 65_536


def address(said: object, base: str | None = None) -> str | None:
    """Give an http(s) address, completed by that of its document; None if it is none."""
    if not isinstance(said, str) or not said.strip():
        return None
    try:
        url = urljoin(base or "", re.sub(r"\s", "%20", said.strip()))
        return str(_URL(url)) if len(url) <= _MAX_URL else None
    except (ValueError, ValidationError):
        return None


def moment(said: object) -> datetime | None:
    """Give the time that a text means, in any form that feeds use; without a zone it is UTC."""
    if not isinstance(said, str) or not said.strip():
        return None
    try:
        found = datetime.fromisoformat(said.strip())
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    try:
        parsed = feedparser.datetimes._parse_date(said.strip())  # noqa: SLF001 - it has no other
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def published(said: object) -> dict[str, Any]:
    """Give the time of publication as it is stored: what was said, and how sharp that is."""
    if not isinstance(said, str) or not (text := said.strip()):
        return {"published_at": None, "published": None}
    at = moment(text)
    sharp = bool(_CLOCK.search(text))
    inferred = at is not None and sharp and not _ZONE.search(text)
    precision = "minute" if sharp else "day"
    return {
        "published_at": at,
        "published": {"text": text[:_MAX_NAME], "precision": precision, "inferred": inferred},
    }


def line(said: object) -> str:
    """Give text as one line, without the markup that it may be in."""
    if not isinstance(said, str):
        return ""
    text = to_text(said) if _MARKUP.search(said) else said
    return " ".join(html.unescape(text).split())


def has_markup(text: str) -> bool:
    """Tell whether a text has elements or entities of HTML in it."""
    return bool(_MARKUP.search(text))


def names(said: Iterable[object]) -> list[str]:
    """Give the names of people, each once."""
    found = (line(name)[:_MAX_NAME] for name in said)
    return [name for name in dict.fromkeys(found) if name]


def labels(said: Iterable[object]) -> dict[str, Any]:
    """Give labels as a category, which is the first, and hashtags, which are the others."""
    found = [name for name in names(said) if len(name) <= _MAX_LABEL]
    return {"category": found[0] if found else None, "hashtags": found[1 : _MAX_LABELS + 1]}


def language(said: object) -> str | None:
    """Give a language tag, if that is what it is."""
    tag = said.strip().replace("_", "-") if isinstance(said, str) else ""
    return tag if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", tag) else None


def bodies(whole: str, short: str) -> dict[str, Any]:
    """Give the text and the lead of an article from two accounts of it, both as HTML.

    What is said only in short is taken for the text, and known to be an excerpt.
    """
    lead = to_text(short).replace("\n\n", " ")
    if not whole.strip():
        return {"body_html": short or None, "summary": None, "excerpt": bool(lead)}
    return {"body_html": whole, "summary": lead[:10_000] or None, "excerpt": False}


def escaped(text: str) -> str:
    """Give plain text as HTML."""
    return "".join(f"<p>{html.escape(part)}</p>" for part in re.split(r"\n\s*\n", text) if part)


def enclosure(
    url: object, type_: object, length: object, base: str | None
) -> dict[str, Any] | None:
    """Give a file that belongs to an article; None if it has no address."""
    found = address(url, base)
    size = str(length or "").strip()
    if found is None:
        return None
    return {
        "url": found,
        "type": str(type_)[:100] if type_ else None,
        "length": int(size) if re.fullmatch(r"[0-9]{1,15}", size) else None,
    }


@lru_cache(maxsize=1)
def as_json(data: bytes) -> Any:
    """Give the value of a JSON document; None if it is none."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return None
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def root_of(data: bytes) -> str:
    """Give the name of the first element of a document in XML or HTML, in small letters."""
    head = data[:_HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode()
    head = _PROLOGUE.sub(b"", head).lstrip(b"\xef\xbb\xbf \t\r\n")
    found = _FIRST_ELEMENT.search(head) if head.startswith(b"<") else None
    return found[1].decode().lower() if found else ""


def as_xml(data: bytes) -> etree._Element | None:
    """Give the root of an XML document, mended where it is broken, with nothing from outside."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    return etree.fromstring(data, parser)
