"""Does one event deserve a signal, and whom is it told? Pure: rules and reports in, decisions out."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..reading.records import Direction
from ..routes import ALL_KINDS, Route
from ..watchlists import SignalRule, Watchlist

DIRECTIONS: tuple[Direction, ...] = ("escalation", "de-escalation")
# The strength that no cap and no catch-up holds back.
URGENT = 3
# The cap counts over this time; what it holds is held at least so long.
CAP_PERIOD = timedelta(hours=1)
LEAST_HOLD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Report:
    """One story of an event, as read for one watchlist. `source` is its owner; a copy shares its original's source."""

    story_id: int
    source: str
    grade: str
    direction: str
    strength: int
    confidence: float
    role: str = "mentioned"

    @property
    def weight(self) -> tuple[bool, int, int, float, int]:
        """How well the story says it: named before described, the actor's own part before others', then strength."""
        return (self.grade == "direct", _ROLE_WEIGHT.get(self.role, 0), self.strength, self.confidence, -self.story_id)


# An actor that acts or speaks is more the subject of a story than one that is spoken to or merely named.
_ROLE_WEIGHT = {"agent": 3, "speaker": 3, "target": 2, "mediator": 2, "addressee": 1}


@dataclass(frozen=True, slots=True)
class Signal:
    """An event that deserves to be told at once: the story that says it best, and the rule that let it in."""

    direction: str
    lead: Report
    rule: SignalRule


def judge(watchlist: Watchlist, reports: Sequence[Report]) -> list[Signal]:
    """The signals that an event's reports make for a watchlist, at most one a direction.

    Named mentions count under `signal`; described ones under `related_signal`, where named ones support them.
    """
    found = []
    for direction in DIRECTIONS:
        pointing = [report for report in reports if report.direction == direction]
        direct = [report for report in pointing if report.grade == "direct"]
        signal = _by_rule(watchlist.signal, direction, direct) or _by_rule(
            watchlist.related_signal, direction, pointing
        )
        if signal:
            found.append(signal)
    return found


def _by_rule(rule: SignalRule, direction: str, reports: Sequence[Report]) -> Signal | None:
    strong = [report for report in reports if report.strength >= rule.strength and report.confidence >= rule.confidence]
    if len({report.source for report in strong}) < rule.sources:
        return None
    return Signal(direction, max(strong, key=lambda report: report.weight), rule)


def routes_for(
    watchlist: Watchlist, kind: str, direction: str, strength: int, routes: Mapping[str, Route]
) -> list[tuple[str, str]]:
    """(channel, route) pairs that take an alert. A watchlist that names no route uses all of them."""
    found: list[tuple[str, str]] = []
    for name in watchlist.routes or tuple(routes):
        route = routes.get(name)
        taken = route and (kind in route.kinds or (kind == "volume" and route.digest and route.kinds == ALL_KINDS))
        wanted = taken and route and strength >= route.strength
        if route and wanted and (direction in route.directions or direction == "none"):
            found += [(channel, name) for channel in route.channels]
    return found


@dataclass(frozen=True, slots=True)
class Plan:
    """When a delivery goes out. `held` until `at` (UTC) by what `why` says, else tried from `at` on."""

    held: bool
    at: datetime
    why: str = ""

    @property
    def order(self) -> tuple[bool, datetime]:
        """The plan that tells sooner sorts first."""
        return (self.held, self.at)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a plan depends on beside the route. Times UTC; `told_this_hour` are the moments of the last hour's alerts on
    the watchlist through this route and channel."""

    now: datetime
    zone: str
    silenced_until: datetime | None = None
    catch_up_until: datetime | None = None
    told_this_hour: tuple[datetime, ...] = ()


def plan_delivery(route: Route, strength: int, seen: Circumstances) -> Plan:
    """When an alert goes out on a route. It is never dropped: what is held comes in a summary later.

    A silence and a digest hold everything; quiet hours what is weaker than their override; a catch-up after a downtime
    and the cap everything but the strongest.
    """
    if seen.silenced_until:
        return Plan(True, seen.silenced_until, "a silence")
    if route.digest:
        return Plan(True, route.digest.next_after(seen.now, seen.zone), f"the digest, {route.digest}")
    urgent = strength >= URGENT
    if seen.catch_up_until and not urgent:
        return Plan(True, seen.catch_up_until, "a downtime of the monitor")
    quiet_until = route.quiet.until(seen.now, seen.zone) if route.quiet else None
    if route.quiet and quiet_until and strength < route.quiet.override:
        return Plan(True, quiet_until, "quiet hours")
    if len(seen.told_this_hour) >= route.cap and not urgent:
        free_at = min(seen.told_this_hour) + CAP_PERIOD
        return Plan(True, max(free_at, seen.now + LEAST_HOLD), f"the cap of {route.cap} an hour")
    return Plan(False, seen.now if urgent else seen.now + route.wait)


def stable_id(parts: Iterable[object]) -> str:
    """A short id that is the same for the same parts: ten letters and digits."""
    digest = hashlib.blake2b("\x1f".join(str(part) for part in parts).encode(), digest_size=10).digest()
    return b32encode(digest).decode().lower()[:10]
