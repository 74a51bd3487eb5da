"""Answers of hosted news APIs: `articles` with `publishedAt`, as NewsAPI and those like it give."""

import re
from typing import Any

from seed.formats import said
from seed.found import Found, Item, Origin

_CUT = re.compile(r"\s*(?:…|\.\.\.)?\s*\[\+?\d+ chars\]\s*$")


def recognises(data: bytes) -> bool:
    """Tell an answer by the names in it."""
    value = said.as_json(data)
    found = value.get("articles") if isinstance(value, dict) else None
    return isinstance(found, list) and all(isinstance(each, dict) for each in found)


def read(data: bytes, origin: Origin) -> Found:
    """Give every article of an answer; texts that the API cut are known to be excerpts."""
    return Found("NewsAPI", [_item(each, origin) for each in said.as_json(data)["articles"]])


def _item(article: dict[str, Any], origin: Origin) -> Item:
    source = article.get("source")
    content, lead = str(article.get("content") or ""), said.line(article.get("description"))
    text = said.bodies(said.escaped(said.line(_CUT.sub("…", content))), said.escaped(lead))
    author = said.line(article.get("author"))
    return Item(
        {
            "url": said.address(article.get("url"), origin.url),
            "title": said.line(article.get("title")),
            "source": said.line(source.get("name") if isinstance(source, dict) else source)[:200]
            or None,
            "authors": said.names(re.split(r"\s*[,;]\s*|\s+and\s+", author)),
            "image_url": said.address(article.get("urlToImage") or article.get("image")),
            "language": said.language(article.get("language")),
            **said.published(article.get("publishedAt")),
            **text,
            "excerpt": text["excerpt"] or bool(_CUT.search(content)),
            "captured_at": origin.captured_at,
        }
    )
