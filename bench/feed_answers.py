"""What a feed says, field by field: as others parsed it, and as Byline reads it. Pure functions.

The expected parses are those of a general feed library, in one of three forms: as the format has it
(an Atom `entries`, an RSS or JSON Feed `items`), or in one form for all. Two accounts are compared
after what is rightly different in them is taken away on both sides:

- titles as a reader sees them: layers of markup and escaping are removed, blanks are one;
- links as absolute http(s) addresses; whatever else a feed has in their place is no link;
- times as moments, to the second; an entry that says only when it changed was published then;
- authors by their names, or by their addresses where they have no names; an entry without any has
  those of its feed, in the formats whose specifications say so (RFC 4287, 4.2.1; JSON Feed 1.1).
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from seed.found import Found

FIELDS = ("title", "link", "published", "updated", "authors")

Value = str | datetime | tuple[str, ...] | None

_TAG = re.compile(r"<[a-zA-Z/!?][^>]*>")
_NAMED_IN_BRACKETS = re.compile(r"\S+@\S+\s*\((?P<name>.+)\)|(?P<given>.+?)\s*[(<]\S+@\S+[)>]")


@dataclass(frozen=True, slots=True)
class Account:
    """What somebody says is in a feed: its title, and the fields of its entries."""

    title: Value
    entries: Sequence[Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that two accounts give differently; without `entry`, a field of the feed itself."""

    entry: int | None
    field: str
    expected: Value
    found: Value


def fields_of(expected: Account, found: Account) -> Iterator[Difference]:
    """Give every field that either account has, with both values; equal ones too."""
    if expected.title or found.title:
        yield Difference(None, "title", expected.title, found.title)
    nothing: Mapping[str, Value] = dict.fromkeys(FIELDS)
    for place in range(max(len(expected.entries), len(found.entries))):
        one = expected.entries[place] if place < len(expected.entries) else nothing
        other = found.entries[place] if place < len(found.entries) else nothing
        for field in FIELDS:
            if one[field] or other[field]:
                yield Difference(place, field, one[field], other[field])


def as_found(found: Found, drafts: Iterable[Mapping[str, Any] | None]) -> Account:
    """Give Byline's account; a draft that is None was refused, and says nothing."""
    nothing: Mapping[str, Value] = dict.fromkeys(FIELDS)
    entries = [
        nothing if draft is None else _entry_found(draft, untitled="untitled" in item.flags)
        for item, draft in zip(found.articles, drafts, strict=True)
    ]
    return Account(visible((found.source or {}).get("name")), entries)


def _entry_found(draft: Mapping[str, Any], *, untitled: bool) -> Mapping[str, Value]:
    return {
        "title": None if untitled else visible(draft["title"]),
        "link": draft["url"],
        "published": _to_second(draft["published_at"]),
        "updated": _to_second(draft["captured_at"]),
        "authors": tuple(map(visible_name, draft["authors"])) or None,
    }


def as_expected(parse: Mapping[str, Any]) -> Account:
    """Give the account of an expected parse in any of its forms."""
    base = _links(parse)
    entries = parse.get("entries") or parse.get("items") or []
    return Account(
        visible(parse.get("title")), [_entry_expected(entry, parse, base) for entry in entries]
    )


def _entry_expected(
    entry: Mapping[str, Any], feed: Mapping[str, Any], base: str | None
) -> Mapping[str, Value]:
    dublin_core = entry.get("dcExt") or {}
    dates = dublin_core.get("date") or [None]
    updated = _moment(entry.get("updatedParsed") or entry.get("date_modified"))
    published = (
        _moment(entry.get("publishedParsed") or entry.get("pubDateParsed"))
        or _moment(entry.get("date_published"))
        or _moment(dates[0])
    )
    return {
        "title": visible(entry.get("title")),
        "link": _address(_links(entry), base),
        "published": published or updated,
        "updated": updated,
        "authors": _people(entry) or (_people(feed) if _gives_authors(feed) else None),
    }


def visible(said: object) -> str | None:
    """Give a text as it is seen, whatever markup and escaping it was given in."""
    text = said if isinstance(said, str) else ""
    before = None
    while before != text:
        before, text = text, html.unescape(_TAG.sub(" ", text))
    return " ".join(text.split()) or None


def visible_name(said: object) -> str:
    """Give a name alone where an e-mail address stands beside it."""
    text = visible(said) or ""
    found = _NAMED_IN_BRACKETS.fullmatch(text)
    return (found["name"] or found["given"]).strip() if found else text


def _links(said: Mapping[str, Any]) -> str | None:
    """Give the address of the page that a feed or an entry is about."""
    for name in ("link", "url", "external_url", "home_page_url"):
        if isinstance(said.get(name), str):
            return str(said[name])
    for link in said.get("links") or []:
        if isinstance(link, str):
            return link
        if link.get("rel", "alternate") == "alternate" and link.get("href"):
            return str(link["href"])
    return None


def _address(said: str | None, base: str | None) -> str | None:
    try:
        url = urljoin(base or "", (said or "").strip())
        return url if urlsplit(url).scheme in {"http", "https"} and urlsplit(url).netloc else None
    except ValueError:
        return None


def _gives_authors(feed: Mapping[str, Any]) -> bool:
    """Tell whether a feed's authors are those of its entries: in RSS they are its editors."""
    return "entries" in feed or "home_page_url" in feed or feed.get("feedType") in {"atom", "json"}


def _people(said: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Give who wrote something; the fullest list, where a form names only the first of them."""
    extensions = {**(said.get("itunesExt") or {}), **(said.get("dcExt") or {})}
    lists = [
        said.get("authors") or said.get("author") or [],
        (said.get("source") or {}).get("authors", [])
        if isinstance(said.get("source"), dict)
        else [],
        extensions.get("creator") or extensions.get("author") or [],
    ]
    found = [_names(each if isinstance(each, list) else [each]) for each in lists]
    first = next(filter(None, found), ())
    return max((names for names in found if names[: len(first)] == first), key=len) or None


def _names(people: Iterable[Any]) -> tuple[str, ...]:
    given = (
        person.get("name") or person.get("email") if isinstance(person, dict) else person
        for person in people
    )
    return tuple(name for name in map(visible_name, given) if name)


def _moment(said: object) -> datetime | None:
    try:
        return _to_second(datetime.fromisoformat(said)) if isinstance(said, str) else None
    except ValueError:
        return None


def _to_second(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC).replace(microsecond=0)
