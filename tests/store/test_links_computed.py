"""Links that follow from the texts; written many at a time, which only a real mongod can."""

import pytest

from store import groups, links, publication
from store.client import Database, Document
from store.links import Computed
from tests import samples
from tests.store.documents import article

ONE, TWO, THREE, FOUR = IDS = [f"{number:032x}" for number in range(1, 5)]


@pytest.fixture(autouse=True)
def stored(mongod_db: Database) -> None:
    for number in range(1, 5):
        publication.insert(mongod_db, article(number))


def near(**scores: float) -> dict[str, Computed]:
    names = {"one": ONE, "two": TWO, "three": THREE, "four": FOUR}
    return {names[name]: Computed(score, ("Seoul",)) for name, score in scores.items()}


def compute(db: Database, article_id: str, **scores: float) -> None:
    """Let an article be near others, and they near to it, and none any more that was."""
    known = links.computed(db, IDS)
    wanted = {start: dict(ends) for start, ends in known.items()} | {article_id: near(**scores)}
    for other_id, link in near(**scores).items():
        wanted[other_id] = wanted.get(other_id, {}) | {article_id: link}
    links.rewrite_computed(db, known, wanted)


def related(db: Database, article_id: str) -> list[str]:
    return [document["id"] for document in samples.related(db, article_id)]


def everything(db: Database) -> list[Document]:
    return list(db["links"].find().sort("_id"))


def test_a_computed_link_says_how_near_and_why(mongod_db: Database) -> None:
    compute(mongod_db, ONE, two=0.5)
    expected = {"origin": "computed", "score": 0.5, "reasons": ["Seoul"], "position": None}
    for from_id, to_id in ((ONE, TWO), (TWO, ONE)):
        [found] = samples.related(mongod_db, from_id, ("title",))
        assert found == {"id": to_id, "title": f"Article {int(to_id, 16)}"} | expected


def test_the_nearest_come_first_and_equals_by_their_id(mongod_db: Database) -> None:
    compute(mongod_db, ONE, two=0.3, three=0.9)
    assert related(mongod_db, ONE) == [THREE, TWO]
    compute(mongod_db, FOUR, three=0.4, two=0.4)
    assert related(mongod_db, FOUR) == [TWO, THREE]


def test_computing_again_changes_nothing(mongod_db: Database) -> None:
    compute(mongod_db, ONE, two=0.3, three=0.9)
    before = everything(mongod_db)
    compute(mongod_db, ONE, two=0.3, three=0.9)
    assert everything(mongod_db) == before


def test_what_is_no_longer_near_is_given_up(mongod_db: Database) -> None:
    compute(mongod_db, ONE, two=0.3, three=0.9)
    compute(mongod_db, ONE, four=0.5)
    assert related(mongod_db, ONE) == [FOUR]
    assert related(mongod_db, TWO) == [ONE], "nobody has said that it is not near to that"


def test_links_are_found_by_where_they_start_and_where_they_lead(mongod_db: Database) -> None:
    compute(mongod_db, ONE, two=0.3, three=0.9)
    links.add(mongod_db, ONE, [FOUR])
    assert links.computed(mongod_db, [ONE]) == {ONE: near(two=0.3, three=0.9)}
    assert links.computed(mongod_db, [], [TWO]) == {ONE: near(two=0.3)}
    assert links.computed(mongod_db, [TWO], [THREE]) == {
        ONE: near(three=0.9),
        TWO: near(one=0.3),
    }
    assert links.computed(mongod_db, [FOUR]) == {}


def test_what_a_page_or_an_editor_said_stays_and_comes_first(mongod_db: Database) -> None:
    links.add(mongod_db, ONE, [THREE])
    links.add(mongod_db, ONE, [FOUR], origin=links.EDITOR)
    compute(mongod_db, ONE, two=0.9, three=0.8)
    assert related(mongod_db, ONE) == [FOUR, THREE, TWO]
    links.rewrite_computed(mongod_db, links.computed(mongod_db, [ONE]), {})
    assert related(mongod_db, ONE) == [FOUR, THREE]


@pytest.mark.parametrize("origin", [links.PAGE, links.COMPUTED])
def test_a_link_that_an_editor_removed_is_hidden_whoever_else_names_it(
    mongod_db: Database, origin: str
) -> None:
    links.add(mongod_db, ONE, [TWO, THREE], origin=origin)
    links.add(mongod_db, ONE, [TWO], origin=links.EDITOR)
    mongod_db["links"].update_one({"to": TWO, "origin": "editor"}, {"$set": {"removed": True}})
    assert related(mongod_db, ONE) == [THREE]
    links.add(mongod_db, ONE, [TWO], origin=origin)
    assert related(mongod_db, ONE) == [THREE]


def test_of_several_copies_the_first_is_related_and_none_of_the_articles_own(
    mongod_db: Database,
) -> None:
    links.add(mongod_db, ONE, [THREE, TWO, FOUR])
    groups.assign(mongod_db, copies=dict.fromkeys([TWO, THREE], TWO), story={})
    assert [each["id"] for each in related_with_copies(mongod_db)] == [THREE, FOUR]
    groups.assign(mongod_db, copies={ONE: TWO}, story={})
    assert [each["id"] for each in related_with_copies(mongod_db)] == [FOUR]


def test_a_text_that_an_editor_took_away_does_not_come_back_as_another_copy(
    mongod_db: Database,
) -> None:
    groups.assign(mongod_db, copies=dict.fromkeys([TWO, THREE], TWO), story={})
    links.remove(mongod_db, ONE, TWO)
    links.add(mongod_db, ONE, [THREE, FOUR])
    compute(mongod_db, ONE, two=0.9, three=0.8)
    assert related(mongod_db, ONE) == [FOUR]
    links.put(mongod_db, ONE, THREE)
    assert related(mongod_db, ONE) == [THREE, FOUR], "unless the editor wants that one"


def test_an_editors_links_are_shown_also_where_they_lead_to_copies(mongod_db: Database) -> None:
    groups.assign(mongod_db, copies=dict.fromkeys([ONE, TWO, THREE, FOUR], ONE), story={})
    links.put(mongod_db, ONE, THREE)
    links.put(mongod_db, ONE, TWO)
    links.add(mongod_db, ONE, [FOUR])
    assert related(mongod_db, ONE) == [THREE, TWO]


def test_a_copy_of_what_a_page_showed_is_not_on_the_next(mongod_db: Database) -> None:
    groups.assign(mongod_db, copies=dict.fromkeys([TWO, THREE], TWO), story={})
    links.add(mongod_db, ONE, [TWO, THREE, FOUR])
    found = samples.related(mongod_db, ONE, after=TWO)
    assert [each["id"] for each in found] == [FOUR]


def related_with_copies(db: Database) -> list[Document]:
    return samples.related(db, ONE, ("copies",))


def test_a_move_takes_computed_links_along_with_what_they_say(mongod_db: Database) -> None:
    compute(mongod_db, ONE, two=0.5)
    moved = "e" * 32
    publication.insert(mongod_db, article(9, id=moved))
    links.move(mongod_db, ONE, moved)
    assert related(mongod_db, TWO) == [moved]
    assert [each["score"] for each in samples.related(mongod_db, moved)] == [0.5]
