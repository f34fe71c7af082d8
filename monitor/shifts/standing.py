"""Where a watchlist stands: its state in words, the evidence now, its pace, and how long a shift would take to be noticed."""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from .records import DIRECTION, Settings, from_days, to_days
from .watch import Watch

StateName = Literal["usual", "shift", "faded", "new usual", "too sparse"]

# Below this many independent stories a day a shift takes weeks: say so.
SPARSE_RATE = 1.0
# `faded` and `new usual` are said for this long, then it is `usual`.
AFTERGLOW_DAYS = {"faded": 14.0, "new-usual": 42.0}
# The pace is counted over this many days of up-time.
PACE_DAYS = 60.0
# The watch line, for charts only.
WATCH_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Delay:
    """What a shift of a size takes to be noticed, in the median: hours, and independent stories."""

    size: Literal["medium", "large"]
    hours: float
    stories: float


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of one watchlist at a moment (UTC).

    `direction` of a shift (also of one that faded or became usual), `since` when that state began (for a shift its
    onset); `evidence_down`, `evidence_up` in days against `line`; `pace` independent stories a day;
    `delays` what to expect at this pace and knob; `advice` what would help where it is too sparse.
    """

    state: StateName
    direction: str
    since: datetime | None
    evidence_down: float
    evidence_up: float
    line: float
    pace: float
    delays: tuple[Delay, ...]
    advice: str = ""

    @property
    def evidence_days(self) -> float:
        """The evidence of the stronger side."""
        return max(self.evidence_down, self.evidence_up)


def standing(watch: Watch, now: datetime) -> Standing:
    """Where a watchlist stands at `now` (UTC)."""
    detector = watch.detector
    down, up = detector.trace[-1] if detector.trace else (0.0, 0.0)
    line = detector.line_at(to_days(now))
    pace = pace_of(watch, now)
    delays = expected_delays(pace, watch.settings)
    last = watch.turns[-1] if watch.turns else None
    direction = DIRECTION[last.side] if last else "none"
    if last is not None and last.kind in ("shift", "resumed"):
        began = next(t for t in reversed(watch.turns) if t.kind == "shift")
        return Standing("shift", direction, from_days(began.onset), down, up, line, pace, delays)
    if pace < SPARSE_RATE:
        return Standing("too sparse", "none", None, down, up, line, pace, delays, _advice(pace, delays, watch.settings))
    if last is not None and to_days(now) - last.time <= AFTERGLOW_DAYS[last.kind]:
        name: StateName = "faded" if last.kind == "faded" else "new usual"
        return Standing(name, direction, from_days(last.time), down, up, line, pace, delays)
    since = from_days(last.time) if last else None
    return Standing("usual", "none", since, down, up, line, pace, delays)


def pace_of(watch: Watch, now: datetime) -> float:
    """Independent stories a day over the last 60 days in which the feeds were up (fewer on a young watchlist)."""
    stream, end = watch.detector.stream, to_days(now)
    if not len(stream):
        return 0.0
    start = max(end - PACE_DAYS, stream.time[0])
    down = math.fsum(max(0.0, min(b, end) - max(a, start)) for a, b in watch.detector.plan.outages)
    first = bisect_left(stream.time, start)
    stories = sum(stream.rank[i] == 0 for i in range(first, len(stream)))
    return stories / max(end - start - down, 1.0)


def expected_delays(pace: float, settings: Settings) -> tuple[Delay, ...]:
    """Median delays at this pace (stories a day) and knob, read from the simulated table between its points."""
    if pace <= 0:
        return ()
    return tuple(_between(pace, settings.false_alarms, size) for size in ("large", "medium"))


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files(__package__) / "expected_delay.json").read_text("utf-8"))
    return found


def _between(pace: float, knob: float, size: Literal["medium", "large"]) -> Delay:
    """Linear on log scales between the four nearest points; beyond the ends the end's number of stories."""
    table = _table()
    paces, knobs, rows = table["paces"], table["knobs"], table[size]
    at_pace = min(max(pace, paces[0]), paces[-1])
    i, a = _place(paces, at_pace)
    j, b = _place(knobs, min(max(knob, knobs[0]), knobs[-1]))
    stories = math.exp(
        sum(
            weight_i * weight_j * math.log(rows[k][m])
            for k, weight_i in ((i, 1 - a), (i + 1, a))
            for m, weight_j in ((j, 1 - b), (j + 1, b))
            if weight_i * weight_j
        )
    )
    return Delay(size, 24 * stories / pace, stories)


def _place(points: list[float], value: float) -> tuple[int, float]:
    i = min(max(bisect_left(points, value) - 1, 0), len(points) - 2)
    return i, math.log(value / points[i]) / math.log(points[i + 1] / points[i])


def _advice(pace: float, delays: tuple[Delay, ...], settings: Settings) -> str:
    wait = (
        f" a large shift would take about {timedelta(hours=round(delays[0].hours)).days} days to notice;"
        if delays
        else ""
    )
    knob = " accept four false shifts a quarter;" if settings.false_alarms < 4 else ""
    return (
        f"{pace:.1f} independent stories a day is too sparse for shifts:{wait} it would help to widen the watchlist or "
        f"pool it with a wider one, to add feeds that name this actor;{knob} until then rely on alerts of single events"
    )
