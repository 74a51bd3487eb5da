"""Who an article is: the same origin gives the same id, in every database."""

import hashlib

from insight.text import normalise_title, to_slug


def article_id(*, url: str | None, source_id: str | None, title: str) -> str:
    """Give the first half of SHA-256 over the origin, in hexadecimal.

    The origin is the article's own address or, where it has none, its source and its title.
    """
    origin = url or f"{source_id or ''}\n{normalise_title(title)}"
    return hashlib.sha256(origin.encode()).hexdigest()[:32]


def source_id(name: str) -> str:
    """Give the slug of a source's name; of a name without letters, a hash."""
    return to_slug(name) or "source-" + _short_hash(name)


def guid(said: str, source_id: str | None) -> str:
    """Give what tells an article by what its source calls it, hashed to a fixed length.

    An address, a tag or a URN names one thing in the world; anything else, one thing of its source.
    """
    scope = "" if said.startswith(_WORLDWIDE) else f"{source_id or ''}\n"
    return hashlib.sha256(f"{scope}{said}".encode()).hexdigest()[:32]


_WORLDWIDE = ("http://", "https://", "tag:", "urn:")


def story_id(founder_id: str) -> str:
    """Give the id of the story that began with an article."""
    return hashlib.sha256(f"story\n{founder_id}".encode()).hexdigest()[:32]


def slug(title: str) -> str:
    """Give the readable name of an article; of a title without letters, a hash."""
    return to_slug(title) or "article-" + _short_hash(title)


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
