"""The alert line from a watchlist's own quiet past: a block bootstrap that asks how often a usual stream would alert.

Start with the closed form (115 / q days). Once there are 60 quiet days and 100 families, four-day blocks of usual
time are drawn anew into forty quarters of a stream in which nothing changes, and the line is moved to where that
stream gives the user's rate. Moves down are halved (a quiet past may have been lucky), and the line stays within
half and five times the closed form.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from .detector import Detector, Plan
from .records import Settings, Turn
from .stream import Stream

BLOCK_DAYS = 4.0
LEAST_QUIET_DAYS, LEAST_FAMILIES = 60.0, 100
# Only this much of the past is drawn from: older news followed other habits.
HISTORY_DAYS = 200.0
QUARTER_DAYS, QUARTERS, WARM_DAYS = 90.0, 40, 180.0
LOWEST, HIGHEST = 0.5, 5.0
# Leaving out all that looked like a shift leaves a past that is calmer than it was: a stream redrawn from it gives
# this share of the shifts it should (measured in simulated worlds: 0.63-0.80; the careful end is taken).
CALMER = 0.62
# Looks at the bootstrap: each moves the line by what the one before found.
LOOKS = 3
# A line that moves by less than this share is left where it is.
LEAST_MOVE = 0.05


@dataclass(frozen=True, slots=True)
class Calibration:
    """One line of the audit trail. `line` days of evidence from now on; `reason` a sentence.

    `closed_form` 115 / q; `bootstrap_rate` false shifts a quarter that the bootstrap gave at the closed form (None if
    there was too little history); `quiet_days`, `families` what it drew from; `seed` makes it repeatable.
    """

    line: float
    closed_form: float
    quiet_days: float
    families: int
    bootstrap_rate: float | None
    seed: int
    reason: str


def calibrate(
    stream: Stream, turns: Sequence[Turn], settings: Settings, seed: int, quarters: int = QUARTERS
) -> Calibration:
    """The alert line of a watchlist from its stream and the turns found in it. Deterministic for a `seed`."""
    closed = settings.closed_form_line
    blocks = quiet_blocks(stream, turns)
    families = sum(stream.rank[i] == 0 for start, end in blocks for i in range(start, end))
    quiet = len(blocks) * BLOCK_DAYS
    if quiet < LEAST_QUIET_DAYS or families < LEAST_FAMILIES:
        reason = f"{quiet:.0f} quiet days with {families} stories; own history counts from 60 days and 100 stories on"
        return Calibration(closed, closed, quiet, families, None, seed, reason)
    drawn = redraw(stream, blocks, WARM_DAYS + quarters * QUARTER_DAYS, seed)
    q, memory = settings.false_alarms, settings.memory.total_seconds() / 86400
    line, first = closed, 0.0
    for look in range(LOOKS):
        rate = false_shifts(drawn, line, memory) / quarters
        if look == 0:
            first = rate
        # one shift in all those quarters is the least that can be told from none
        line *= max(rate / CALMER, 1 / quarters) / q
        line = min(max(line, LOWEST * closed), HIGHEST * closed)
    if line < closed:
        line = math.sqrt(line * closed)
    if abs(math.log(line / closed)) < LEAST_MOVE:
        line = closed
    reason = f"a usual stream redrawn from {quiet:.0f} quiet days gives {first:.2f} shifts a quarter at the closed form"
    return Calibration(line, closed, quiet, families, first, seed, reason)


def quiet_blocks(stream: Stream, turns: Sequence[Turn]) -> list[tuple[int, int]]:
    """Four-day blocks (first and end index) of the last 200 days that lie wholly in usual time."""
    if not len(stream):
        return []
    end = stream.time[-1]
    start = max(stream.time[0], end - HISTORY_DAYS)
    spans = _shifted_spans(turns, end)
    blocks = []
    index = 0
    for k in range(int((end - start) / BLOCK_DAYS)):
        low, high = start + k * BLOCK_DAYS, start + (k + 1) * BLOCK_DAYS
        while index < len(stream) and stream.time[index] < low:
            index += 1
        first = index
        while index < len(stream) and stream.time[index] < high:
            index += 1
        if not any(a < high and b > low for a, b in spans):
            blocks.append((first, index))
    return blocks


def _shifted_spans(turns: Sequence[Turn], end: float) -> list[tuple[float, float]]:
    """From the onset of each shift to its end (the onset of what ended it)."""
    spans: list[tuple[float, float]] = []
    running: float | None = None
    for turn in turns:
        if turn.kind == "resumed":
            running = turn.onset
            continue
        if running is not None:
            spans.append((running, turn.time if turn.kind == "new-usual" else turn.onset))
        running = turn.onset if turn.kind == "shift" else None
    if running is not None:
        spans.append((running, end + 1))
    return spans


def redraw(stream: Stream, blocks: Sequence[tuple[int, int]], days: float, seed: int) -> Stream:
    """A stream of `days` days put together from blocks drawn with replacement, each from its first day on."""
    rng = random.Random(seed)  # noqa: S311  (repeatable, not secret)
    drawn = Stream()
    base = stream.time[0] if stream.time[-1] - stream.time[0] <= HISTORY_DAYS else stream.time[-1] - HISTORY_DAYS
    for k in range(math.ceil(days / BLOCK_DAYS)):
        first, end = rng.choice(blocks)
        if first == end:
            continue
        low = base + math.floor((stream.time[first] - base) / BLOCK_DAYS) * BLOCK_DAYS
        for i in range(first, end):
            weight = stream.weight[i]
            drawn.append(
                k * BLOCK_DAYS + stream.time[i] - low, stream.score[i], stream.group[i], stream.rank[i], weight
            )
    return drawn


def false_shifts(drawn: Stream, line: float, memory: float = 180.0) -> int:
    """Shifts after the warm-up in a stream in which nothing changes."""
    detector = Detector(drawn, Plan(((-math.inf, line),), memory=memory))
    return sum(turn.kind == "shift" and turn.time >= WARM_DAYS for turn in detector.run())
