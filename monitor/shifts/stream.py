"""The ordered stream as columns: the arithmetic of the detector reads numbers, not records."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from .records import Item, to_days

# Strengths of the tilt that the detector bets on, on the score scale.
TILTS = (1.0, 2.2)
# Four bets: the two tilts toward de-escalation, then toward escalation.
BETS = tuple(-tilt for tilt in TILTS) + TILTS

# A story of an event within this many days of its last ones is a copy; after a longer pause it counts anew.
FAMILY_DAYS = 2.0
# What the first story of a family, the first copy and all later ones weigh.
RANK_WEIGHTS = (1.0, 0.25, 0.0)
RELATED_WEIGHT = 0.5

Factors = tuple[float, float, float, float]


def factors(score: float) -> Factors:
    """exp(bet x score) for the four bets."""
    low, high = math.exp(TILTS[0] * score), math.exp(TILTS[1] * score)
    return (1 / low, 1 / high, low, high)


@dataclass(slots=True)
class Stream:
    """Columns, one entry an item, ordered by `time` (days).

    `rank` 0 for the first story of a family, 1 for its first copy, more for later ones; `weight` what a first story of
    its grade counts, `omega` what this item counts; `previous` the latest earlier first story, if within 48 h
    (else -1): perhaps one storyline.
    """

    time: list[float] = field(default_factory=list)
    score: list[float] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    rank: list[int] = field(default_factory=list)
    omega: list[float] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)
    factors: list[Factors] = field(default_factory=list)
    previous: list[int] = field(default_factory=list)
    _latest: int = -1

    def __len__(self) -> int:
        return len(self.time)

    def append(self, time: float, score: float, group: str, rank: int, weight: float = 1.0) -> None:
        """Adds the next item; `weight` in [0, 1] is what a first story of this grade counts."""
        if self.time and time < self.time[-1]:
            raise ValueError(f"an item at day {time} after one at day {self.time[-1]} -> Order the items by time")
        index = len(self.time)
        near = self._latest >= 0 and time - self.time[self._latest] < FAMILY_DAYS
        self.previous.append(self._latest if rank == 0 and near else -1)
        self.time.append(time)
        self.score.append(score)
        self.group.append(group)
        self.rank.append(rank)
        self.weight.append(weight)
        self.omega.append(weight * RANK_WEIGHTS[min(rank, 2)])
        self.factors.append(factors(score))
        if rank == 0:
            self._latest = index

    def cut(self, length: int) -> None:
        """Forgets all items from position `length` on."""
        columns = (self.time, self.score, self.group, self.rank, self.omega, self.weight, self.factors, self.previous)
        for column in columns:
            del column[length:]
        self._latest = next((i for i in range(length - 1, -1, -1) if self.rank[i] == 0), -1)


def in_order(items: Iterable[Item]) -> list[Item]:
    """Items once each (by id), by the time they count; ties by arrival and id: any arrival order gives one stream."""
    once: dict[str, Item] = {}
    for item in items:
        known = once.get(item.id)
        if known is None or sort_key(item) < sort_key(known):
            once[item.id] = item
    return sorted(once.values(), key=sort_key)


def sort_key(item: Item) -> tuple[float, float, str]:
    """The place of an item in the order: time that counts, arrival, id."""
    return (to_days(item.time), to_days(item.arrived), item.id)
