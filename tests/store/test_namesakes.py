from datetime import UTC, datetime

import pytest

from store import articles, namesakes, publication
from store.client import Database, Document
from store.namesakes import Names, Namesakes
from tests.store.documents import article

NOW = datetime(2025, 6, 16, 8, tzinfo=UTC)


def find(
    db: Database,
    *ids: str,
    guids: list[str] | None = None,
    titles: list[str] | None = None,
    of_nobody: list[str] | None = None,
) -> Namesakes:
    return namesakes.find(db, Names(ids, guids or [], titles or [], of_nobody or []))


def numbers(found: list[Document]) -> list[int]:
    return sorted(int(document["id"], 16) for document in found)


def test_who_has_an_id_who_had_it_and_who_is_called_so_are_named(db: Database) -> None:
    publication.insert(db, article(1, former_ids=[], guids=["g"]))
    publication.insert(db, article(2, former_ids=[f"{3:032x}"]))
    publication.insert(db, article(3, former_ids=[]))
    assert numbers(find(db, f"{3:032x}", guids=["g", "h"]).named) == [1, 2, 3]
    assert numbers(find(db, "f" * 32, guids=["g"]).named) == [1]
    assert find(db, "f" * 32, guids=["x"]) == Namesakes([], [], {})
    assert find(db).named == []


def test_under_a_title_one_with_a_source_meets_those_of_nobody_and_those_meet_all(
    db: Database,
) -> None:
    source = {"id": "s", "name": "S"}
    for number, published_by in ((1, source), (2, None), (3, source)):
        of_it = article(number, title_key="ties", source=published_by)
        publication.insert(db, of_it)
    publication.insert(db, article(4, title_key="other", source=None))
    assert numbers(find(db, "x", titles=["ties"]).titled) == [2]
    assert numbers(find(db, "x", titles=["ties", "other"]).titled) == [2, 4]
    assert numbers(find(db, "x", of_nobody=["ties"]).titled) == [1, 2, 3]
    assert numbers(find(db, "x", titles=["other"], of_nobody=["ties"]).titled) == [1, 2, 3, 4]


def test_what_was_deleted_is_known_by_every_name_and_what_has_moved_is_none(db: Database) -> None:
    publication.insert(db, article(1, former_ids=["a" * 32], guids=["g"]))
    publication.delete(db, articles.find(db, f"{1:032x}"), NOW)
    publication.insert(db, article(2))
    publication.move(db, f"{2:032x}", article(3, former_ids=[f"{2:032x}"]))
    found = find(db, f"{1:032x}", "a" * 32, f"{2:032x}", guids=["g", "h"])
    for name in (f"{1:032x}", "a" * 32, "g"):
        assert found.buried[name] == f"{1:032x}"
    assert f"{2:032x}" not in found.buried
    assert numbers(found.named) == [3]


def test_of_very_many_under_one_title_some_are_enough(
    mongod_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(namesakes, "_MOST_TITLED", 2)
    for number in range(1, 5):
        publication.insert(mongod_db, article(number, title_key="ties", source=None))
    found = find(mongod_db, f"{4:032x}", titles=["ties"])
    assert len(found.titled) == 2
    assert numbers(found.named) == [4]
