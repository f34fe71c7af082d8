"""The numbers behind a shift, each recomputable from the items: what an alert may say and nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .detector import MOST_GAP, RETURN_LINE, Detector
from .records import CLOSED_FORM_LINE, DIRECTION, FALSE_ALARM_DAYS, Item, Side, Turn, from_days
from .stream import BETS
from .usual import POINTS

# "By chance about once in N days" is said in these steps, rounded down.
CHANCE_STEPS = (7, 30, 90, 365)
# The typical score of a story that points somewhere (the prior's).
TYPICAL_SCORE = 0.65


@dataclass(frozen=True, slots=True)
class StoryWeight:
    """One item's part in the evidence: `log_lr` natural log of its likelihood ratio; `copy` True if it is a copy."""

    item: Item
    log_lr: float
    copy: bool
    points: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a shift is told. Shares in 0-1, times UTC.

    `evidence_days` crossed `line_days`; `chance_days`: on a usual stream that happens about once in so many days,
    `chance_shown` the step of it to print. `pointing` of `stories` independent stories since the onset, from
    `sources` outlets, point to the side; `usual_share` is what is usual (None without history), counted over
    `usual_stories` between `usual_from` and `usual_to`. `weights` are all items since the onset, strongest first;
    their `log_lr` add up to `log_lr`. `onset` is known to about +- `onset_error_h` hours. `undo_stories` opposite
    independent stories, at the pace since the onset, would end the shift. `outage_h` hours of it the feeds were down.
    """

    side: Side
    onset: datetime
    onset_error_h: float
    at: datetime
    evidence_days: float
    line_days: float
    chance_days: float
    chance_shown: int
    stories: int
    pointing: int
    sources: int
    copies: int
    usual_share: float | None
    usual_stories: int
    usual_from: datetime | None
    usual_to: datetime | None
    log_lr: float
    weights: tuple[StoryWeight, ...]
    undo_stories: int
    outage_h: float

    @property
    def direction(self) -> str:
        """`escalation` or `de-escalation`."""
        return DIRECTION[self.side]


def prove(detector: Detector, ordered: Sequence[Item], turn: Turn, closed_form_line: float) -> Proof:
    """The numbers of one turn of kind `shift`; `ordered` are the items of the detector's stream.

    `closed_form_line` (days) gives the user's own false-alarm rate: the alert line stands for one per 90 days / q.
    """
    stream = detector.stream
    span = range(turn.onset_index, turn.index + 1)
    weights = []
    for i in span:
        toward = turn.side * stream.score[i] > POINTS
        weights.append(StoryWeight(ordered[i], detector.logs[i][turn.bet], stream.rank[i] > 0, toward))
    first = [w for w in weights if not w.copy]
    pointing = [w for w in first if w.points]
    per_line = FALSE_ALARM_DAYS * closed_form_line / CLOSED_FORM_LINE
    chance = per_line * turn.evidence / turn.line
    usual = turn.usual
    return Proof(
        side=turn.side,
        onset=from_days(turn.onset),
        onset_error_h=24 * turn.onset_error,
        at=from_days(turn.time),
        evidence_days=turn.evidence,
        line_days=turn.line,
        chance_days=chance,
        chance_shown=max((step for step in CHANCE_STEPS if step <= chance), default=CHANCE_STEPS[0]),
        stories=len(first),
        pointing=len(pointing),
        sources=len({w.item.source for w in pointing}),
        copies=len(weights) - len(first),
        usual_share=usual.share(turn.side),
        usual_stories=usual.stories,
        usual_from=from_days(usual.start) if usual.stories else None,
        usual_to=from_days(usual.end) if usual.stories else None,
        log_lr=math.fsum(w.log_lr for w in weights),
        weights=tuple(sorted(weights, key=lambda w: (-w.log_lr, w.item.id))),
        undo_stories=_undo_stories(turn, len(first)),
        outage_h=24 * _outage_days(detector.plan.outages, turn.onset, turn.time),
    )


def _undo_stories(turn: Turn, stories: int) -> int:
    """Opposite stories, typical and at the pace since the onset, until the evidence of a return crosses its line."""
    gap = min((turn.time - turn.onset) / max(stories - 1, 1), MOST_GAP)
    ratio = turn.usual.weakest_bet / math.exp(abs(BETS[0]) * -TYPICAL_SCORE)
    evidence, count = 0.0, 0
    while evidence <= RETURN_LINE and count < 1000:
        evidence = (evidence + gap) * ratio
        count += 1
    return count


def _outage_days(outages: Sequence[tuple[float, float]], start: float, end: float) -> float:
    return math.fsum(max(0.0, min(b, end) - max(a, start)) for a, b in outages)
