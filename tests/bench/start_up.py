"""Row 7: `monitor --help` and `status --json`, against importing the whole stack and against a bare interpreter."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from .cycle import write_config
from .measure import in_turn, ratio_of
from .measure import run as process
from .record import Bench

# What the whole stack imports. Where torch or pandas happen to be installed, spaCy and sqlite-utils import them too; a
# plain installation has neither.
STACK = (
    "import sys; sys.modules.update(torch=None, pandas=None);"
    "import click, rich.console, rich.table, pydantic, apscheduler.schedulers.asyncio, feedparser, sqlite_utils, aiohttp,"
    "apprise, ruamel.yaml, jinja2, rapidfuzz, ahocorasick_rs, spacy, matplotlib.figure, onnxruntime"
)


def run(rounds: int) -> list[Bench]:
    """Both commands, by the clock (least disturbed by taking every side in turn)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_config(folder, ["http://127.0.0.1:1/"])
        _make_database(folder / "monitor.db")
        commands = {
            "help": [sys.executable, "-m", "monitor", "--help"],
            "status": [sys.executable, "-m", "monitor", "-c", str(folder / "monitor.yaml"), "status", "--json"],
            "stack": [sys.executable, "-c", STACK],
            "bare": [sys.executable, "-c", "pass"],
        }
        for command in commands.values():
            process(command)  # compiled files and the page cache warm
        sides = {name: (lambda command=command: process(command).wall_s) for name, command in commands.items()}
        found = in_turn(rounds, **sides)
    benches = []
    for name, shown in (("help", "monitor --help"), ("status", "monitor status --json")):
        ours = median(found[name]) * 1000
        stack, bare = ratio_of(found[name], found["stack"]), ratio_of(found[name], found["bare"])
        benches += [
            Bench("7", f"`{shown}`, by the clock", "ms", ours, median(found["stack"]) * 1000,
                  "importing the whole stack", stack, 15.0, 25.0),
            Bench("7", f"`{shown}`, by the clock", "ms", ours, median(found["bare"]) * 1000,
                  "a bare interpreter", bare, 1 / 6, 1 / 4),
        ]  # fmt: skip
    return benches


def _make_database(path: Path) -> None:
    from monitor.store.connect import open_store

    open_store(path).close()
