"""The records of a report: everything its pages show, as plain facts, whatever they were read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ..reading.records import Direction, Grade, Mention, Reading
from ..shifts.standing import Standing


@dataclass(frozen=True, slots=True)
class Label:
    """A person's correction of a story, for a watchlist ('' for the story as a whole)."""

    watchlist: str
    direction: str
    read_as: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """One story with everything that was found in it. `time` is when it counts: publication, never after arrival.

    `readings` are pairs of grade ('' for the story as a whole) and reading; `earlier` are the moments and titles of
    its former revisions; `quiet` says why it may raise no alert; `article` what came of asking for the page behind it.
    """

    id: int
    feed: str
    outlet: str
    lang: str
    title: str
    summary: str
    body: str
    link: str
    published: datetime | None
    first_seen: datetime
    time: datetime
    revision: int
    quiet: str
    event: int | None
    copy_of: int | None
    merge_reason: str
    mentions: tuple[Mention, ...]
    readings: tuple[tuple[str, Reading], ...]
    labels: tuple[Label, ...] = ()
    earlier: tuple[tuple[datetime, str], ...] = ()
    article: str = ""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One happening as a watchlist sees it: its stories, earliest first, and the reading that tells most.

    `lead` is the story of that reading. `signalled` is when it was told as a signal, if it was.
    """

    id: int | None
    time: datetime
    direction: Direction
    strength: int
    grade: Grade
    read: bool
    lead: int
    stories: tuple[int, ...]
    signalled: datetime | None


@dataclass(frozen=True, slots=True)
class EvidencePoint:
    """The evidence toward each side after a story, as "on a usual stream about once in so many days"."""

    at: datetime
    down: float
    up: float


@dataclass(frozen=True, slots=True)
class ShiftSpan:
    """A shift from its onset to its end. `end` None: it still holds.

    `ended` is how it ended (`faded`, `new-usual`, `turned`, '' while it holds); `revised` says why what came later no
    longer shows it. `chance_days`, `pointing` of `stories`, `sources`: the numbers it was told with, where kept.
    """

    direction: str
    onset: datetime
    told: datetime
    end: datetime | None
    ended: str = ""
    revised: str = ""
    pushed: bool = True
    chance_days: float | None = None
    pointing: int | None = None
    stories: int | None = None
    sources: int | None = None
    usual_share: float | None = None
    onset_error_h: float | None = None


@dataclass(frozen=True, slots=True)
class WatchlistFacts:
    """One watchlist: where it stands, its events and evidence in the time shown, and its shifts.

    `line_days`: the user's line on the axis of `EvidencePoint`; `per_quarter`: how many false shifts that accepts.
    """

    id: str
    name: str
    standing: Standing
    line_days: float
    per_quarter: float
    events: tuple[EventFacts, ...]
    evidence: tuple[EvidencePoint, ...]
    shifts: tuple[ShiftSpan, ...]
    silenced_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PollFacts:
    """One line of a feed's poll log."""

    at: datetime
    ok: bool
    outcome: str
    new: int
    reason: str


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """One feed: health, rhythm and gaps. `per_day` stories a day over its last four weeks; `arrivals` when its stories
    in the time shown were first seen; `longest_gap_h` the longest time between two of them."""

    id: str
    url: str
    state: str
    reason: str
    errors: int
    last_ok: datetime | None
    last_new: datetime | None
    next_poll: datetime | None
    interval_s: float | None
    per_day: float
    arrivals: tuple[datetime, ...]
    longest_gap_h: float | None
    polls: tuple[PollFacts, ...]


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """One delivery of an alert, as the outbox keeps it."""

    channel: str
    route: str
    state: str
    why: str
    attempts: int
    next_at: datetime | None
    sent_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """One alert and where it went. `also`: the other watchlists it is about."""

    id: str
    kind: str
    watchlist: str
    direction: str
    strength: int
    at: datetime
    title: str
    story: int | None
    event: int | None
    deliveries: tuple[DeliveryFacts, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report shows between `start` and `end` (UTC); `zone` is the time zone of the people who read it.

    `whole_span` is False where the data begin later than the days asked for. `feed_names`: none of them for an archive.
    """

    title: str
    start: datetime
    end: datetime
    made: datetime
    zone: str
    days: int
    watchlists: tuple[WatchlistFacts, ...]
    stories: dict[int, StoryFacts]
    outages: tuple[tuple[datetime, datetime], ...]
    feeds: tuple[FeedFacts, ...]
    alerts: tuple[AlertFacts, ...]
    backlog: int = 0
    model: str = ""
    version: str = ""
    agreement: tuple[int, int] = (0, 0)
    faults: tuple[str, ...] = field(default=())
