"""Other ways to notice a shift, each tuned to one false shift a quarter, on the same streams: what ours is compared with.

Daily z-score and CUSUM are plain; Page-Hinkley and ADWIN are river's (extra `lab`); the oracle knows the true laws.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .shift_cells import LINE, at, delays_of, shifted_streams, usual_streams
from .shift_measures import Alarm, Detect, TimelineScore, detect_with, false_rate, median
from .shift_oracle import REFRACTORY_DAYS, calibrated_oracle, threshold_for
from .shift_worlds import SIZES, Sample, World, timeline

import numpy as np  # isort: skip

RATES = (10.0, 2.0)
# Baseline of the CUSUM, as the detector's own: lag in days and items, memory in days and items, prior.
LAG_DAYS, LAG_ITEMS, MEMORY_DAYS, MEMORY_ITEMS, PRIOR_STORIES, PRIOR_SD = 10.0, 12, 180.0, 300, 10.0, 0.52
ALLOWANCE = 0.35


def daily_z(threshold: float) -> Detect:
    """The mean score of each day against the mean and spread of the thirty daily means before."""

    def detect(sample: Sample) -> list[Alarm]:
        days = int(sample.days)
        which = sample.time.astype(int)
        counts = np.bincount(which, minlength=days + 1)[: days + 1]
        sums = np.bincount(which, weights=sample.score, minlength=days + 1)[: days + 1]
        alarms: list[Alarm] = []
        last = -math.inf
        for day in range(days):
            before = [k for k in range(max(0, day - 30), day) if counts[k]]
            if not counts[day] or len(before) < 5:
                continue
            means = sums[before] / counts[before]
            spread = max(math.sqrt(max(float(means.var(ddof=1)), 1e-4)), 0.05)
            z = (sums[day] / counts[day] - float(means.mean())) / spread
            if abs(z) > threshold and day + 1 - last >= REFRACTORY_DAYS:
                alarms.append(Alarm(day + 1.0, 1 if z > 0 else -1))
                last = day + 1.0
        return alarms

    return detect


def _standardised(sample: Sample) -> list[float]:
    if "standardised" not in sample.cache:
        times, scores = sample.time.tolist(), sample.score.tolist()
        first = following = 0
        total = squares = weight = 0.0
        values = []
        for i, now in enumerate(times):
            while following < i - LAG_ITEMS and now - times[following] > LAG_DAYS:
                total, squares, weight = total + scores[following], squares + scores[following] ** 2, weight + 1
                following += 1
            while first < following and (now - times[first] > MEMORY_DAYS or following - first > MEMORY_ITEMS):
                total, squares, weight = total - scores[first], squares - scores[first] ** 2, weight - 1
                first += 1
            mean = total / (weight + PRIOR_STORIES)
            variance = (squares + PRIOR_STORIES * PRIOR_SD**2) / (weight + PRIOR_STORIES) - mean * mean
            values.append((scores[i] - mean) / math.sqrt(max(variance, 0.04)))
        sample.cache["standardised"] = values
    found: list[float] = sample.cache["standardised"]
    return found


def cusum(threshold: float) -> Detect:
    """Two-sided CUSUM of standardised scores with an allowance of .35 standard deviations."""

    def detect(sample: Sample) -> list[Alarm]:
        alarms: list[Alarm] = []
        low = high = 0.0
        last = -math.inf
        for time, value in zip(sample.time.tolist(), _standardised(sample), strict=True):
            high, low = max(0.0, high + value - ALLOWANCE), max(0.0, low - value - ALLOWANCE)
            if (high > threshold or low > threshold) and time - last >= REFRACTORY_DAYS:
                alarms.append(Alarm(time, 1 if high > threshold else -1))
                last, high, low = time, 0.0, 0.0
        return alarms

    return detect


def page_hinkley(threshold: float) -> Detect:
    """river's Page-Hinkley on the scores."""
    from river.drift import PageHinkley

    def detect(sample: Sample) -> list[Alarm]:
        drift = PageHinkley(min_instances=15, delta=0.12, threshold=threshold, alpha=1.0, mode="both")
        recent: list[float] = []
        return _by_river(sample, drift, lambda score: _trend(recent, score))

    return detect


