"""One watchlist's stream as it arrives: items in, notices out.

Late items reorder the past; what was told is never withdrawn silently.
Nothing here needs saving but the items and the notices: a watch made anew from both goes on exactly where it was.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .detector import Detector, State, plan_of
from .proof import Proof, prove
from .records import DIRECTION, HeadStart, Item, Outage, Settings, Side, Turn, from_days, to_days
from .stream import FAMILY_DAYS, RELATED_WEIGHT, Stream, in_order, sort_key

NoticeKind = Literal["shift", "resumed", "faded", "new-usual", "revised"]

# A turn found again within this many days (of its moment or its onset) is the one already told.
SAME_TURN_DAYS = 3.0
# A turn found this long after its moment (a backfill, an edited watchlist) is history: recorded, not pushed.
PAST_AFTER = timedelta(days=7)
# At most one push of a shift in this time for each watchlist.
PUSH_PAUSE = timedelta(hours=24)
# Keep a copy of the state after every so many items, and so many of them, to go back to when an item is late.
CHECKPOINT_ITEMS, MOST_CHECKPOINTS = 20, 300


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of the alert log. `key` is idempotent: kind, direction, day of the onset as first told.

    `told` (UTC) is when it was found, the arrival time of the deciding item; `turn_time` and `onset` are UTC.
    `push` False: for the record only (faded, resumed, new usual, history); `not_before`: the earliest push.
    `proof` goes with a `shift`; `reason` says what a `revised` revises. Proofs are not compared.
    """

    key: str
    kind: NoticeKind
    side: Side
    told: datetime
    turn_time: datetime
    onset: datetime
    push: bool
    not_before: datetime
    reason: str = ""

    @property
    def direction(self) -> str:
        """`escalation` or `de-escalation`."""
        return DIRECTION[self.side]


