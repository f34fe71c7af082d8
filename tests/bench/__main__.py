"""`python -m tests.bench [--row N]... [--rounds N] [--small] [--json]`: our cost beside that of what one would use instead.

The full form takes about half an hour on two quiet cores. `--small` is CI's: smaller and fewer rounds, under three
minutes; it ends with 1 where stories are lost or a ratio falls under 70 % of its must.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import cycle, group_one, match_names, memory, parse_step, read_batch, start_up, store_batch
from .record import Bench, machine, table


@dataclass(frozen=True, slots=True)
class Form:
    """How much is measured: rounds, feeds of a cycle, and the sizes of the rows that have one."""

    rounds: int
    feeds: int
    parse_feeds: int
    match_stories: int
    read_stories: int
    store_batches: int
    history: int
    retold: int
    growth_stories: int


FULL = Form(5, 1000, 60, 2000, 192, 40, 5000, 50, 20_000)
SMALL = Form(2, 150, 20, 500, 64, 20, 5000, 10, 1000)

ROWS: dict[str, Callable[[Form], list[Bench]]] = {
    "1": lambda form: cycle.new_or_not(form.rounds, form.feeds, "1"),
    "2": lambda form: cycle.new_or_not(form.rounds, form.feeds, "2"),
    "3": lambda form: cycle.against_debian(form.rounds, form.feeds),
    "4": lambda form: parse_step.run(form.rounds, form.parse_feeds),
    "5": lambda form: match_names.run(form.rounds, form.match_stories),
    "6": lambda form: read_batch.run(form.rounds, form.read_stories),
    "7": lambda form: start_up.run(max(form.rounds, 3)),
    "8": lambda form: store_batch.run(form.rounds, form.store_batches),
    "9": lambda form: group_one.run(form.rounds, form.history, form.retold),
    "10": lambda form: [*memory.before_a_match(1 + form.rounds // 5, form.feeds), *memory.growth(form.growth_stories)],
    "11": lambda form: cycle.kept_whole(form.feeds),
}


def main(arguments: Sequence[str]) -> int:
    """Measure the rows that are asked for; 1 where one of them is alarming."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--row", action="append", choices=list(ROWS), help="only this row (may be given again)")
    parser.add_argument("--rounds", type=int, help="rounds of each comparison")
    parser.add_argument("--small", action="store_true", help="the small form, for CI")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    form = SMALL if given.small else FULL
    if given.rounds:
        form = Form(given.rounds, *(getattr(form, name) for name in list(Form.__slots__)[1:]))
    benches: list[Bench] = []
    skipped: list[str] = []
    for row in given.row or ROWS:
        began = time.monotonic()
        found = ROWS[row](form)
        if not found:
            skipped.append(f"row {row}: neither newsboat nor sfeed is installed")
        benches += found
        print(f"row {row}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    about = machine()
    if given.json:
        shown = {"benches": [bench.as_json() for bench in benches], "machine": about, "skipped": skipped}
        print(json.dumps(shown, ensure_ascii=False))
    else:
        print("; ".join(f"{name} {value}" for name, value in about.items()), *skipped, "", table(benches), sep="\n")
    alarming = [bench for bench in benches if bench.alarming]
    for bench in alarming:
        print(f"alarm: row {bench.row}, {bench.name}: {bench.ratio:.2f}× ({bench.note})", file=sys.stderr)
    return 1 if alarming else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
