"""The commands that take archives and results, as a person calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.archive.extra import require
from monitor.cli import main
from monitor.yamlfile import FileErrors
from tests.archive import past

LISTS = str(past.watchlists_dir())


@pytest.fixture
def result(finished: Path) -> str:
    return str(finished)


def call(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


def test_a_result_is_replayed_by_its_folder(result: str) -> None:
    done = call("replay", result, "--watchlists", LISTS, "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert {line["kind"] for line in told} >= {"signal"}


def test_a_result_is_reported_by_its_folder(result: str, tmp_path: Path) -> None:
    done = call("report", result, "--watchlists", LISTS, "--out", str(tmp_path / "past.html"))
    assert done.exit_code == 0, done.output
    assert (
        "Kata&#39;ib Hezbollah" in (tmp_path / "past.html").read_text()
        or "Kata'ib Hezbollah" in (tmp_path / "past.html").read_text()
    )


def test_a_backtest_prints_and_draws(result: str, tmp_path: Path) -> None:
    timeline = tmp_path / "turns.csv"
    timeline.write_text(
        "date,actors,direction,description,certainty\n"
        "2023-10-16,Kata'ib Hezbollah; US,escalation,First attacks,high\n"
        "2023-10-30,Kata'ib Hezbollah,de-escalation,A quiet pause,high\n"
    )
    words = [
        "lab",
        "backtest",
        result,
        "--watchlists",
        LISTS,
        "--timeline",
        str(timeline),
        "--only",
        "kataib-hezbollah",
    ]
    done = call(*words, "--set", "signal.strength=1,3", "--chart", str(tmp_path / "turns.png"))
    assert done.exit_code == 0, done.output
    assert "missed by signal.strength=3:\n  2023-10-16 ▲ First attacks" in done.stdout
    assert (tmp_path / "turns.png").read_bytes().startswith(b"\x89PNG")


def test_a_result_given_as_an_archive_is_refused(result: str) -> None:
    done = call("backfill", result, "--watchlists", LISTS)
    assert done.exit_code == 2
    assert "a result is not an archive: give it alone, with --into" in done.stderr


def test_a_result_goes_into_a_database(result: str, tmp_path: Path) -> None:
    done = call("backfill", result, "--watchlists", LISTS, "--into", str(tmp_path / "monitor.db"))
    assert done.exit_code == 0
    assert "24 stories taken in silently, 0 known before" in done.stdout


def test_a_database_whose_folder_is_absent_is_refused(result: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["backfill", result, "--watchlists", LISTS, "--into", str(tmp_path / "no" / "monitor.db")]
    )
    assert done.exit_code == 1
    assert "its folder does not exist. Name the database that `state:` in monitor.yaml names" in done.stderr


def test_what_is_not_installed_is_named_with_the_extra_that_brings_it() -> None:
    with pytest.raises(
        FileErrors, match=r"archives: need no_such_package, not installed\. Run `pip install 'monitor\[cluster\]'`"
    ):
        require("pytest", "no_such_package")
