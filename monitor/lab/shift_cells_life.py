"""Acceptance cells about a watchlist's life: late stories, restarts, a foreign world with own calibration, the oracle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from ..shifts.calibrate import calibrate
from ..shifts.detector import Detector, Plan
from ..shifts.records import Item, Settings, from_days
from ..shifts.watch import Notice, Watch
from .shift_cells import LINE, YEARS, Row, at, delays_of, row, shifted_streams, usual_streams
from .shift_measures import Delays, Measured, detect_with, median, rate_of, ratio_of_medians
from .shift_oracle import calibrated_oracle
from .shift_worlds import SIZES, WARM_DAYS, Sample, World, foreign

# The simulated day 0, in days since 1970.
EPOCH = 20_000.0
# Hours between two polls in the long simulations.
POLL_HOURS = 3.0


def items_of(sample: Sample) -> list[Item]:
    """A sample as items: linked copies share an event; a false link joins the event of the item before."""
    items: list[Item] = []
    events: list[str] = []
    for i in range(sample.time.size):
        story = int(sample.story[i])
        event = f"i{i}"
        if sample.links[i] > 0:
            earlier = next((j for j in range(i - 1, max(-1, i - 400), -1) if sample.story[j] == story), i - 1)
            event = events[earlier] if earlier >= 0 else event
        events.append(event)
        published, arrived = from_days(EPOCH + sample.time[i]), from_days(EPOCH + sample.arrival[i])
        group = str(sample.group[i])
        items.append(Item(f"{i:06}", event, published, max(arrived, published), group, group, float(sample.score[i])))
    return items


def told_by_polls(items: Sequence[Item], hours: float = POLL_HOURS) -> list[Notice]:
    """The alert log of a watch that takes what has arrived every so many hours."""
    watch = Watch(Settings())
    waiting = sorted(items, key=lambda item: item.arrived)
    place = 0
    while place < len(waiting):
        now = waiting[place].arrived + timedelta(hours=hours)
        end = place
        while end < len(waiting) and waiting[end].arrived <= now:
            end += 1
        watch.add(waiting[place:end], now)
        place = end
    return watch.notices


def late_items(seed: int, rate: float, streams: int, shifts: int) -> list[Row]:
    """15 % of the items a day late: false shifts told, and the extra delay of a true one."""
    samples = usual_streams((seed, 10, int(rate * 10)), streams, World(rate, late=True))
    counts = []
    for sample in samples:
        told = told_by_polls(items_of(sample))
        since = from_days(EPOCH + WARM_DAYS)
        counts.append(sum(n.kind == "shift" and n.told >= since for n in told))
    false = rate_of(counts, [sample.days - WARM_DAYS for sample in samples])
    late, in_time = [], []
    for sample, start, side in shifted_streams((seed, 11, int(rate * 10)), shifts, rate, SIZES["large"], late=True):
        hours = _hours_until_told(sample, start, side)
        prompt = _hours_until_told(replace(sample, arrival=sample.time), start, side)
        if hours is not None and prompt is not None:
            late.append(hours)
            in_time.append(prompt)
    extra, base = median(late), median(in_time)
    gap = Measured(extra.value - base.value) if extra.value is not None and base.value is not None else Measured(None)
    return [
        row(f"false shifts with 15 % late items, {at(rate)}", "per quarter", false, 1.22, 1.1),
        row(f"extra delay by 15 % late items, {at(rate)}", "hours, median", gap, 3.0, 3.0),
    ]


def _hours_until_told(sample: Sample, start: float, side: int) -> float | None:
    """Hours from the shift to its notice by arrival (infinite: missed); None where that side was already told."""
    items = sorted(items_of(sample), key=lambda item: item.arrived)
    begin = from_days(EPOCH + start)
    before = [item for item in items if item.arrived < begin]
    watch = Watch(Settings(), before)
    watch.settle(begin)
    if watch.turns and watch.turns[-1].kind in ("shift", "resumed") and watch.turns[-1].side == side:
        return None
    for item in items[len(before) :]:
        if item.arrived > begin + timedelta(days=28):
            break
        if any(n.kind in ("shift", "resumed") and n.side == side for n in watch.add([item], item.arrived)):
            return (item.arrived - begin) / timedelta(hours=1)
    return math.inf


def restarts(seed: int, rate: float, cuts: int) -> list[Row]:
    """Stop after an item, start anew from the items and the alert log: the log must be the same to the byte."""
    sample = shifted_streams((seed, 12), 1, rate, SIZES["large"], late=True)[0][0]
    items = sorted(items_of(sample), key=lambda item: (item.arrived, item.id))
    whole = Watch(Settings())
    logs: list[list[Notice]] = [[]]
    for item in items:
        whole.add([item], item.arrived)
        logs.append(list(whole.notices))
    rng = np.random.default_rng([seed, 13])
    points = sorted({len(items) - 1, *rng.integers(0, len(items), cuts).tolist()})
    different = 0
    for cut in points:
        again = Watch(Settings(), items[:cut], told=logs[cut])
        for item in items[cut : cut + 60]:
            again.add([item], item.arrived)
        end = min(cut + 60, len(items))
        different += repr(again.notices).encode() != repr(logs[end]).encode()
    return [row(f"alert logs that differ after a restart, {len(points)} points", "count", Measured(different), 0, 0)]


def foreign_world(seed: int, rate: float, n: int, drift: float) -> list[Row]:
    """World B after 200 days: false shifts with the line that the watchlist's own history gave."""
    samples = usual_streams((seed, 14, int(rate * 10), int(drift * 10)), n, foreign(rate, drift=drift), YEARS)
    counts = []
    for k, sample in enumerate(samples):
        cut = int((sample.time < WARM_DAYS).sum())
        detector = Detector(sample.stream(), Plan(((-math.inf, LINE),)))
        detector.run(cut)
        history = sample.stream()
        history.cut(cut)
        line = calibrate(history, detector.turns, Settings(), seed=1000 * seed + k).line
        detector.set_plan(Plan(((-math.inf, LINE), (WARM_DAYS, line))))
        counts.append(sum(turn.kind == "shift" for turn in detector.run()))
    got = rate_of(counts, [sample.days - WARM_DAYS for sample in samples])
    what = "a foreign world" if drift else "a foreign world without drift"
    limit = 1.3
    name = f"false shifts in {what} after own calibration, {at(rate)}"
    return [row(name, "per quarter", got, limit, limit if drift else 1.2)]


def against_oracle(seed: int, rate: float, n_usual: int, n_shifted: int) -> list[Row]:
    """The speed of the detector as a share of a CUSUM that knows the true laws, both at one false shift a quarter."""
    usual = usual_streams((seed, 15, int(rate * 10)), n_usual, World(rate))
    rows = []
    measured = {(2.0, "medium"): 0.92, (2.0, "large"): 0.90, (10.0, "medium"): 0.87, (10.0, "large"): 0.93}
    for size in ("large", "medium"):
        streams = shifted_streams((seed, 16, int(rate * 10), len(size)), n_shifted, rate, SIZES[size])
        ours: Delays = delays_of(detect_with(LINE), streams)
        best = delays_of(calibrated_oracle(usual, SIZES[size]), streams)
        ratio = ratio_of_medians(best.hours, ours.hours)
        name = f"speed as a share of the oracle's, {size} shift, {at(rate)}"
        rows.append(row(name, "ratio", ratio, measured[rate, size], 0.90, at_least=True))
    return rows
