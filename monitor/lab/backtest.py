"""What other settings would have told of a read past, and missed: judged from a backfill's result, nothing read again.

Signals are judged story by story as the pipeline does; shifts are what the detector finds as the stories arrive. How
alerts travel (routes, quiet hours, caps) is left out: the settings are measured, not the post.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from ..alerts.policy import Report, judge
from ..archive.results import Kept
from ..events.records import named
from ..reading.matching import Matcher
from ..reading.records import Text
from ..shifts.records import Item, score_of
from ..shifts.records import Settings as Knobs
from ..shifts.watch import Watch
from ..watchlists import Watchlist
from ..yamlfile import FileError, FileErrors, validate
from .turning_points import (
    PastAlert,
    Score,
    TurningPoint,
    Way,
    covered_spans,
    pair_up,
    points_of,
    score_alerts,
    window_of,
)

Values = Mapping[str, Any]
# The parts of a watchlist that a backtest may change: what is matched would have to be read anew.
SETTABLE = ("signal.strength", "signal.sources", "signal.confidence", "related_signal.strength",
            "related_signal.sources", "related_signal.confidence", "shift.false_alarms")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """A story of the past as one watchlist sees it; `number` is its place in time."""

    number: int
    time: datetime
    event: str
    report: Report
    item: Item
    title: str


@dataclass(frozen=True, slots=True)
class Told:
    """An alert that a setting would have raised at `time` (UTC)."""

    time: datetime
    kind: Literal["signal", "shift"]
    watchlist: str
    direction: Way
    title: str

    @property
    def alert(self) -> PastAlert:
        """The same, as the turning points score it."""
        return PastAlert(self.time, self.watchlist, self.direction)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One setting on one watchlist. `points` are the certain turning points, each with the alert that found it or None;
    `scores` are those of its signals, its shifts and of both. None where the archive has no stream to score."""

    setting: Values
    watchlist: str
    told: tuple[Told, ...]
    points: tuple[tuple[TurningPoint, PastAlert | None], ...]
    scores: Mapping[str, Score]
    stories: int


def parse_sets(texts: Sequence[str]) -> list[dict[str, Any]]:
    """`signal.strength=1,2,3` … -> every combination of values. Raises FileErrors for what is no setting."""
    choices: dict[str, list[Any]] = {}
    for text in texts:
        key, _, values = text.partition("=")
        key = key.strip()
        if key not in SETTABLE or not values.strip():
            mend = f"Write --set KEY=VALUE,VALUE with KEY one of {', '.join(SETTABLE)}"
            raise FileErrors([FileError("--set", f"cannot read {text!r}", mend)])
        choices.setdefault(key, []).extend(_value(key, value.strip()) for value in values.split(","))
    return [dict(zip(choices, combination, strict=True)) for combination in itertools.product(*choices.values())]


def _value(key: str, text: str) -> Any:
    if key == "shift.false_alarms":
        return text if " " in text else f"{text} per quarter"
    try:
        return float(text) if key.endswith("confidence") else int(text)
    except ValueError:
        raise FileErrors([FileError("--set", f"{key}: {text!r} is not a number", "Write a number")]) from None


def with_values(watchlist: Watchlist, values: Values) -> Watchlist:
    """A watchlist with other rules. Raises FileErrors where a value is out of bounds."""
    data = watchlist.model_dump(by_alias=True)
    for key, value in values.items():
        part, name = key.split(".")
        data[part] = {**data[part], name: value}
    return validate(Watchlist, data, f"--set ({watchlist.id})")


def seen_by(stories: Iterable[Kept], watchlists: Sequence[Watchlist]) -> dict[str, list[Seen]]:
    """The past of each watchlist, from a result's stories in order of time."""
    numbers: dict[str, int] = {}
    owners: dict[str, str] = {}
    wanted = {watchlist.id for watchlist in watchlists}
    past: dict[str, list[Seen]] = {watchlist.id: [] for watchlist in watchlists}
    for kept in stories:
        number = numbers[kept.id] = len(numbers) + 1
        owners[kept.id] = kept.story.outlet
        grades = named(kept.mentions).watchlists
        for name, reading in kept.reading.by_watchlist.items():
            if name not in wanted or not reading.read or name not in grades:
                continue
            source = owners.get(kept.copy_of or "", kept.story.outlet)
            score = score_of(reading.direction, reading.strength, reading.confidence)
            past[name].append(
                Seen(
                    number,
                    kept.story.date,
                    kept.event,
                    Report(
                        number,
                        source,
                        grades[name],
                        reading.direction,
                        reading.strength,
                        reading.confidence,
                        reading.role,
                    ),
                    Item(
                        kept.id,
                        kept.event,
                        kept.story.date,
                        kept.story.date,
                        kept.story.outlet,
                        kept.story.lang,
                        score,
                        grades[name],
                        kept.story.title,
                        kept.story.url,
                    ),
                    kept.story.title,
                )
            )
    return past


