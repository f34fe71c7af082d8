"""How far a backfill is: the bytes of its archives that were read, and the rows in them."""

from __future__ import annotations

from ..headway import Headway
from .records import Tally
from .sources import Source


class Show:
    """Writes to standard error. `quiet` writes nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._places: dict[str, int] = {}
        self._counted = Tally()
        self._headway = Headway("reading", 0, "rows", quiet=quiet, weighed=True)

    def begin(self, size: int, rows_before: int) -> None:
        """Reading begins: bytes of all archives, and rows an earlier run has read."""
        self._headway.end()
        self._headway = Headway("reading", size, "rows", quiet=self._quiet, weighed=True)
        if rows_before:
            self.say(f"going on after {rows_before:,} rows read before")
        self._headway.__enter__()

    def place(self, source: Source, upto: int) -> None:
        """An archive has been cut up to a byte."""
        self._places[source.id] = upto

    def finished(self, source: Source) -> None:
        """An archive has been cut to its end."""
        self._places[source.id] = source.size

    def read(self, tally: Tally) -> None:
        """A chunk has been read."""
        self._counted.add(tally)
        self._headway.at(sum(self._places.values()), self._counted.rows, f"{self._counted.matched:,} found")

    def say(self, line: str) -> None:
        """A line for whoever watches."""
        self._headway.say(line)

    def end(self) -> None:
        """Reading has ended."""
        self._headway.end()
