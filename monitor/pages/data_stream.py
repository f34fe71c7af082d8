"""A watchlist's stream as its page draws it: the evidence over time, the user's line, the shifts with their ends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..clock import from_text, to_text
from ..shifts.declared import declared_acts, head_starts
from ..shifts.detector import Detector
from ..shifts.records import CLOSED_FORM_LINE, DIRECTION, FALSE_ALARM_DAYS, Outage, from_days, to_days
from ..shifts.records import Settings as Knobs
from ..shifts.standing import Standing, standing
from ..shifts.watch import Watch
from ..store import shifts as shelf
from ..store.connect import Row, Store
from ..stream_items import first_day, item_of, report_of
from ..watchlists import Watchlist
from .records import EvidencePoint, ShiftSpan

# Points of the evidence lines in a report: more than the pixels of a wide screen show nothing.
MOST_POINTS = 900


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """Where a stream stands, its evidence in the time shown, its shifts; `line_days` is the user's line on that axis."""

    standing: Standing
    line_days: float
    evidence: tuple[EvidencePoint, ...]
    shifts: tuple[ShiftSpan, ...]


def stream_of(store: Store, watchlist: Watchlist, start: datetime, end: datetime) -> StreamFacts:
    """A watchlist's stream as the stored readings up to `end` show it, derived as the daemon derives it."""
    last = to_text(end)
    rows = [row for row in shelf.stream_rows(store, watchlist.id, since=first_day(end)) if row["first_seen"] <= last]
    lines = tuple(line for line in shelf.lines(store, watchlist.id) if line.since is None or line.since <= end)
    knobs = Knobs(false_alarms=watchlist.shift.per_quarter, lines=lines)
    acts = head_starts(declared_acts(report_of(row) for row in rows if row["grade"] == "direct"))
    outages = [Outage(a, b) for a, b in shelf.outages(store) if a < end]
    watch = Watch(knobs, [item_of(row) for row in rows], (), outages, acts)
    line_days = FALSE_ALARM_DAYS * knobs.closed_form_line / CLOSED_FORM_LINE
    kept = store.rows("select * from shifts where watchlist = ? and told <= ? order by id", (watchlist.id, last))
    return StreamFacts(
        standing=standing(watch, end),
        line_days=line_days,
        evidence=thinned(list(evidence(watch, line_days, start)), start, end),
        shifts=tuple(span for span in spans(kept) if span.end is None or span.end >= start),
    )


def evidence(watch: Watch, line_days: float, start: datetime) -> Iterable[EvidencePoint]:
    """The evidence after each story since `start`, on the axis where the alert line of the moment is `line_days`."""
    stream = watch.detector.stream
    again = Detector(stream, watch.detector.plan)
    first = to_days(start)
    for index in range(len(stream)):
        again.run(index + 1)
        time = stream.time[index]
        if time >= first:
            down, up = again.trace[index]
            unit = line_days / again.line_at(time)
            yield EvidencePoint(from_days(time), down * unit, up * unit)


def thinned(points: Sequence[EvidencePoint], start: datetime, end: datetime) -> tuple[EvidencePoint, ...]:
    """At most about MOST_POINTS of them: of each stretch of time the point where the evidence was strongest, and the last."""
    if len(points) <= MOST_POINTS:
        return tuple(points)
    width = (end - start) / MOST_POINTS * 2
    kept: dict[int, EvidencePoint] = {}
    last: dict[int, EvidencePoint] = {}
    for point in points:
        place = int((point.at - start) / width)
        if place not in kept or max(point.up, point.down) > max(kept[place].up, kept[place].down):
            kept[place] = point
        last[place] = point
    both = {id(point): point for place in kept for point in (kept[place], last[place])}
    return tuple(sorted(both.values(), key=lambda point: point.at))


def spans(rows: Iterable[Row | dict[str, Any]]) -> list[ShiftSpan]:
    """The shifts that the kept notices tell of, each with its end."""
    found: list[ShiftSpan] = []
    keys: list[str] = []
    for row in rows:
        kind, side, moment = row["kind"], DIRECTION[row["side"]], from_text(row["turn_time"])
        holds = next((i for i in reversed(range(len(found))) if found[i].end is None and not found[i].revised), None)
        if kind == "shift":
            onset = from_text(row["onset"])
            if holds is not None:
                found[holds] = replace(found[holds], end=max(onset, found[holds].onset), ended="turned")
            found.append(_told(row, side, onset))
            keys.append(row["key"])
        elif kind == "resumed":
            ended = next((i for i in reversed(range(len(found))) if found[i].direction == side), None)
            if ended is not None:
                found[ended] = replace(found[ended], end=None, ended="")
        elif kind in ("faded", "new-usual") and holds is not None and found[holds].direction == side:
            found[holds] = replace(found[holds], end=max(moment, found[holds].onset), ended=kind)
        elif kind == "revised":
            key = row["key"].removeprefix("revised:")
            if key in keys:
                place = keys.index(key)
                end = found[place].end or from_text(row["told"])
                found[place] = replace(found[place], revised=row["reason"], end=max(end, found[place].onset))
    return found


def _told(row: Row | dict[str, Any], direction: str, onset: datetime) -> ShiftSpan:
    numbers: dict[str, Any] = json.loads(row["numbers"]) if row["numbers"] else {}
    return ShiftSpan(
        direction=direction,
        onset=onset,
        told=from_text(row["turn_time"]),
        end=None,
        pushed=bool(row["push"]),
        chance_days=numbers.get("chance_days"),
        pointing=numbers.get("pointing"),
        stories=numbers.get("stories"),
        sources=numbers.get("sources"),
        usual_share=numbers.get("usual_share"),
        onset_error_h=numbers.get("onset_error_h"),
    )
