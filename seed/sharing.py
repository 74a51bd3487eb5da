"""How the work on articles is shared by who reads them and who stores them.

On two processors both can work at the same time, and which of them has more to do depends on what
is read and on whether it is related. So who waits for the other takes more of it, a little more
each time.
"""

STEP = 0.05
MOST = 0.9
SOON = 0.03
"""Who takes a batch sooner than after this part of the time that it took to make was waiting."""


class Share:
    """Which part of the work is left to who stores articles: none at first."""

    def __init__(self) -> None:
        self._part = 0.0
        self._due = 0.0

    @property
    def part(self) -> float:
        """Tell which part it is now, from 0 to `MOST`."""
        return self._part

    def is_left(self) -> bool:
        """Tell whether to leave the next piece of work, so that in all it is this part."""
        self._due += self._part
        if self._due < 1:
            return False
        self._due -= 1
        return True

    def adapt(self, made_in: float, taken_after: float) -> None:
        """Leave more or less from now on: a batch was made, and then taken, in so many seconds."""
        step = STEP if taken_after < made_in * SOON else -STEP
        self._part = min(max(self._part + step, 0.0), MOST)
