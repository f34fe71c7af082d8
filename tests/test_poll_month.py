"""A real month of polls: every story once, edits as revisions, nothing added by a second pass."""

from __future__ import annotations

from pathlib import Path

from tests.poll_month import replay


def test_a_month_of_polls_keeps_each_story_once_and_a_second_pass_adds_nothing(shared: Path) -> None:
    found = replay(passes=2)
    first, second = found["passes"]
    assert first["polls"] == second["polls"] == 2158
    assert first["quarantined polls"] == 0
    assert found["stories kept"] <= found["distinct URLs"]
    assert found["stories revised"] > 500
    assert set(second) == {"polls", "seen", "quarantined polls"}
