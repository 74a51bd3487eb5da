from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import links, publication
from store.client import Database, Document
from tests import samples
from tests.store.documents import article

ONE, TWO, THREE, FOUR = IDS = [f"{number:032x}" for number in range(1, 5)]
MISSING = "f" * 32

steady = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def stored(db: Database) -> None:
    for number in range(1, 5):
        publication.insert(db, article(number))


def related(db: Database, article_id: str, after: str | None = None) -> list[str]:
    return [document["id"] for document in samples.related(db, article_id, after=after)]


def test_related_articles_come_in_the_order_of_the_page(db: Database) -> None:
    assert links.add(db, ONE, [FOUR, TWO, THREE]) == 3
    assert related(db, ONE) == [FOUR, TWO, THREE]
    assert related(db, TWO) == []


def test_a_related_article_says_why_it_is_related(db: Database) -> None:
    links.add(db, ONE, [TWO])
    links.add(db, THREE, [TWO], origin="editor")
    found = {id_: samples.related(db, id_, ("title",)) for id_ in (ONE, THREE, FOUR)}
    said: dict[str, object] = {"score": None, "reasons": [], "position": 1}
    expected = {"id": TWO, "title": "Article 2"} | said
    assert found == {
        ONE: [expected | {"origin": "page"}],
        THREE: [expected | {"origin": "editor"}],
        FOUR: [],
    }


def of(db: Database, article_id: str) -> Any:
    return [(link["to"], link["origin"]) for link in links.of(db, [article_id])[article_id]]


def test_links_are_given_once_for_each_article_be_it_there_or_not(db: Database) -> None:
    links.add(db, ONE, [MISSING, TWO, THREE])
    links.add(db, ONE, [THREE, FOUR], origin="editor")
    every = [(THREE, "editor"), (FOUR, "editor"), (MISSING, "page"), (TWO, "page")]
    assert of(db, ONE) == every
    assert of(db, TWO) == []


def test_links_of_many_articles_take_one_query(db: Database) -> None:
    links.add(db, ONE, [TWO, MISSING])
    links.add(db, TWO, [ONE])
    found = links.of(db, [ONE, TWO, THREE])
    assert {id_: len(group) for id_, group in found.items()} == {ONE: 2, TWO: 1, THREE: 0}
    assert sorted(links.targets(found)) == sorted([ONE, TWO, MISSING])
    assert links.of(db, []) == {}


def link(to_id: str, position: int) -> Document:
    said = {"origin": "page", "score": 0.5, "reasons": ["Seoul"], "position": position}
    return {"_id": "1", "from": ONE, "to": to_id} | said


def test_links_are_joined_with_the_articles_that_are_there() -> None:
    one, two = ({"id": id_, "title": id_[-1]} for id_ in (ONE, TWO))
    found = {ONE: [link(MISSING, 1), link(TWO, 2)], TWO: [link(TWO, 3), link(ONE, 4)], THREE: []}
    said = {"origin": "page", "score": 0.5, "reasons": ["Seoul"]}
    assert links.join(found, [two, one]) == {
        ONE: [two | said | {"position": 2}],
        TWO: [two | said | {"position": 3}, one | said | {"position": 4}],
        THREE: [],
    }
    assert two == {"id": TWO, "title": "2"}
    assert links.join({}, []) == {}
    assert links.targets({}) == []


def test_a_link_never_leads_to_its_own_article(db: Database) -> None:
    assert links.add(db, ONE, [ONE, TWO, ONE]) == 1
    assert related(db, ONE) == [TWO]


def test_a_link_that_is_there_keeps_its_place(db: Database) -> None:
    links.add(db, ONE, [TWO, THREE])
    assert links.add(db, ONE, [THREE, TWO, FOUR]) == 1
    assert related(db, ONE) == [TWO, THREE, FOUR]


def test_an_article_named_twice_is_related_once(db: Database) -> None:
    assert links.add(db, ONE, [TWO, TWO, THREE]) == 2
    links.add(db, ONE, [THREE, TWO], origin="computed")
    assert related(db, ONE) == [TWO, THREE]
    assert related(db, ONE, after=TWO) == [THREE]
    assert related(db, ONE, after=THREE) == []


