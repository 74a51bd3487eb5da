"""Being told to stop, by Ctrl-C or SIGTERM, only where stopping leaves nothing half done."""

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts(AbstractContextManager["Interrupts"]):
    """Makes both signals raise KeyboardInterrupt: at once, or at the end of what is unbroken."""

    def __init__(self) -> None:
        """Change nothing yet."""
        self._former: dict[signal.Signals, Any] = {}
        self._is_unbroken = False
        self._is_told = False

    def __enter__(self) -> Self:
        """Listen, except to what this process was started not to hear."""
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._heard)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the signals as they were."""
        for number, handler in self._former.items():
            signal.signal(number, handler)

    @contextmanager
    def unbroken(self) -> Iterator[None]:
        """Do what must not be stopped halfway, and stop after it if that was asked meanwhile."""
        self._is_unbroken = True
        try:
            yield
        finally:
            self._is_unbroken = False
        if self._is_told:
            raise KeyboardInterrupt

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self._is_told = True
        if not self._is_unbroken:
            raise KeyboardInterrupt
