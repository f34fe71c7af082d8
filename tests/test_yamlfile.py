"""Promises of errors in files that a person writes: an unknown key is met with the keys that may stand at that place."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import read_settings
from monitor.watchlists import read_watchlist
from monitor.yamlfile import FileErrors

LISTS = Path(__file__).parents[1] / "watchlists"
HEAD = f"contact: test@example.org\nwatchlists: {LISTS}\nfeeds:\n  - {{id: a, url: 'https://a.example/'}}\n"


def faults(folder: Path, text: str) -> str:
    file = folder / "monitor.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(FileErrors) as caught:
        read_settings(file, {})
    return str(caught.value)


def test_a_key_at_the_top_is_met_with_those_of_the_top(tmp_path: Path) -> None:
    said = faults(tmp_path, "timezome: UTC\n")
    assert "monitor.yaml:5: timezome: unknown key. Did you mean `timezone`? Known keys here: " in said
    assert "routes" in said


def test_a_key_of_a_part_is_met_with_those_of_that_part(tmp_path: Path) -> None:
    said = faults(tmp_path, "polling:\n  spacign: 5s\n")
    expected = (
        "polling.spacign: unknown key. Did you mean `spacing`? Known keys here: concurrency, max, min, spacing, timeout"
    )
    assert f"monitor.yaml:6: {expected}" in said


def test_a_key_deep_in_a_named_route_is_met_with_those_of_its_quiet_hours(tmp_path: Path) -> None:
    said = faults(tmp_path, "routes:\n  desk:\n    channels: []\n    quiet:\n      form: 22:00\n      to: 07:00\n")
    assert "routes.desk.quiet.form: unknown key. Did you mean `from`? Known keys here: days, from, " in said


def test_a_key_that_resembles_none_is_met_with_the_list_alone(tmp_path: Path) -> None:
    said = faults(tmp_path, "retention: {zzz: 1d}\n")
    assert "retention.zzz: unknown key. Known keys here: stories, text" in said


def test_a_key_of_a_feed_is_met_with_those_of_a_feed(tmp_path: Path) -> None:
    file = tmp_path / "monitor.yaml"
    file.write_text(HEAD.replace("url:", "langauge: ar, url:"), encoding="utf-8")
    with pytest.raises(
        FileErrors, match=r"feeds\[0\].langauge: unknown key. Did you mean `language`\? Known keys here"
    ):
        read_settings(file, {})


def test_a_key_of_a_name_in_a_watchlist_is_met_with_those_of_a_name(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("id: x\nname: X\nnames:\n  - text: Xylon\n    neer: [Iraq]\n", encoding="utf-8")
    with pytest.raises(FileErrors) as caught:
        read_watchlist(file)
    assert (
        "x.yaml:5: names[0].neer: unknown key. Did you mean `near`? Known keys here: near, since, text, unless, without"
    ) in str(caught.value)
