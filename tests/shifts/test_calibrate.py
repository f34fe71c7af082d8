"""The alert line is learnt from quiet history only, repeatably, and within bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from monitor.lab.shift_worlds import Tilted, World, foreign, simulate
from monitor.shifts.calibrate import calibrate, quiet_blocks
from monitor.shifts.detector import Detector, Plan
from monitor.shifts.records import Settings, Turn
from monitor.shifts.stream import Stream


def history(world: World, days: float = 200.0, seed: int = 4) -> tuple[Stream, list[Turn]]:
    detector = Detector(simulate(np.random.default_rng(seed), days, world).stream(), Plan(((-math.inf, 115.0),)))
    detector.run()
    return detector.stream, detector.turns


def test_a_young_watchlist_keeps_the_closed_form() -> None:
    found = calibrate(*history(World(4.0), days=40), Settings(), seed=1)
    assert found.line == found.closed_form == 115
    assert found.bootstrap_rate is None
    assert "40 quiet days" in found.reason or "quiet days with" in found.reason


def test_an_empty_watchlist_keeps_the_closed_form() -> None:
    assert calibrate(Stream(), [], Settings(false_alarms=2), seed=1).line == 57.5


def test_a_restless_world_raises_the_line_and_a_seed_gives_it_again() -> None:
    stream, turns = history(foreign(6.0))
    one, two = (calibrate(stream, turns, Settings(), seed=7, quarters=6) for _ in range(2))
    assert one == two
    assert one.line > 115
    assert one.line <= 5 * 115


def test_shifted_time_is_not_drawn_from() -> None:
    stream, turns = history(World(6.0, shifts=(Tilted(120.0, 160.0, 2.2, -1),)))
    assert any(turn.kind == "shift" and turn.side == -1 and 118 < turn.onset < 125 for turn in turns)
    drawn = {i for start, end in quiet_blocks(stream, turns) for i in range(start, end)}
    inside = [i for i in range(len(stream)) if 126 < stream.time[i] < 155]
    assert inside
    assert not drawn & set(inside)


@pytest.mark.parametrize("q", [0.5, 4.0])
def test_the_line_stays_within_half_and_five_times_the_closed_form(q: float) -> None:
    found = calibrate(*history(World(6.0)), Settings(false_alarms=q), seed=3, quarters=8)
    assert 0.5 <= found.line / found.closed_form <= 5
