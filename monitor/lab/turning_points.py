"""The real past: alerts scored against dated turning points, with shifted copies of themselves as control.

A list of alerts that is dense or lucky hits many windows by chance. So the same alerts are moved around the years
(circularly, a thousand times) and scored again: the p-value is the share of copies that do as well. The ceiling is
what a change-point search in hindsight (PELT, extra `lab`) finds in the same stream.
"""

from __future__ import annotations

import csv
import math
import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Literal

from .shift_measures import Measured, share

Way = Literal["escalation", "de-escalation"]

# A point counts as found by an alert from this long before its first report ...
BEFORE = timedelta(hours=6)
# ... until so many days after, by the pace of the stream (stories a day): dense, middling, sparse.
WINDOW_DAYS = ((5.0, 7.0), (1.0, 14.0), (0.0, 28.0))
# A span of so many days without any point is quiet.
QUIET_DAYS = 30.0
# An archive that is silent for so many days has a hole there; shorter islands than this are left out.
LEAST_GAP_DAYS, LEAST_SPAN_DAYS = 21.0, 30.0
SHIFTS = 1000
QUARTER_DAYS = 91.25
# The first public report of a point is dated by day: by noon UTC of it.
REPORT_HOUR = 12

# Which actors of the timeline concern a wide watchlist. All of the words of one alternative must be among the actors.
CONCERNS: dict[str, tuple[frozenset[str], ...]] = {
    "iran-israel": (
        frozenset({"Iran", "Israel"}),
        frozenset({"IRGC", "Israel"}),
        frozenset({"US", "Iran"}),
        frozenset({"US", "IRGC"}),
        frozenset({"Iran", "E3"}),
    ),
    "houthis": (frozenset({"Houthis"}),),
    "iraqi-militias": tuple(
        frozenset({name})
        for name in ("Iraqi militias", "Kata'ib Hezbollah", "PMF", "Islamic Resistance in Iraq", "Nujaba")
    ),
}


@dataclass(frozen=True, slots=True)
class TurningPoint:
    """A dated turn. `time` of the first report (UTC); `certain` False where contradictory: ignored both ways."""

    time: datetime
    actors: frozenset[str]
    direction: Way
    certain: bool
    description: str = ""


@dataclass(frozen=True, slots=True)
class PastAlert:
    """An alert that a replay would have sent at `time` (arrival, UTC)."""

    time: datetime
    watchlist: str
    direction: Way


@dataclass(frozen=True, slots=True)
class Score:
    """One watchlist's alerts against its points. Intervals are 95 % (Wilson).

    `p_value`: share of the circularly shifted copies with at least this F1. `wrong_way`: points whose window held an
    alert of the opposite direction and none of the right one. `quiet_per_quarter`: alerts a quarter in quiet spans.
    `nab` is a reward for early finds (100 perfect, 0 as good as silence), beside the others, not instead.
    """

    watchlist: str
    points: int
    alerts: int
    found: int
    precision: Measured
    recall: Measured
    f1: float
    median_hours: float | None
    wrong_way: int
    quiet_days: float
    quiet_per_quarter: float | None
    shifted_f1: float
    p_value: float
    nab: float


def read_timeline(path: Path) -> list[TurningPoint]:
    """The turning points of a timeline CSV (date, actors, direction, description, certainty), in order of time.

    Rows that are neither escalation nor de-escalation are left out; low certainty counts as ambiguous.
    """
    points = []
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            direction = row["direction"]
            if direction not in ("escalation", "de-escalation"):
                continue
            day = datetime.fromisoformat(row["date"]).replace(hour=REPORT_HOUR, tzinfo=UTC)
            actors = frozenset(name.strip() for name in row["actors"].split(";"))
            way: Way = "escalation" if direction == "escalation" else "de-escalation"
            points.append(TurningPoint(day, actors, way, row["certainty"] != "low", row["description"]))
    return sorted(points, key=lambda point: point.time)


def points_of(watchlist: str, timeline: Sequence[TurningPoint]) -> list[TurningPoint]:
    """The points that concern a watchlist: by `CONCERNS`, or those that have its id among their actors."""
    concerns = CONCERNS.get(watchlist, (frozenset({watchlist}),))
    return [p for p in timeline if any(names <= p.actors for names in concerns)]