def adwin(threshold: float) -> Detect:
    """river's ADWIN on the scores; `threshold` is -log delta."""
    from river.drift import ADWIN

    make: Any = ADWIN

    def detect(sample: Sample) -> list[Alarm]:
        delta = min(math.exp(-threshold), 0.999999)
        drift: Any = make(delta=delta, clock=1, min_window_length=3, grace_period=10)
        recent: list[float] = []
        return _by_river(sample, drift, lambda score: _trend(recent, score))

    return detect


def _trend(recent: list[float], score: float) -> int:
    """Which way the last stories moved against those before: river says that, not where to."""
    recent.append(score)
    del recent[:-200]
    short = recent[-15:]
    return 1 if sum(short) / len(short) > sum(recent) / len(recent) else -1


def _by_river(sample: Sample, drift: Any, side: Callable[[float], int]) -> list[Alarm]:
    alarms: list[Alarm] = []
    last = -math.inf
    for time, score in zip(sample.time.tolist(), sample.score.tolist(), strict=True):
        drift.update(score)
        way = side(score)
        if drift.drift_detected and time - last >= REFRACTORY_DAYS:
            alarms.append(Alarm(time, way))
            last = time
    return alarms


# name -> (detector at a threshold, lowest and highest threshold for the bisection)
RIVALS: dict[str, tuple[Callable[[float], Detect], float, float]] = {
    "daily z-score": (daily_z, 0.5, 12.0),
    "CUSUM": (cusum, 0.3, 40.0),
    "Page-Hinkley (river)": (page_hinkley, 0.3, 40.0),
    "ADWIN (river)": (adwin, 0.001, 60.0),
}


def compare(seed: int, effort: float, progress: Callable[[str], None] = lambda _: None) -> list[dict[str, Any]]:
    """One row a detector and rate, ours and the oracle included: false shifts, delays, timelines."""
    rows = []
    for rate in RATES:
        n, years = max(4, round(100 * effort)), max(3, round(12 * effort))
        tuning = usual_streams((seed, 20, int(rate)), years, World(rate))
        doubled = usual_streams((seed, 21, int(rate)), years, World(rate, storyline=0.30))
        shifted = {
            size: shifted_streams((seed, 22, int(rate), len(size)), n, rate, SIZES[size])
            for size in ("large", "medium")
        }
        rng = np.random.default_rng([seed, 23, int(rate)])
        lives = [timeline(rng, rate) for _ in range(years)]
        detectors: dict[str, Detect | dict[str, Detect]] = {"ours": detect_with(LINE)}
        for name, (make, low, high) in RIVALS.items():
            detectors[name] = make(threshold_for(make, low, high, tuning, steps=9))
        detectors["oracle"] = {size: calibrated_oracle(tuning, SIZES[size]) for size in shifted}
        for name, detect in detectors.items():
            by_size = detect if isinstance(detect, dict) else dict.fromkeys(shifted, detect)
            plain = by_size["large"]
            row: dict[str, Any] = {"detector": name, "rate_per_day": rate}
            row["false_per_quarter"] = _rounded(false_rate(plain, tuning).value)
            row["false_doubled_storylines"] = _rounded(false_rate(plain, doubled).value)
            for size, streams in shifted.items():
                delays = delays_of(by_size[size], streams)
                row[f"{size}_median_h"] = _rounded(median(delays.hours).value)
                row[f"{size}_within_72h"] = _rounded(delays.within(72).value)
            score = TimelineScore()
            for sample, episodes in lives:
                score.add(plain(sample), episodes, 7.0 if rate > 5 else 14.0, sample.days)
            row["timeline_precision"], row["timeline_f1"] = (
                _rounded(score.precision().value),
                _rounded(score.f1().value),
            )
            rows.append(row)
            progress(f"rival {name} at {at(rate)}")
    return rows


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
