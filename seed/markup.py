"""Plain text out of what a saved page is made of: bytes, and lines with markup in them."""

import codecs
import html
import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

import nh3

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# A few control characters are dirt in a text; with more than these it is something else.
_MAX_CONTROLS = 0.01
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")  # all but tab and line feed
# The blanks and line separators that look like a blank, but that no comparison takes for one.
_BLANK = re.compile("[\u00a0\u2007\u202f\u2028\u2029]")
_INVISIBLE = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u200e\u200f"

_HTML = re.compile(r"\s*(?:<\?xml[^<]*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_ENCODED_TAG = re.compile("%3C(?:%2F|[/a-z])", re.IGNORECASE)
_BLOCK = re.compile(
    r"</?(?:article|aside|blockquote|br|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li"
    r"|main|ol|p|pre|section|table|td|th|tr|ul)\b[^<>]*>",
    re.IGNORECASE,
)
# nh3 takes time with the square of the length when somebody means it to.
_MAX_CLEANED = 10_000


class NotTextError(ValueError):
    """Bytes that are no text; the message is the reason, in one line."""


def decode(data: bytes) -> tuple[str, bool]:
    """Give the text of UTF-8 (or marked UTF-16) bytes, and whether it ends inside a character."""
    encoding = "utf-16" if data.startswith(_UTF16_MARKS) else "utf-8-sig"
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(data)
    except UnicodeDecodeError as error:
        msg = "not UTF-8 text"
        raise NotTextError(msg) from error
    tidied = tidy(text)
    controls = len(text) - len(tidied) - text.count("\r\n")
    if "\0" in text or controls > len(text) * _MAX_CONTROLS:
        msg = "binary, not UTF-8 text"
        raise NotTextError(msg)
    return tidied, bool(decoder.getstate()[0])


def tidy(text: str) -> str:
    """Give a text with line feeds for line ends, plain blanks, and no control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", _BLANK.sub(" ", text))


def paragraphs(line: str) -> list[str]:
    """Give the paragraphs of a line: itself, or several if it holds percent-encoded markup."""
    if not _ENCODED_TAG.search(line):
        return [line]
    marked_up = _BLOCK.sub("\n", unquote(line))
    text = html.unescape("".join(nh3.clean(part, tags=set()) for part in _parts(marked_up)))
    return [stripped for part in tidy(text).split("\n") if (stripped := strip(part))]


def format_of(text: str) -> str | None:
    """Name the format of a text that is meant for a program, as far as it is a usual one."""
    if _HTML.match(text):
        return "an HTML document"
    if text.lstrip().startswith(("{", "[")):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return None
        return "a JSON document"
    return None


def strip(text: str) -> str:
    """Take away what cannot be seen at both ends."""
    return text.strip(_INVISIBLE)


def _parts(markup: str) -> Iterator[str]:
    """Cut markup into parts of a bounded length, where possible before a tag."""
    start = 0
    while len(markup) - start > _MAX_CLEANED:
        tag = markup.rfind("<", start + 1, start + _MAX_CLEANED)
        end = tag if tag > 0 else start + _MAX_CLEANED
        yield markup[start:end]
        start = end
    yield markup[start:]
