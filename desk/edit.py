"""What an editor makes of an article. Pure functions.

An account of an article, as a feed or a page gives it, is merged with what is known. An editor does
not add an account, but says what the article is; and what an editor has said stands, whatever
accounts come after it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from desk import identity
from desk.compose import Article, compose
from insight.address import canonical

_BODY = ("body_text", "body_html", "excerpt")
_TIME = ("published_at", "published")
_HELD = {
    **{name: (name,) for name in ("title", "url", "source", "authors", "image_url", "language")},
    **{name: (name,) for name in ("category", "hashtags", "enclosures")},
    **dict.fromkeys(_BODY, _BODY),
    **dict.fromkeys(_TIME, _TIME),
    "summary": ("lead",),
}
"""What of an article stands once an editor has said something of a draft."""
EVERYTHING = tuple(_HELD)
"""What an editor can say."""

_KEPT = (
    *("id", "former_ids", "guids", "slug", "comments_count"),
    *("captured_at", "created_at", "updated_at", "revision", "unrelated"),
)
"""What an article keeps, whatever an editor says."""


def as_draft(article: Article) -> dict[str, Any]:
    """Give the draft that an article could have been made from."""
    source, category = article["source"], article["category"]
    return {
        "id": article["id"],
        "guid": None,
        "title": article["title"],
        "url": article["url"],
        "source": source and source["name"],
        "authors": article["authors"],
        "image_url": article["image_url"],
        "published_at": article["published_at"],
        "published": article["published"],
        "language": article["language"],
        "category": category and category["name"],
        "hashtags": [hashtag["name"] for hashtag in article["hashtags"]],
        "summary": article["lead"],
        "body_text": article["body_text"],
        "body_html": article["body_html"],
        "excerpt": article["excerpt"],
        "enclosures": article["enclosures"],
        "comments_open": article.get("comments_open", True),
        "captured_at": article["captured_at"],
    }


def patched(draft: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Give a draft with some of it changed, and nothing left that followed from what it was."""
    followed: dict[str, Any] = {}
    if "body_text" in changes:
        followed["body_html"] = None
    elif "body_html" in changes:
        followed["body_text"] = ""
    if "published_at" in changes:
        followed["published"] = None
    return draft | followed | changes


def edit(stored: Article, draft: dict[str, Any], named: Collection[str], now: datetime) -> Article:
    """Give an article as an editor wants it; what was named in doing so stands from then on."""
    made = compose(draft | {"id": stored["id"]}, now)
    said = {field: made[field] for field in made if field not in _KEPT}
    if said["published_at"] == stored["published_at"]:
        said["published"] = stored["published"]
    if draft["source"] == (stored["source"] and stored["source"]["name"]):
        said["source"] = stored["source"]  # under whatever name it came
    held = [field for name in named for field in _HELD.get(name, ())]
    return stored | said | {"held": sorted({*stored.get("held", ()), *held})}


def origin_of(article: Article) -> str:
    """Give the id that an article would get if it came now."""
    source = article["source"]
    url = article["url"]
    return identity.article_id(
        url=url and canonical(url), source_id=source and source["id"], title=article["title"]
    )
