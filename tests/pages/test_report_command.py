"""`monitor report` as it is typed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from tests.pages.world import END, watchlists


@pytest.fixture
def config(world: Path, tmp_path: Path) -> Path:
    (tmp_path / "lists").mkdir()
    for each in watchlists():
        (tmp_path / "lists" / f"{each.id}.yaml").write_text(f"id: {each.id}\nname: {each.name}\nnames: [{each.name}]\n")
    shutil.copy(world, tmp_path / "monitor.db")
    file = tmp_path / "monitor.yaml"
    file.write_text(
        "contact: a@example.org\ntimezone: Asia/Baghdad\nwatchlists: lists\nfeeds: [{id: a, url: 'https://a.example'}]\n"
    )
    return file


def run(config: Path, *words: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["-c", str(config), "report", *words], env=environment)


def test_a_report_is_written_and_its_size_told(config: Path, tmp_path: Path) -> None:
    done = run(config, "--out", str(tmp_path / "r.html"), "--until", END.date().isoformat())
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{tmp_path / 'r.html'}: 0.")
    assert "Asia/Baghdad" in (tmp_path / "r.html").read_text("utf-8")


def test_a_moment_that_cannot_be_read_is_misuse(config: Path) -> None:
    done = run(config, "--until", "yesterday-ish")
    assert done.exit_code == 2
    assert "neither a date" in done.output


def test_serving_to_other_machines_without_a_token_is_refused(config: Path) -> None:
    done = run(config, "--serve", "0.0.0.0:8765")
    assert done.exit_code == 1
    assert "web_token" in done.output


def test_a_short_token_is_refused_and_not_shown(config: Path) -> None:
    done = run(config, "--serve", "127.0.0.1:8765", MONITOR_WEB_TOKEN="hunter2")
    assert done.exit_code == 1
    assert "shorter than" in done.output
    assert "hunter2" not in done.output


def test_an_address_that_cannot_be_read_is_told_how_to_write_one(config: Path) -> None:
    done = run(config, "--serve", "nowhere")
    assert done.exit_code == 1
    assert "Write 127.0.0.1:8765" in done.output


def test_a_feed_that_never_answered_is_counted_as_silent(config: Path, tmp_path: Path) -> None:
    (tmp_path / "monitor.db").unlink()
    text = config.read_text("utf-8").replace("'https://a.example'", "'http://127.0.0.1:1/x.xml', private: true")
    config.write_text(text, "utf-8")
    assert "connection refused" in CliRunner().invoke(main, ["-c", str(config), "poll"]).output
    done = run(config, "--out", str(tmp_path / "r.html"))
    assert done.exit_code == 0, done.output
    assert "1 of 1 feeds does not answer" in (tmp_path / "r.html").read_text("utf-8")
