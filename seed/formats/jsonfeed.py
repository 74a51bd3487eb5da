"""JSON Feed, versions 1.0 and 1.1."""

from typing import Any

from seed.formats import said
from seed.found import Found, Item, Origin


def recognises(data: bytes) -> bool:
    """Tell a JSON Feed by what it says its version is."""
    value = said.as_json(data)
    return isinstance(value, dict) and "jsonfeed.org/version/" in str(value.get("version"))


def read(data: bytes, origin: Origin) -> Found:
    """Give an article for every item."""
    feed = said.as_json(data)
    entries = feed.get("items")
    entries = (
        [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    )
    return Found("JSON Feed", [_item(entry, feed, origin) for entry in entries])


def _item(entry: dict[str, Any], feed: dict[str, Any], origin: Origin) -> Item:
    base = said.address(feed.get("home_page_url"), origin.url) or origin.url
    html, plain = entry.get("content_html") or "", entry.get("content_text") or ""
    whole = html if isinstance(html, str) and html else said.escaped(str(plain))
    lead = said.line(entry.get("summary"))
    title = said.line(entry.get("title"))
    text = said.bodies(whole, said.escaped(lead))
    guid = str(entry.get("id") or "")[:2_000]
    enclosures = (
        said.enclosure(file.get("url"), file.get("mime_type"), file.get("size_in_bytes"), base)
        for file in _objects(entry.get("attachments"))
    )
    return Item(
        {
            "guid": guid or None,
            "url": said.address(entry.get("url") or entry.get("external_url"), base)
            or said.address(guid),
            "title": title or said.line(whole or lead)[:120],
            "source": said.line(feed.get("title"))[:200] or None,
            "authors": said.names(_authors(entry) or _authors(feed)),
            "image_url": said.address(entry.get("image") or entry.get("banner_image"), base),
            "language": said.language(entry.get("language") or feed.get("language")),
            **said.labels(_list(entry.get("tags"))),
            **said.published(entry.get("date_published") or entry.get("date_modified")),
            **text,
            "enclosures": [file for file in enclosures if file],
            "captured_at": said.moment(entry.get("date_modified")) or origin.captured_at,
        },
        () if title else ("untitled",),
    )


def _authors(value: dict[str, Any]) -> list[object]:
    people = _objects(value.get("authors")) or _objects([value.get("author")])
    return [person.get("name") for person in people]


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
