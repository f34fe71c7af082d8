"""How commands lay things out: with rich on a terminal, as lines of tab-separated columns in a pipe.

Text of feeds cannot move the cursor, colour anything or turn a line around. rich is imported only for a terminal: in a
pipe the answer should be there at once.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

# Beside the mark, which tells them apart where there is no colour.
STYLES = {"escalation": "red", "de-escalation": "blue", "none": ""}
MARKS = {"escalation": "▲", "de-escalation": "▼", "none": "·"}
# Longest text shown of a feed's title, in characters: some feeds put the whole story there.
TITLE_LENGTH = 300

# Where a title begins: behind the time and the mark.
INDENT = 10

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_RTL = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


class Item(NamedTuple):
    """One thing in a list by time: what it says, and in small print what belongs to it, each piece kept whole where there
    is room. `at` is UTC, ISO 8601."""

    at: str
    direction: str
    title: str
    notes: Sequence[str]


def on_terminal() -> bool:
    """Whether a person looks at standard output."""
    return sys.stdout.isatty()


def clean(text: str | None) -> str:
    """Text for one line, without control and direction characters."""
    return " ".join(_CONTROLS.sub(" ", text or "").split())


def shown(text: str) -> str:
    """A title for a terminal: within bounds, and where its script runs from right to left, kept from turning its line."""
    text = clean(text)
    text = text if len(text) <= TITLE_LENGTH else text[: TITLE_LENGTH - 1].rstrip() + "…"
    return isolated(text)


def isolated(text: str) -> str:
    """On a terminal, words of a script that runs from right to left between marks that keep them from turning their line."""
    return f"\u2068{text}\u2069" if on_terminal() and _RTL.search(text) else text


def minute(moment: str | None) -> str:
    """`2031-03-16 12:00`, or `-` where there is none."""
    return moment[:16].replace("T", " ") if moment else "-"


def console() -> Any:
    """A console on standard output that breaks lines only on a terminal."""
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False, soft_wrap=not on_terminal())


def print_columns(head: Sequence[str] | None, rows: Iterable[Sequence[str]]) -> None:
    """Tab-separated lines, for a pipe."""
    if head:
        print("\t".join(head))
    for row in rows:
        print("\t".join(clean(cell) for cell in row), flush=head is None)


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, below: str = "") -> None:
    """A table: on a terminal without the columns that are empty in each row, and with the texts of the column `below` under
    it, as sentences about what the first column names."""
    if not on_terminal():
        print_columns(head, rows)
        return
    from rich.table import Table
    from rich.text import Text

    used = [place for place in range(len(head)) if any(row[place] not in ("", "-") for row in rows)]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    said = head.index(below) if below else None
    used = [place for place in used if place != said]
    for place in used:
        table.add_column(head[place], no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text(clean(row[place])) for place in used))
    console().print(table)
    for row in rows:
        if said is not None and row[said]:
            print_paragraph(f"{row[0]}: {clean(row[said])}", hanging=2)


def print_paragraph(text: str, *, indent: int = 2, hanging: int = 0, style: str = "") -> None:
    """A paragraph; on a terminal its lines are broken at words and begin under each other."""
    if not on_terminal():
        print(" " * indent + text)
        return
    from rich.text import Text

    out = console()
    lines = Text(text, style).wrap(out, max(out.width - indent - hanging, 20))
    for place, line in enumerate(lines):
        line.rstrip()
        out.print(Text(" " * (indent + (hanging if place else 0))).append(line))


def print_items(items: Iterable[Item]) -> None:
    """A list by time on a terminal: each day once, below it time, mark and title, and in small print the rest."""
    writer = ItemWriter()
    for item in items:
        writer.write(item)


class ItemWriter:
    """Writes a list by time item by item, as they come."""

    def __init__(self) -> None:
        self._day = ""
        self._console = console()

    def write(self, item: Item) -> None:
        """Write the next item."""
        from rich.text import Text

        day = _day(item.at)
        if day != self._day:
            self._console.print(Text(day, "bold"))
            self._day = day
        room = max(self._console.width - INDENT, 20)
        head = Text("  ").append(item.at[11:16], "dim").append(" ")
        head.append(MARKS.get(item.direction, " "), STYLES.get(item.direction, "")).append(" ")
        for line in Text(shown(item.title)).wrap(self._console, room):
            line.rstrip()
            self._console.print(head.append(line))
            head = Text(" " * INDENT)
        for words in packed([clean(note) for note in item.notes], room):
            for line in Text(words, "dim").wrap(self._console, room):
                line.rstrip()
                self._console.print(Text(" " * INDENT).append(line))


def packed(notes: Sequence[str], room: int) -> list[str]:
    """Lines of pieces with a dot between them, a piece broken only where it is wider than a line."""
    from rich.cells import cell_len

    lines: list[str] = []
    for note in filter(None, notes):
        if lines and cell_len(f"{lines[-1]} · {note}") <= room:
            lines[-1] += f" · {note}"
        else:
            lines.append(note)
    return lines


def _day(moment: str) -> str:
    from .clock import from_text

    day = from_text(moment)
    return f"{day:%a} {day.day} {day:%b %Y} (UTC)"
