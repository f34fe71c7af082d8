"""How cost is taken: CPU of a whole process and all it started, ours and the peers in turn, the median of the rounds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process cost: CPU seconds with its children, seconds by the clock, its largest resident size in MB."""

    cpu_s: float
    wall_s: float
    rss_mb: float
    output: str


def run(command: Sequence[str], environment: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Cost:
    """Run a process to its end. RuntimeError with its last words if it fails."""
    began = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(environment or {})}, cwd=cwd
    )
    assert process.stdout is not None
    assert process.stderr is not None
    # Small outputs only: both pipes are read after one another without filling up.
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)  # a reaped child's own children are counted in
    process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.monotonic() - began
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)[:200]} ended with {process.returncode}: {errors.decode()[-2000:]}")
    return Cost(used.ru_utime + used.ru_stime, wall_s, used.ru_maxrss / 1024, output.decode())


def python(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a module of ours in a fresh interpreter."""
    return run([sys.executable, "-m", module, *arguments], environment)


def in_turn(rounds: int, **sides: Callable[[], float]) -> dict[str, list[float]]:
    """Every side once a round, the order turned each round; side -> its figures."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            found[name].append(sides[name]())
    return found


def cpu_of(work: Callable[[], object]) -> float:
    """CPU seconds of this process while it does `work`."""
    began = time.process_time()
    work()
    return time.process_time() - began


def ratio_of(ours: Sequence[float], peer: Sequence[float]) -> float:
    """The median over the rounds of peer / ours: above 1, ours costs less."""
    return median(theirs / own for own, theirs in zip(ours, peer, strict=True))
