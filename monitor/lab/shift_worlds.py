"""Simulated news streams with known truth: the seeded worlds that the shift detector is measured on.

World A: stories come as a Poisson process with a weekly and daily cycle and gamma bursts by day; three groups of
outlets with their own tilt and classifier error; storylines that go on, near copies that slip through, scores in
[-1, 1]. A shift tilts the mix of directions. Times are in days, the rate in stories a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..shifts.stream import Stream

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GROUP_SHARE = np.array([0.5, 0.3, 0.2])
GROUP_TILT = np.array([0.0, 0.5, -0.5])
GROUP_ERROR = np.array([0.15, 0.25, 0.25])
MIXES = {"balanced": (0.30, 0.40, 0.30), "hawkish": (0.15, 0.25, 0.60), "quiet": (0.15, 0.70, 0.15)}
SIZES = {"small": 0.7, "medium": 1.2, "large": 2.2}
DIRECTIONS = np.array([-1.0, 0.0, 1.0])
# Days of history before anything is measured.
WARM_DAYS = 200.0
# Copies are linked within this many days; chance that a true copy is linked, and that a same-way stranger is.
LINK_DAYS, LINK, FALSE_LINK = 2.0, 0.7, 0.01
_WEEK = np.array([1.1, 1.1, 1.1, 1.1, 1.0, 0.85, 0.75])
_WEEK = _WEEK / _WEEK.mean()


@dataclass(frozen=True, slots=True)
class Tilted:
    """A shift of the mix from `start` to `end` (days) by `theta` toward `side`, reached over `ramp` days."""

    start: float
    end: float
    theta: float
    side: int
    ramp: float = 0.0


@dataclass(frozen=True, slots=True)
class World:
    """What a stream is made of. Times in days.

    `volume`: (start, end, factor); `bursts`: (time, copies, side; 0 a random one) one story that survives as that
    many copies; `outages`: (start, end); `silent`: (start, end, group) of a lost source group. `storyline`: chance
    that a story repeats the direction of the one before; `copying`: share of stories with near copies; `day_sd`,
    `drift`: random and slow tilts that are no shifts; `shape` of the day bursts; `flips`: errors turn the sign.
    `late`: 15 % of the items arrive about a day late.
    """

    rate: float
    mix: str = "balanced"
    shifts: tuple[Tilted, ...] = ()
    volume: tuple[tuple[float, float, float], ...] = ()
    bursts: tuple[tuple[float, int, int], ...] = ()
    outages: tuple[tuple[float, float], ...] = ()
    silent: tuple[tuple[float, float, int], ...] = ()
    storyline: float = 0.15
    copying: float = 0.10
    error_factor: float = 1.0
    day_sd: float = 0.0
    drift: float = 0.0
    shape: float = 3.0
    flips: bool = False
    late: bool = False


def foreign(rate: float, **changes: Any) -> World:
    """World B, not the one the constants were chosen on: day effects, drift, sign flips, more copies."""
    world = World(rate, storyline=0.25, copying=0.18, day_sd=0.35, drift=0.4, shape=1.2, flips=True)
    return replace(world, **changes)


@dataclass(frozen=True, slots=True)
class Sample:
    """One simulated stream, ordered by time. `kind` 0 down, 1 none, 2 up; `links` copies found before each item."""

    days: float
    time: Floats
    score: Floats
    kind: Ints
    group: Ints
    links: Floats
    story: Ints
    arrival: Floats
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def stream(self) -> Stream:
        """As the detector reads it."""
        stream = Stream()
        for t, x, g, n in zip(
            self.time.tolist(), self.score.tolist(), self.group.tolist(), self.links.tolist(), strict=True
        ):
            stream.append(t, x, str(g), int(n))
        return stream


def simulate(rng: np.random.Generator, days: float, world: World) -> Sample:
    """One stream of `days` days. The order of the random draws is fixed: a seed always gives the same stream."""
    time = _story_times(rng, days, world)
    n = time.size
    group = rng.choice(3, n, p=GROUP_SHARE)
    tilt = np.zeros(n)
    for shift in world.shifts:
        reached = np.ones(n) if shift.ramp <= 0 else np.clip((time - shift.start) / shift.ramp, 0, 1)
        tilt += np.where((time >= shift.start) & (time < shift.end), shift.theta * shift.side * reached, 0)
    if world.day_sd > 0:
        tilt = tilt + rng.normal(0, world.day_sd, int(days) + 2)[time.astype(int)]
    if world.drift > 0:
        tilt = tilt + world.drift * np.sin(2 * np.pi * (time / 180.0 + rng.random()))
    chances = np.array(MIXES[world.mix])[None, :] * np.exp((GROUP_TILT[group] + tilt)[:, None] * DIRECTIONS[None, :])
    chances /= chances.sum(1, keepdims=True)
    u = rng.random(n)
    kind = (u > chances[:, 0]).astype(np.int64) + (u > chances[:, 0] + chances[:, 1]).astype(np.int64)
    kind = _storylines(time, kind, rng.random(n), world.storyline)
    kind, score = _classify(rng, kind, group, world)
    story = np.arange(n)
    if world.silent:
        keep = np.ones(n, bool)
        for start, end, lost in world.silent:
            keep &= ~((time >= start) & (time < end) & (group == lost))
        time, group, kind, score, story = time[keep], group[keep], kind[keep], score[keep], story[keep]
    columns = _add_copies(rng, days, world, (time, group, kind, score, story))
    columns = _add_bursts(rng, world, columns)
    order = np.argsort(columns[0], kind="stable")
    time, group, kind, score, story = (column[order] for column in columns)
    links = _links(time, kind, story, rng.random(time.size))
    arrival = time.copy()
    if world.late:
        late = rng.random(time.size) < 0.15
        arrival = time + np.where(late, rng.exponential(1.0, time.size), rng.exponential(1 / 24.0, time.size))
    return Sample(days, time, score, kind, group, links, story, arrival)


def _story_times(rng: np.random.Generator, days: float, world: World) -> Floats:
    hours = np.arange(int(days * 24)) / 24.0
    intensity = np.full(hours.size, world.rate / 24.0 / (1 + world.copying * 1.5))
    intensity *= _WEEK[(np.floor(hours).astype(int)) % 7]
    intensity *= 1 + 0.5 * np.sin(2 * np.pi * (hours % 1.0) - np.pi / 2)
    intensity *= np.repeat(rng.gamma(world.shape, 1 / world.shape, int(days) + 1), 24)[: hours.size]
    for start, end, factor in world.volume:
        intensity[(hours >= start) & (hours < end)] *= factor
    for start, end in world.outages:
        intensity[(hours >= start) & (hours < end)] = 0
    counts = rng.poisson(intensity)
    time: Floats = np.repeat(hours, counts) + rng.random(counts.sum()) / 24.0
    time.sort()
    return time


def _storylines(time: Floats, kind: Ints, u: Floats, chance: float) -> Ints:
    """A story of a running storyline takes the direction of the story before it."""
    follows = np.zeros(time.size, bool)
    follows[1:] = (u[1:] < chance) & (np.diff(time) < LINK_DAYS)
    leader = np.maximum.accumulate(np.where(follows, 0, np.arange(time.size))) if time.size else np.arange(0)
    taken: Ints = kind[leader]
    return taken


def _classify(rng: np.random.Generator, kind: Ints, group: Ints, world: World) -> tuple[Ints, Floats]:
    """The direction as a fallible classifier reads it, and the score."""
    n = kind.size
    wrong = rng.random(n) < GROUP_ERROR[group] * world.error_factor
    read = np.where(wrong, (kind + rng.integers(1, 3, n)) % 3, kind)
    if world.flips:
        read = np.where(wrong & (kind != 1) & (rng.random(n) < 0.7), 2 - kind, read)
    magnitude = np.where(wrong, rng.beta(3, 3, n), rng.beta(5, 2, n))
    neutral = np.clip(rng.normal(0, 0.08, n), -0.19, 0.19)
    score: Floats = np.where(read == 1, neutral, (read - 1) * np.maximum(magnitude, 0.2))
    return read, score


Columns = tuple[Any, Any, Any, Any, Any]  # time, group, kind, score, story


def _add_copies(rng: np.random.Generator, days: float, world: World, columns: Columns) -> Columns:
    """Near copies that slipped through de-duplication, hours after their story."""
    time, group, kind, score, story = columns
    n = time.size
    has = rng.random(n) < world.copying
    copies = np.where(has, 1 + rng.poisson(0.5, n), 0)
    index = np.repeat(np.arange(n), copies)
    if not index.size:
        return columns
    when = time[index] + rng.exponential(0.25, index.size)
    inside = when < days
    index, when = index[inside], when[inside]
    time = np.r_[time, when]
    group = np.r_[group, rng.choice(3, index.size, p=GROUP_SHARE)]
    kind = np.r_[kind, kind[index]]
    score = np.r_[score, np.clip(score[index] + rng.normal(0, 0.05, index.size), -1, 1)]
    return time, group, kind, score, np.r_[story, story[index]]


def _add_bursts(rng: np.random.Generator, world: World, columns: Columns) -> Columns:
    """One story each, told again by many outlets, whose copies survived de-duplication."""
    time, group, kind, score, story = columns
    following = int(story.max()) + 1 if story.size else 0
    for start, copies, side in world.bursts:
        when = start + np.sort(np.minimum(rng.exponential(0.17, copies), 1.0))
        when[0] = start
        sign = side if side != 0 else rng.choice([-1, 1])
        time = np.r_[time, when]
        group = np.r_[group, rng.choice(3, copies, p=GROUP_SHARE)]
        kind = np.r_[kind, np.full(copies, sign + 1)]
        score = np.r_[score, np.clip(sign * (0.7 + rng.normal(0, 0.06, copies)), -1, 1)]
        story = np.r_[story, np.full(copies, following)]
        following += 1
    return time, group, kind, score, story


def _links(time: Floats, kind: Ints, story: Ints, u: Floats) -> Floats:
    """How many earlier items within 48 h the near-duplicate stage links to each item, true and false links alike."""
    n = time.size
    start = np.searchsorted(time, time - LINK_DAYS, side="left")
    before = np.zeros((3, n + 1), np.int64)
    for k in range(3):
        before[k, 1:] = np.cumsum(kind == k)
    same_way = before[kind, np.arange(n)] - before[kind, start]
    same_story = np.zeros(n, np.int64)
    own_way = np.zeros(n, np.int64)
    members: dict[int, list[int]] = {}
    for i, s in enumerate(story.tolist()):
        earlier = members.setdefault(s, [])
        if earlier:
            near = [j for j in earlier if j >= start[i]]
            same_story[i] = len(near)
            own_way[i] = sum(kind[j] == kind[i] for j in near)
        earlier.append(i)
    true_link = (same_story > 0) & (u > (1 - LINK) ** same_story)
    false_link = (same_story == 0) & (u < 1 - (1 - FALSE_LINK) ** (same_way - own_way))
    return np.where(true_link, same_story, np.where(false_link, 1, 0)).astype(float)


def timeline(rng: np.random.Generator, rate: float, days: float = WARM_DAYS + 720) -> tuple[Sample, list[Tilted]]:
    """Two years after the warm-up with episodes of 10 days and more (some with ramps), bursts, surges and outages."""
    episodes: list[Tilted] = []
    start = WARM_DAYS + 20
    while start < days - 40:
        length = 10 + rng.exponential(20)
        theta = (SIZES["medium"], SIZES["large"])[rng.integers(2)]
        side = (-1, 1)[rng.integers(2)]
        episodes.append(Tilted(start, min(start + length, days), theta, side, (0.0, 2.0)[rng.integers(2)]))
        start += length + 40 + rng.exponential(30)
    volume = [(e.start, e.start + 4, 3.0) for e in episodes if rng.random() < 0.5]
    bursts = [(WARM_DAYS + rng.random() * 720, int(rng.integers(4, 13)), 0) for _ in range(24)]
    volume += [(v, v + 4, 4.0) for v in (WARM_DAYS + rng.random(8) * 700).tolist()]
    outages = [(o, o + 2) for o in (WARM_DAYS + rng.random(8) * 700).tolist()]
    world = World(rate, shifts=tuple(episodes), volume=tuple(volume), bursts=tuple(bursts), outages=tuple(outages))
    return simulate(rng, days, world), episodes


def stretch_of(days: float, samples: Sequence[Sample]) -> float:
    """Days of all samples together after the first `days`."""
    return sum(sample.days - days for sample in samples)
