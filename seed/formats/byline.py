"""Articles and sources as Byline's own API gives them: one, a page of them, an array.

What an article has of its own comes back as it was; what Byline works out, it works out again.
"""

from typing import Any

from insight import text
from schemas.article import ArticleDraftSchema
from schemas.source import SourceDraftSchema
from seed.formats import said
from seed.found import Draft, FormatError, Found, Item, Origin

_DRAFT = frozenset(ArticleDraftSchema().fields)
_SOURCE = frozenset(SourceDraftSchema().fields)


def recognises(data: bytes) -> bool:
    """Take any JSON; what no other format knows is Byline's, or it is nobody's."""
    return said.as_json(data) is not None


def read(data: bytes, origin: Origin) -> Found:
    """Give every article, and every source; related articles beside an article are linked."""
    found = Found("Byline")
    value = said.as_json(data)
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        value = value["data"]
    for each in value if isinstance(value, list) else _of_story(value) or [value]:
        if not isinstance(each, dict) or not ({"title", "name"} & each.keys()):
            raise FormatError("a JSON document of no known form")
        if "articles_count" in each and "feeds" not in each:
            raise FormatError("stories, hashtags or categories: load the articles that they are of")
        if "title" in each:
            _add(each, found, origin)
        else:
            found.sources.append({name: each[name] for name in each.keys() & _SOURCE})
    return found


def _of_story(value: Any) -> list[Any]:
    """Give the articles of a story that was asked for by itself."""
    articles = value.get("articles") if isinstance(value, dict) else None
    return articles if isinstance(articles, list) else []


def _add(value: dict[str, Any], found: Found, origin: Origin) -> None:
    item = Item(_draft(value, origin))
    found.articles.append(item)
    related = value.get("related")
    places = []
    for each in related if isinstance(related, list) else []:
        if isinstance(each, dict) and "title" in each:
            places.append(len(found.articles))
            found.articles.append(Item(_draft(each, origin)))
    item.related = tuple(places)


def _draft(value: dict[str, Any], origin: Origin) -> Draft:
    draft = {name: value[name] for name in value.keys() & _DRAFT}
    source = value.get("source")
    if isinstance(source, dict):
        draft["source"] = source.get("name")
    for name in ("published_at", "captured_at"):
        if draft.get(name) is not None:
            draft[name] = said.moment(draft[name]) or draft[name]
    if value.get("published_at") and not draft.get("published"):
        draft["published"] = said.published(value["published_at"])["published"]
    draft.setdefault("captured_at", said.moment(value.get("updated_at")) or origin.captured_at)
    # A lead that was taken from the text is none that anybody wrote.
    body = value.get("body_text")
    if isinstance(body, str) and draft.get("summary") == text.summarise(text.paragraphs_of(body)):
        del draft["summary"]
    return draft
