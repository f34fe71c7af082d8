"""Every command of the README is executed: the short ones here, the two set-up lines in a fresh clone by the heavy tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.+?)\n```", TEXT, re.DOTALL)
MARKED = dict(re.findall(r"<!-- (demo|test) -->\n```sh\n(.+?)\n```", TEXT, re.DOTALL))


def shell(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_readme_has_the_two_lines_and_the_four_recipes() -> None:
    assert set(MARKED) == {"demo", "test"}
    assert len(BLOCKS) == 6
    assert all("\n" not in line for line in MARKED.values())


def test_every_path_the_readme_names_exists() -> None:
    for path in re.findall(r"\]\(([\w./-]+)\)", TEXT):
        assert (ROOT / path).exists(), path


def test_the_recipe_for_own_feeds_works_with_the_installed_command(tmp_path: Path) -> None:
    """The recipe's own lines, but for its install line (tried by the heavy tests) and its editor."""
    recipe = next(block for block in BLOCKS if "monitor init" in block and "sudo" not in block)
    commands = [command for line in recipe.splitlines() for command in line.split(" && ")]
    commands = [command for command in commands if command.startswith("bin/") and "poll" not in command]
    commands.remove("bin/monitor status")  # there is no database before the first poll
    assert "bin/monitor init" in commands
    assert "bin/monitor check" in commands
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin" / "monitor"
    wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} -m monitor "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    done = shell("\n".join(commands), tmp_path, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    assert "All fine." in done.stdout
    explain = next(block for block in BLOCKS if "explain -" in block)
    done = shell(explain, tmp_path, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    assert "de-escalation" in done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone of what is committed."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(tmp_path / "clone")], check=True)
    (tmp_path / "home").mkdir()
    return tmp_path / "clone"


def _bare(clone: Path) -> dict[str, str]:
    """The environment of a new user: an empty home, no shared data, only what the system has."""
    keep = {
        key: value
        for key, value in os.environ.items()
        if key.startswith(("PIP_", "SSL_", "REQUESTS_")) or key == "PATH"
    }
    return {**keep, "HOME": str(clone.parent / "home"), "LANG": "C.UTF-8"}


@pytest.mark.heavy
def test_the_demo_line_works_in_a_fresh_clone_with_an_empty_home(clone: Path) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", MARKED["demo"]],
        cwd=clone, env=_bare(clone), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "mails delivered" in done.stdout
    assert list((clone / "demo-out" / "mail" / "new").iterdir())


@pytest.mark.heavy
def test_the_recipe_for_own_feeds_installs_from_a_fresh_clone(clone: Path) -> None:
    recipe = next(block for block in BLOCKS if "monitor init" in block and "sudo" not in block)
    lines = recipe.replace("nano monitor.yaml", "true monitor.yaml").splitlines()
    # the real feeds cannot be reached from a test: everything but the poll itself
    script = "\n".join(line for line in lines if "poll" not in line)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=clone, env=_bare(clone), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "All fine." in done.stdout
    shutil.rmtree(clone)
