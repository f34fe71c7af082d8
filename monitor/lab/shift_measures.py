"""How the shift detector is scored: false shifts a quarter, delays, turning points, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..shifts.detector import Detector, Plan
from ..shifts.records import CLOSED_FORM_LINE, Turn
from .shift_worlds import WARM_DAYS, Sample, Tilted

QUARTER_DAYS = 90.0
# A shift found later than this is missed.
HORIZON_DAYS = 28.0

Interval = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Alarm:
    """One message of any detector: `kind` as a turn has it; time and estimated onset in days."""

    time: float
    side: int
    kind: str = "shift"
    onset: float = math.nan


Detect = Callable[[Sample], list[Alarm]]


def detect_with(line: float = CLOSED_FORM_LINE, **plan: object) -> Detect:
    """The detector of the shift room at an alert line, as a function of a sample."""

    def detect(sample: Sample) -> list[Alarm]:
        detector = Detector(sample.stream(), Plan(((-math.inf, line),), **plan))  # type: ignore[arg-type]
        return alarms_of(detector.run())

    return detect


def alarms_of(turns: Sequence[Turn]) -> list[Alarm]:
    """Turns of the shift room as alarms."""
    return [Alarm(turn.time, turn.side, turn.kind, turn.onset) for turn in turns]


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure with its 95 % interval (None where it has none or is not reached)."""

    value: float | None
    low: float | None = None
    high: float | None = None


def false_rate(detect: Detect, samples: Sequence[Sample], since: float = WARM_DAYS) -> Measured:
    """False shifts a quarter on streams in which nothing changes; the interval from the spread over streams."""
    counts = [sum(a.kind == "shift" and a.time >= since for a in detect(sample)) for sample in samples]
    return rate_of(counts, [sample.days - since for sample in samples])


def rate_of(counts: Sequence[int], days: Sequence[float]) -> Measured:
    """Events a quarter over streams of so many days each."""
    scale = QUARTER_DAYS / float(np.mean(days))
    mean = float(np.mean(counts))
    # at least Poisson spread: few streams may show too little by luck
    variance = max(float(np.var(counts, ddof=1)) if len(counts) > 1 else mean, mean, 0.5 / len(counts))
    error = 1.96 * math.sqrt(variance / len(counts))
    return Measured(mean * scale, max(0.0, mean - error) * scale, (mean + error) * scale)


def share(hits: int, n: int) -> Measured:
    """A share with its Wilson interval."""
    if not n:
        return Measured(None)
    p, z = hits / n, 1.96
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Measured(p, (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n))


def median(values: Sequence[float]) -> Measured:
    """The median (infinite values are misses) with its order-statistic interval; None where it is a miss."""
    ordered = sorted(values)
    n = len(ordered)
    if not n:
        return Measured(None)
    spread = 1.96 * math.sqrt(n) / 2
    low, high = max(0, math.floor(n / 2 - spread)), min(n - 1, math.ceil(n / 2 + spread))
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return Measured(*(v if math.isfinite(v) else None for v in (middle, ordered[low], ordered[high])))


def shows(alarms: Sequence[Alarm], time: float, side: int) -> bool:
    """Whether a detector's last word before `time` is a shift to `side`."""
    before = [a for a in alarms if a.time < time]
    return bool(before) and before[-1].kind in ("shift", "resumed") and before[-1].side == side


@dataclass(slots=True)
class Delays:
    """How shifts were found. Hours and stories until the first right alarm (infinite: missed), one entry a stream.

    Streams that already showed that side when the shift began (an earlier false alarm, counted there) are left out.
    """

    hours: list[float] = field(default_factory=list)
    stories: list[float] = field(default_factory=list)
    onset_errors_h: list[float] = field(default_factory=list)
    wrong: int = 0

    def add(self, sample: Sample, alarms: Sequence[Alarm], start: float, side: int) -> None:
        """Scores one stream whose mix shifts to `side` at `start`."""
        if shows(alarms, start, side):
            return
        inside = [a for a in alarms if a.kind in ("shift", "resumed") and start <= a.time < start + HORIZON_DAYS]
        found = next((a for a in inside if a.side == side), None)
        self.wrong += any(a.side != side for a in inside)
        if found is None:
            self.hours.append(math.inf)
            self.stories.append(math.inf)
            return
        self.hours.append((found.time - start) * 24)
        self.stories.append(int(((sample.time >= start) & (sample.time <= found.time)).sum()))
        if not math.isnan(found.onset):
            self.onset_errors_h.append(abs(found.onset - start) * 24)

    def within(self, hours: float) -> Measured:
        """The share found within so many hours."""
        return share(sum(h <= hours for h in self.hours), len(self.hours))


