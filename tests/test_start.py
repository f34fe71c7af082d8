"""The command line answers at once: what is asked most often imports next to nothing."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.commands import COMMANDS, LAB, help_page
from monitor.start import plain_status
from monitor.store.connect import open_store

# What takes long to import and is needed neither for help nor for a look at the status.
HEAVY = {"click", "rich", "pydantic", "spacy", "aiohttp", "apprise", "numpy", "feedparser", "ruamel", "sqlite_utils"}


def imported(*words: str) -> tuple[set[str], int]:
    """The packages that `monitor WORDS` imports, and its exit code."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "monitor", *words], capture_output=True, text=True, check=False
    )
    names = {line.rsplit("|", 1)[1].strip() for line in ran.stderr.splitlines() if line.startswith("import time:")}
    return {name.partition(".")[0] for name in names}, ran.returncode


@pytest.fixture
def config(tmp_path: Path) -> Path:
    open_store(tmp_path / "monitor.db").close()
    file = tmp_path / "monitor.yaml"
    file.write_text("contact: a@example.org\n")
    return file


def test_help_imports_no_heavy_part() -> None:
    packages, code = imported("--help")
    assert (packages & HEAVY, code) == (set(), 0)


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_status_imports_no_heavy_part(config: Path, form: list[str]) -> None:
    packages, code = imported("-c", str(config), "status", *form)
    assert (packages & HEAVY, code) == (set(), 0)


def test_both_ways_to_the_help_page_print_the_same() -> None:
    assert CliRunner().invoke(main, ["--help"]).output == help_page()


def test_the_help_page_fits_a_narrow_terminal() -> None:
    assert max(map(len, help_page().splitlines())) <= 80


@pytest.mark.parametrize("table", [COMMANDS, LAB])
def test_each_command_of_a_table_is_where_the_table_says(table: dict[str, tuple[str, str, str]]) -> None:
    group = main if table is COMMANDS else main.get_command(click.Context(main), "lab")
    assert isinstance(group, click.Group)
    for name in table:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        assert command.help or command.short_help
        assert table is LAB or command.name == name


SUB = [
    ("feeds", "add"),
    ("feeds", "import"),
    ("feeds", "export"),
    ("watchlist", "try"),
    *(("lab", name) for name in LAB),
]


@pytest.mark.parametrize("words", [*((name,) for name in COMMANDS), *SUB], ids=" ".join)
def test_each_command_s_help_has_its_purpose_an_example_and_what_each_option_does(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*words, "--help"])
    assert shown.exit_code == 0
    assert re.search(r"Examples?[:,]", shown.output)
    command: click.Command = main
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    assert command.help
    for param in command.params:
        assert not isinstance(param, click.Option) or param.help, param.name


def test_a_status_with_other_options_is_left_to_the_whole_command_line() -> None:
    assert plain_status(["status", "--help"]) is None
    assert plain_status(["-c", "x.yaml", "stories"]) is None


def test_a_status_without_a_database_says_what_to_do(tmp_path: Path) -> None:
    config = tmp_path / "monitor.yaml"
    config.write_text("contact: a@example.org\n")
    ran = subprocess.run(
        [sys.executable, "-m", "monitor", "-c", str(config), "status"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "no such database yet" in ran.stderr


def test_a_pipe_that_is_closed_early_is_no_fault(config: Path) -> None:
    ran = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m monitor -c {config} status | true"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in ran.stderr
