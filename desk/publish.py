"""Publishing: a valid draft becomes an article, or the next revision of one, or nothing new."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from desk.compose import (
    Article,
    adds_nothing,
    compose,
    is_same_article,
    is_same_story,
    merge,
    revise,
)
from desk.edit import origin_of
from desk.sources import as_filed, filed, refile
from desk.sources import compose as compose_source
from store import articles as articles_
from store import comments, links, namesakes, publication, sources, stories
from store.client import Database
from store.errors import ConflictError
from store.namesakes import Names

Status = Literal["new", "changed", "unchanged", "refused", "deleted"]
"""`refused`: it would have been changed, and was not allowed to be. `deleted`: it was deleted for
good, and what comes of it since is not stored."""
Allow = Callable[[Article, Article], bool]
"""Tells whether the stored article, the first, may be changed by what has come, the second."""

_SEVERAL = 2
_ATTEMPTS = 8
"""Each lost race means that somebody else made progress; so many in a row do not happen."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a draft, and of which article."""

    article_id: str
    status: Status
    article: Article | None = None
    """The article as it is stored now, if it is to be related."""
    former_terms: Sequence[str] = ()
    """The terms that it had, if it has changed."""


@dataclass(frozen=True, slots=True)
class _Same:
    """What an article is found to be: one that is stored, or one that was deleted."""

    stored: Article | None
    buried: str | None

    @property
    def is_nothing(self) -> bool:
        return self.stored is None and self.buried is None


def publish(db: Database, draft: dict[str, Any]) -> Outcome:
    """Store a valid draft; the same draft again changes nothing.

    Safe to repeat after any error and beside other writers. Raises UnavailableError, and
    ConflictError when others keep changing the article.
    """
    [outcome] = publish_all(db, [compose(draft, now())])
    return outcome


def anybody(_stored: Article, _incoming: Article) -> bool:
    """Allow every change."""
    return True


def publish_all(
    db: Database, articles: Sequence[Article], *, allow: Allow = anybody
) -> list[Outcome]:
    """Store articles, as `compose` made them from drafts, one after the other.

    It comes to what it would come to if each was published by itself, with fewer questions to the
    database. Raises what `publish` raises; those before the one that failed may be stored.
    """
    articles = filed(db, articles)
    outcomes: list[Outcome] = []
    for some in _apart(articles):
        found = list(zip(some, _find_same(db, some), strict=True))
        new = [each for each, same in found if same.is_nothing]
        # One article goes by itself, which says at once what is wrong with it.
        several = len(new) >= _SEVERAL
        rest = publication.insert_all(db, new) if several else {each["id"] for each in new}
        outcomes += [
            Outcome(each["id"], "new", each)
            if same.is_nothing and each["id"] not in rest
            else _publish_one(db, each, same, allow)
            for each, same in found
        ]
    refile(db, [each.article for each in outcomes if each.article])
    return outcomes


def edit(db: Database, stored: Article, wanted: Article) -> Outcome:
    """Store what an editor made of an article, if that is anything new.

    Raises ConflictError when the article has changed since it was read, and UnavailableError.
    """
    [under] = filed(db, [wanted])
    wanted = wanted | {"source": under["source"]}
    if adds_nothing(wanted, stored):
        # It may have been stored and, before it was related, its editor cut short.
        return Outcome(stored["id"], "unchanged", stored if stored.get("unrelated") else None)
    origin = origin_of(wanted)
    known = {stored["id"], *stored["former_ids"]}
    # What comes from where it is said to be now is this article, unless that is another.
    if origin not in known and not articles_.find_many(db, [origin], ["id"]):
        wanted = wanted | {"former_ids": [*stored["former_ids"], origin]}
    revised = revise(stored, wanted, stored, now())
    publication.replace(db, revised)
    refile(db, [revised])
    return Outcome(stored["id"], "changed", revised, stored.get("terms", ()))


def delete(db: Database, stored: Article) -> None:
    """Take an article away for good, with all that is told of it.

    Raises ConflictError when the article has changed since it was read, and UnavailableError.
    """
    publication.delete(db, stored, now())
    stories.refresh(db, [stored["story"]] if stored.get("story") else [])


def preview(db: Database, draft: dict[str, Any]) -> Outcome:
    """Tell what publishing a draft would do, and store nothing."""
    [outcome] = preview_all(db, [compose(draft, now())])
    return outcome


def preview_all(db: Database, articles: Sequence[Article]) -> list[Outcome]:
    """Tell what publishing articles would do, and store nothing."""
    outcomes: list[Outcome] = []
    articles = as_filed(db, articles)
    for incoming, same in zip(articles, _find_same(db, articles), strict=True):
        if same.buried:
            outcomes.append(Outcome(same.buried, "deleted"))
        elif stored := same.stored:
            is_same = adds_nothing(merge(stored, incoming), stored)
            outcomes.append(Outcome(stored["id"], "unchanged" if is_same else "changed"))
        else:
            outcomes.append(Outcome(incoming["id"], "new"))
    return outcomes


def publish_source(db: Database, draft: dict[str, Any]) -> tuple[str, Status]:
    """Store a valid draft of a source: it adds what is not known yet, and changes nothing else."""
    source = compose_source(draft)
    if sources.ensure(db, [source]):
        return source["id"], "new"
    source["id"] = sources.known(db, [source["id"]])[source["id"]]["id"]
    return source["id"], "changed" if sources.complete(db, _told(source)) else "unchanged"


def preview_source(db: Database, draft: dict[str, Any]) -> tuple[str, Status]:
    """Tell what publishing a draft of a source would do, and store nothing."""
    source = compose_source(draft)
    if not (known := sources.known(db, [source["id"]])):
        return source["id"], "new"
    source["id"] = known[source["id"]]["id"]
    return source["id"], "changed" if sources.lacks(db, _told(source)) else "unchanged"


