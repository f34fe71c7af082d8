"""Promises of the log: each line begins with the name of an event, and deploy/README.md lists every name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def logged() -> dict[str, str]:
    """The first word of every line that the program logs, and where."""
    found = {}
    for file in sorted((ROOT / "monitor").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
                continue
            first = node.args[0]
            if ast.unparse(node.func.value) == "log" and isinstance(first, ast.Constant):
                found[str(first.value).split()[0].rstrip(";")] = file.name
    return found


def listed() -> set[str]:
    text = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    table = re.search(r"\| events \| of \|\n\|---\|---\|\n((?:\|.*\n)+)", text)
    assert table
    return set(re.findall(r"`([^`]+)`", table[1]))


def test_each_line_begins_with_the_name_of_an_event() -> None:
    assert {name: file for name, file in logged().items() if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)} == {}


def test_the_guide_lists_every_event() -> None:
    assert set(logged()) - listed() == set()


def test_the_guide_lists_no_event_that_is_no_more() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "monitor").rglob("*.py"))
    assert {name for name in listed() if f'"{name}' not in source} == set()
