"""A short form of the simulated month; `python -m tests.soak month` is the long one."""

from __future__ import annotations

import pytest

from tests.soak.month import month


@pytest.mark.heavy
def test_three_days_with_faults_and_a_kill_a_day_lose_nothing() -> None:
    result = month(feeds=4, days=3, seed=5)
    assert result["faults"] == []
    assert result["lost"] == 0
    assert result["duplicates_outside_cell"] == 0
    assert result["told"] == 2
