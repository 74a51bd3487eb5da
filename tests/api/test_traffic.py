from concurrent.futures import ThreadPoolExecutor

import pytest

from api.traffic import BOUNDS, Traffic


def test_a_request_is_counted_in_the_class_of_its_time() -> None:
    traffic = Traffic()
    for seconds in (0.0, BOUNDS[0], 0.0002, 100.0):
        traffic.count(("GET", "/", "200 OK", "hit"), seconds)
    [(kind, times)] = traffic.times().items()
    assert kind == "GET / 200 hit"
    assert times[:-1] == [2, 1, *[0] * (len(BOUNDS) - 2), 1]
    assert times[-1] == pytest.approx(BOUNDS[0] + 100.0002)


def test_requests_of_another_kind_are_counted_apart() -> None:
    traffic = Traffic()
    for kind in (
        ("GET", "/", "200 OK", "hit"),
        ("HEAD", "/", "200 OK", "hit"),
        ("GET", "/a", "200 OK", "hit"),
        ("GET", "/", "304 NOT MODIFIED", "hit"),
        ("GET", "/", "200 OK", "miss"),
    ):
        traffic.count(kind, 0.1)
    assert [sum(times[:-1]) for times in traffic.times().values()] == [1] * 5


def test_methods_that_nobody_knows_are_one() -> None:
    traffic = Traffic()
    for method in ("FOO", "BAR", "FOO"):
        traffic.count((method, "/", "405 METHOD NOT ALLOWED", "-"), 0.1)
    assert {kind: sum(times[:-1]) for kind, times in traffic.times().items()} == {
        "other / 405 -": 3
    }


def test_no_request_is_lost_between_threads() -> None:
    traffic = Traffic()

    def count(_: int) -> None:
        for _ in range(2_000):
            traffic.count(("GET", "/", "200 OK", "hit"), 1.0)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(8)))
    [times] = traffic.times().values()
    assert (sum(times[:-1]), times[-1]) == (16_000, 16_000.0)
