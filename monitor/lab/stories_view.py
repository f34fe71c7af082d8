"""What `monitor lab stories` shows a person: figures, confusion matrix, reliability, errors with their traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text as Words

from monitor.reading.records import Reading

from .measures import DIRECTIONS, calibration_error, confusion, direction_score
from .stories import LANGUAGES, Scored, by_trap, direction_pairs, errors, in_language, reliability_table

_SHORT = {"escalation": "E", "de-escalation": "D", "none": "–", None: "missed"}


def show_summary(console: Console, figures: dict[str, Any]) -> None:
    """One line a metric; what the labels do not allow is left out."""
    console.print(f"{figures['stories']} stories")
    if matching := figures["matching"]:
        shown = "  ".join(f"{name} {matching[name]:.3f}" for name in ("precision", "recall", "f1"))
        console.print(f"matching       {shown}")
    if per := figures["per_watchlist"]:
        console.print(f"per watchlist  accuracy {per['accuracy']:.3f} of {per['n']}")
    if grouped := figures["grouping"]:
        console.print(
            f"grouping       pairwise F1 {grouped['pairwise_f1']:.3f}  opposed merges {grouped['opposed_merges']}"
        )
    if (shown := figures["evidence"]) and shown["overlap"] is not None:
        console.print(
            f"evidence       overlaps the labelled clause in {shown['overlap']:.3f} of {shown['n']} rightly read"
        )


def show_directions(console: Console, rows: Sequence[Scored]) -> None:
    """Direction by language and, where the file names them, by trap; then the confusion matrix."""
    parts = {"all": rows} | {lang: in_language(rows, lang) for lang in LANGUAGES}
    parts |= {f"  {trap}": held for trap, held in by_trap(rows).items()}
    table = Table("direction", "n", "accuracy", "macro-F1", "sign flips", box=None, pad_edge=False)
    for name, held in parts.items():
        if figures := direction_score(direction_pairs(held)):
            flips = f"{figures.sign_flips} ({figures.sign_flips / figures.n:.1%})"
            table.add_row(name, str(figures.n), f"{figures.accuracy:.3f}", f"{figures.macro_f1:.3f}", flips)
    console.print(table)
    counts = confusion(direction_pairs(rows))
    matrix = Table("labelled \\ read", *DIRECTIONS, box=None, pad_edge=False)
    for gold in DIRECTIONS:
        matrix.add_row(gold, *(str(counts[gold, read]) for read in DIRECTIONS))
    console.print()
    console.print(matrix)


def show_reliability(console: Console, rows: Sequence[Scored]) -> None:
    """How often readings of each confidence were right, and the expected calibration error."""
    found = reliability_table(rows)
    table = Table("confidence", "n", "mean", "right", box=None, pad_edge=False)
    for held in found:
        table.add_row(f"{held.low:.1f}–{held.high:.1f}", str(held.n), f"{held.confidence:.2f}", f"{held.accuracy:.2f}")
    console.print(table)
    console.print(f"expected calibration error {calibration_error(found):.3f}")


def show_errors(console: Console, rows: Sequence[Scored]) -> None:
    """Every wrong reading: labelled > read, the title, the labelled clause, the evidence and trace of the reading."""
    for row, name, labelled, read, reading in errors(rows):
        head = Words(f"{row.story.id}  {_SHORT[labelled]} > {_SHORT[read]}  ", style="bold")
        head.append(f"[{name}] " if name else "", style="cyan")
        head.append(row.story.text.title, style="default")
        console.print(head)
        if name is None and row.story.evidence:
            console.print(Words(f"    labelled: {row.story.evidence}", style="green"))
        if reading is not None:
            console.print(Words(f"    read:     {_why(reading)}", style="yellow"))


def _why(reading: Reading) -> str:
    words = f"“{reading.evidence.text}” ({reading.evidence.part})" if reading.evidence else "no evidence"
    trace = "; ".join(reading.trace) or "no trace"
    return f"{words}; {trace}; {reading.role}, strength {reading.strength}, confidence {reading.confidence:.2f}"
