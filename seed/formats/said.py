"""What formats have in common: addresses, times, names and labels as a document says them.

What cannot be taken as said is left out here, so that one bad image does not cost an article.
"""

import codecs
import html
import json
import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from lxml import etree
from marshmallow import ValidationError
from marshmallow.validate import URL

from insight.rich import sanitise, to_text
from seed.formats import mending, times

_URL = URL(schemes={"http", "https"})
_MAX_URL = 2_000
_MAX_NAME, _MAX_LABEL, _MAX_LABELS = 200, 100, 100
_MAX_NAMES, _MAX_TITLE, _TITLE_FROM_TEXT = 200, 1_000, 120
_LONGEST_LINE, _SHORT = 20_000, 1_000
_MAX_COUNT = 10**15
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff]")
_SCHEME = re.compile(r"^https?://")
_PERSON = re.compile(
    r"[^\s@<>()]+@[^\s@<>()]+\s*\((?P<after>[^()]+)\)"
    r"|(?P<before>[^@<>()]*[^@<>()\s])\s*[(<]\s*[^\s@<>()]+@[^\s@<>()]+\s*[)>]"
)
_MARKUP = re.compile(r"<[a-zA-Z/!]|&[#a-zA-Z]\w*;")
_FIRST_ELEMENT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)[\s/>]")
_PROLOGUE = (("<?", "?>"), ("<!--", "-->"))
_MAX_PROLOGUE, _MAX_JUNK = 100, 4_096
_HEAD = 65_536
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Marks at the start, and how `<` or `{` looks without them; the longer before its own beginning.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    *((f"{first}".encode(form), form) for first in "<{[" for form in ("utf-32-le", "utf-32-be")),
    *((f"{first}".encode(form), form) for first in "<{[" for form in ("utf-16-le", "utf-16-be")),
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_IN_ASCII = ("iso2022", "hz")  # these are in ASCII, so they look like UTF-8
_ENCODINGS = (
    "utf", "ascii", "iso8859", "iso2022", "hz", "cp", "mac", "koi8", "gb", "big5", "shift", "euc",
    "johab", "tis", "kz1048", "ptcp",
)  # fmt: skip
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")


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
    found = times.parse(_as_text(said))
    return found.at if found else None


def published(said: object) -> dict[str, Any]:
    """Give the time of publication as it is stored: what was said, and how sharp that is."""
    text = _CONTROL.sub("", _as_text(said)).strip()
    if not text:
        return {"published_at": None, "published": None}
    found = times.parse(text)
    precision = found.precision if found else "minute" if _CLOCK.search(text) else "day"
    return {
        "published_at": found.at if found else None,
        "published": {
            "text": text[:_MAX_NAME],
            "precision": precision,
            "inferred": bool(found and found.inferred),
        },
    }


def changed(said: object, captured_at: datetime | None) -> datetime | None:
    """Give as of when an account is: when it says that it changed, but not after its capture."""
    found = moment(said) or captured_at
    return min(found, captured_at) if found and captured_at else found


def _as_text(said: object) -> str:
    """Give a time as text, also one that counts seconds or milliseconds as a number."""
    if isinstance(said, int | float) and not isinstance(said, bool):
        return str(int(said)) if abs(said) < _MAX_COUNT else ""
    return said[:_LONGEST_LINE] if isinstance(said, str) else ""


def line(said: object) -> str:
    """Give text as one line, without the markup that it may be in."""
    if not isinstance(said, str):
        return ""
    text = _without_cdata(said[:_LONGEST_LINE])
    if ("<" in text or "&" in text) and _MARKUP.search(text):
        # The reader of markup takes time with the square of the length when somebody means it to.
        text = to_text(sanitise(text) if len(text) > _SHORT else text)
    text = html.unescape(text)
    return " ".join((text if text.isprintable() else _CONTROL.sub("", text)).split())


def heading(title: object, *others: object) -> tuple[str, tuple[str, ...]]:
    """Give a title, and flags: without one, the first words of the first other that says any.

    Then it is flagged `untitled`. If nothing says anything, the title is empty.
    """
    if own := line(title)[:_MAX_TITLE]:
        return own, ()
    found = next(filter(None, map(line, others)), "")
    return _SCHEME.sub("", found)[:_TITLE_FROM_TEXT].strip(), ("untitled",)


def person(said: object) -> str:
    """Give the name of somebody, without the e-mail address that may stand beside it."""
    name = line(said)[: 2 * _MAX_NAME]
    found = _PERSON.fullmatch(name)
    return (found["after"] or found["before"]).strip(" \"'") if found else name


def text(said: object) -> str:
    """Give text as it is, without what is none; nothing for what is no text."""
    return _CONTROL.sub("", said) if isinstance(said, str) else ""


def has_markup(text: str) -> bool:
    """Tell whether a text has elements or entities of HTML in it."""
    return bool(_MARKUP.search(text))