class Watch:
    """The stream of one watchlist. `told` are the notices of earlier runs, oldest first.

    `since` (UTC): what turned before is settled for good. Where the items begin in the middle of a longer past, the
    first weeks of a replay do not show what the whole past showed.
    """

    def __init__(
        self,
        settings: Settings,
        items: Iterable[Item] = (),
        told: Iterable[Notice] = (),
        outages: Sequence[Outage] = (),
        acts: Sequence[HeadStart] = (),
        since: datetime | None = None,
    ) -> None:
        self.settings = settings
        self.since = since
        self.outages, self.acts = tuple(outages), tuple(acts)
        self.notices: list[Notice] = list(told)
        self.items: list[Item] = []
        self._known: dict[str, Item] = {}
        self._settled: list[Turn] | None = None
        self._restart()
        self._take(items)

    def add(self, items: Iterable[Item], now: datetime) -> list[Notice]:
        """Takes new items (any order, repeats allowed) at the time `now` (UTC); the notices they cause."""
        self._take(items)
        return self.settle(now)

    def change(
        self,
        now: datetime,
        *,
        settings: Settings | None = None,
        items: Iterable[Item] | None = None,
        outages: Sequence[Outage] | None = None,
        acts: Sequence[HeadStart] | None = None,
    ) -> list[Notice]:
        """Replays everything with other settings, items (an edited watchlist), outages or acts; the notices due."""
        self.settings = settings or self.settings
        self.outages = self.outages if outages is None else tuple(outages)
        self.acts = self.acts if acts is None else tuple(acts)
        kept = self.items if items is None else items
        self.items, self._known = [], {}
        self._restart()
        self._take(kept)
        return self.settle(now)

    @property
    def turns(self) -> list[Turn]:
        """All turns that the stream shows as it is known now."""
        return self.detector.turns

    def proof(self, notice: Notice) -> Proof | None:
        """The numbers behind a told shift as the stream shows it now; None if it is no longer there."""
        for turn in self.turns:
            if turn.kind == notice.kind == "shift" and _same(turn, notice):
                return prove(self.detector, self.items, turn, self.settings.closed_form_line)
        return None

    def settle(self, now: datetime) -> list[Notice]:
        """Compares the turns with what was told; appends and returns what is to be told now."""
        if self.turns == self._settled:
            return []
        self._settled = list(self.turns)
        told = [n for n in self.notices if n.kind != "revised" and (self.since is None or n.turn_time >= self.since)]
        revised = {n.key for n in self.notices if n.kind == "revised"}
        due: list[Notice] = []
        matched: set[int] = set()
        for turn in self.turns:
            if self.since is not None and turn.time < to_days(self.since):
                continue
            place = next((k for k, n in enumerate(told) if k not in matched and _same(turn, n)), None)
            if place is None:
                due.append(self._notice(turn, now, due))
            else:
                matched.add(place)
        for place, notice in enumerate(told):
            key = f"revised:{notice.key}"
            if place not in matched and key not in revised:
                reason = (
                    f"items that came later no longer show the {notice.kind} of {notice.turn_time:%Y-%m-%d %H:%M} UTC"
                )
                recent = notice.push and now - notice.turn_time <= PAST_AFTER
                due.append(
                    Notice(key, "revised", notice.side, now, notice.turn_time, notice.onset, recent, now, reason)
                )
        self.notices += due
        return due

    def _notice(self, turn: Turn, now: datetime, due: Sequence[Notice]) -> Notice:
        moment = from_days(turn.time)
        push = turn.kind == "shift" and now - moment <= PAST_AFTER
        pushes = [n.not_before for n in (*self.notices, *due) if n.kind == "shift" and n.push]
        after = max([now, *(p + PUSH_PAUSE for p in pushes)]) if push else now
        onset = from_days(turn.onset)
        key = f"{turn.kind}:{DIRECTION[turn.side]}:{onset:%Y-%m-%d}"
        taken = {n.key for n in (*self.notices, *due)}
        if key in taken:
            key = f"{key}:{moment:%Y-%m-%dT%H:%M}"
        return Notice(key, turn.kind, turn.side, now, moment, onset, push, after)

    def _restart(self) -> None:
        plan = plan_of(self.settings, self.outages, self.acts)
        self.detector = Detector(Stream(), plan)
        self._checkpoints: deque[State] = deque([self.detector.state.copy()], maxlen=MOST_CHECKPOINTS)

    def _take(self, items: Iterable[Item]) -> None:
        """Merges items into the order of publication and reads on from the last state before the earliest of them."""
        fresh = []
        for item in in_order(items):
            known = self._known.get(item.id)
            if known is None:
                self._known[item.id] = item
                fresh.append(item)
        if not fresh:
            return
        place = bisect_left(self.items, sort_key(fresh[0]), key=sort_key)
        if place < len(self.items):
            fresh = sorted([*self.items[place:], *fresh], key=sort_key)
            self._go_back(place)
        del self.items[place:]
        self._append(fresh)
        while self.detector.state.next < len(self.items):
            self.detector.run(self.detector.state.next + CHECKPOINT_ITEMS)
            self._checkpoints.append(self.detector.state.copy())

    def _go_back(self, place: int) -> None:
        while self._checkpoints and self._checkpoints[-1].next > place:
            self._checkpoints.pop()
        if not self._checkpoints:
            self._checkpoints.append(State(self.detector.plan.memory))
        self.detector.rewind(self._checkpoints[-1])
        self.detector.stream.cut(place)

    def _append(self, fresh: Sequence[Item]) -> None:
        stream, start = self.detector.stream, to_days(fresh[0].time)
        recent: dict[str, deque[float]] = {}
        for i in range(bisect_left(stream.time, start - FAMILY_DAYS), len(stream)):
            recent.setdefault(self.items[i].event, deque(maxlen=2)).append(stream.time[i])
        for item in fresh:
            time = to_days(item.time)
            family = recent.setdefault(item.event, deque(maxlen=2))
            while family and time - family[0] > FAMILY_DAYS:
                family.popleft()
            stream.append(time, item.score, item.group, len(family), RELATED_WEIGHT if item.grade == "related" else 1.0)
            family.append(time)
        self.items += fresh


def _same(turn: Turn, notice: Notice) -> bool:
    if turn.kind != notice.kind or turn.side != notice.side:
        return False
    by_moment = abs(turn.time - to_days(notice.turn_time)) <= SAME_TURN_DAYS
    by_onset = turn.kind in ("shift", "resumed") and abs(turn.onset - to_days(notice.onset)) <= SAME_TURN_DAYS
    return by_moment or by_onset
