"""Answers of hosted news APIs: `articles` with `publishedAt`, as NewsAPI and those like it give.

Others name the same things a little differently; what each name may be is in one table.
"""

import re
from collections.abc import Sequence
from typing import Any

from seed.formats import said
from seed.found import Found, Item, Origin

_LISTS = ("articles", "results", "news")
_NAMES: dict[str, Sequence[str]] = {
    "url": ("url", "link"),
    "image": ("urlToImage", "image", "image_url"),
    "author": ("author", "authors", "creator"),
    "lead": ("description", "snippet"),
    "time": ("publishedAt", "published_at", "pubDate", "published"),
    "labels": ("category", "categories"),
    "source": ("source", "source_name", "source_id"),
}
_CUT = re.compile(r"\s?(?:…|\.\.\.)?\s?\[\+?\d{1,9} chars\]\s*$")
_REMOVED = "[Removed]"
"""What NewsAPI gives for an article that is gone."""


def recognises(data: bytes) -> bool:
    """Tell an answer by the names in it."""
    return _articles(said.as_json(data)) is not None


def read(data: bytes, origin: Origin) -> Found:
    """Give every article of an answer; texts that the API cut are known to be excerpts."""
    articles = _articles(said.as_json(data)) or []
    return Found(
        "NewsAPI", [_item(each, origin) for each in articles if each.get("title") != _REMOVED]
    )


def _articles(value: object) -> list[dict[str, Any]] | None:
    if not isinstance(value, dict) or "articles_count" in value:  # that is a story of Byline's
        return None
    for name in _LISTS:
        found = value.get(name)
        if isinstance(found, list) and all(map(_is_article, found)):
            return found if found or name == "articles" else None
    return None


def _is_article(value: object) -> bool:
    return isinstance(value, dict) and "title" in value and bool({"url", "link"} & value.keys())


def _item(article: dict[str, Any], origin: Origin) -> Item:
    told = {
        name: next((article[each] for each in names if article.get(each)), None)
        for name, names in _NAMES.items()
    }
    source, content = told["source"], said.text(article.get("content"))
    lead = said.line(told["lead"])
    text = said.bodies(_body(content), said.escaped(lead))
    url = said.address(told["url"], origin.url)
    labels = told["labels"] if isinstance(told["labels"], list) else [told["labels"]]
    title, flags = said.heading(article.get("title"), lead or content, url)
    return Item(
        {
            "url": url,
            "title": title,
            "source": said.line(source.get("name") if isinstance(source, dict) else source)[:200]
            or None,
            "authors": said.names(_authors(told["author"])),
            "image_url": said.address(told["image"], url),
            "language": said.language(article.get("language")),
            **said.labels(labels),
            **said.published(told["time"]),
            **text,
            "excerpt": text["excerpt"] or bool(_CUT.search(content)),
            "captured_at": origin.captured_at,
        },
        flags,
    )


def _body(content: str) -> str:
    """Give a text as HTML, with an ellipsis where it was cut."""
    whole = _CUT.sub("…", content)
    return whole if said.has_markup(whole) else said.escaped(whole)


def _authors(value: object) -> list[str]:
    """Give the names in a line of them, or in a list; an address is none."""
    lines = value if isinstance(value, list) else [value]
    people = [person for each in lines for person in _AND.split(said.line(each))]
    return [said.person(person) for person in people if "://" not in person]


_AND = re.compile(r" ?[,;] ?| and ")
