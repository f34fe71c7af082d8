"""Promises of the watchdog's judge: only a part that is under way and does not get on has stalled."""

from __future__ import annotations

from monitor.progress import STALLED_AFTER_S, Progress


def test_a_part_that_gets_on_or_rests_has_not_stalled() -> None:
    now = [0.0]
    progress = Progress(lambda: now[0])
    progress.made("read")
    progress.made("poll")
    progress.ended("poll")
    now[0] = STALLED_AFTER_S - 1
    progress.made("read")
    now[0] = 2 * STALLED_AFTER_S - 2
    assert progress.stalls() == []


def test_a_part_without_progress_has_stalled_until_it_gets_on() -> None:
    now = [0.0]
    progress = Progress(lambda: now[0])
    progress.made("read")
    now[0] = STALLED_AFTER_S + 1
    assert [stall.part for stall in progress.stalls()] == ["read"]
    progress.made("read")
    assert progress.stalls() == []
