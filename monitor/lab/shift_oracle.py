"""The oracle: a CUSUM that knows the exact laws before and after the shift and drops linked copies. Nobody can be it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .shift_measures import QUARTER_DAYS, Alarm, Detect
from .shift_worlds import DIRECTIONS, GROUP_ERROR, GROUP_TILT, MIXES, WARM_DAYS, Floats, Sample

# Any rival that is reset after an alarm is silent for so many days.
REFRACTORY_DAYS = 3.0


def log_ratios(sample: Sample, theta: float, mix: str = "balanced") -> tuple[list[float], list[float]]:
    """Log likelihood ratios of each item, shifted down and up by `theta` against unshifted."""
    key = ("oracle", mix, theta)
    if key not in sample.cache:
        magnitude = np.clip(np.abs(sample.score), 0.02, 0.98)
        neutral = sample.kind == 1
        right = np.where(neutral, 1.0, 30 * magnitude**4 * (1 - magnitude))  # Beta(5, 2)
        wrong = np.where(neutral, 1.0, 30 * magnitude**2 * (1 - magnitude) ** 2)  # Beta(3, 3)

        def law(tilt: float) -> Floats:
            chances = np.array(MIXES[mix])[None, :] * np.exp((GROUP_TILT + tilt)[:, None] * DIRECTIONS[None, :])
            chances /= chances.sum(1, keepdims=True)
            p, error = chances[sample.group, sample.kind], GROUP_ERROR[sample.group]
            logs: Floats = np.log((1 - error) * p * right + error / 2 * (1 - p) * wrong)
            return logs

        weight = (sample.links == 0).astype(float)
        usual = law(0.0)
        sample.cache[key] = tuple(((law(side * theta) - usual) * weight).tolist() for side in (-1, 1))
    found: tuple[list[float], list[float]] = sample.cache[key]
    return found


def two_sided_cusum(
    times: Sequence[float], down: Sequence[float], up: Sequence[float], threshold: float
) -> list[Alarm]:
    """CUSUM of both log ratios, reset after an alarm."""
    alarms: list[Alarm] = []
    low = high = 0.0
    last = -np.inf
    for time, a, b in zip(times, down, up, strict=True):
        low = low + a if low + a > 0 else 0.0
        high = high + b if high + b > 0 else 0.0
        if (low > threshold or high > threshold) and time - last >= REFRACTORY_DAYS:
            alarms.append(Alarm(time, -1 if low > threshold and low >= high else 1))
            last, low, high = time, 0.0, 0.0
    return alarms


def oracle(theta: float, threshold: float) -> Detect:
    """The oracle at a threshold."""

    def detect(sample: Sample) -> list[Alarm]:
        return two_sided_cusum(sample.time.tolist(), *log_ratios(sample, theta), threshold)

    return detect


def calibrated_oracle(usual: Sequence[Sample], theta: float) -> Detect:
    """The oracle at one false shift a quarter on these usual streams."""
    return oracle(theta, threshold_for(lambda h: oracle(theta, h), 0.2, 15.0, usual))


def threshold_for(
    make: Callable[[float], Detect], low: float, high: float, usual: Sequence[Sample], steps: int = 10
) -> float:
    """By bisection, the threshold at which a detector gives one false shift a quarter on usual streams."""
    days = sum(sample.days - WARM_DAYS for sample in usual)
    for _ in range(steps):
        middle = (low + high) / 2
        detect = make(middle)
        false = sum(sum(a.kind == "shift" and a.time >= WARM_DAYS for a in detect(sample)) for sample in usual)
        if false / days * QUARTER_DAYS > 1.0:
            low = middle
        else:
            high = middle
    return high
