"""Whether a worker is about to end, for what would otherwise go on: streams, and what delivers."""

import os
from threading import Event
from typing import Any


class Stop:
    """Told once, that it is time to end; calling it tells. A signal handler may do so."""

    def __init__(self) -> None:
        """Begin in the process that is to end: after the fork."""
        self._parent = os.getppid()
        self._told = False
        self._event = Event()

    def __call__(self, *_: Any) -> None:
        """Tell everybody."""
        # A signal may come while another is handled, and an event that is being set is locked.
        if not self._told:
            self._told = True
            self._event.set()

    def is_told(self) -> bool:
        """Tell whether it is time to end; it is too when the server was killed."""
        return self._told or os.getppid() != self._parent

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until it is time to end; tell whether it is."""
        return self._event.wait(seconds) or self.is_told()
