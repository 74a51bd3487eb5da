import os
import signal

import pytest

from seed.interrupts import Interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_at_once_what_may_be_stopped(number: signal.Signals) -> None:
    with Interrupts(), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_must_not_be_stopped_halfway_is_finished_first(number: signal.Signals) -> None:
    finished = []

    def work(interrupts: Interrupts) -> None:
        with interrupts.unbroken():
            os.kill(os.getpid(), number)
            finished.append("this")
        finished.append("but not this")

    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt):
        work(interrupts)
    assert finished == ["this"]


def test_an_error_in_what_is_unbroken_is_that_error() -> None:
    with Interrupts() as interrupts, pytest.raises(ValueError, match="x"), interrupts.unbroken():
        raise ValueError("x")


def test_signals_are_what_they_were_afterwards_and_ignored_ones_stay_so() -> None:
    before = signal.getsignal(signal.SIGINT)
    former = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with Interrupts():
            os.kill(os.getpid(), signal.SIGTERM)
            assert signal.getsignal(signal.SIGINT) != before
        assert signal.getsignal(signal.SIGINT) == before
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, former)
