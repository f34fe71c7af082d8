"""The volume lane: more coverage than usual. A quiet note of its own, never a shift.

The stories of the last 24 hours against the days before, with a gap between (as EARS C2 has), under a negative
binomial law, because daily counts of news are burstier than Poisson. (Hutwagner et al. 2003; Hoehle & Paul 2008.)
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .records import Item, to_days
from .watch import Watch

# Days compared with, the gap before them (a surge must not teach itself as usual), and the fewest that will do.
BASELINE_DAYS, GAP_DAYS, LEAST_DAYS = 56, 2, 14
# A surge: so improbable, at least so many stories and so many times the usual.
MOST_CHANCE, LEAST_STORIES, LEAST_RATIO = 1e-3, 5, 2.0
# After a note: quiet for so many days, and until a day was no surge.
PAUSE_DAYS = 7.0
# Within a day, look again only when the count has grown by this factor.
LOOK_AGAIN = 1.1
# Extra variance that even a calm history is given: one story on a silent stream is no event.
LEAST_DISPERSION = 0.1


@dataclass(frozen=True, slots=True)
class Surge:
    """More coverage. `stories` in the 24 hours up to `time` (days since 1970), `usual` a day; `chance` of as many."""

    time: float
    stories: int
    usual: float
    chance: float

    @property
    def ratio(self) -> float:
        """How many times the usual."""
        return self.stories / max(self.usual, 0.5)


def surges(times: Sequence[float], outages: Sequence[tuple[float, float]] = ()) -> list[Surge]:
    """The surges in a stream of independent stories at `times` (days since 1970, ascending).

    Days that an outage touches are left out of what is usual.
    """
    found: list[Surge] = []
    quiet_until, surging = -math.inf, False
    looked_at = (-math.inf, 0)  # when, and at how many stories, the law was last asked
    for i, now in enumerate(times):
        count = i + 1 - bisect_right(times, now - 1.0, hi=i + 1)
        if count < LEAST_STORIES:
            surging = False
            continue
        if now < quiet_until or (now - looked_at[0] < 1.0 and count < LOOK_AGAIN * looked_at[1]):
            continue
        looked_at = (now, count)
        usual = _usual_counts(times, now, outages)
        if len(usual) < LEAST_DAYS:
            continue
        mean = sum(usual) / len(usual)
        if count < LEAST_RATIO * max(mean, 0.5):
            surging = False
            continue
        chance = tail(count, mean, _dispersion(usual, mean))
        if chance >= MOST_CHANCE:
            surging = False
        elif not surging:
            found.append(Surge(now, count, mean, chance))
            surging, quiet_until = True, now + PAUSE_DAYS
    return found


def surge_now(watch: Watch, now: datetime) -> Surge | None:
    """The surge that began in the 24 hours up to `now` (UTC) in a watchlist's independent stories; None where there is
    none, or where a shift told as much: more coverage is worth a note only where nothing else has changed."""
    stream, end = watch.detector.stream, to_days(now)
    recent = sum(stream.rank[i] == 0 for i in range(bisect_right(stream.time, end - 1.0), len(stream)))
    if recent < LEAST_STORIES or any(t.kind == "shift" and end - t.onset < PAUSE_DAYS for t in watch.turns):
        return None
    times = [time for time, rank in zip(stream.time, stream.rank, strict=True) if rank == 0]
    found = surges(times, watch.detector.plan.outages)
    return found[-1] if found and 0 <= end - found[-1].time <= 1.0 else None


def latest_first(watch: Watch, moment: datetime) -> list[Item]:
    """The independent stories of the 24 hours up to a moment (UTC), the latest first."""
    stream, end = watch.detector.stream, to_days(moment)
    first = bisect_right(stream.time, end - 1.0)
    inside = [i for i in range(first, len(stream)) if stream.rank[i] == 0 and stream.time[i] <= end + 1e-4]
    return [watch.items[i] for i in reversed(inside)]


def _usual_counts(times: Sequence[float], now: float, outages: Sequence[tuple[float, float]]) -> list[int]:
    end = now - 1.0 - GAP_DAYS
    counts = []
    for k in range(BASELINE_DAYS):
        low, high = end - k - 1, end - k
        if low < times[0]:
            break
        if not any(a < high and b > low for a, b in outages):
            counts.append(bisect_right(times, high) - bisect_right(times, low))
    return counts


def _dispersion(counts: Sequence[int], mean: float) -> float:
    """Extra variance per squared mean, by moments."""
    if mean <= 0:
        return LEAST_DISPERSION
    variance = sum((c - mean) ** 2 for c in counts) / max(len(counts) - 1, 1)
    return max((variance - mean) / mean**2, LEAST_DISPERSION)


def tail(count: int, mean: float, dispersion: float) -> float:
    """P(N >= count) for a negative binomial N of this mean and extra variance per squared mean."""
    mean = max(mean, 0.5)
    size = 1.0 / dispersion
    log_p, log_q = math.log(size / (size + mean)), math.log(mean / (size + mean))
    below = math.fsum(
        math.exp(math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1) + size * log_p + k * log_q)
        for k in range(count)
    )
    return max(0.0, 1.0 - below)
