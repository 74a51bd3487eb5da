"""How far a load is: on a terminal a bar with the time left, elsewhere nothing."""

import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, TextIO

from tqdm import tqdm

from seed.ingest import InputReport

_OF_KNOWN_SIZE = "{percentage:3.0f}%|{bar}| {postfix}, {remaining} left"
_OF_UNKNOWN_SIZE = "{elapsed} {postfix}"


class Progress(AbstractContextManager["Progress"]):
    """Shows articles and their rate, and by the bytes that have been read the time left."""

    def __init__(self, total_bytes: int) -> None:
        """Show a load of so many bytes; 0 if that is not known."""
        self._articles = 0
        self._started = time.monotonic()
        self._bar = tqdm(
            total=total_bytes or None,
            bar_format=_OF_KNOWN_SIZE if total_bytes else _OF_UNKNOWN_SIZE,
            leave=False,
            disable=None,  # on a terminal only
        )

    def show(self, report: InputReport, articles: int) -> None:
        """Show how far an input is that has so many more articles than when it was last shown."""
        self._articles += articles
        rate = self._articles / max(time.monotonic() - self._started, 0.001)
        self._bar.set_postfix_str(f"{self._articles:,} articles, {rate:,.0f}/s", refresh=False)
        self._bar.update(max(report.position - self._bar.n, 0))

    def say(self, line: str, file: TextIO | None = None) -> None:
        """Write a line above the bar."""
        self._bar.write(line, file=file or sys.stdout)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self._bar.close()


def working(on: str) -> "tqdm[Any]":
    """Show what is being done, of which nobody knows how far it is."""
    return tqdm(bar_format=f"{on} ...", leave=False, disable=None)
