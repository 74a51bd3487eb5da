from typing import Any

from store import pages
from store.client import Database
from tests.store.documents import hours


def page(number: int, **values: Any) -> dict[str, Any]:
    url = f"https://example.org/{number}"
    return {"id": f"{number:032x}", "url": url, "host": "example.org", "due_at": hours(0)} | values


def test_pages_come_in_the_order_in_which_they_are_due(db: Database) -> None:
    for number, hour in ((1, 2), (2, 1), (3, 9)):
        pages.put(db, page(number, due_at=hours(hour)))
    assert pages.due(db, hours(0)) is None
    assert pages.due(db, hours(3)) == page(2, due_at=hours(1))


def test_pages_on_busy_hosts_are_left_out(db: Database) -> None:
    pages.put(db, page(1))
    pages.put(db, page(2, host="example.com"))
    assert (pages.due(db, hours(1), busy=["example.org"]) or {})["host"] == "example.com"
    assert pages.due(db, hours(1), busy=["example.org", "example.com"]) is None


def test_a_page_is_there_once_until_it_is_dropped(db: Database) -> None:
    pages.put(db, page(1))
    assert pages.is_as_it_was(db, page(1))
    pages.put(db, page(1, due_at=hours(5)))
    assert not pages.is_as_it_was(db, page(1))
    assert pages.due(db, hours(9)) == page(1, due_at=hours(5))
    pages.drop(db, page(1)["id"])
    assert pages.due(db, hours(9)) is None
