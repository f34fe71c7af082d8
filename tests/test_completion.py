"""The Tab key offers commands, options, directions and the names of watchlists, without loading what they need."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from monitor.cli import main
from monitor.commands import COMMANDS, LAB
from monitor.store.connect import open_store


def offered(line: str, config: Path | None = None) -> list[str]:
    """What is offered for the last word of a line."""
    *words, last = line.split(" ")
    words = ["-c", str(config), *words] if config else words
    return [item.value for item in ShellComplete(main, {}, "monitor", "_MONITOR_COMPLETE").get_completions(words, last)]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    with open_store(tmp_path / "monitor.db") as store, store.write():
        store.note("watchlists", json.dumps([{"id": "qaani"}, {"id": "quds-force"}, {"id": "houthis"}]))
    file = tmp_path / "monitor.yaml"
    file.write_text("contact: a@example.org\n")
    return file


def test_commands_are_offered_with_what_they_do() -> None:
    assert offered("") == sorted(COMMANDS)
    assert offered("sto") == ["stories"]
    assert offered("lab ") == sorted(LAB)
    [item] = ShellComplete(main, {}, "monitor", "_MONITOR_COMPLETE").get_completions([], "sto")
    assert item.help == COMMANDS["stories"][2]


def test_options_and_directions_are_offered() -> None:
    assert offered("--c") == ["--config"]
    assert "--atom" in offered("alerts --")
    assert offered("label 412 de") == ["de-escalation"]


@pytest.mark.parametrize(
    "line", ["stories q", "silence q", "unsilence q", "watchlist try q", "label 1 none --watchlist q"]
)
def test_watchlists_of_the_database_are_offered(config: Path, line: str) -> None:
    assert offered(line, config) == ["qaani", "quds-force"]


def test_without_a_database_the_shipped_watchlists_are_offered(tmp_path: Path) -> None:
    assert "qaani" in offered("stories ", tmp_path / "absent.yaml")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_lines_that_it_can_read(shell: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["completion", shell])
    assert done.exit_code == 0
    assert "_MONITOR_COMPLETE" in done.output
    if shutil.which(shell):
        file = tmp_path / "lines"
        file.write_text(done.output)
        subprocess.run([shell, "-n", str(file)], check=True)


def test_a_real_bash_completes_a_command(tmp_path: Path) -> None:
    program = tmp_path / "monitor"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m monitor "$@"\n')
    program.chmod(0o755)
    script = (
        'eval "$(monitor completion bash)"; COMP_WORDS=(monitor backu); COMP_CWORD=1; '
        'declare -F _monitor_completion >/dev/null && _monitor_completion monitor; echo "${COMPREPLY[@]}"'
    )
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env={**os.environ, "PATH": path}, check=False
    )
    assert done.stdout.split() == ["backup"], done.stderr


def test_completing_imports_no_heavy_part() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "monitor"],
        env={**os.environ, "_MONITOR_COMPLETE": "bash_complete", "COMP_WORDS": "monitor lab ", "COMP_CWORD": "2"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "plain,turning-points" in done.stdout
    names = {line.rsplit("|", 1)[1].strip().partition(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert not names & {"rich", "pydantic", "spacy", "numpy", "aiohttp", "apprise"}
