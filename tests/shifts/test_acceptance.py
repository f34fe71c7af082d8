"""The acceptance table: what counts as ok, and that its command runs."""

from __future__ import annotations

import json

from click.testing import CliRunner

from monitor.lab.shift_cells import Row, delay, row
from monitor.lab.shift_cells_life import restarts
from monitor.lab.shift_measures import Alarm, Delays, Measured, TimelineScore, median, share
from monitor.lab.shift_worlds import Tilted, World, simulate
from monitor.lab.shifts import jobs
from monitor.lab.shifts_cli import shifts_command

import numpy as np  # isort: skip


def a_row(measured: float, low: float, high: float, *, at_least: bool = False, name: str = "false shifts") -> Row:
    return row(name, "share", Measured(measured, low, high), 1.0, 1.0, at_least=at_least)


def test_a_false_alarm_row_is_ok_if_its_interval_reaches_the_limit_and_says_if_the_figure_does() -> None:
    for name in ("false shifts, 2/day", "false shift within 14 d", "extra false shifts after 4 d outage"):
        assert (a_row(1.1, 0.9, 1.3, name=name).ok, a_row(1.1, 0.9, 1.3, name=name).point_ok) == (True, False)
        assert not a_row(1.3, 1.1, 1.5, name=name).ok


def test_any_other_row_is_ok_only_if_its_figure_reaches_the_limit() -> None:
    assert not a_row(1.1, 0.9, 1.3, name="delay, large shift").ok
    assert a_row(1.0, 0.9, 1.3, name="delay, large shift").ok
    assert not a_row(0.9, 0.7, 1.1, at_least=True, name="found within 72 h").ok
    assert a_row(1.0, 0.8, 1.2, at_least=True, name="found within 72 h").ok


def test_a_missed_shift_is_a_miss_in_the_median_and_a_running_false_alarm_is_left_out() -> None:
    sample = simulate(np.random.default_rng(1), 60, World(2.0))
    delays = Delays()
    delays.add(sample, [Alarm(22.0, 1)], 20.0, 1)
    delays.add(sample, [], 20.0, 1)
    delays.add(sample, [Alarm(10.0, 1)], 20.0, 1)
    assert delays.hours == [48.0, float("inf")]
    assert median([48.0, float("inf"), float("inf")]).value is None
    assert share(1, 2).value == 0.5


def test_on_a_timeline_each_alarm_finds_one_point_and_repeats_are_counted_apart() -> None:
    score = TimelineScore()
    alarms = [Alarm(221.0, 1), Alarm(225.0, 1), Alarm(252.0, 1, "faded"), Alarm(400.0, -1)]
    score.add(alarms, [Tilted(220.0, 250.0, 2.2, 1)], 7.0, 500.0)
    assert (len(score.onset_delays), len(score.end_delays)) == (1, 1)
    assert score.precision().value == 2 / 3
    assert score.repeated().value == 1.0


def test_the_table_has_its_demands_and_their_names_are_different() -> None:
    assert len({(job[1].__name__, job[2][:2]) for job in jobs()}) >= 20
    rows = [*delay(1, 2.0, "large", 6), *restarts(1, 2.0, 2)]
    assert len({each.name for each in rows}) == len(rows)
    for each in rows:
        plain = each.json()
        assert {"name", "limit", "measured", "interval", "ok", "stretch_met"} <= set(plain)
        json.dumps(plain)
    assert rows[-1].measured == 0


def test_the_command_explains_itself() -> None:
    result = CliRunner().invoke(shifts_command, ["--help"])
    assert result.exit_code == 0
    assert "monitor lab shifts --seed 7" in result.output
