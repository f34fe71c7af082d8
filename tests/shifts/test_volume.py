"""More coverage is its own quiet note."""

from __future__ import annotations

import random
import time

from monitor.shifts.volume import surges


def stories(seed: int, days: int, rate: float, surge: tuple[float, float, float] | None = None) -> list[float]:
    rng = random.Random(seed)
    times, now = [], 0.0
    while now < days:
        factor = surge[2] if surge and surge[0] <= now < surge[1] else 1.0
        now += rng.expovariate(rate * factor)
        times.append(now)
    return times


def test_five_times_the_usual_coverage_is_one_note() -> None:
    (note,) = surges(stories(1, 100, 8, (80, 84, 5)))
    assert 80 < note.time < 81.5
    assert note.ratio > 2
    assert note.chance < 1e-3


def test_steady_coverage_is_silent() -> None:
    assert sum(len(surges(stories(seed, 365, 8))) for seed in range(4)) <= 2


def test_one_or_two_stories_on_a_silent_stream_are_no_surge() -> None:
    assert surges([float(day) for day in range(0, 200, 20)] + [190.1, 190.2, 190.3]) == []


def test_ten_thousand_stories_in_an_hour_are_counted_in_a_second() -> None:
    usual = stories(2, 60, 8)
    flood = [usual[-1] + k / 240_000 for k in range(10_000)]
    start = time.perf_counter()
    assert len(surges(usual + flood)) == 1
    assert time.perf_counter() - start < 2
