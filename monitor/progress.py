"""Whether the parts of the daemon get on with their work: the watchdog is fed only while all of them do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

# A part under way that shows no progress for this long has stalled, in seconds: well above the slowest honest step
# (one attempt of a delivery, loading the model and reading the first batch on a busy machine).
STALLED_AFTER_S = 300.0


@dataclass(frozen=True)
class Stall:
    """A part that is under way and has shown no progress for `for_s` seconds."""

    part: str
    for_s: float


class Progress:
    """Notes when each part under way last got on. Times are of the steady clock, so no clock jump matters."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._last: dict[str, float] = {}

    def made(self, part: str) -> None:
        """A part has begun, or has got on by a step."""
        self._last[part] = self._now()

    def ended(self, part: str) -> None:
        """A part has nothing more to do for now: resting is no stall."""
        self._last.pop(part, None)

    def since(self, part: str) -> float | None:
        """Seconds since a part last got on; None where it is not under way."""
        last = self._last.get(part)
        return None if last is None else self._now() - last

    def stalls(self, limit_s: float = STALLED_AFTER_S) -> list[Stall]:
        """The parts that have stalled, longest first."""
        now = self._now()
        found = [Stall(part, now - last) for part, last in self._last.items() if now - last > limit_s]
        return sorted(found, key=lambda stall: -stall.for_s)
