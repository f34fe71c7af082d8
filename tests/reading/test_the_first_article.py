"""The article this project began with: pressed not to attack, full of strikes and dead from earlier years."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from monitor.cli import main


@pytest.fixture
def explained(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(tmp_path)
    article = shared / "data" / "stories" / "article-baghdad-pressures-factions.txt"
    done = CliRunner().invoke(main, ["explain", str(article), "--json"])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def test_all_three_watchlists_are_named(explained: dict[str, Any]) -> None:
    named = {mention["watchlist"] for mention in explained["mentions"] if mention["grade"] == "direct"}
    assert named == {"qaani", "kataib-hezbollah", "coordination-framework"}


def test_who_urges_calm_reads_as_de_escalation_and_who_considers_attacks_does_not(explained: dict[str, Any]) -> None:
    readings = {reading["watchlist"]: reading for reading in explained["readings"]}
    assert readings["qaani"]["direction"] == "de-escalation"
    assert readings["coordination-framework"]["direction"] == "de-escalation"
    faction = readings["kataib-hezbollah"]
    assert (faction["direction"], faction["strength"]) in (("escalation", 1), ("none", 1))


def test_nothing_from_earlier_years_is_evidence(explained: dict[str, Any], shared: Path) -> None:
    article = (shared / "data" / "stories" / "article-baghdad-pressures-factions.txt").read_text(encoding="utf-8")
    old = [line for line in article.splitlines() if "2023" in line or "2024" in line]
    assert len(old) == 2
    for reading in explained["readings"]:
        for span in [reading["evidence"], *reading["also"]]:
            assert span is None or all(span["text"] not in line for line in old)
