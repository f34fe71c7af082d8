"""The promise that no alert is lost, tried on the real process: killed at every named place and at random moments."""

from __future__ import annotations

import os

import pytest

from tests.soak.kills import OTHER_POINTS, STORY_POINTS, kill_runs


@pytest.mark.heavy
def test_sixty_kills_lose_no_alert_and_repeat_only_what_was_accepted_but_not_noted() -> None:
    result = kill_runs(runs=60, seed=6, jobs=min(os.cpu_count() or 1, 4))
    assert result["faults"] == []
    assert result["lost_stories"] == []
    assert result["duplicates_outside_cell"] == 0
    points = result["points"]
    assert isinstance(points, dict)
    assert {*STORY_POINTS, *OTHER_POINTS} <= set(points)
