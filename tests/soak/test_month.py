"""A short form of the simulated month; `python -m tests.soak month` is the long one."""

from __future__ import annotations

import pytest

from tests.soak.month import month, unbounded


@pytest.mark.heavy
def test_three_days_with_faults_and_a_kill_a_day_lose_nothing() -> None:
    result = month(feeds=4, days=3, seed=5)
    assert result["faults"] == []
    assert result["lost"] == 0
    assert result["duplicates_outside_cell"] == 0
    assert result["told"] == 2


def test_growth_without_bound_is_noticed() -> None:
    calm = {"at": "x", "memory_mb": 200.0, "descriptors": 20, "database_mb": 5.0}
    assert unbounded([[calm, calm]] * 9) == []
    assert len(unbounded([[calm, calm | {"memory_mb": 300.0, "descriptors": 60}]])) == 2
    sizes = [5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 20.0, 40.0, 80.0]
    assert len(unbounded([[calm | {"database_mb": size}] for size in sizes])) == 1
