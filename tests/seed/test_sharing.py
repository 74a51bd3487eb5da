import pytest

from seed.sharing import MOST, STEP, Share


def left(share: Share, pieces: int) -> int:
    return sum(share.is_left() for _ in range(pieces))


def test_at_first_nothing_is_left_to_who_stores() -> None:
    assert left(Share(), 100) == 0


def test_who_is_waiting_gets_more_to_do_and_who_is_late_gets_less() -> None:
    share = Share()
    for _ in range(4):
        share.adapt(1.0, 0.001)
    assert share.part == pytest.approx(4 * STEP)
    assert left(share, 1_000) == pytest.approx(1_000 * 4 * STEP, abs=1)
    share.adapt(1.0, 0.5)
    assert share.part == pytest.approx(3 * STEP)


def test_never_is_all_left_and_never_less_than_nothing() -> None:
    share = Share()
    for _ in range(100):
        share.adapt(1.0, 0.0)
    assert share.part == MOST
    for _ in range(100):
        share.adapt(1.0, 1.0)
    assert share.part == 0
    assert left(share, 10) == 0
