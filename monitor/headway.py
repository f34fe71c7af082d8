"""How far long work is, its rate and the time it still needs: a bar on a terminal, a plain line now and then elsewhere.

Everything goes to standard error, so that the results can be piped. Work that is done within `EVERY_S` says nothing where
nobody watches.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any

# Seconds between two plain lines.
EVERY_S = 30.0
# The rate is that of the last so many seconds: work that was slow to start is soon judged by what it does now.
RATE_OVER_S = 60.0


class Headway:
    """Shows how far work is. `what` it does ("reading"), how many `units` ("stories") of a `total` there are.

    `weighed`: progress is measured in something else than what is counted (bytes of archives holding rows).
    """

    def __init__(
        self,
        what: str,
        total: float,
        units: str,
        *,
        quiet: bool = False,
        weighed: bool = False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what, self._total, self._units = what, max(total, 0.0), units
        self._quiet, self._weighed, self._now = quiet, weighed, now
        self._done, self._count = 0.0, 0.0
        self._last = now()
        self._past: deque[tuple[float, float, float]] = deque([(self._last, 0.0, 0.0)])
        self._bar: Any = None

    def __enter__(self) -> Headway:
        self._last = self._now()
        self._past = deque([(self._last, 0.0, 0.0)])
        if not self._quiet and sys.stderr.isatty():
            self._bar = _bar(self._what)
            self._bar.start()
            self._task = self._bar.add_task(self._what, total=self._total or None, note="")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.end()

    def add(self, count: int = 1) -> None:
        """So many more are done."""
        self.at(self._done + count)

    def at(self, done: float, count: float | None = None, note: str = "") -> None:
        """`done` of the total is done; `count` of the units, where they are not what the total is measured in."""
        self._done, self._count = min(done, self._total), done if count is None else count
        now = self._now()
        self._past.append((now, self._done, self._count))
        while len(self._past) > 2 and now - self._past[1][0] > RATE_OVER_S:
            self._past.popleft()
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, note=self._words(now, note))
        elif now - self._last >= EVERY_S:
            self._last = now
            self.say(f"{self._what}: {self._done / max(self._total, 1e-9):.0%}, {self._words(now, note)}")

    def say(self, line: str) -> None:
        """A line for whoever watches."""
        if self._quiet:
            return
        if self._bar is not None:
            self._bar.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=sys.stderr, flush=True)

    def over(self, write: Callable[[], None]) -> None:
        """Let a result be written to standard output; where that is the same terminal, the bar makes room for it."""
        if self._bar is None or not sys.stdout.isatty():
            write()
            return
        self._bar.stop()
        write()
        self._bar.start()

    def end(self) -> None:
        """The work has ended."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _words(self, now: float, note: str) -> str:
        """`900 of 2,000 stories, 35/s, about 12 min left`."""
        then, done, count = self._past[0]
        took = max(now - then, 1e-3)
        rate, speed = (self._count - count) / took, (self._done - done) / took
        of = "" if self._weighed else f" of {self._total:,.0f}"
        parts = [f"{self._count:,.0f}{of} {self._units}", _rate(rate)]
        if note:
            parts.append(note)
        if speed > 0 and self._done < self._total:
            parts.append(f"about {span((self._total - self._done) / speed)} left")
        return ", ".join(parts)


def span(seconds: float) -> str:
    """`45 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _rate(rate: float) -> str:
    if rate >= 10 or rate == 0:
        return f"{rate:,.0f}/s"
    return f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.1f}/min"


def _bar(what: str) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn(what), BarColumn(bar_width=16), TaskProgressColumn(), TextColumn("{task.fields[note]}"))
    # Standard output stays what it is: rich would send it to the terminal too, also where it is piped into a file.
    return Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False, refresh_per_second=4)
