from store.position import beyond, order, tie_of
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


def test_a_tie_has_the_order_of_the_ids() -> None:
    ids = ["0" * 32, "0000000001" + "f" * 22, "7" * 32, "ab" * 16, "f" * 32]
    assert [tie_of(id_) for id_ in ids] == sorted(tie_of(id_) for id_ in ids)
    assert tie_of("f" * 32) == 2**40 - 1


def test_where_the_index_has_ties_in_short_they_stand_for_the_ids() -> None:
    assert beyond("at", (hours(1), "00000000ff" + "0" * 22), newest_first=True, by_tie=True) == [
        {"at": {"$lte": hours(1)}},
        {"$or": [{"at": {"$lt": hours(1)}}, {"tie": {"$lt": 255}}]},
    ]
    assert order("at", newest_first=True, by_tie=True) == [("at", -1), ("tie", -1)]
