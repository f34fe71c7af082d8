"""Promises of `monitor silence`: an end is always set, mistakes are named, what it held is told when it is lifted."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.clock import utcnow
from monitor.config import read_settings
from monitor.store.connect import open_store
from monitor.store.register import register


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "q.yaml").write_text("id: qaani\nname: Q\nnames: [Qaani]\n", encoding="utf-8")
    path = tmp_path / "monitor.yaml"
    path.write_text("contact: a@example.org\nwatchlists: lists\nfeeds: [{id: a, url: 'https://a.example'}]\n", "utf-8")
    with open_store(tmp_path / "monitor.db") as store:
        register(store, read_settings(path, {}), utcnow())
    return path


def run(config: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--config", str(config), *arguments])
    return done.exit_code, done.output


def test_a_silence_is_set_listed_and_lifted(config: Path) -> None:
    code, said = run(config, "silence", "qaani", "--for", "4h", "--reason", "known visit")
    assert (code, "qaani is silent until" in said) == (0, True)
    assert "known visit" in run(config, "silence")[1]
    assert run(config, "unsilence", "qaani")[0] == 0
    assert "no watchlist is silent" in run(config, "silence")[1]


def test_a_silence_needs_a_known_watchlist_and_an_end(config: Path) -> None:
    assert run(config, "silence", "nobody", "--for", "4h")[0] == 1
    assert run(config, "silence", "qaani")[0] == 2
    assert run(config, "silence", "qaani", "--for", "long")[0] == 2
    assert run(config, "unsilence", "qaani")[0] == 1
