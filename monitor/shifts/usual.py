"""What is usual: the mean of every bet over the usual period, per source group, learnt causally and with a lag."""

from __future__ import annotations

import math

from .records import Side, UsualPeriod
from .stream import BETS, Factors, Stream

# The usual period leaves out the last days and items (they may already be the shift) and reaches back this far.
LAG_DAYS, LAG_ITEMS = 10.0, 12
MEMORY_ITEMS = 300
# On a young stream the lag is at most this share of its age.
LAG_SHARE = 0.33
# Prior belief, worth this many stories: 28 % down, 44 % none, 28 % up, typical score .65.
PRIOR_STORIES = 10.0
PRIOR_SCORES = ((-0.65, 0.28), (0.0, 0.44), (0.65, 0.28))
PRIOR_BETS = tuple(sum(p * math.exp(bet * x) for x, p in PRIOR_SCORES) for bet in BETS)
PRIOR_VARIANCE = 0.27
LEAST_VARIANCE = 0.04
# Storylines: prior correlation of one story with the one before, the pairs it is worth, how far it is trusted.
PRIOR_CORRELATION, PRIOR_PAIRS = 0.12, 60.0
CORRELATION_TRUST, MOST_CORRELATION = 1.1, 0.5
# A pace is measured from this many stories on.
LEAST_FOR_PACE = 20
# A score beyond this points somewhere.
POINTS = 0.2