def _told(source: dict[str, Any]) -> dict[str, Any]:
    """Give of a composed source what its draft has told."""
    return {name: value for name, value in source.items() if name not in {"names", "aliases"}}


def link(db: Database, article_id: str, related_ids: list[str]) -> int:
    """Link an article to those that its page names, in order; give how many links are new."""
    return links.add(db, article_id, related_ids)


def _apart(articles: Sequence[Article]) -> Iterator[list[Article]]:
    """Divide articles into runs in which no two may be one article: those see each other."""
    run: list[Article] = []
    names: set[str] = set()
    for article in articles:
        own = {article["id"], article["title_key"], *article["guids"]}
        if not names.isdisjoint(own):
            yield run
            run, names = [], set()
        run.append(article)
        names |= own
    if run:
        yield run


def _publish_one(db: Database, incoming: Article, same: _Same, allow: Allow) -> Outcome:
    """Store one article beside what it was found to be, looking anew when that has changed."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _publish_once(db, incoming, same, allow)
        except ConflictError:
            if attempt == _ATTEMPTS:
                raise
            [same] = _find_same(db, [incoming])
    raise AssertionError  # pragma: no cover - the loop returns or raises


def _publish_once(db: Database, incoming: Article, same: _Same, allow: Allow) -> Outcome:
    if same.buried:
        return Outcome(same.buried, "deleted")
    if (stored := same.stored) is None:
        publication.insert(db, incoming)
        return Outcome(incoming["id"], "new", incoming)
    for former_id in stored["former_ids"]:
        _leave_behind(db, former_id, stored["id"])
    merged = merge(stored, incoming)
    if adds_nothing(merged, stored):
        # It may have been stored and, before it was related, its publisher cut short.
        return Outcome(stored["id"], "unchanged", stored if stored.get("unrelated") else None)
    if not allow(stored, incoming):
        return Outcome(stored["id"], "refused")
    # An article with an address of its own keeps its id when its source becomes known.
    unnamed = stored["source"] is None and merged["source"] is not None
    if unnamed and incoming["id"] != stored["id"]:
        return _name_source(db, stored, merged, incoming)
    revised = revise(stored, merged, incoming, now())
    publication.replace(db, revised)
    return Outcome(stored["id"], "changed", revised, stored.get("terms", ()))


def _find_same(db: Database, articles: Sequence[Article]) -> list[_Same]:
    """Find for each article the stored one that it is, or the one that it was.

    By its id, now or formerly, or by what its source calls it; else by title and text where one has
    no source: a page does not always name the source of its main article, but another page may.
    """
    found = namesakes.find(db, _names(articles))
    named, titled = _by_name(found.named), _by_title(found.titled)
    return [
        _Same(stored, None if stored else _buried(article, found.buried))
        for article in articles
        for stored in [_known(article, named) or _twin(article, titled[article["title_key"]])]
    ]


def _names(articles: Sequence[Article]) -> Names:
    return Names(
        [article["id"] for article in articles],
        [guid for article in articles for guid in article["guids"]],
        list({article["title_key"] for article in articles if article["source"]}),
        list({article["title_key"] for article in articles if not article["source"]}),
    )


def _buried(article: Article, buried: Mapping[str, str]) -> str | None:
    """Give the id of the deleted article that this was, if there is one."""
    names = (article["id"], *article["guids"])
    return next((buried[name] for name in names if name in buried), None)


def _by_name(stored: Iterable[Article]) -> dict[str, list[Article]]:
    """Give articles by every id they have or had, and by what their sources call them."""
    named: dict[str, list[Article]] = defaultdict(list)
    for article in stored:
        for name in {article["id"], *article["former_ids"], *article["guids"]}:
            named[name].append(article)
    return named


def _known(article: Article, stored: Mapping[str, list[Article]]) -> Article | None:
    """Choose what has the article's id now, before what had it, before what is called the same."""
    id_ = article["id"]
    maybe = [each for name in (id_, *article["guids"]) for each in stored.get(name, ())]
    maybe.sort(key=lambda each: (each["id"] != id_, id_ not in each["former_ids"]))
    return next((each for each in maybe if is_same_article(each, article)), None)


def _by_title(stored: Iterable[Article]) -> dict[str, list[Article]]:
    titled: dict[str, dict[str, Article]] = defaultdict(dict)
    for article in stored:
        titled[article["title_key"]][article["id"]] = article
    return defaultdict(list, {title: list(same.values()) for title, same in titled.items()})


def _twin(article: Article, titled: Iterable[Article]) -> Article | None:
    twins = [
        twin
        for twin in titled
        if (twin["source"] is None) != (article["source"] is None) and is_same_story(twin, article)
    ]
    # Two papers printed the text: nobody can tell which of them this copy is from.
    return twins[0] if len(twins) == 1 else None


def _name_source(db: Database, stored: Article, merged: Article, incoming: Article) -> Outcome:
    """Give an article without a source its name, and with it the id that this name brings."""
    named = revise(stored, merged, incoming, now())
    named |= {"id": incoming["id"], "former_ids": [*stored["former_ids"], stored["id"]]}
    publication.move(db, stored["id"], named)
    _leave_behind(db, stored["id"], named["id"])
    return Outcome(named["id"], "changed", named, stored.get("terms", ()))


def _leave_behind(db: Database, former_id: str, article_id: str) -> None:
    """Finish a move from one id to another, also one that was cut short before."""
    publication.forget(db, former_id)
    links.move(db, former_id, article_id)
    comments.move(db, former_id, article_id)


def now() -> datetime:
    """Give the time to the millisecond, which is what MongoDB keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
