"""The table of expected delays that `status` reads from: how many stories a shift takes, by pace and knob."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..shifts.records import CLOSED_FORM_LINE
from .shift_cells import delays_of, shifted_streams
from .shift_measures import detect_with
from .shift_worlds import SIZES

PACES = (0.3, 1.0, 2.0, 5.0, 10.0, 20.0)
KNOBS = (0.25, 1.0, 4.0)
# Items in the streams of one cell: slow paces get more streams.
STREAMS = {0.3: 200, 1.0: 200, 2.0: 160, 5.0: 100, 10.0: 80, 20.0: 50}


def delay_table(seed: int, progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Median number of stories until a shift is told: one row a pace, one column a knob, for each size.

    A shift that most streams miss within 28 days counts as the number of stories of 28 days and one.
    """
    table: dict[str, Any] = {"seed": seed, "paces": list(PACES), "knobs": list(KNOBS)}
    for size in ("large", "medium"):
        rows = []
        for pace in PACES:
            streams = shifted_streams((seed, 30, int(pace * 10), len(size)), STREAMS[pace], pace, SIZES[size])
            row = []
            for knob in KNOBS:
                hours = sorted(delays_of(detect_with(CLOSED_FORM_LINE / knob), streams).hours)
                median = hours[len(hours) // 2]
                row.append(round(pace * (median / 24 if math.isfinite(median) else 29.0), 1))
            rows.append(row)
            progress(f"{size} at {pace:g}/day: {row}")
        table[size] = rows
    return table


def write_delay_table(path: Path, seed: int, progress: Callable[[str], None] = lambda _: None) -> None:
    """Writes the table as JSON, one row a line."""
    table = delay_table(seed, progress)
    path.write_text(json.dumps(table).replace("], [", "],\n  [") + "\n", "utf-8")
