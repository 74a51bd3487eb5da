"""An article from what is known of it, and one article from two accounts of it. Pure functions.

The same article is met many times: whole on its own page, on one line under another, a day later
with a vaguer date. Merging is made so that the order in which they come, and how often, does not
matter: the sharper time wins, the fuller text wins, what one lacks the other gives, and where they
truly disagree the account that was captured later wins.
"""

from datetime import datetime
from typing import Any

from desk import identity
from insight import text
from insight.address import better, canonical, tidy
from insight.copies import fingerprint
from insight.rich import sanitise, to_text
from insight.terms import Words, hashes, weigh
from schemas.article import PRECISIONS
from store.articles import UNDATED

Article = dict[str, Any]

_SINGLE = ("source", "title", "image_url", "language", "category", "lead")
_BODY = ("body_text", "body_html", "excerpt")
_WORDS = ("title", "body_text", "lead", "language")
_HISTORY = ("captured_at", "created_at", "updated_at", "revision", "comments_count")


def compose(draft: dict[str, Any], now: datetime) -> Article:
    """Make the first revision of an article from a valid draft."""
    return indexed(begin(draft, now))


def begin(draft: dict[str, Any], now: datetime) -> Article:
    """Make what `compose` makes, but for what an article is found and compared by."""
    name = draft["source"]
    source = {"id": identity.source_id(name), "name": name} if name else None
    category = _labels([draft["category"]] if draft["category"] else [])
    source_id = source["id"] if source else None
    url = draft["url"]
    return _derive_all_but_index(
        {
            "id": draft["id"]
            or identity.article_id(
                url=url and canonical(url), source_id=source_id, title=draft["title"]
            ),
            "former_ids": [],
            "guids": [identity.guid(draft["guid"], source_id)] if draft["guid"] else [],
            "url": url and tidy(url),
            "title": draft["title"],
            "source": source,
            "authors": draft["authors"],
            "image_url": draft["image_url"],
            "published_at": draft["published_at"],
            "published": draft["published"],
            "language": draft["language"],
            "category": category[0] if category else None,
            "hashtags": _labels(draft["hashtags"]),
            "comments_count": 0,
            "comments_open": draft.get("comments_open", True),
            "enclosures": draft["enclosures"],
            "lead": draft["summary"],
            **_body(draft),
            "captured_at": draft["captured_at"],
            "created_at": now,
            "updated_at": now,
            "revision": 1,
            "unrelated": True,
        }
    )


def merge(stored: Article, incoming: Article) -> Article:
    """Give the stored article with what another account of it adds; equal if it adds nothing."""
    seen, seen_now = stored["captured_at"], incoming["captured_at"]
    # An account that nobody dated cannot claim to be the later one, unless none is dated; and of
    # two from one moment the first stays, or they would take turns with every load.
    fresher = seen is None or (seen_now is not None and seen_now > seen)
    older, newer = (stored, incoming) if fresher else (incoming, stored)
    merged = stored | {
        field: older[field] if newer[field] is None else newer[field] for field in _SINGLE
    }
    merged |= _sharper_time(older, newer)
    merged["url"] = _better_url(older, newer)
    merged["authors"] = newer["authors"] or older["authors"]
    merged["hashtags"] = _union(stored["hashtags"], incoming["hashtags"])
    merged["guids"] = list(dict.fromkeys(stored["guids"] + incoming["guids"]))
    merged["enclosures"] = newer["enclosures"] or older["enclosures"]
    merged |= {field: _fuller_body(older, newer)[field] for field in _BODY}
    merged |= {field: stored[field] for field in stored.get("held", ())}
    # What was worked out from the same words need not be worked out again.
    same = (each for each in (stored, incoming) if all(each[f] == merged[f] for f in _WORDS))
    known = next(filter(_DERIVED.issubset, same), None)
    return _derive(merged, {name: known[name] for name in _DERIVED} if known else None)


def adds_nothing(merged: Article, stored: Article) -> bool:
    """Tell whether a merged article says just what is stored already."""
    return all(merged[field] == stored.get(field) for field in merged if field not in _HISTORY)


def revise(stored: Article, merged: Article, incoming: Article, now: datetime) -> Article:
    """Make the next revision of the stored article."""
    captures = [moment for moment in (stored["captured_at"], incoming["captured_at"]) if moment]
    return merged | {
        "captured_at": max(captures, default=None),
        "updated_at": now,
        "revision": stored["revision"] + 1,
        "unrelated": True,
    }


def is_same_article(stored: Article, incoming: Article) -> bool:
    """Tell whether what a source calls by one name is one article, and not a name used twice."""
    if stored["id"] == incoming["id"] or incoming["id"] in stored["former_ids"]:
        return True
    fields = ("title_key", "published_at")
    alike = any(stored[field] == incoming[field] is not None for field in fields)
    urls = [article["url"] for article in (stored, incoming) if article["url"]]
    return alike or len(set(map(canonical, urls))) == 1 == len(urls) - 1


