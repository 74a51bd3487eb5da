"""JSON Feed, versions 1.0 and 1.1."""

from typing import Any

from seed.formats import said
from seed.found import Draft, Found, Item, Origin

_OF_A_FEED = frozenset({"version", "title", "home_page_url", "feed_url"})


def recognises(data: bytes) -> bool:
    """Tell a JSON Feed by what it says its version is, or by its items where it says less."""
    value = said.as_json(data)
    if not isinstance(value, dict):
        return False
    if "jsonfeed.org/version/" in str(value.get("version")):
        return True
    items = value.get("items")
    return (
        isinstance(items, list)
        and bool(_OF_A_FEED & value.keys())
        and all(isinstance(item, dict) for item in items)
    )


def read(data: bytes, origin: Origin) -> Found:
    """Give an article for every item that says anything."""
    feed = said.as_json(data)
    items = [_item(entry, feed, origin) for entry in _objects(feed.get("items"))]
    return Found(
        "JSON Feed",
        [item for item in items if item.draft["title"]],
        source=_source(feed, origin),
    )


def _source(feed: dict[str, Any], origin: Origin) -> Draft | None:
    name = said.line(feed.get("title"))[:200]
    own = said.address(origin.url) or said.address(feed.get("feed_url"))
    if not name:
        return None
    return {
        "name": name,
        "url": said.address(feed.get("home_page_url"), origin.url),
        "language": said.language(feed.get("language")),
        "description": said.line(feed.get("description"))[:2_000] or None,
        "feeds": [own] if own else [],
    }


def _item(entry: dict[str, Any], feed: dict[str, Any], origin: Origin) -> Item:
    base = said.address(feed.get("home_page_url"), origin.url) or origin.url
    html, plain = entry.get("content_html"), entry.get("content_text")
    whole = html if isinstance(html, str) and html.strip() else said.escaped(said.text(plain))
    lead = said.line(entry.get("summary"))
    guid = _id(entry.get("id"))
    url = (
        said.address(entry.get("url"), base)
        or said.address(entry.get("external_url"), base)
        or said.address(guid)
    )
    authors = said.names(_authors(entry) or _authors(feed))
    time = entry.get("date_published") or entry.get("date_modified")
    enclosures = [
        said.enclosure(file.get("url"), file.get("mime_type"), file.get("size_in_bytes"), base)
        for file in _objects(entry.get("attachments"))[:50]
    ]
    files = [file for file in enclosures if file]
    title, flags = said.heading(
        entry.get("title"), lead or whole, *(file["url"] for file in files), url, guid, *authors
    )
    return Item(
        {
            "guid": guid or None,
            "url": url,
            "title": title,
            "source": said.line(feed.get("title"))[:200] or None,
            "authors": authors,
            "image_url": said.address(entry.get("image"), base)
            or said.address(entry.get("banner_image"), base),
            "language": said.language(entry.get("language")) or said.language(feed.get("language")),
            **said.labels(_list(entry.get("tags"))),
            **said.published(time),
            **said.bodies(whole, said.escaped(lead)),
            "enclosures": files,
            "captured_at": said.changed(entry.get("date_modified"), origin.captured_at),
        },
        flags,
    )


def _id(said_id: object) -> str:
    """Give the id of an item; a number is taken for its digits, as version 1.1 asks."""
    if isinstance(said_id, bool) or not isinstance(said_id, str | int | float):
        return ""
    return said.text(str(said_id)).strip()[:2_000]


def _authors(value: dict[str, Any]) -> list[str]:
    people = _objects(value.get("authors")) or _objects([value.get("author")])
    return [name for person in people if (name := said.person(person.get("name")))]


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
