"""Declared acts: what an actor itself announces (a suspension, a ceasefire, an ultimatum), contested or retracted.

A ceasefire statement is one event, however many report it; the stream alone would wait for a dozen stories. The rule:
the actor's own declaration, from at least three independent sources, is told at once and gives the shift a head start;
contradicted within hours it is contested, and no shift comes of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .records import DIRECTION, HeadStart, Side

# The rule of a declared act.
LEAST_SOURCES, LEAST_SCORE = 3, 0.8
# The sources must agree within this time of each other.
CONFIRMED_WITHIN = timedelta(hours=72)
# A contradiction within this time of the first report makes it contested; later it is news of its own.
CONTESTED_WITHIN = timedelta(hours=48)
# What contradicts: the actor's own denial or opposite declaration of this strength, or so many independent denials.
LEAST_CONTRARY_SCORE, LEAST_DENIALS = 0.5, 2
# A told report can be retracted within this time.
RETRACTED_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Report:
    """One story as a report of one event, for one watchlist. Times UTC; `score` as in the stream (see `score_of`).

    `own`: the actor itself declares it (it speaks, it commits itself). `denies`: the story says that the event named
    by `contradicts` did not happen or no longer holds. `text_family` is the same for near copies of one text (an
    agency's), so that they count as one source.
    """

    story: str
    event: str
    arrived: datetime
    source: str
    score: float
    own: bool = False
    denies: bool = False
    contradicts: str | None = None
    text_family: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """An actor's own act. `told` is when the rule was first met, `first` the first report; both arrival times, UTC.

    `state` `declared`, or `contested` from `contested_at` on; `stories` are the reports that count.
    """

    event: str
    side: Side
    first: datetime
    told: datetime
    sources: tuple[str, ...]
    stories: tuple[str, ...]
    state: Literal["declared", "contested"] = "declared"
    contested_at: datetime | None = None
    contested_by: tuple[str, ...] = ()

    @property
    def direction(self) -> str:
        """`escalation` or `de-escalation`."""
        return DIRECTION[self.side]

    @property
    def head_start(self) -> HeadStart:
        """What the shift detector is given: nothing is left of it once contested."""
        return HeadStart(self.told, self.side, self.contested_at)


@dataclass(frozen=True, slots=True)
class Contested:
    """A declaration that was contradicted before enough sources had confirmed it: told quietly, never a shift."""

    event: str
    side: Side
    first: datetime
    contested_at: datetime
    contested_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retraction:
    """What was told is not so. `at` is the arrival (UTC) of the report that settled it; `by` the stories."""

    event: str
    at: datetime
    by: tuple[str, ...]
    sources: tuple[str, ...]


def declared_acts(reports: Iterable[Report]) -> list[Declared | Contested]:
    """The declared acts of one watchlist, in the order in which they were (or would have been) told.

    Pure: the same reports give the same acts, whatever their order. An opposite declaration by the actor itself
    within 48 hours contests an act even where nothing links the two events.
    """
    ordered = sorted(reports, key=lambda r: (r.arrived, r.story))
    own: dict[tuple[str, Side], list[Report]] = {}
    for report in ordered:
        if report.own and not report.denies and report.score != 0:
            own.setdefault((report.event, 1 if report.score > 0 else -1), []).append(report)
    against_any = [r for r in ordered if r.denies or (r.own and abs(r.score) >= LEAST_CONTRARY_SCORE)]
    times = [r.arrived for r in against_any]
    acts: list[Declared | Contested] = []
    for (event, side), told_by in own.items():
        first = told_by[0].arrived
        strong = [r for r in told_by if abs(r.score) >= LEAST_SCORE]
        confirmed = _when(strong, LEAST_SOURCES, CONFIRMED_WITHIN)
        window = slice(bisect_left(times, first), bisect_right(times, first + CONTESTED_WITHIN))
        contrary = [r for r in against_any[window] if _contradicts(r, event, side)]
        against = _settled(contrary)
        if confirmed is None:
            if against is not None and strong:
                acts.append(Contested(event, side, first, against[-1].arrived, tuple(r.story for r in against)))
            continue
        at, counted = confirmed
        if against is not None and against[-1].arrived < at:
            acts.append(Contested(event, side, first, against[-1].arrived, tuple(r.story for r in against)))
            continue
        act = Declared(event, side, first, at, tuple(r.source for r in counted), tuple(r.story for r in counted))
        if against is not None:
            by = tuple(r.story for r in against)
            act = Declared(event, side, first, at, act.sources, act.stories, "contested", against[-1].arrived, by)
        acts.append(act)
    return sorted(acts, key=lambda a: (a.told if isinstance(a, Declared) else a.contested_at, a.event, a.side))


def retractions(
    reports: Iterable[Report], told: Mapping[str, datetime], needed: Mapping[str, int] | None = None
) -> list[Retraction]:
    """Which told events (event -> when it was told, UTC) are retracted by reports that contradict them.

    One report in which the actor itself speaks, or two independent ones (`needed`: another number, by event), within
    two weeks of the telling.
    """
    found = []
    against: dict[str, list[Report]] = {}
    for report in sorted(reports, key=lambda r: (r.arrived, r.story)):
        event = report.contradicts
        if event is None or event not in told or not report.denies:
            continue
        if told[event] <= report.arrived <= told[event] + RETRACTED_WITHIN:
            against.setdefault(event, []).append(report)
    for event, by in against.items():
        settled = _settled(by, (needed or {}).get(event, LEAST_DENIALS))
        if settled is not None:
            sources = tuple(dict.fromkeys(r.source for r in settled))
            found.append(Retraction(event, settled[-1].arrived, tuple(r.story for r in settled), sources))
    return sorted(found, key=lambda r: (r.at, r.event))


def head_starts(acts: Iterable[Declared | Contested]) -> tuple[HeadStart, ...]:
    """What the declared acts give to the shift detector."""
    return tuple(act.head_start for act in acts if isinstance(act, Declared))


def independent(reports: Iterable[Report]) -> list[Report]:
    """The first report of each source that is no near copy of one counted before."""
    sources: set[str] = set()
    families: set[str] = set()
    counted = []
    for report in reports:
        family = report.text_family or report.story
        if report.source not in sources and family not in families:
            sources.add(report.source)
            families.add(family)
            counted.append(report)
    return counted


def _when(reports: Sequence[Report], sources: int, within: timedelta) -> tuple[datetime, list[Report]] | None:
    """When so many independent sources had reported within a time of each other, and which."""
    for end, report in enumerate(reports):
        near = independent(r for r in reports[: end + 1] if report.arrived - r.arrived <= within)
        if len(near) >= sources:
            return report.arrived, near
    return None


def _contradicts(report: Report, event: str, side: Side) -> bool:
    if report.denies and report.contradicts == event:
        return True
    return report.own and report.event != event and -side * report.score >= LEAST_CONTRARY_SCORE


def _settled(contrary: Sequence[Report], needed: int = LEAST_DENIALS) -> list[Report] | None:
    """The contrary reports up to the one that settles it: the actor's own word, or so many independent sources."""
    for end, report in enumerate(contrary):
        if report.own:
            return list(contrary[: end + 1])
        if len(near := independent(contrary[: end + 1])) >= needed:
            return near
    return None
