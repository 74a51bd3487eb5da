"""Pages as trees: bytes in whatever encoding, parsed once, within bounds.

The encoding is the one that the bytes can be in: a page may say another, or say it late, or not
at all. What would take too long to look through is refused before anybody does.
"""

import codecs
import re
from typing import Any

from lxml import etree
from lxml import html as lxml_html
from trafilatura.utils import detect_encoding

from seed.formats import said
from seed.found import FormatError

MAX_BYTES = 8 * 1024 * 1024
MAX_ELEMENTS = 50_000
"""Live tickers of a whole day have about 20,000."""
MAX_ATTRIBUTES = 500
"""Of one element: every attribute is compared with those before it."""

_DECLARED = re.compile(
    rb"<(?:meta\b[^>]{0,500}?charset\s*=|\?xml\b[^>]{0,100}?encoding\s*=)\s*[\"']?\s*([\w.:-]{2,40})",
    re.IGNORECASE,
)
# Python has codecs that are none of text, and some that take quadratic time.
_OF_PAGES = re.compile(
    r"utf-(?:8|16.*)|cp\d+|iso8859-\d+|koi8-.*|gb\w+|big5\w*|euc_\w+|shift_\w+|iso2022_\w+|mac-\w+"
    r"|tis-620|johab|hz|ascii"
)
# What pages mean by these names (WHATWG Encoding, section 4.2).
_MEANT = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874",
    "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932",
    "euc_kr": "cp949", "big5": "big5hkscs",
}  # fmt: skip
_WRONG_AT_MOST = 0.002
# What XML has no place for; and the private-use planes, in which only icons are.
_UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff\U000f0000-\U0010ffff]"
)
# Possessive, so that it is linear; what looks like an element in a script is none.
_FLOODED = re.compile(
    r"""(?P<flooded> <[A-Za-z][^\s/>]*+
        (?:[\s/"'=]*+ [^\s/>="']++ (?:\s*+=\s*+ (?:"[^"]*+"|'[^']*+'|[^\s>]++))?+ ){LIMIT} )
    | <(script|style)\b .*? (?:</\2|\Z)""".replace("LIMIT", str(MAX_ATTRIBUTES)),
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def parse(data: bytes) -> Any:
    """Give the root of a page, an lxml element; raise FormatError if it is beyond the bounds."""
    if len(data) > MAX_BYTES:
        raise FormatError(f"a web page of more than {MAX_BYTES // 1024 // 1024} MB")
    text = _UNREADABLE.sub("", decode(data))
    if any(found["flooded"] for found in _FLOODED.finditer(text)):
        raise FormatError(f"a web page with an element of more than {MAX_ATTRIBUTES} attributes")
    parser = lxml_html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False,
        default_doctype=False, no_network=True, huge_tree=False,
    )  # fmt: skip
    try:
        root = lxml_html.document_fromstring(text.encode(), parser=parser)
    except (ValueError, AssertionError, etree.LxmlError) as error:
        raise FormatError(f"a web page that cannot be read: {error}") from error
    if sum(1 for _ in zip(root.iter(), range(MAX_ELEMENTS + 1), strict=False)) > MAX_ELEMENTS:
        raise FormatError(f"a web page of more than {MAX_ELEMENTS:,} elements")
    return root


def decode(data: bytes) -> str:
    """Give the text of a page."""
    if marked := said.marked(data):
        return data.decode(marked, "replace").removeprefix("\ufeff")
    declared = _declared(data)
    if declared.startswith(("iso2022", "hz")):  # these are in ASCII, so they look like UTF-8
        return data.decode(declared, "replace")
    candidates = ["utf-8", *([declared] if declared else [])]
    for encoding in candidates:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            pass
    # Pages are cut in the middle of a letter, and put together from parts in several encodings.
    for encoding in candidates:
        text = data.decode(encoding, "replace")
        if text.count("\ufffd") <= _WRONG_AT_MOST * len(text):
            return text
    guessed = next(iter(detect_encoding(data)), declared or "cp1252")
    return data.decode(guessed, "replace")


def _declared(data: bytes) -> str:
    """Give Python's name for what the page says its encoding is, or ''."""
    found = _DECLARED.search(data)
    try:
        name = codecs.lookup(found[1].decode("ascii")).name if found else ""
    except LookupError:
        return ""
    name = _MEANT.get(name, name)
    # A page whose letters can be read up to here is not in UTF-16, whatever it says.
    return name if _OF_PAGES.fullmatch(name) and not name.startswith("utf-16") else ""
