"""XML as it is found, made XML as it should be. Pure functions.

First what words alone can mend: nothing stays hidden in comments and CDATA sections, entities are
the characters that HTML has for them, and what a document declares of its own does nothing. Then,
where tags still do not match, what is most often meant.
"""

import html
import re
from html.entities import html5

from lxml import etree

CDATA, CDATA_END = "<![CDATA[", "]]>"
HIDING = {"<!--": "-->", "<?": "?>", CDATA: CDATA_END}
"""What hides tags, and what ends that."""

_MOST_TAGS = 2_000
_LONGEST_BROKEN = 20_000
_LONGEST_TAG, _MOST_ATTRIBUTES, _LONGEST_NAME = 4_000, 50, 1_000

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITY = re.compile(r"&(?P<name>#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|\w{1,32};)?")
_XML_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&#x27;", "'"))
_NO_TAG = re.compile(r"<(?!/?[A-Za-z_:][^<>]*>)")
_LONG_TAG = re.compile(rf"<([\w:.-]+)([^<>]{{{_LONGEST_TAG},}})>")
_LONG_NAME = re.compile(
    r"(<(?:[\w.-]+:)?(?:author|creator|name|email|managingEditor|webMaster|publisher|pubDate|date)"
    rf"\b[^<>]*>[^<]{{{_LONGEST_NAME}}})[^<]*",
    re.IGNORECASE,
)
# HTML in a name, and what Bluesky puts beside the address of a link: neither is taken for it.
_NAKED_NAME = re.compile(
    r"(<(?:\w+:)?(?:author|creator)\b[^<>]*>\s*)<(p|b|i|em|strong|span|a)\b[^<>]*>([^<]*)</\2>"
)
_LINK_URI = re.compile(r"(<link\b[^<>]*?)\suri\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*')")
_TEXT = re.compile(
    r"<((?:[\w.-]+:)?(?:title|description|summary|content|encoded|subtitle|body))(\s[^<>]*)?>",
    re.IGNORECASE,
)
_XHTML = re.compile(r"""\stype\s*=\s*["'](?:xhtml|application/xhtml\+xml)["']""", re.IGNORECASE)
_ESCAPED = re.compile(r"(?<=>)[^<>&]*&[^<>]*(?=<)")
_WORTHWHILE = 4


def mended(text: str) -> str:
    """Give XML in which nothing is hidden, and every ampersand and bracket means what it is."""
    marked_up = _without(_without(_without_cdata(_NO_TEXT.sub("", text)), "<!--"), "<?")
    marked_up = _ENTITY.sub(_entity, _without_doctype(marked_up))
    marked_up = _LONG_TAG.sub(_shortened, _NO_TAG.sub("&lt;", marked_up))
    marked_up = _NAKED_NAME.sub(r"\1\3", _LINK_URI.sub(r"\1", marked_up))
    return _LONG_NAME.sub(r"\1", marked_up)


def _without_cdata(text: str) -> str:
    first, *others = text.split(CDATA)
    kept, within = [first], False
    for other in others:
        hidden, end, rest = other.partition(CDATA_END)
        kept += [html.escape(f"{CDATA if within else ''}{hidden}", quote=False), rest]
        within = not end
    return "".join(kept)


def _without(text: str, start: str) -> str:
    """Leave out what stands between two marks; a mark that nothing ends is left out alone."""
    first, *others = text.split(start)
    kept = [first]
    for other in others:
        _, ended, rest = other.partition(HIDING[start])
        kept.append(rest if ended else other)
    return "".join(kept)


def _without_doctype(text: str) -> str:
    before, found, after = text.partition("<!DOCTYPE")
    if not found:
        return text
    bracket, end = after.find("["), after.find(">")
    if 0 <= bracket < end:
        end = after.find(">", after.find("]", bracket))
    return before + after[end + 1 :]


def _entity(found: re.Match[str]) -> str:
    name = found["name"] or ""
    if name in {"amp;", "lt;", "gt;", "quot;", "apos;"}:
        return found[0]
    if name.startswith("#"):
        return html.escape(_NO_TEXT.sub("", html.unescape(found[0])))
    return html.escape(html5[name]) if name in html5 else f"&amp;{name}"


def _shortened(tag: re.Match[str]) -> str:
    """Leave the attributes out of a tag that has more of them than any has."""
    if tag[2].count("=") <= _MOST_ATTRIBUTES:
        return tag[0]
    return f"<{tag[1]}{'/' if tag[2].endswith('/') else ''}>"


def well_formed(document: str) -> str:
    """Give a document whose tags do not match as one whose do.

    That is most often so where HTML stands in it as if it were XML; it is made the text that it was
    meant to be. What is broken otherwise is left to feedparser, unless that took too long.
    """
    if is_well_formed(document):
        return document
    document = _with_html_as_text(document)
    if len(document) <= _LONGEST_BROKEN or is_well_formed(document):
        return document
    return recovered(document)


def recovered(document: str) -> str:
    """Give a document whose tags match, by whatever lxml closes and leaves out for that."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    root = etree.fromstring(document.encode(), parser)
    return "" if root is None else str(etree.tostring(root, encoding="unicode"))


def is_well_formed(document: str) -> bool:
    """Tell whether a document is XML."""
    try:
        etree.fromstring(document.encode(), etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return False
    return True


def quick(document: str) -> str:
    """Give the same XML document in a spelling that is read many times as fast.

    A parser tells of every escaped bracket by itself, and of a CDATA section at once.
    """
    return _ESCAPED.sub(lambda text: _as_cdata(text[0]), document)


def _as_cdata(text: str) -> str:
    if text.count("&") < _WORTHWHILE:
        return text
    for entity, character in (*_XML_ENTITIES, ("&amp;", "&")):
        text = text.replace(entity, character)
    return f"{CDATA}{text.replace(CDATA_END, ']]]]><![CDATA[>')}{CDATA_END}"


def _with_html_as_text(document: str) -> str:
    kept, done, endless = [], 0, set()
    for tag in _TEXT.finditer(document):
        name = tag[1]
        if tag.start() < done or name in endless or tag[0].endswith("/>"):
            continue
        end = document.find(f"</{name}>", tag.end())
        if end < 0:
            endless.add(name)
            continue
        text = document[tag.end() : end].replace("<", "&lt;")
        kept += [document[done : tag.start()], _XHTML.sub(' type="html"', tag[0]), text]
        done = end
    return "".join([*kept, document[done:]])


def bounded(entry: str) -> str:
    """Cut an entry off where it has more tags than any text has."""
    return "<".join(entry.split("<", _MOST_TAGS)[:_MOST_TAGS])
