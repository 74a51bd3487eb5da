"""Sources: what is known of one, what an editor says of it, and its name on all its articles."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from desk import identity
from desk.edit import origin_of
from store import articles, publication, sources
from store.articles import ArticleFilter
from store.client import Database
from store.position import Position

Source = dict[str, Any]
Article = dict[str, Any]

AT_ONCE = 100
"""How many articles get a name in one transaction, which holds up all who publish."""


def compose(draft: Mapping[str, Any]) -> Source:
    """Make a source from a valid draft; what is not said of it is null or empty."""
    said = {name: draft.get(name) for name in sources.OWN}
    id_ = draft.get("id") or identity.source_id(draft["name"])
    lists = {name: list(said[name] or ()) for name in ("feeds", "aliases")}
    return _named(said | lists | {"id": id_})


def edited(stored: Source, said: dict[str, Any]) -> Source:
    """Give a source as an editor wants it; what was named in doing so stands from then on.

    Under a new name it goes by the old one too, unless it was said by which ones it goes.
    """
    wanted = stored | {"feeds": stored.get("feeds") or [], "aliases": _aliases(stored)} | said
    if "aliases" not in said and wanted["name"] != stored["name"]:
        wanted["aliases"] = _with_former(wanted, stored["name"])
    held = sorted({*stored.get("held", ()), *said})
    return _named(wanted | {"held": held})


def completed(stored: Source, draft: Mapping[str, Any]) -> Source:
    """Give a source with what a draft says of it that is something; it keeps its name.

    What is not said can still be added by anybody.
    """
    said = {name: value for name, value in draft.items() if value and name != "name"}
    for name in {"feeds", "aliases"} & said.keys():
        said[name] = list(dict.fromkeys([*(stored.get(name) or ()), *said[name]]))
    return edited(stored, said) | {"held": stored.get("held", [])}


def adds_nothing(wanted: Source, stored: Source) -> bool:
    """Tell whether a source says of itself just what is stored already."""
    return all((wanted[name] or None) == (stored.get(name) or None) for name in sources.OWN)


def filed(db: Database, composed: Sequence[Article]) -> list[Article]:
    """Give articles under the sources that go by their names; those that are new are added."""
    return _under(composed, sources.settle(db, of(composed)))


def as_filed(db: Database, composed: Sequence[Article]) -> list[Article]:
    """Give articles as `filed` would, and store nothing."""
    return _under(composed, sources.known(db, [source["id"] for source in of(composed)]))


def refile(db: Database, stored: Iterable[Article]) -> None:
    """Make good what has become of the sources of articles while these were being stored.

    One may have got another name, whose way to all articles then missed these, or been deleted.
    """
    named: dict[str, list[Article]] = {}
    for article in stored:
        if article["source"]:
            named.setdefault(article["source"]["id"], []).append(article)
    known = sources.settle(db, of(article for group in named.values() for article in group[:1]))
    for id_, group in named.items():
        missed = [article["id"] for article in group if article["source"] != known[id_]]
        for start in range(0, len(missed), AT_ONCE):
            publication.name_source(db, known[id_], missed[start : start + AT_ONCE], _now())


def spread_name(db: Database, source_id: str) -> Iterator[int]:
    """Give all articles of a source its name; tell, as it goes on, how many were looked at.

    It ends early when somebody else gives it another name, who then sees to that one.
    """
    source = sources.known(db, [source_id]).get(source_id)
    where, fields = ArticleFilter(sources=[source_id]), ("source", "listed_at")
    after: Position | None = None
    while source and (found := articles.page(db, where, after=after, limit=AT_ONCE, fields=fields)):
        other = [each["id"] for each in found if each["source"]["name"] != source["name"]]
        if other and not publication.name_source(db, source, other, _now()):
            return
        after = found[-1]["listed_at"], found[-1]["id"]
        yield len(found)
    if source:
        sources.note_spread(db, source_id, source["name"])


def finish_spreading(db: Database) -> Iterator[int]:
    """Give their names to the articles of all sources where that was cut short."""
    for source_id in sources.renamed(db):
        yield from spread_name(db, source_id)


def of(composed: Iterable[Article]) -> list[Source]:
    """Give the sources of articles, each once, with nothing known of them but their names."""
    named = {each["source"]["id"]: each["source"] for each in composed if each["source"]}
    return list(map(compose, named.values()))


def _under(composed: Sequence[Article], known: sources.Known) -> list[Article]:
    return [_file(article, known) if article["source"] else article for article in composed]


def _file(article: Article, known: sources.Known) -> Article:
    """Put an article under the source that goes by the name that it came with."""
    source = known.get(article["source"]["id"])
    if source is None or article["source"] == source:
        return article
    under = article | {"source": source}
    came_as = article["id"]
    if came_as == origin_of(article) != origin_of(under):
        under |= {"id": origin_of(under), "former_ids": [*article["former_ids"], came_as]}
    return under


def _named(source: Source) -> Source:
    """Give a source with all ids that lead to it."""
    called = [source["name"], *source["aliases"]]
    names = dict.fromkeys([source["id"], *map(identity.source_id, called)])
    return source | {"names": list(names)}


def _aliases(stored: Source) -> list[str]:
    return list(stored.get("aliases") or ())


def _with_former(source: Source, name: str) -> list[str]:
    """Give the aliases of a source that had another name; its id leads to it without one."""
    others = [alias for alias in source["aliases"] if alias != source["name"]]
    known = {source["id"], *map(identity.source_id, [source["name"], *others])}
    return others if identity.source_id(name) in known else [*others, name]


def _now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
