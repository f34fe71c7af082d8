"""SR*, the detector: evidence in days for each side, and the states usual, shift, faded, new usual, by one replay.

A Shiryaev-Roberts statistic on likelihood ratios that are conditional on the source group. Each story multiplies a
side's evidence by LR = exp(bet x score) / (the usual mean of that), each day adds one. While all is usual the mean
LR is at most 1, so evidence grows on average by at most a day a day, whatever the rate: one threshold fits all streams.
(Shiryaev 1963, Roberts 1966; e-detectors: Shin, Ramdas, Rinaldo 2022.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from .onset import onset_of
from .records import HeadStart, Outage, Settings, Side, Turn, TurnKind, to_days
from .stream import TILTS, Stream
from .usual import POINTS, Usual

# A gap between two stories counts at most this many days: longer silence is more likely an outage nobody noted.
MOST_GAP = 10.0
# A shift needs this many independent stories that point its way.
LEAST_FAMILIES = 3
# Uncertainty of the usual mean makes every bet pay less, by this many standard errors x tilt (cold start).
CAUTION = 0.5
# Leaving a shift: evidence of a return (days), not before this many days after the alert.
RETURN_LINE, HOLD_DAYS = 75.0, 3.0
# An opposite shift is told no sooner after an alert than this (days).
REVERSAL_DAYS = 1.0
# The same side again so soon (days) after it faded: the shift goes on. Nobody was told that it faded; none is told twice.
RESUME_DAYS = 10.0
# A shift that lasts this many days is the new usual.
NEW_USUAL_DAYS = 42.0
# A declared act gives its side this share of the alert line at once.
HEAD_START_SHARE = 0.25
# On a sparse stream single stories are large steps and gaps are cut, so the line is crossed less often than on a dense
# one (measured: 0.75 of the rate at 0.3 stories a day). Below this pace (a day) it is lowered, at most to this share.
DENSE_PACE, SPARSE_POWER, LOWEST_SHARE = 1.8, 0.23, 0.65
# Evidence is capped here (days): far above any line, far below overflow.
MOST_EVIDENCE = 1e15

_SIDES: tuple[Side, Side] = (-1, 1)
_BETS = range(4)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known besides the stories, in days: alert lines from a time on, up-time gaps, declared acts."""

    lines: tuple[tuple[float, float], ...]
    outages: tuple[tuple[float, float], ...] = ()
    acts: tuple[tuple[float, Side, bool], ...] = ()  # time, side, True where given and False where withdrawn
    memory: float = 180.0


def plan_of(settings: Settings, outages: Sequence[Outage] = (), acts: Sequence[HeadStart] = ()) -> Plan:
    """The plan of a watchlist: its alert lines, merged outages, and declared acts in order."""
    lines = [(-math.inf, settings.closed_form_line)]
    lines += sorted((-math.inf if a.since is None else to_days(a.since), a.days) for a in settings.lines)
    merged: list[tuple[float, float]] = []
    for start, end in sorted((to_days(o.start), to_days(o.end)) for o in outages):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    events: list[tuple[float, Side, bool]] = []
    for act in acts if settings.head_start else ():
        events.append((to_days(act.time), act.side, True))
        if act.withdrawn is not None:
            events.append((to_days(act.withdrawn), act.side, False))
    memory = settings.memory.total_seconds() / 86400
    return Plan(tuple(lines), tuple(merged), tuple(sorted(events)), memory)


class State:
    """Everything the recursion carries from one item to the next. Four entries: two tilts down, two up."""

    __slots__ = (
        "acted",
        "acts",
        "alerted",
        "evidence",
        "faded",
        "faded_side",
        "families",
        "gap_from",
        "given",
        "next",
        "onset",
        "outage",
        "return_evidence",
        "return_from",
        "return_sum",
        "side",
        "starts",
        "sums",
        "turns",
        "usual",
    )

    def __init__(self, memory: float) -> None:
        self.usual = Usual(memory)
        self.evidence = [0.0] * 4
        self.given = [0.0] * 4  # the part of the evidence that grew from a declared act
        self.sums = [0.0] * 4  # log LR since `starts`, kept at 0 or above
        self.starts = [0] * 4
        self.families = [0] * 4
        self.side = 0
        self.onset = 0  # index of the first item of the shift
        self.alerted = self.faded = -math.inf
        self.faded_side = 0
        self.return_evidence = self.return_sum = 0.0
        self.return_from = 0
        self.gap_from: float | None = None
        self.acted = False  # whether any act has given evidence that may still be there
        self.next = self.acts = self.outage = self.turns = 0

    def copy(self) -> State:
        """An independent copy."""
        other = State.__new__(State)
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(other, name, list(value) if isinstance(value, list) else value)
        other.usual = self.usual.copy()
        return other


