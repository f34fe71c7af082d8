"""Alerts are scored against dated turning points, one to one, with chance as control."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.lab.turning_points import (
    PastAlert,
    TurningPoint,
    as_json,
    ceiling_ratio,
    points_of,
    read_timeline,
    score_alerts,
    window_of,
)

START = datetime(2023, 1, 1, tzinfo=UTC)
YEARS = [(START, START + timedelta(days=730))]


def a_point(day: int, direction: str = "escalation", *, certain: bool = True) -> TurningPoint:
    return TurningPoint(START + timedelta(days=day), frozenset({"Iran", "Israel"}), direction, certain)  # type: ignore[arg-type]


def an_alert(day: float, direction: str = "escalation") -> PastAlert:
    return PastAlert(START + timedelta(days=day), "iran-israel", direction)  # type: ignore[arg-type]


POINTS = [a_point(100 + 60 * k, ("escalation", "de-escalation")[k % 2]) for k in range(10)]


def test_alerts_soon_after_every_point_score_full_marks_and_beat_chance() -> None:
    alerts = [an_alert(100 + 60 * k + 2, ("escalation", "de-escalation")[k % 2]) for k in range(10)]
    found = score_alerts(alerts, POINTS, "iran-israel", YEARS, pace=6)
    assert (found.found, found.precision.value, found.recall.value, found.f1) == (10, 1, 1, 1)
    assert found.median_hours == 48
    assert found.p_value < 0.01
    assert found.wrong_way == 0
    assert found.quiet_per_quarter == 0


def test_alerts_at_any_time_do_no_better_than_their_shifted_copies() -> None:
    alerts = [an_alert(day, ("escalation", "de-escalation")[day % 2]) for day in range(5, 725, 13)]
    assert score_alerts(alerts, POINTS, "iran-israel", YEARS, pace=6).p_value > 0.05


def test_the_wrong_direction_and_the_wrong_week_do_not_count() -> None:
    alerts = [an_alert(101, "de-escalation"), an_alert(175, "de-escalation")]
    found = score_alerts(alerts, POINTS, "iran-israel", YEARS, pace=6, shifts=10)
    assert found.found == 0
    assert found.wrong_way == 1


def test_an_ambiguous_point_is_ignored_both_ways() -> None:
    found = score_alerts([an_alert(51)], [a_point(50, certain=False), a_point(200)], "iran-israel", YEARS, 6, shifts=10)
    assert (found.points, found.alerts, found.found) == (1, 0, 0)


def test_points_and_alerts_outside_the_covered_time_do_not_count() -> None:
    covered = [(START + timedelta(days=90), START + timedelta(days=110))]
    found = score_alerts([an_alert(101), an_alert(300)], POINTS, "iran-israel", covered, 6, shifts=10)
    assert (found.points, found.alerts, found.found) == (1, 1, 1)


def test_a_sparser_stream_is_given_more_time() -> None:
    assert [window_of(pace).days for pace in (10, 2, 0.3)] == [7, 14, 28]


def test_no_alerts_and_no_points_give_a_score_without_errors() -> None:
    empty = score_alerts([], [], "iran-israel", YEARS, 6, shifts=5)
    assert empty.f1 == 0
    assert ceiling_ratio(empty, empty) is None
    assert as_json(empty)["median_hours"] is None


def test_the_timeline_gives_points_to_the_wide_watchlists(shared: Path) -> None:
    timeline = read_timeline(shared / "data" / "archive" / "timeline-2019-2025.csv")
    assert len(timeline) == 82  # three rows are neither escalation nor de-escalation
    assert len(points_of("iran-israel", timeline)) >= 15
    assert len(points_of("houthis", timeline)) >= 6
    assert len(points_of("iraqi-militias", timeline)) >= 25