def covered_spans(times: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """Where an archive has a stream at all: spans of stories (ascending, UTC) of 30 days and more without a hole."""
    spans: list[tuple[datetime, datetime]] = []
    for time in times:
        if spans and time - spans[-1][1] < timedelta(days=LEAST_GAP_DAYS):
            spans[-1] = (spans[-1][0], time)
        else:
            spans.append((time, time))
    return [(a, b) for a, b in spans if b - a >= timedelta(days=LEAST_SPAN_DAYS)]


def window_of(pace: float) -> timedelta:
    """How long after a report an alert still counts, for a stream of `pace` independent stories a day."""
    return timedelta(days=next(days for least, days in WINDOW_DAYS if pace >= least))


@dataclass(frozen=True, slots=True)
class _Match:
    found: tuple[float, ...]  # hours after the report
    pairs: tuple[tuple[int, int], ...]  # (point, alert) of each find
    used: frozenset[int]
    ignored: frozenset[int]
    wrong_way: int
    points: int

    def f1(self, alerts: int) -> float:
        counted = alerts - len(self.ignored)
        if not counted or not self.points:
            return 0.0
        return 2 * len(self.found) / (counted + self.points)


def _match(alerts: Sequence[PastAlert], points: Sequence[TurningPoint], window: timedelta) -> _Match:
    """One-to-one in order of time; a window ends at the next point; alerts at ambiguous points count neither way."""
    found: list[float] = []
    pairs: list[tuple[int, int]] = []
    used: set[int] = set()
    ignored: set[int] = set()
    wrong = certain = 0
    times = [a.time for a in alerts]
    for i, point in enumerate(points):
        start, end = point.time - BEFORE, point.time + window
        following = next((p.time - BEFORE for p in points[i + 1 :] if p.time > point.time), None)
        if following is not None:
            end = min(end, max(following, point.time))
        inside = [k for k in range(bisect_left(times, start), len(alerts)) if alerts[k].time <= end and k not in used]
        if not point.certain:
            ignored.update(inside)
            continue
        certain += 1
        right = next((k for k in inside if alerts[k].direction == point.direction), None)
        if right is not None:
            used.add(right)
            pairs.append((i, right))
            found.append((alerts[right].time - point.time) / timedelta(hours=1))
        elif inside:
            wrong += 1
    return _Match(tuple(found), tuple(pairs), frozenset(used), frozenset(ignored - used), wrong, certain)


def pair_up(
    alerts: Sequence[PastAlert], points: Sequence[TurningPoint], window: timedelta
) -> list[tuple[TurningPoint, PastAlert | None]]:
    """Each certain point with the alert that found it, by the rule of the scores; None where it was missed."""
    ordered = sorted(alerts, key=lambda alert: alert.time)
    by_point = dict(_match(ordered, points, window).pairs)
    return [(p, ordered[by_point[i]] if i in by_point else None) for i, p in enumerate(points) if p.certain]


def score_alerts(
    alerts: Sequence[PastAlert],
    timeline: Sequence[TurningPoint],
    watchlist: str,
    covered: Sequence[tuple[datetime, datetime]],
    pace: float,
    seed: int = 1,
    shifts: int = SHIFTS,
) -> Score:
    """Scores the alerts of one watchlist.

    `covered`: the spans (UTC) in which there was a stream at all; points and alerts outside them do not count, and
    the control moves the alerts around inside them, laid end to end. `pace` in independent stories a day.
    """
    inside = sorted((a for a in alerts if a.watchlist == watchlist and _within(a.time, covered)), key=lambda a: a.time)
    points = [p for p in points_of(watchlist, timeline) if _within(p.time, covered)]
    window = window_of(pace)
    match = _match(inside, points, window)
    counted = len(inside) - len(match.ignored)
    f1 = match.f1(len(inside))
    rng = random.Random(seed)  # noqa: S311  (repeatable, not secret)
    control = [_shifted_f1(inside, points, window, covered, rng.random()) for _ in range(shifts)]
    quiet = _quiet_spans(points, covered)
    quiet_days = sum((b - a).total_seconds() / 86400 for a, b in quiet)
    in_quiet = sum(_within(a.time, quiet) for a in inside)
    return Score(
        watchlist=watchlist,
        points=match.points,
        alerts=counted,
        found=len(match.found),
        precision=share(len(match.found), counted),
        recall=share(len(match.found), match.points),
        f1=f1,
        median_hours=median(match.found) if match.found else None,
        wrong_way=match.wrong_way,
        quiet_days=quiet_days,
        quiet_per_quarter=in_quiet / quiet_days * QUARTER_DAYS if quiet_days else None,
        shifted_f1=sum(control) / len(control) if control else 0.0,
        p_value=(1 + sum(value >= f1 for value in control)) / (1 + len(control)),
        nab=_nab(match, counted, window),
    )


def _within(moment: datetime, spans: Sequence[tuple[datetime, datetime]]) -> bool:
    return any(a <= moment <= b for a, b in spans)


def _shifted_f1(
    alerts: Sequence[PastAlert],
    points: Sequence[TurningPoint],
    window: timedelta,
    covered: Sequence[tuple[datetime, datetime]],
    by: float,
) -> float:
    """F1 of the alerts moved on by a share of the covered time, round its end."""
    length = sum((b - a).total_seconds() for a, b in covered)
    moved = []
    for alert in alerts:
        at = 0.0
        for a, b in covered:
            if a <= alert.time <= b:
                at += (alert.time - a).total_seconds()
                break
            at += (b - a).total_seconds()
        at = (at + by * length) % length
        for a, b in covered:
            span = (b - a).total_seconds()
            if at <= span:
                moved.append(PastAlert(a + timedelta(seconds=at), alert.watchlist, alert.direction))
                break
            at -= span
    moved.sort(key=lambda a: a.time)
    return _match(moved, points, window).f1(len(moved))


def _quiet_spans(
    points: Sequence[TurningPoint], covered: Sequence[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    spans = []
    for a, b in covered:
        edges = [a, *(p.time for p in points if a <= p.time <= b), b]
        for low, high in pairwise(edges):
            if (high - low) >= timedelta(days=QUIET_DAYS):
                # the days right after a point belong to it, not to the quiet
                start = low if low == a else low + timedelta(days=14)
                spans.append((start, high - BEFORE))
    return spans


def _nab(match: _Match, alerts: int, window: timedelta) -> float:
    """The Numenta reward in two lines: sigmoid for early finds, -.11 a false alarm, -1 a miss; scaled to 0-100."""
    days = window / timedelta(hours=1)
    reward = sum((2 / (1 + math.exp(5 * (min(max(h, 0.0) / days, 1.0) - 1))) - 1) / 0.98661 for h in match.found)
    score = reward - 0.11 * (alerts - len(match.found)) - (match.points - len(match.found))
    return 100 * (score + match.points) / (2 * match.points) if match.points else 0.0


def hindsight(
    times: Sequence[datetime], scores: Sequence[float], watchlist: str, false_alarms: float
) -> list[PastAlert]:
    """The ceiling: change points that PELT finds in the whole stream, knowing its future (extra `lab`: ruptures).

    Its penalty is set so that shuffled copies of the scores show `false_alarms` change points a quarter.
    """
    import numpy as np
    import ruptures

    values = np.asarray(scores, float).reshape(-1, 1)
    days = (times[-1] - times[0]) / timedelta(days=1)
    rng = np.random.default_rng(1)
    shuffled = [rng.permutation(values) for _ in range(5)]

    def changes(series: object, penalty: float) -> list[int]:
        found: list[int] = ruptures.KernelCPD(kernel="linear", min_size=3).fit(series).predict(pen=penalty)[:-1]
        return found

    low, high = 0.2, 40.0
    for _ in range(12):
        middle = (low + high) / 2
        rate = sum(len(changes(s, middle)) for s in shuffled) / len(shuffled) / days * QUARTER_DAYS
        low, high = (middle, high) if rate > false_alarms else (low, middle)
    alerts = []
    edges = [0, *changes(values, high), len(values)]
    for before, at, after in zip(edges, edges[1:], edges[2:], strict=False):
        up = values[at:after].mean() > values[before:at].mean()
        alerts.append(PastAlert(times[at], watchlist, "escalation" if up else "de-escalation"))
    return alerts


def ceiling_ratio(ours: Score, best: Score) -> float | None:
    """F1 as a share of the ceiling's; None where hindsight finds nothing."""
    return ours.f1 / best.f1 if best.f1 else None


def as_json(score: Score) -> Mapping[str, object]:
    """A score as plain data."""
    plain: dict[str, object] = {}
    for name in Score.__slots__:
        value = getattr(score, name)
        if isinstance(value, Measured):
            value = {"value": value.value, "interval": [value.low, value.high]}
        plain[name] = round(value, 4) if isinstance(value, float) else value
    return plain
