"""Waiting for what comes about by itself."""

import time
from collections.abc import Callable

PATIENCE = 20.0


def eventually(holds: Callable[[], object]) -> bool:
    """Wait for something to hold; tell whether it came to that in `PATIENCE` seconds."""
    deadline = time.monotonic() + PATIENCE
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(held)