def names(said: Iterable[object]) -> list[str]:
    """Give the names of people, each once."""
    found = (line(name)[:_MAX_NAME].strip() for name in islice(said, _MAX_NAMES))
    return [name for name in dict.fromkeys(found) if name]


def labels(said: Iterable[object]) -> dict[str, Any]:
    """Give labels as a category, which is the first, and hashtags, which are the others."""
    found = label_names(said, _MAX_LABELS + 1)
    return {"category": found[0] if found else None, "hashtags": found[1:]}


def label_names(said: Iterable[object], most: int = _MAX_LABELS) -> list[str]:
    """Give the names of labels, each once; a longer text is none."""
    return [name for name in names(said) if len(name) <= _MAX_LABEL][:most]


def language(said: object) -> str | None:
    """Give a language tag, if that is what it is."""
    tag = said.strip().replace("_", "-") if isinstance(said, str) else ""
    return tag if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", tag) else None


def bodies(whole: str, short: str) -> dict[str, Any]:
    """Give the text and the lead of an article from two accounts of it, both as HTML.

    What is said only in short is taken for the text, and known to be an excerpt.
    """
    whole, short = _without_cdata(whole), _without_cdata(short)
    if not whole.strip():
        excerpt = len(short) > _SHORT or bool(line(short))
        return {"body_html": short or None, "summary": None, "excerpt": excerpt}
    return {"body_html": whole, "summary": line(short)[:10_000] or None, "excerpt": False}


def _without_cdata(text: str) -> str:
    """Leave out the marks of a CDATA section that was escaped itself."""
    if "<![CDATA[" not in text:
        return text
    return text.replace("<![CDATA[", "").replace("]]>", "")


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
    text = decoded(data).lstrip() if data.startswith(_UTF16) or b"\0" in data[:4] else None
    if text is None and not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return None
    try:
        value = json.loads(decoded(data).strip() if text is None else text)
        if _HALF_PAIR.search(data):
            # JSON can spell halves of characters, which are no text.
            whole = json.dumps(value, ensure_ascii=False).encode(errors="ignore")
            value = json.loads(whole)
    except (ValueError, RecursionError):
        return None
    return value


def decoded(data: bytes) -> str:
    """Give the text of a document in the encoding that it is in, whatever it says that it is in.

    Bytes that are UTF-8 are nothing else by chance, so that is tried first, also where some of it
    is damaged; then what the document declares; then what browsers take for Latin-1.
    """
    if encoding := marked(data):
        return data.decode(encoding, "replace").removeprefix("\ufeff")
    said = _DECLARED.search(data[:_HEAD])
    declared = _known_encoding(said[1].decode()) if said else None
    if declared and declared.startswith(_IN_ASCII):
        return data.decode(declared, "replace")
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    if not wrong or wrong * 10 < len(data) - len(text):
        return text
    if declared is None or declared.startswith(("utf", "ascii")):
        declared = "windows-1252"
    return data.decode(declared, "replace")


def marked(data: bytes) -> str:
    """Give the encoding that the first bytes of a document tell of, or ''."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")


def _known_encoding(name: str) -> str | None:
    """Give the name by which Python knows an encoding of text, if it is one that documents use."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    # The others of Python's codecs take apart escapes, or time with the square of the length.
    return found if found.startswith(_ENCODINGS) else None


def root_of(data: bytes) -> str:
    """Give the name of the first element of a document in XML or HTML, in small letters."""
    head = _head(data)
    found = _FIRST_ELEMENT.search(head) if head.startswith("<") else None
    return found[1].lower() if found else ""


def root_behind_junk(data: bytes) -> str:
    """Give the name of the first element after an XML declaration that does not come first."""
    head = _head(data)
    before, declared, after = head.partition("<?xml")
    if not declared or len(before) > _MAX_JUNK or "<html" in before.lower():
        return ""
    found = _FIRST_ELEMENT.search(_without_prologue(declared + after))
    return found[1].lower() if found else ""


def start_of(data: bytes) -> str:
    """Give the start of a document as text, without space before it."""
    start = data[:_HEAD].lstrip(b" \t\r\n") if data[:1].isspace() else data[:_HEAD]
    return decoded(start).lstrip("\ufeff \t\r\n")


def _head(data: bytes) -> str:
    """Give the start of a document, without what may stand before its first element."""
    return _without_prologue(start_of(data))


def _without_prologue(text: str) -> str:
    """Leave out declarations and comments; those that nothing ends are the whole rest."""
    for _ in range(_MAX_PROLOGUE):
        end = next((end for start, end in _PROLOGUE if text.startswith(start)), None)
        if end is None:
            break
        text = text.partition(end)[2].lstrip()
    return text


def as_xml(data: bytes) -> etree._Element | None:
    """Give the root of an XML document, mended where it is broken, with nothing from outside."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(mending.mended(decoded(data)).strip().encode(), parser)
    except etree.XMLSyntaxError:
        return None
