"""The standing of a watchlist in words and numbers."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from monitor.shifts.records import Item, Outage, Settings
from monitor.shifts.standing import expected_delays, pace_of, standing
from monitor.shifts.watch import Watch

START = datetime(2025, 1, 1, tzinfo=UTC)


def stream(days: int, rate: float, shift_on: int | None = None, seed: int = 2) -> list[Item]:
    rng = random.Random(seed)
    items, hours = [], 0.0
    while (hours := hours + rng.expovariate(rate / 24)) < 24 * days:
        down = 0.9 if shift_on is not None and hours > 24 * shift_on else 0.3
        sign = -1 if rng.random() < down else rng.choice([0, 1])
        time = START + timedelta(hours=hours)
        items.append(Item(str(len(items)), str(len(items)), time, time, f"outlet{len(items) % 5}", "wire", sign * 0.7))
    return items


def test_a_shift_is_said_with_its_direction_and_onset() -> None:
    items = stream(68, 8, shift_on=60)
    found = standing(Watch(Settings(), items), START + timedelta(days=68))
    assert (found.state, found.direction) == ("shift", "de-escalation")
    assert found.since is not None
    assert abs(found.since - (START + timedelta(days=60))) < timedelta(days=3)


def test_a_slow_watchlist_is_too_sparse_and_says_what_would_help() -> None:
    found = standing(Watch(Settings(), stream(90, 0.3)), START + timedelta(days=90))
    assert found.state == "too sparse"
    assert "widen the watchlist" in found.advice


def test_an_empty_watchlist_is_too_sparse_without_numbers() -> None:
    found = standing(Watch(Settings()), START)
    assert found.state == "too sparse"
    assert found.delays == ()
    assert found.evidence_days == 0


def test_the_pace_counts_only_time_with_the_feeds_up() -> None:
    items = [i for i in stream(40, 8) if not START + timedelta(days=10) < i.time < START + timedelta(days=30)]
    outage = Outage(START + timedelta(days=10), START + timedelta(days=30))
    now = START + timedelta(days=40)
    assert abs(pace_of(Watch(Settings(), items, outages=[outage]), now) - 8) < 1.5
    assert pace_of(Watch(Settings(), items), now) < 5


def test_the_expected_delay_falls_with_the_pace_and_with_a_looser_knob() -> None:
    def large(pace: float, q: float) -> float:
        return expected_delays(pace, Settings(false_alarms=q))[0].hours

    assert large(0.1, 1) > large(1, 1) > large(2, 1) > large(7, 1) > large(10, 1) > large(80, 1)
    assert large(10, 0.5) > large(10, 1) > large(10, 4)
    assert 90 < large(2, 1) < 210
    assert 30 < large(10, 1) < 70