class Detector:
    """Replays a stream. `logs[i]`: item i's log LR under the four bets; `trace[i]`: evidence (down, up) after it."""

    def __init__(self, stream: Stream, plan: Plan) -> None:
        self.stream = stream
        self.set_plan(plan)
        self.state = State(plan.memory)
        self.turns: list[Turn] = []
        self.logs: list[tuple[float, float, float, float]] = []
        self.trace: list[tuple[float, float]] = []

    def set_plan(self, plan: Plan) -> None:
        """Goes by another plan from the next item on (one that agrees with the old about the past)."""
        self.plan = plan
        self._lowest_line = min(days for _, days in plan.lines)

    def rewind(self, state: State) -> None:
        """Goes back to a state copied earlier (the items before `state.next` must be unchanged)."""
        self.state = state.copy()
        del self.turns[state.turns :], self.logs[state.next :], self.trace[state.next :]

    def run(self, until: int | None = None) -> list[Turn]:
        """Reads on to the item `until` (default: all); the turns found on the way."""
        end = len(self.stream) if until is None else min(until, len(self.stream))
        before = len(self.turns)
        for index in range(self.state.next, end):
            self._read(index)
        return self.turns[before:]

    def _read(self, index: int) -> None:
        stream, state = self.stream, self.state
        now = stream.time[index]
        if self.plan.acts:
            self._apply_acts(now)
        usual = state.usual
        usual.advance(stream, index, math.inf if state.side == 0 else stream.time[state.onset])
        gap = self._elapsed(now)
        omega = stream.omega[index]
        if omega:
            self._weigh(index, gap, omega)
        else:
            for k in _BETS:
                state.evidence[k] += gap
                if state.sums[k] <= 0.0:
                    state.starts[k], state.families[k] = index, 0
            self.logs.append((0.0, 0.0, 0.0, 0.0))
            if state.side:
                state.return_evidence += gap
        evidence = state.evidence
        down, up = (evidence[0] + evidence[1]) / 2, (evidence[2] + evidence[3]) / 2
        self.trace.append((down, up))
        state.next = index + 1
        if state.side or max(down, up) > LOWEST_SHARE * self._lowest_line:
            self._judge(index, now, down, up)

    def _weigh(self, index: int, gap: float, omega: float) -> None:
        """Takes one story into the evidence of the four bets. (The hot loop: plain and flat for speed.)"""
        stream, state = self.stream, self.state
        bets, score = stream.factors[index], stream.score[index]
        expected, error = state.usual.expect(stream, index)
        if state.side:
            self._toward_usual(index, gap, omega, expected, bets)
        low, high = exp(CAUTION * TILTS[0] * error), exp(CAUTION * TILTS[1] * error)
        e0, e1, e2, e3 = expected
        r0, r1, r2, r3 = bets[0] / (e0 * low), bets[1] / (e1 * high), bets[2] / (e2 * low), bets[3] / (e3 * high)
        if omega != 1.0:
            r0, r1, r2, r3 = r0**omega, r1**omega, r2**omega, r3**omega
        logs = (log(r0), log(r1), log(r2), log(r3))
        self.logs.append(logs)
        sums, starts, families = state.sums, state.starts, state.families
        evidence = [(e + gap) * r for e, r in zip(state.evidence, (r0, r1, r2, r3), strict=True)]
        if max(evidence) > MOST_EVIDENCE:
            evidence = [min(e, MOST_EVIDENCE) for e in evidence]
        state.evidence = evidence
        for k in _BETS:
            total = sums[k]
            if total <= 0.0:
                starts[k] = index
                families[k] = 0
            total += logs[k]
            sums[k] = total if total > 0.0 else 0.0
        if state.acted:
            given = zip(state.given, (r0, r1, r2, r3), strict=True)
            state.given = [min(g * r, MOST_EVIDENCE) for g, r in given]
        if stream.rank[index] == 0 and abs(score) > POINTS:
            for k in (0, 1) if score < 0 else (2, 3):
                families[k] += 1

    def _judge(self, index: int, now: float, down: float, up: float) -> None:
        """Changes the state where the evidence asks for it."""
        state, line = self.state, self.line_at(now)
        best, side, bet = line, 0, 0
        for candidate, value, low in ((-1, down, 0), (1, up, 2)):
            if value > best:
                strongest = low + (state.sums[low + 1] > state.sums[low])
                if state.families[strongest] >= LEAST_FAMILIES:
                    best, side, bet = value, candidate, strongest
        if side and side != state.side and (state.side == 0 or now - state.alerted >= REVERSAL_DAYS):
            onset = state.starts[bet]
            goes_on = state.side == 0 and state.faded_side == side and now - state.faded <= RESUME_DAYS
            self._turn("resumed" if goes_on else "shift", _SIDES[side > 0], index, onset, best, line, bet)
            state.side, state.onset, state.alerted = side, onset, now
            state.evidence, state.given, state.sums = [0.0] * 4, [0.0] * 4, [0.0] * 4
            state.return_evidence = state.return_sum = 0.0
            state.return_from = index
        elif state.side:
            shifted = _SIDES[state.side > 0]
            if state.return_evidence > RETURN_LINE and now - state.alerted >= HOLD_DAYS:
                self._turn(
                    "faded",
                    shifted,
                    index,
                    state.return_from,
                    state.return_evidence,
                    RETURN_LINE,
                    0 if shifted < 0 else 2,
                )
                state.faded, state.faded_side, state.side = now, state.side, 0
                state.evidence, state.given, state.sums = [0.0] * 4, [0.0] * 4, [0.0] * 4
                state.usual.exclude_until(self.stream, self.stream.time[state.return_from])
            elif now - self.stream.time[state.onset] > NEW_USUAL_DAYS:
                self._turn("new-usual", shifted, index, state.onset, 0.0, NEW_USUAL_DAYS, 0 if shifted < 0 else 2)
                state.side = 0
                state.evidence, state.given, state.sums = [0.0] * 4, [0.0] * 4, [0.0] * 4
                onset = state.onset
                while onset > 0 and self.stream.time[onset - 1] >= self.stream.time[state.onset]:
                    onset -= 1
                state.usual.restart(onset)

    def _turn(self, kind: TurnKind, side: Side, index: int, onset: int, evidence: float, line: float, bet: int) -> None:
        time = self.stream.time
        period = self.state.usual.period(self.stream, side)
        began, error = time[onset], 0.0
        if kind in ("shift", "resumed"):
            earliest = self.turns[-1].index + 1 if self.turns else 0
            found = onset_of(time, self.logs, side, index, earliest, MOST_GAP)
            onset, began, error = found.index, found.time, found.error
        self.turns.append(Turn(kind, side, index, time[index], onset, began, evidence, line, bet, period, error))
        self.state.turns = len(self.turns)

    def _toward_usual(self, index: int, gap: float, omega: float, expected: list[float], bets: Sequence[float]) -> None:
        """Evidence, in days, that the shift is over: the weakest bet of its side, reversed."""
        state = self.state
        k = 0 if state.side < 0 else 2
        weight = omega * log(expected[k] / bets[k])
        if state.return_sum <= 0.0:
            state.return_from = index
        state.return_sum = max(0.0, state.return_sum + weight)
        state.return_evidence = min((state.return_evidence + gap) * exp(weight), MOST_EVIDENCE)

    def _apply_acts(self, now: float) -> None:
        """A declared act lifts its side to a quarter of the line; withdrawn, what grew from it is taken out again."""
        state, acts = self.state, self.plan.acts
        while state.acts < len(acts) and acts[state.acts][0] <= now:
            time, side, begins = acts[state.acts]
            state.acts += 1
            state.acted = True
            for k in (0, 1) if side < 0 else (2, 3):
                if begins and state.side != side:
                    lift = max(0.0, HEAD_START_SHARE * self.line_at(time) - state.evidence[k])
                    state.evidence[k] += lift
                    state.given[k] += lift
                elif not begins:
                    state.evidence[k] = max(0.0, state.evidence[k] - state.given[k])
                    state.given[k] = 0.0

    def line_at(self, now: float) -> float:
        """The alert line (days of evidence) at a time (days since 1970), for the pace of the usual period."""
        lines = self.plan.lines
        line = lines[0][1] if len(lines) == 1 else next(days for since, days in reversed(lines) if since <= now)
        pace = self.state.usual.pace(self.stream)
        if pace is None or pace >= DENSE_PACE:
            return line
        share: float = (pace / DENSE_PACE) ** SPARSE_POWER
        return line * max(share, LOWEST_SHARE)

    def _elapsed(self, now: float) -> float:
        """Days since the item before in which the feeds were up, at most MOST_GAP."""
        state = self.state
        last = now if state.gap_from is None else state.gap_from
        state.gap_from = now
        gap = now - last
        outages = self.plan.outages
        while state.outage < len(outages) and outages[state.outage][1] <= last:
            state.outage += 1
        for start, end in outages[state.outage :] if state.outage < len(outages) else ():
            if start >= now:
                break
            gap -= max(0.0, min(end, now) - max(start, last))
        return gap if gap < MOST_GAP else MOST_GAP