def signals(watchlist: Watchlist, past: Sequence[Seen]) -> list[Told]:
    """The signals a watchlist's rules would have raised: one for each event and direction."""
    reports: dict[str, list[Report]] = defaultdict(list)
    raised: set[tuple[str, str]] = set()
    told = []
    for seen in past:
        reports[seen.event].append(seen.report)
        for signal in judge(watchlist, reports[seen.event]):
            if (seen.event, signal.direction) not in raised:
                raised.add((seen.event, signal.direction))
                told.append(Told(seen.time, "signal", watchlist.id, _way(signal.direction), seen.title))
    return told


def shifts(watchlist: Watchlist, past: Sequence[Seen]) -> list[Told]:
    """The shifts that would have been pushed, at the arrival of the story that decided each."""
    watch = Watch(Knobs(false_alarms=watchlist.shift.per_quarter))
    told = []
    for seen in past:
        for notice in watch.add([seen.item], seen.time):
            if notice.kind == "shift" and notice.push:
                title = f"the stream has turned toward {notice.direction} since {notice.onset:%Y-%m-%d}"
                told.append(Told(notice.told, "shift", watchlist.id, _way(notice.direction), title))
    return told


def _way(direction: str) -> Way:
    return "escalation" if direction == "escalation" else "de-escalation"


def backtest(
    stories: Iterable[Kept],
    watchlists: Sequence[Watchlist],
    timeline: Sequence[TurningPoint],
    settings: Sequence[Values],
) -> list[Outcome]:
    """Every setting on every watchlist. Raises FileErrors for a value out of bounds, before anything is judged."""
    changed = {place: [with_values(each, values) for each in watchlists] for place, values in enumerate(settings)}
    past = seen_by(stories, watchlists)
    outcomes = []
    for index, watchlist in enumerate(watchlists):
        own = past[watchlist.id]
        points = concerning(watchlist, timeline)
        known: dict[str, list[Told]] = {}  # settings that differ in what does not matter here share their answer
        for place, values in enumerate(settings):
            rules = changed[place][index]
            by_signal = f"signal {rules.signal} {rules.related_signal}"
            by_shift = f"shift {rules.shift.per_quarter}"
            if by_signal not in known:
                known[by_signal] = signals(rules, own)
            if by_shift not in known:
                known[by_shift] = shifts(rules, own)
            outcomes.append(_outcome(values, rules, own, points, known[by_signal], known[by_shift]))
    return outcomes


def concerning(watchlist: Watchlist, timeline: Sequence[TurningPoint]) -> list[TurningPoint]:
    """The turning points of a watchlist: by the timeline's actors, or where it is named in actors or description."""
    found = points_of(watchlist.id, timeline)
    if found:
        return found
    matcher = Matcher([watchlist])
    return [
        replace(point, actors=point.actors | {watchlist.id})
        for point in timeline
        if matcher.match(Text("; ".join(sorted(point.actors)), point.description, published=point.time))
    ]


def _outcome(
    values: Values,
    watchlist: Watchlist,
    past: Sequence[Seen],
    points: Sequence[TurningPoint],
    by_signal: Sequence[Told],
    by_shift: Sequence[Told],
) -> Outcome:
    told = sorted([*by_signal, *by_shift], key=lambda each: each.time)
    first: dict[str, datetime] = {}
    for seen in past:
        first.setdefault(seen.event, seen.time)
    times = sorted(first.values())
    covered = covered_spans(times)
    days = sum((end - start).total_seconds() for start, end in covered) / 86400
    pace = len(times) / days if days else 0.0
    inside = [p for p in points if any(start <= p.time <= end for start, end in covered)]
    scores = {}
    if covered:
        for name, alerts in (("signal", by_signal), ("shift", by_shift), ("both", told)):
            scores[name] = score_alerts(
                [each.alert for each in alerts], inside, watchlist.id, covered, pace, shifts=200
            )
    pairs = pair_up([each.alert for each in told], inside, window_of(pace))
    return Outcome(values, watchlist.id, tuple(told), tuple(pairs), scores, len(past))
