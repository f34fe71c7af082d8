"""The simulated worlds are seeded, and agree draw for draw with the simulator the detector was designed on."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from monitor.lab.shift_worlds import Tilted, World, foreign, simulate, timeline
from monitor.shifts.detector import CAUTION, HOLD_DAYS, MOST_GAP, NEW_USUAL_DAYS, RETURN_LINE, Detector, Plan
from monitor.shifts.stream import TILTS
from monitor.shifts.usual import (
    CORRELATION_TRUST,
    LAG_DAYS,
    LAG_ITEMS,
    LAG_SHARE,
    MEMORY_ITEMS,
    PRIOR_BETS,
    PRIOR_STORIES,
)


@pytest.fixture
def original(shared: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    plain = ModuleType("numba")  # its loops run as plain Python, compiled or not: no need of the compiler here
    plain.njit = lambda **_options: lambda function: function  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "numba", plain)
    spec = importlib.util.spec_from_file_location("original_shift_sim", shared / "tools" / "shift_sim.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def test_a_seed_gives_the_same_stream() -> None:
    one, two = (simulate(np.random.default_rng(5), 60, World(10.0)) for _ in range(2))
    assert np.array_equal(one.score, two.score)
    assert np.array_equal(one.time, two.time)


def test_the_worlds_agree_with_the_original_simulator(original: ModuleType) -> None:
    cases = [
        (World(2.0), {}),
        (World(10.0, mix="hawkish", late=True), {"mix": "hawkish", "late": True}),
        (World(5.0, shifts=(Tilted(50, 1e9, 2.2, -1, 7.0),)), {"shifts": [(50, 1e9, 2.2, -1, 7.0)]}),
        (
            World(5.0, bursts=((30.0, 12, 0),), volume=((20, 27, 4.0),), outages=((60, 64),), silent=((40, 50, 0),)),
            {"bursts": [(30.0, 12, 0)], "vol": [(20, 27, 4.0)], "outages": [(60, 64)], "group_outage": [(40, 50, 0)]},
        ),
        (foreign(5.0), {"day_sd": 0.35, "drift": 0.4, "shape": 1.2, "flip": True, "rho": 0.25, "dup": 0.18}),
    ]
    for seed, (world, options) in enumerate(cases):
        ours = simulate(np.random.default_rng(seed), 90, world)
        theirs = original.gen(np.random.default_rng(seed), 90, world.rate, **options)
        for ours_column, name in ((ours.time, "t"), (ours.score, "x"), (ours.group, "g"), (ours.links, "ns")):
            assert np.array_equal(ours_column, theirs[name]), (world, name)
        assert np.array_equal(ours.arrival, theirs["arr"])


def test_the_detector_gives_the_original_messages_on_a_two_year_timeline(original: ModuleType) -> None:
    sample, episodes = timeline(np.random.default_rng(11), 4.0)
    theirs, truth = original.timeline(np.random.default_rng(11), 4.0)
    assert np.array_equal(sample.time, theirs["t"])
    assert [(e.start, e.end, e.side) for e in episodes] == [(e[0], e[1], e[3]) for e in truth]
    detector = Detector(sample.stream(), Plan(((-np.inf, 115.0),)))
    codes = {"shift": 1, "resumed": 1, "faded": 0, "new-usual": 2}
    ours = [(turn.time, codes[turn.kind] * turn.side) for turn in detector.run()]
    columns = (theirs[name] for name in ("t", "x", "c", "g", "ns"))
    tilts, prior = np.array(TILTS), np.array(PRIOR_BETS).reshape(2, len(TILTS))
    memory = (LAG_DAYS, LAG_ITEMS, 180.0, MEMORY_ITEMS, PRIOR_STORIES)
    options = (CAUTION, CORRELATION_TRUST, LAG_SHARE, 3.0, MOST_GAP, HOLD_DAYS, NEW_USUAL_DAYS, TILTS[0])
    times, kinds, _ = original.det_sm(*columns, 115.0, RETURN_LINE, tilts, prior, *memory, *options)
    assert len(ours) > 10
    assert ours == [(t, k) for t, k in zip(times.tolist(), kinds.tolist(), strict=True)]
