"""The chart of a shift shows the evidence that the detector had, up to the line it crossed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.shifts.records import Item, Settings
from monitor.shifts.watch import Watch
from monitor.streams import series


def test_a_shift_s_series_ends_above_its_line() -> None:
    start = datetime(2031, 1, 1, tzinfo=UTC)
    items = [
        Item(str(i), f"e{i}", start + timedelta(hours=8 * i), start + timedelta(hours=8 * i), "wire", "en", score)
        for i, score in enumerate([0.6, -0.1, 0.5, 0.6, 0.0] * 18 + [-0.9] * 30)
    ]
    watch = Watch(Settings(), items)
    [notice] = [notice for notice in watch.settle(items[-1].arrived) if notice.kind == "shift"]
    proof = watch.proof(notice)
    assert proof is not None
    found = series(watch, proof)
    moments = [moment for moment, _ in found["points"]]
    assert moments == sorted(moments)
    assert found["points"][-1][1] >= found["line"]
    assert found["points"][0][1] < found["line"] / 10
