"""What one worker has answered, counted on the way of every request: as cheaply as it goes."""

from bisect import bisect_left
from threading import Lock

BOUNDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
"""Where one class of times of the histogram ends and the next begins, in seconds."""

UNMATCHED = "unmatched"
"""In place of the route of an address that is none: clients make up as many as they like."""

_METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}

Kind = tuple[str, str, str, str]
"""Requests that are counted as one: method, route, status line, and `hit`, `miss` or `-`."""
Times = list[float]
"""How many there were of each class of `BOUNDS`, how many took longer, and all their seconds."""


class Traffic:
    """Counts requests; safe for use by several threads."""

    def __init__(self) -> None:
        self._times: dict[Kind, Times] = {}
        self._lock = Lock()

    def count(self, kind: Kind, seconds: float) -> None:
        """Count a request that took so long from its head to its answer."""
        times = self._times.get(kind)
        if times is None:
            times = self._begin(kind)
        at = bisect_left(BOUNDS, seconds)
        with self._lock:  # no call in here: a thread would be switched in one, and all others wait
            times[at] += 1
            times[-1] += seconds

    def times(self) -> dict[str, Times]:
        """Give all that was counted, by the words of its kind, of the status only the number."""
        with self._lock:
            return {
                f"{method} {route} {status[:3]} {memory}": list(times)
                for (method, route, status, memory), times in self._times.items()
            }

    def _begin(self, kind: Kind) -> Times:
        method, route, status, memory = kind
        known = (method if method in _METHODS else "other", route, status, memory)
        with self._lock:
            return self._times.setdefault(known, [0.0] * (len(BOUNDS) + 2))
