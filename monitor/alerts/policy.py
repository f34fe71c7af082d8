"""Does one event deserve a signal, and whom is it told? Pure: rules and reports in, decisions out."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..routes import Route
from ..watchlists import SignalRule, Watchlist

DIRECTIONS = ("escalation", "de-escalation")


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


def channels_for(
    watchlist: Watchlist, kind: str, direction: str, strength: int, routes: Mapping[str, Route]
) -> list[tuple[str, str]]:
    """(channel, route) pairs an alert goes to, each channel once. A watchlist that names no route uses all of them."""
    found: dict[str, str] = {}
    for name in watchlist.routes or tuple(routes):
        route = routes.get(name)
        if route and kind in route.kinds and direction in route.directions and strength >= route.strength:
            for channel in route.channels:
                found.setdefault(channel, name)
    return list(found.items())


def stable_id(parts: Iterable[object]) -> str:
    """A short id that is the same for the same parts: ten letters and digits."""
    digest = hashlib.blake2b("\x1f".join(str(part) for part in parts).encode(), digest_size=10).digest()
    return b32encode(digest).decode().lower()[:10]
