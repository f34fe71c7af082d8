"""The records of the shift room: items, outages and declarations go into the detector, turns come out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from ..reading.records import Direction, Grade

Side = Literal[-1, 1]
# `resumed`: the shift that seemed to fade goes on.
TurnKind = Literal["shift", "resumed", "faded", "new-usual"]

# The direction in which each side of the score axis points.
DIRECTION: dict[int, Direction] = {-1: "de-escalation", 0: "none", 1: "escalation"}

# A published date before this is a publisher's clock fault, not a date.
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)


def score_of(direction: Direction, strength: int, confidence: float) -> float:
    """A reading as a number in [-1, 1]: sign of the direction x strength / 3 x confidence."""
    sign = {"de-escalation": -1, "none": 0, "escalation": 1}[direction]
    return sign * strength / 3 * confidence


def to_days(moment: datetime) -> float:
    """Days since 1970-01-01 UTC."""
    return moment.timestamp() / 86400


def from_days(days: float) -> datetime:
    """The UTC datetime of a number of days since 1970, to the second."""
    return datetime.fromtimestamp(round(days * 86400), UTC)


@dataclass(frozen=True, slots=True)
class Item:
    """One story in the stream of one watchlist.

    `event` is the happening it reports (stories of one event are copies of each other); `source` the outlet,
    `group` the outlets that lean alike (their usual mix is learnt together); `score` in [-1, 1], positive toward
    escalation (see `score_of`); `grade` `related` counts half. `published` and `arrived` are UTC; `published` None
    where the publisher gave no date. `title` and `url` are only shown.
    """

    id: str
    event: str
    published: datetime | None
    arrived: datetime
    source: str
    group: str
    score: float
    grade: Grade = "direct"
    title: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.score) and -1 <= self.score <= 1):
            raise ValueError(f"item {self.id}: the score is {self.score!r} -> Give a number in [-1, 1]")
        for name in ("published", "arrived"):
            moment = getattr(self, name)
            if moment is not None and moment.utcoffset() is None:
                raise ValueError(f"item {self.id}: `{name}` has no time zone -> Give a UTC datetime")

    @property
    def time(self) -> datetime:
        """When it counts: publication, but never after arrival, and arrival where the date is missing or absurd."""
        if self.published is None or self.published < _EARLIEST:
            return self.arrived
        return min(self.published, self.arrived)


@dataclass(frozen=True, slots=True)
class Outage:
    """A time (UTC) in which the feeds were down: it does not count as elapsed."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class HeadStart:
    """An actor's own declaration: from `time` its side starts at a quarter of the line; undone at `withdrawn`."""

    time: datetime
    side: Side
    withdrawn: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertLine:
    """From `since` (UTC; None: from the beginning) evidence above `days` alerts. The audit trail of calibration."""

    days: float
    since: datetime | None = None


# Mean days between two false shifts, as a share of the alert line (measured in simulation: one per 0.78 A days).
FALSE_ALARM_DAYS = 90.0
CLOSED_FORM_LINE = 115.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What a watchlist may set. `false_alarms` a quarter is the user's one knob; the rest has measured defaults.

    `memory`: how far back "usual" reaches; `lines`: calibrated alert lines, oldest first (empty: the closed form).
    """

    false_alarms: float = 1.0
    memory: timedelta = timedelta(days=180)
    head_start: bool = True
    lines: tuple[AlertLine, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.false_alarms) and self.false_alarms > 0):
            raise ValueError(f"false_alarms is {self.false_alarms!r} -> Give a number above 0, per quarter")

    @property
    def closed_form_line(self) -> float:
        """The alert line, in days of evidence, before any calibration on own history: 115 / q."""
        return CLOSED_FORM_LINE / self.false_alarms


@dataclass(frozen=True, slots=True)
class UsualPeriod:
    """What was usual at a turn: independent stories in it, how many pointed down and up, its ends (days since 1970).

    `weakest_bet` is the usual mean of the weakest bet toward the side of the turn (what a return is measured by).
    """

    stories: int = 0
    down: int = 0
    up: int = 0
    start: float = 0.0
    end: float = 0.0
    weakest_bet: float = 1.0

    def share(self, side: Side) -> float | None:
        """The usual share (0-1) of stories that point to `side`; None without history."""
        return None if not self.stories else (self.up if side > 0 else self.down) / self.stories


@dataclass(frozen=True, slots=True)
class Turn:
    """A change of state that the replay found. `index` is the deciding item in the ordered stream.

    `side` -1 de-escalation, +1 escalation; for `faded` and `new-usual` the side of the shift that ended.
    `onset_index` is the first item of the new stretch. `evidence` in days, `line` the alert line then.
    `onset_error` half-width in days (only for `shift` and `resumed`).
    `bet` is the bet (of the four) that the stories since the onset fit best. Times in days since 1970.
    """

    kind: TurnKind
    side: Side
    index: int
    time: float
    onset_index: int
    onset: float
    evidence: float
    line: float
    bet: int
    usual: UsualPeriod = UsualPeriod()
    onset_error: float = 0.0
