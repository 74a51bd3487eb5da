from store.position import beyond, order
from tests.store.documents import hours


def test_the_start_of_a_list_is_beyond_nothing() -> None:
    assert beyond("at", None, newest_first=True) == []


def test_what_follows_is_further_in_time_or_at_the_same_time_further_by_id() -> None:
    assert beyond("at", (hours(1), "b"), newest_first=True) == [
        {"at": {"$lte": hours(1)}},
        {"$or": [{"at": {"$lt": hours(1)}}, {"_id": {"$lt": "b"}}]},
    ]
    assert beyond("at", (hours(1), "b"), newest_first=False) == [
        {"at": {"$gte": hours(1)}},
        {"$or": [{"at": {"$gt": hours(1)}}, {"_id": {"$gt": "b"}}]},
    ]


def test_ties_are_ordered_by_id_in_the_same_direction() -> None:
    assert order("at", newest_first=True) == [("at", -1), ("_id", -1)]
    assert order("at", newest_first=False) == [("at", 1), ("_id", 1)]
