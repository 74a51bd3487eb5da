"""RSS 0.9x, 1.0 and 2.0, RDF and Atom, as feedparser reads them."""

import io
from collections import Counter
from typing import Any

import feedparser

from insight.rich import first_image
from seed.formats import said
from seed.found import Draft, FormatError, Found, Item, Origin

_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
_TITLE_FROM_TEXT = 120
_PLAIN = "text/plain"

Entry = Any  # feedparser's dictionary, which has no types


def recognises(data: bytes) -> bool:
    """Tell a feed by its root."""
    return said.root_of(data) in _ROOTS


def read(data: bytes, origin: Origin) -> Found:
    """Give an article for every entry."""
    headers = {"content-type": "application/xml"}
    if origin.url:
        headers["content-location"] = origin.url
    parsed = feedparser.parse(
        io.BytesIO(data.lstrip()), response_headers=headers, sanitize_html=False
    )
    if not parsed.version and not parsed.entries:
        raise FormatError(
            f"no feed that can be read: {parsed.get('bozo_exception', 'it is empty')}"
        )
    items = [_item(entry, parsed, origin) for entry in parsed.entries]
    # A name that several entries have tells none of them.
    named = Counter(item.draft["guid"] for item in items)
    for item in items:
        if named[item.draft["guid"]] > 1:
            item.draft["guid"] = None
    return Found(f"feed ({parsed.version or 'of no version'})", items)


def _item(entry: Entry, parsed: Any, origin: Origin) -> Item:
    feed, base = parsed.feed, origin.url or parsed.feed.get("link")
    whole, short = _content(entry), _html(entry.get("summary_detail"), entry.get("summary", ""))
    if whole == short:
        short = ""
    title = said.line(entry.get("title"))
    updated = dict.get(entry, "updated")  # asked through feedparser, it would be `published`
    said_time = entry.get("published") or updated or entry.get("created")
    source = entry.get("source") or {}
    link = entry.get("feedburner_origlink") or entry.get("link")
    files = _files(entry, base)
    draft: Draft = {
        "guid": entry.get("id", "")[:2_000] or None,
        "url": said.address(link, base),
        "title": title or said.line(short or whole)[:_TITLE_FROM_TEXT],
        "source": said.line(source.get("title") or feed.get("title"))[:200] or None,
        "authors": _authors(entry, parsed),
        "image_url": _image(entry, files, base) or said.address(first_image(whole or short), base),
        "language": said.language(
            entry.get("language")
            or (entry.get("title_detail") or {}).get("language")
            or feed.get("language")
        ),
        **said.labels(tag.get("label") or tag.get("term") for tag in entry.get("tags", [])),
        **said.published(said_time),
        **said.bodies(whole, short),
        "enclosures": [file for file in files if not (file["type"] or "").startswith("image/")],
        "captured_at": said.moment(updated) or origin.captured_at,
    }
    return Item(draft, () if title else ("untitled",))


def _content(entry: Entry) -> str:
    contents = (_html(content, content.get("value", "")) for content in entry.get("content", []))
    return max(contents, key=len, default="")


def _html(detail: Any, value: str) -> str:
    """Give a text as HTML: what is plain is escaped, unless it is HTML that nobody announced."""
    plain = (detail or {}).get("type") == _PLAIN and not said.has_markup(value)
    return said.escaped(value) if plain else value


def _authors(entry: Entry, parsed: Any) -> list[str]:
    people = entry.get("authors") or []
    # In Atom the authors of the feed are those of an entry that names none (RFC 4287, 4.2.1).
    if not any(people) and parsed.version.startswith("atom"):
        people = (entry.get("source") or {}).get("authors") or parsed.feed.get("authors") or []
    return said.names(person.get("name") or person.get("email") for person in people)


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
