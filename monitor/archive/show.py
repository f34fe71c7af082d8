"""How far a backfill is: a bar with rate and remaining time on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any

from .records import Tally
from .sources import Source

# Seconds between two plain lines.
EVERY_S = 15.0


class Show:
    """Writes to standard error. `quiet` writes nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._total, self._places = 0, {}  # type: int, dict[str, int]
        self._counted = Tally()
        self._started = self._last = time.monotonic()
        self._before = 0
        self._bar: Any = None

    def begin(self, size: int, rows_before: int) -> None:
        """Reading begins: bytes of all archives, and rows an earlier run has read."""
        self._total, self._before = size, rows_before
        self._started = self._last = time.monotonic()
        if rows_before:
            self.say(f"going on after {rows_before:,} rows read before")
        if not self._quiet and sys.stderr.isatty():
            self._bar = self._make_bar()
            self._bar.start()
            self._task = self._bar.add_task("reading", total=size, note="")

    @staticmethod
    def _make_bar() -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (TextColumn("reading"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[note]}"))
        return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))

    def place(self, source: Source, upto: int) -> None:
        """An archive has been cut up to a byte."""
        self._places[source.id] = upto

    def finished(self, source: Source) -> None:
        """An archive has been cut to its end."""
        self._places[source.id] = source.size

    def read(self, tally: Tally) -> None:
        """A chunk has been read."""
        self._counted.add(tally)
        now = time.monotonic()
        rate = self._counted.rows / max(now - self._started, 0.001)
        at = min(sum(self._places.values()), self._total)
        note = f"{self._counted.rows:,} rows, {rate:,.0f}/s, {self._counted.matched:,} found"
        if self._bar is not None:
            self._bar.update(self._task, completed=at, note=note)
        elif now - self._last >= EVERY_S:
            self._last = now
            left = (now - self._started) * (self._total - at) / max(at, 1)
            self.say(f"{at / max(self._total, 1):.0%}, {note}, about {_span(left)} left")

    def say(self, line: str) -> None:
        """A line for whoever watches."""
        if self._quiet:
            return
        if self._bar is not None:
            self._bar.console.print(line)
        else:
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Reading has ended."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