def test_a_link_to_an_article_that_is_not_there_is_passed_over(db: Database) -> None:
    links.add(db, ONE, [MISSING, TWO])
    assert related(db, ONE) == [TWO]
    assert related(db, ONE, after=MISSING) == [TWO]


def test_nothing_follows_an_article_that_is_not_related(db: Database) -> None:
    links.add(db, ONE, [TWO])
    assert related(db, ONE, after=FOUR) == []


@steady
@given(
    named=st.lists(st.sampled_from([*IDS, MISSING])),
    origin=st.sampled_from(["page", "computed"]),
    size=st.integers(1, 3),
)
def test_paging_yields_every_related_article_once(
    db: Database, named: list[str], origin: str, size: int
) -> None:
    links.add(db, ONE, named, origin)

    def walk() -> Iterator[str]:
        after = None
        while found := related(db, ONE, after=after)[:size]:
            yield from found
            after = found[-1]

    assert list(walk()) == related(db, ONE)


def test_a_move_takes_the_links_in_both_directions_along(db: Database) -> None:
    links.add(db, ONE, [TWO, THREE])
    links.add(db, FOUR, [TWO, ONE])
    links.move(db, ONE, MISSING)
    publication.insert(db, article(5, id=MISSING))
    assert related(db, MISSING) == [TWO, THREE]
    assert related(db, FOUR) == [TWO, MISSING]
    assert related(db, ONE) == []


def test_a_move_makes_no_link_twice_and_none_to_itself(db: Database) -> None:
    links.add(db, ONE, [TWO, THREE])
    links.add(db, TWO, [ONE, THREE])
    links.move(db, ONE, TWO)
    links.move(db, ONE, TWO)
    assert related(db, TWO) == [THREE]
    assert db["links"].count_documents({}) == 1


def test_an_editors_link_says_where_it_stands(db: Database) -> None:
    assert links.put(db, ONE, TWO)
    assert links.put(db, ONE, THREE, 7)
    assert links.put(db, ONE, FOUR)
    assert not links.put(db, ONE, TWO)
    assert not links.put(db, ONE, TWO, 9)
    found = samples.related(db, ONE)
    assert [(each["id"], each["position"]) for each in found] == [(THREE, 7), (FOUR, 8), (TWO, 9)]


def test_a_link_that_an_editor_took_away_is_none_until_an_editor_sets_it(db: Database) -> None:
    links.add(db, ONE, [TWO, THREE])
    for _ in range(2):
        links.remove(db, ONE, TWO)
        links.add(db, ONE, [TWO, THREE])
        assert related(db, ONE) == [THREE]
        assert related(db, ONE, after=TWO) == [THREE]
    assert links.put(db, ONE, TWO), "there was none"
    assert related(db, ONE) == [TWO, THREE]


def test_a_move_takes_along_what_an_editor_said(db: Database) -> None:
    links.put(db, ONE, TWO, 3)
    links.remove(db, ONE, THREE)
    links.remove(db, FOUR, ONE)
    links.move(db, ONE, MISSING)
    publication.insert(db, article(5, id=MISSING))
    links.add(db, MISSING, [THREE])
    links.add(db, FOUR, [MISSING])
    assert [(each["id"], each["position"]) for each in samples.related(db, MISSING)] == [(TWO, 3)]
    assert related(db, FOUR) == []


def test_what_was_said_of_the_new_id_of_a_moved_article_stands(db: Database) -> None:
    links.put(db, ONE, THREE)
    links.remove(db, TWO, THREE)
    links.move(db, ONE, TWO)
    assert related(db, TWO) == []


def test_of_many_who_say_something_of_one_link_at_once_none_fails(mongod_db: Database) -> None:
    def say(number: int) -> None:
        if number % 2:
            links.put(mongod_db, ONE, TWO, number)
        else:
            links.remove(mongod_db, ONE, TWO)

    for _ in range(5):
        mongod_db["links"].delete_many({})
        with ThreadPoolExecutor(8) as writers:
            list(writers.map(say, range(16)))
        assert mongod_db["links"].count_documents({}) == 1
