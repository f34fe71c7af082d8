"""The sentences of a report: what a watchlist's state means, and what the overview says first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ..reading.records import MARKS
from .records import Report, WatchlistFacts

_SIDES = (("up", "escalation"), ("down", "de-escalation"))


def day(moment: datetime, zone: str, *, year: bool = False) -> str:
    """`Fri 13 Jun`, in the zone of the people who read it."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b}{f' {local.year}' if year else ''}"


def minute(moment: datetime | None, zone: str) -> str:
    """`13 Jun 2025, 14:05`; a dash where there is none."""
    if moment is None:
        return "–"
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M}"


def state_mark(watchlist: WatchlistFacts) -> str:
    """The shape of a watchlist's state: the direction's mark in a shift, else a dot."""
    return MARKS.get(watchlist.standing.direction, "·") if watchlist.standing.state == "shift" else "·"  # type: ignore[call-overload]


def state_words(watchlist: WatchlistFacts, zone: str) -> str:
    """A watchlist's state in a few words."""
    now = watchlist.standing
    since = f" since {day(now.since, zone)}" if now.since else ""
    return {
        "shift": f"shift toward {now.direction}{since}",
        "faded": f"shift toward {now.direction} faded{since.replace(' since', ' on')}",
        "new usual": f"{now.direction} has become the usual",
        "usual": "as usual",
        "too sparse": "too sparse for shifts",
    }[now.state]


def once_in(days: float) -> str:
    """How often evidence so strong comes on a usual stream."""
    if days < 2:
        return "any day"
    if days < 14:
        return f"about once in {days:.0f} days"
    if days < 60:
        return f"about once in {days / 7:.0f} weeks"
    if days < 700:
        return f"about once in {days / 30.4:.0f} months"
    return "less than once in two years"


def headline(report: Report) -> str:
    """What the overview says first."""
    shifted = [each for each in report.watchlists if each.standing.state == "shift"]
    if not report.watchlists:
        return "No watchlist yet"
    if not report.stories:
        return "Nothing to show yet"
    if not shifted:
        usual = sum(each.standing.state == "usual" for each in report.watchlists)
        return "All is as usual" if usual == len(report.watchlists) else "No watchlist is in a shift"
    sides = {each.standing.direction for each in shifted}
    names = _listed([each.name for each in shifted])
    return f"{names}: toward {sides.pop()}" if len(sides) == 1 else f"Shifts on {names}"


def lede(report: Report) -> str:
    """The sentence under the headline."""
    if not report.stories:
        return "No story about a watchlist was seen in this time."
    events = sum(len(each.events) for each in report.watchlists)
    told = sum(event.signalled is not None for each in report.watchlists for event in each.events)
    outlets = len({story.outlet for story in report.stories.values()})
    return (
        f"{_count(len(report.stories), 'story', 'stories')} from {_count(outlets, 'outlet', 'outlets')} in"
        f" {_count((report.end - report.start).days, 'day', 'days')}, {_count(events, 'event', 'events')} on"
        f" {_count(len(report.watchlists), 'watchlist', 'watchlists')}, {_count(told, 'signal', 'signals')} told."
    )


def why_no_shift(watchlist: WatchlistFacts, report: Report) -> tuple[str, ...]:
    """For each side without a shift in the time shown: how near the evidence came, and to which line."""
    shown = {span.direction for span in watchlist.shifts if not span.revised}
    missing = [(side, word) for side, word in _SIDES if word not in shown]
    if not watchlist.evidence:
        return ("No shift in this time: no story that was read points anywhere.",) if not shown else ()
    found = [_why_not(watchlist, report.zone, side, word) for side, word in missing]
    if missing and watchlist.standing.pace < 1:
        found.append(f"At {watchlist.standing.pace:.1f} independent stories a day a shift takes long to notice.")
    return tuple(found)


def _why_not(watchlist: WatchlistFacts, zone: str, side: str, word: str) -> str:
    best = max(watchlist.evidence, key=lambda point: getattr(point, side))
    value: float = getattr(best, side)
    line = f"your line of once in {watchlist.line_days:.0f} days"
    if value < 2:
        return f"No shift toward {word}: nothing out of the usual pointed there."
    strongest = f"the evidence was strongest on {day(best.at, zone)}"
    if value < watchlist.line_days:
        return f"No shift toward {word}: {strongest}, {once_in(value)}, and stayed below {line}."
    return (
        f"No shift toward {word}: {strongest} and passed {line}, but a shift needs at least three independent stories"
        " that point its way, and a day since the one before."
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
