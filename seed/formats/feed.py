"""RSS 0.9x, 1.0 and 2.0, RDF and Atom, as feedparser reads them."""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urljoin

import feedparser

from insight.rich import first_image, sanitise
from seed.formats import feed_parts, mending, said
from seed.found import Draft, FormatError, Found, Item, Origin

_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
_PLAIN = "text/plain"

Entry = Any  # feedparser's dictionary, which has no types


def recognises(data: bytes) -> bool:
    """Tell a feed by its root, also behind what a broken server says before it."""
    return said.root_of(data) in _ROOTS or said.root_behind_junk(data) in _ROOTS


def read(data: bytes, origin: Origin) -> Found:
    """Give an article for every entry that says anything."""
    parts = feed_parts.take_apart(said.decoded(data))
    if parts is None:
        raise FormatError("a feed without a beginning")
    parsed = _parsed(parts.feed()) or feedparser.FeedParserDict(feed={}, version="")
    entries = [entry for batch in parts.batches() for entry in _entries(*batch)]
    items = [_item(entry, parsed, origin) for entry in entries if entry is not None]
    # A name that several entries have tells none of them.
    named = Counter(item.draft["guid"] for item in items)
    for item in items:
        if named[item.draft["guid"]] > 1:
            item.draft["guid"] = None
    return Found(
        f"feed ({parsed.version or 'of no version'})",
        [item for item in items if item.draft["title"]],
        source=_source(parsed.feed, origin),
        truncated=parts.truncated or None in entries,
    )


def _entries(together: str, alone: Sequence[str]) -> Iterator[Entry | None]:
    """Give the entries of a document, each by itself if one is broken; None for one beyond help."""
    parsed = _parsed(together) if mending.is_well_formed(together) else None
    if parsed:
        yield from parsed.entries
        return
    for document in alone:
        parsed = _parsed(mending.well_formed(document)) or _parsed(mending.recovered(document))
        yield from parsed.entries if parsed else [None]


def _parsed(document: str) -> Any:
    """Give what feedparser makes of a document; None where it stumbles."""
    try:
        return feedparser.parse(
            io.BytesIO(mending.quick(document).encode()),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,  # which takes minutes where somebody means it to
        )
    except Exception:  # noqa: BLE001 - on what it does not expect, it raises anything at all
        return None


def _source(feed: Entry, origin: Origin) -> Draft | None:
    name = said.line(feed.get("title"))
    if not name:
        return None
    selves = [link.get("href") for link in feed.get("links", []) if link.get("rel") == "self"]
    own = said.address(origin.url) or next(filter(None, map(said.address, selves)), None)
    return {
        "name": name[:200],
        "url": said.address(feed.get("link"), origin.url),
        "language": said.language(feed.get("language")),
        "description": said.line(feed.get("subtitle"))[:2_000] or None,
        "feeds": [own] if own else [],
    }


def _item(entry: Entry, parsed: Any, origin: Origin) -> Item:
    feed, base = parsed.feed, origin.url or parsed.feed.get("link")
    whole, short = _content(entry, base), _html(entry.get("summary_detail"), base)
    if whole == short:
        short = ""
    updated = dict.get(entry, "updated")  # asked through feedparser, it would be `published`
    time = entry.get("published") or updated or entry.get("created")
    source = entry.get("source") or {}
    files = _files(entry, base)
    authors = _authors(entry, parsed)
    url = _link(entry, parsed, base)
    guid = entry.get("id", "")[:2_000]
    title, flags = said.heading(
        entry.get("title"),
        short or whole,
        *(file["url"] for file in files),
        url,
        guid,
        *authors,
        time,
        *(tag.get("label") or tag.get("term") for tag in entry.get("tags", [])),
    )
    draft: Draft = {
        "guid": guid or None,
        "url": url,
        "title": title,
        "source": said.line(source.get("title") or feed.get("title"))[:200] or None,
        "authors": authors,
        "image_url": _image(entry, files, base) or said.address(first_image(whole or short), base),
        "language": said.language(
            entry.get("language")
            or (entry.get("title_detail") or {}).get("language")
            or feed.get("language")
        ),
        **said.labels(tag.get("label") or tag.get("term") for tag in entry.get("tags", [])),
        **said.published(time),
        **said.bodies(whole, short),
        "enclosures": [file for file in files if not (file["type"] or "").startswith("image/")],
        "captured_at": said.changed(updated, origin.captured_at),
    }
    return Item(draft, flags)


def _link(entry: Entry, parsed: Any, base: str | None) -> str | None:
    """Give the address of an entry.

    A guid is one if RSS does not deny it and it looks like it; the id of Atom is none.
    """
    link = entry.get("link")
    if link and entry.get("guidislink"):
        own = None if _is_atom(parsed) else said.address(link)
    else:
        own = said.address(link, base)
    return said.address(entry.get("feedburner_origlink")) or own


def _is_atom(parsed: Any) -> bool:
    return str(parsed.version).startswith("atom")


def _content(entry: Entry, base: str | None) -> str:
    contents = (
        _html(content, base)
        for content in entry.get("content", [])
        if _is_text(content.get("type") or _PLAIN)
    )
    return max(contents, key=len, default="")


def _is_text(media_type: str) -> bool:
    """Tell a text from files that Atom allows in its place (RFC 4287, 4.1.3)."""
    return media_type.startswith("text/") or media_type.endswith("html+xml")


def _html(detail: Any, base: str | None) -> str:
    """Give a text as HTML: what is plain is escaped, unless it is HTML that nobody announced."""
    value: str = (detail or {}).get("value") or ""
    if not value:
        return ""
    if detail.get("type") == _PLAIN and not said.has_markup(value):
        return said.escaped(value)
    # xml:base counts for the addresses within, which otherwise count from the article's own.
    own_base = detail.get("base")
    return sanitise(value, urljoin(base or "", own_base)) if own_base else value


def _authors(entry: Entry, parsed: Any) -> list[str]:
    people = entry.get("authors") or []
    # In Atom the authors of the feed are those of an entry that names none (RFC 4287, 4.2.1).
    if not any(people) and _is_atom(parsed):
        people = (entry.get("source") or {}).get("authors") or parsed.feed.get("authors") or []
    credited = (
        credit.get("content")
        for credit in entry.get("media_credit", [])
        if str(credit.get("role")).lower() == "author"
    )
    named = [person.get("name") or person.get("email") for person in people]
    return said.names(map(said.person, named)) or said.names(map(said.person, credited))


def _files(entry: Entry, base: str | None) -> list[dict[str, Any]]:
    given = [
        (file.get("href"), file.get("type"), file.get("length"))
        for file in entry.get("enclosures", [])
    ] + [
        (file.get("url"), file.get("type") or file.get("medium"), file.get("filesize"))
        for file in entry.get("media_content", [])
    ]
    found = (said.enclosure(*each, base) for each in given)
    by_url = {file["url"]: file for file in reversed([file for file in found if file])}
    return list(reversed(by_url.values()))[:50]


def _image(entry: Entry, files: list[dict[str, Any]], base: str | None) -> str | None:
    pictures = [file["url"] for file in files if (file["type"] or "").startswith("image")]
    thumbnails = [thumbnail.get("url") for thumbnail in entry.get("media_thumbnail", [])]
    own = (entry.get("image") or {}).get("href")
    found = (said.address(url, base) for url in (*pictures, own, *thumbnails))
    return next(filter(None, found), None)
