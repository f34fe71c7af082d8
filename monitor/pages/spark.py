"""The small pictures in tables: bars of days as SVG shapes with no style of their own, so that they show without script."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .records import FeedFacts, Report, WatchlistFacts

WIDTH, HEIGHT = 360, 44


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle: `kind` is its class in the style sheet."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A month or week on the time axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Spark:
    """A strip of days and what it says in words."""

    bars: tuple[Bar, ...]
    words: str


def watchlist_spark(watchlist: WatchlistFacts, report: Report) -> Spark:
    """Stories a day toward escalation above the middle, toward de-escalation below; shifts shaded, outages grey."""
    up, down = _days(report), _days(report)
    for event in watchlist.events:
        for story in event.stories:
            place = _place(report, report.stories[story].time)
            if event.direction == "escalation":
                up[place] += 1
            elif event.direction == "de-escalation":
                down[place] += 1
    most = max((*up, *down, 3))
    middle, step = HEIGHT / 2, WIDTH / len(up)
    bars = [
        _band(
            "spark-up" if span.direction == "escalation" else "spark-down", report, span.onset, span.end or report.end
        )
        for span in watchlist.shifts
        if not span.revised
    ]
    bars += [_band("spark-out", report, a, b) for a, b in report.outages]
    wide = max(step - 0.8, 0.8)
    for place, (above, below) in enumerate(zip(up, down, strict=True)):
        x = round(place * step + 0.4, 2)
        if above:
            size = round(above / most * (middle - 1), 2)
            bars.append(Bar("bar-up", x, round(middle - 0.5 - size, 2), round(wide, 2), size))
        if below:
            size = round(below / most * (middle - 1), 2)
            bars.append(Bar("bar-down", x, middle + 0.5, round(wide, 2), size))
    days = len(up)
    return Spark(
        tuple(bars),
        f"In {days} days {sum(up)} stories toward escalation and {sum(down)} toward de-escalation;"
        f" at most {max(up)} and {max(down)} a day.",
    )


def feed_spark(feed: FeedFacts, report: Report) -> Spark:
    """New stories a day."""
    counts = _days(report)
    for moment in feed.arrivals:
        counts[_place(report, moment)] += 1
    most, step = max(*counts, 3), WIDTH / len(counts)
    bars = [_band("spark-out", report, a, b) for a, b in report.outages]
    for place, count in enumerate(counts):
        if count:
            size = round(count / most * (HEIGHT - 2), 2)
            bars.append(
                Bar(
                    "bar-none",
                    round(place * step + 0.4, 2),
                    round(HEIGHT - size, 2),
                    round(max(step - 0.8, 0.8), 2),
                    size,
                )
            )
    return Spark(tuple(bars), f"{sum(counts)} new stories in {len(counts)} days, at most {max(counts)} a day.")


def ticks(report: Report) -> tuple[Tick, ...]:
    """The first of each month, or each Monday where there are too few months."""
    local = report.start.astimezone(ZoneInfo(report.zone))
    span = (report.end - report.start) / timedelta(days=1)
    found = []
    day = local.replace(hour=0, minute=0, second=0)
    for _ in range(int(span) + 2):
        monthly = span > 45
        if (day.day == 1) if monthly else day.weekday() == 0:
            x = _x(report, day)
            if 0 <= x <= WIDTH - 24:
                found.append(Tick(round(x, 1), f"{day:%b}" if monthly else f"{day.day} {day:%b}"))
        day += timedelta(days=1)
    return tuple(found)


def _days(report: Report) -> list[int]:
    return [0] * (_place(report, report.end) + 1)


def _place(report: Report, moment: datetime) -> int:
    """Which day (of the readers' zone) since the start a moment falls in; what is older falls in the first."""
    zone = ZoneInfo(report.zone)
    last = (report.end.astimezone(zone).date() - report.start.astimezone(zone).date()).days
    return min(max((moment.astimezone(zone).date() - report.start.astimezone(zone).date()).days, 0), last)


def _x(report: Report, moment: datetime) -> float:
    zone = ZoneInfo(report.zone)
    begin = report.start.astimezone(zone).replace(hour=0, minute=0, second=0)
    days = _place(report, report.end) + 1
    return (moment.astimezone(UTC) - begin.astimezone(UTC)) / timedelta(days=days) * WIDTH


def _band(kind: str, report: Report, start: datetime, end: datetime) -> Bar:
    a, b = max(_x(report, start), 0.0), min(_x(report, end), float(WIDTH))
    return Bar(kind, round(a, 2), 0, round(max(b - a, 1.0), 2), HEIGHT)