class Usual:
    """Running sums over the items [first, next) of a stream, without the excluded (shifted) stretches."""

    __slots__ = (
        "counts", "excluded", "first", "floor", "memory", "next", "pair_sum", "pairs", "score_sum", "square_sum",
        "sums", "total", "weight", "weights",
    )  # fmt: skip

    def __init__(self, memory_days: float = 180.0) -> None:
        self.memory = memory_days
        self.restart(0)

    def restart(self, index: int) -> None:
        """Forgets all; learns again from the item at `index`."""
        self.first = self.next = self.floor = index
        self.excluded: list[tuple[int, int]] = []
        self.sums: dict[str, list[float]] = {}
        self.weights: dict[str, float] = {}
        self.total = [0.0] * 4
        self.weight = self.score_sum = self.square_sum = self.pair_sum = self.pairs = 0.0
        self.counts = [0, 0, 0]

    def copy(self) -> Usual:
        """An independent copy."""
        other = Usual.__new__(Usual)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        other.excluded = list(self.excluded)
        other.sums = {group: list(sums) for group, sums in self.sums.items()}
        other.weights = dict(self.weights)
        other.total = list(self.total)
        other.counts = list(self.counts)
        return other

    def advance(self, stream: Stream, index: int, before: float) -> None:
        """Takes in what is old enough at item `index` and (only for `before` infinite) drops what is too old.

        `before`: items from this time (days) on are part of a running shift and stay out; meanwhile usual is frozen.
        """
        times = stream.time
        now = times[index]
        lag = min(LAG_DAYS, LAG_SHARE * (now - times[0]))
        edge = index - LAG_ITEMS
        while self.next < edge and now - times[self.next] > lag and times[self.next] < before:
            self._count(stream, self.next, 1)
            self.next += 1
        if before != math.inf:
            return
        while self.first < self.next and (
            now - times[self.first] > self.memory or self.next - self.first > MEMORY_ITEMS
        ):
            if self.excluded and self.excluded[0][0] <= self.first:
                if self.first + 1 >= self.excluded[0][1]:
                    self.excluded.pop(0)
            else:
                self._count(stream, self.first, -1)
            self.first += 1

    def exclude_until(self, stream: Stream, time: float) -> None:
        """Leaves out the items from the next one to `time` (days): they belonged to a shift that has ended."""
        start = self.next
        while self.next < len(stream) and stream.time[self.next] < time:
            self.next += 1
        if self.next > start:
            self.excluded.append((start, self.next))

    def _count(self, stream: Stream, index: int, sign: int) -> None:
        weight = sign * stream.omega[index]
        if not weight:
            return
        group, score, bets = stream.group[index], stream.score[index], stream.factors[index]
        sums = self.sums.get(group)
        if sums is None:
            sums = self.sums[group] = [0.0] * 4
            self.weights[group] = 0.0
        w0, w1, w2, w3 = weight * bets[0], weight * bets[1], weight * bets[2], weight * bets[3]
        sums[0] += w0
        sums[1] += w1
        sums[2] += w2
        sums[3] += w3
        total = self.total
        total[0] += w0
        total[1] += w1
        total[2] += w2
        total[3] += w3
        self.weights[group] += weight
        self.weight += weight
        self.score_sum += weight * score
        self.square_sum += weight * score * score
        previous = stream.previous[index]
        if previous >= self.floor:
            self.pair_sum += sign * score * stream.score[previous]
            self.pairs += sign
        if stream.rank[index] == 0:
            self.counts[0 if score < -POINTS else 2 if score > POINTS else 1] += sign

    def expect(self, stream: Stream, index: int) -> tuple[list[float], float]:
        """The usual mean of each bet for the item at `index`, and the standard error of the usual mean score.

        Shrunk from the source group to all groups to the prior; moved toward the previous independent story as
        far as stories here follow each other.
        """
        effective = self.weight + PRIOR_STORIES
        mean = self.score_sum / effective
        variance = (self.square_sum + PRIOR_STORIES * PRIOR_VARIANCE) / effective - mean * mean
        if variance < LEAST_VARIANCE:
            variance = LEAST_VARIANCE
        group = stream.group[index]
        sums = self.sums.get(group)
        shrink = PRIOR_STORIES / effective
        if sums is None:
            expected = [(PRIOR_STORIES * p + t) / effective for p, t in zip(PRIOR_BETS, self.total, strict=True)]
        else:
            scale = 1.0 / (self.weights[group] + PRIOR_STORIES)
            expected = [
                (s + shrink * (PRIOR_STORIES * p + t)) * scale
                for s, p, t in zip(sums, PRIOR_BETS, self.total, strict=True)
            ]
        previous = stream.previous[index]
        if previous >= 0:
            expected = self._follow(expected, stream.factors[previous], mean, variance)
        return expected, math.sqrt(variance / effective)

    def period(self, stream: Stream, side: Side) -> UsualPeriod:
        """The usual period as numbers that an alert can show."""
        down, none, up = self.counts
        k = 0 if side < 0 else 2
        bet = (PRIOR_STORIES * PRIOR_BETS[k] + self.total[k]) / (self.weight + PRIOR_STORIES)
        if self.first >= self.next:
            return UsualPeriod(weakest_bet=bet)
        start, end = stream.time[self.first], stream.time[self.next - 1]
        return UsualPeriod(down + none + up, down, up, start, end, bet)

    def pace(self, stream: Stream) -> float | None:
        """Independent stories a day in the usual period; None where there are too few to say."""
        stories = sum(self.counts)
        if stories < LEAST_FOR_PACE:
            return None
        out = math.fsum(stream.time[end - 1] - stream.time[start] for start, end in self.excluded)
        return stories / max(stream.time[self.next - 1] - stream.time[self.first] - out, 1.0)

    def _follow(self, expected: list[float], previous: Factors, mean: float, variance: float) -> list[float]:
        pairs = self.pair_sum - self.pairs * mean * mean + PRIOR_PAIRS * PRIOR_CORRELATION * variance
        correlation = CORRELATION_TRUST * pairs / ((self.pairs + PRIOR_PAIRS) * variance)
        if correlation <= 0:
            return expected
        if correlation > MOST_CORRELATION:
            correlation = MOST_CORRELATION
        rest = 1 - correlation
        return [rest * e + correlation * p for e, p in zip(expected, previous, strict=True)]