def ratio_of_medians(above: Sequence[float], below: Sequence[float]) -> Measured:
    """The ratio of two medians (infinite values are misses), with a bootstrap interval."""
    if not above or not below:
        return Measured(None)
    rng = np.random.default_rng(0)
    a, b = np.minimum(np.array(above), 1e9), np.minimum(np.array(below), 1e9)
    drawn = [
        float(np.median(rng.choice(a, a.size)) / max(float(np.median(rng.choice(b, b.size))), 1e-9)) for _ in range(500)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5]).tolist()
    return Measured(float(np.median(a) / np.median(b)), low, high)


@dataclass(frozen=True, slots=True)
class _Life:
    """What one timeline gave."""

    found: int
    false: int
    points: int
    onsets: int
    repeats: int


@dataclass(slots=True)
class TimelineScore:
    """Turning points of simulated years: every onset (its side) and every end (the other side, or a `faded`)."""

    onset_delays: list[float] = field(default_factory=list)
    end_delays: list[float] = field(default_factory=list)
    ends: int = 0
    days: float = 0.0
    lives: list[_Life] = field(default_factory=list)

    def add(self, alarms: Sequence[Alarm], episodes: Sequence[Tilted], tolerance: float, days: float) -> None:
        """One-to-one in time order: an alarm of the right sign within `tolerance` days and before the next point."""
        said = [a for a in alarms if a.kind in ("shift", "faded") and a.time >= WARM_DAYS]
        used: set[int] = set()
        points: list[tuple[float, int, float, bool]] = []
        for i, e in enumerate(episodes):
            following = episodes[i + 1].start if i + 1 < len(episodes) else days
            points.append((e.start, e.side, min(e.end, e.start + tolerance), True))
            if e.end < days - 1:
                points.append((e.end, -e.side, min(following, e.end + tolerance), False))
        for time, side, limit, is_onset in points:
            for k, a in enumerate(said):
                right = (a.kind == "shift" and a.side == side) or (a.kind == "faded" and not is_onset)
                if k not in used and time <= a.time <= limit and right:
                    used.add(k)
                    (self.onset_delays if is_onset else self.end_delays).append(a.time - time)
                    break
        left = [a for k, a in enumerate(said) if k not in used and a.kind == "shift"]
        repeats = sum(any(a.side == e.side and e.start <= a.time <= e.end + 1 for e in episodes) for a in left)
        self.lives.append(_Life(len(used), len(left) - repeats, len(points), len(episodes), repeats))
        self.ends += len(points) - len(episodes)
        self.days += days - WARM_DAYS

    @property
    def onsets(self) -> int:
        """Episodes in all timelines."""
        return sum(life.onsets for life in self.lives)

    def precision(self) -> Measured:
        """Share of the alarms that belong to a turning point."""
        found, false = sum(life.found for life in self.lives), sum(life.false for life in self.lives)
        return share(found, found + false)

    def f1(self) -> Measured:
        """Harmonic mean of precision and recall over onsets and ends."""
        return self._with_interval(lambda v: 2 * v[:, 0].sum() / max(v[:, 0].sum() + v[:, 1].sum() + v[:, 2].sum(), 1))

    def repeated(self) -> Measured:
        """Alerts of the same side inside a running episode, for each episode."""
        return self._with_interval(lambda v: v[:, 4].sum() / max(v[:, 3].sum(), 1))

    def _with_interval(self, figure: Callable[[NDArray[np.int64]], float]) -> Measured:
        lives = np.array([(v.found, v.false, v.points, v.onsets, v.repeats) for v in self.lives])
        rng = np.random.default_rng(0)
        drawn = [float(figure(lives[rng.integers(0, len(lives), len(lives))])) for _ in range(500)]
        low, high = np.percentile(drawn, [2.5, 97.5]).tolist()
        return Measured(float(figure(lives)), low, high)