def is_same_story(sourceless: Article, sourced: Article) -> bool:
    """Tell whether an article nobody put a name to is another's text under the same title."""
    one, other = text.plain(sourceless["body_text"]), text.plain(sourced["body_text"])
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def indexed(article: Article) -> Article:
    """Give an article with what it is found and compared by, where `begin` made it without."""
    return article if "terms" in article else article | index(article)


def index(article: Article) -> Article:
    """Work out from an article's own words what it is found and compared by."""
    body = article["body_text"]
    read = Words.of(article["title"], body or article["lead"] or "", article["language"])
    terms = weigh(read)
    return {
        "terms": [*terms.weights, *terms.others],
        "weights": bytes(terms.weights.values()),
        "hashes": hashes(terms.weights),
        "fingerprint": fingerprint(body, read.body if body else None),
    }


def _derive(article: Article, known: Article | None) -> Article:
    """Give an article with all that follows from what it says."""
    if known:
        return _placed(article) | known
    derived = _derive_all_but_index(article)
    return derived | index(derived)


def _derive_all_but_index(article: Article) -> Article:
    return _placed(article) | _read(article)


def _placed(article: Article) -> Article:
    return article | {
        "slug": article.get("slug") or identity.slug(article["title"]),
        "listed_at": article["published_at"] or UNDATED,
    }


def _read(article: Article) -> Article:
    """Work out from an article's own words what else is shown of it."""
    lead = [article["lead"]] if article["lead"] else text.paragraphs_of(article["body_text"])
    words = text.count_words(article["body_text"])
    return {
        "title_key": text.normalise_title(article["title"]),
        "summary": text.summarise(lead),
        "word_count": words,
        "reading_minutes": text.reading_minutes(words),
    }


_DERIVED = frozenset(
    [
        "title_key",
        "summary",
        "word_count",
        "reading_minutes",
        "terms",
        "weights",
        "hashes",
        "fingerprint",
    ]
)


def _labels(names: list[str]) -> list[dict[str, str]]:
    labels = [{"id": text.to_key(name), "name": name.strip().lstrip("#").strip()} for name in names]
    return _union([], [label for label in labels if label["id"]])


def _union(labels: list[dict[str, str]], more: list[dict[str, str]]) -> list[dict[str, str]]:
    by_id: dict[str, dict[str, str]] = {}
    for label in labels + more:
        by_id.setdefault(label["id"], label)
    return list(by_id.values())


def _sharper_time(older: Article, newer: Article) -> Article:
    """Choose between two times of publication: known, then sharp, then stated, then early.

    Of two that say how long ago it was, the smaller count was made closer to the event; of two
    that were stated outright, the later statement is a correction.
    """
    one, other = (
        {field: account[field] for field in ("published_at", "published")}
        for account in (older, newer)
    )
    if _vagueness(one) != _vagueness(other):
        return min(one, other, key=_vagueness)
    unknown, _, inferred = _vagueness(one)
    if unknown or not inferred:
        return other
    return min(other, one, key=lambda time: time["published_at"])


def _vagueness(time: Article) -> tuple[bool, int, bool]:
    published = time["published"] or {"precision": PRECISIONS[0], "inferred": False}
    precision = PRECISIONS.index(published["precision"])
    return time["published_at"] is None, precision, published["inferred"]


def _body(draft: dict[str, Any]) -> dict[str, Any]:
    """Give the text of a draft, plain and set, each made from the other where only one is there."""
    plain, html = draft["body_text"], draft["body_html"]
    html = sanitise(html, draft["url"]) if html else text.to_html(text.paragraphs_of(plain))
    return {
        "body_text": plain or to_text(html),
        "body_html": html,
        "excerpt": draft["excerpt"],
    }


def _better_url(older: Article, newer: Article) -> str | None:
    """Choose between two addresses: of one page, the page itself; else the one said later."""
    one: str | None = older["url"]
    other: str | None = newer["url"]
    if one and other and canonical(one) == canonical(other):
        return better(one, other)
    return other or one


def _fuller_body(older: Article, newer: Article) -> Article:
    """Choose between two accounts for their text.

    A whole text is better than a feed's excerpt, and any than none. The same words on one line and
    in paragraphs are one text, and the paragraphs are worth keeping. A text that only stops early
    is a cut copy; any other difference is a correction.
    """
    one, other = text.plain(older["body_text"]), text.plain(newer["body_text"])
    if older["excerpt"] != newer["excerpt"] and one and other:
        return min(older, newer, key=lambda account: account["excerpt"])
    if one == other:
        return max(newer, older, key=lambda found: len(text.paragraphs_of(found["body_text"])))
    return older if one.startswith(other) else newer
