"""Notices when the wall clock jumps, and moves the times kept by it along, so that no feed or delivery waits for a
future that was set by mistake, and none is asked before its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from .alerts.tell import LAST_TICK_NOTE
from .clock import from_text, to_text
from .store.articles import shift_quiet
from .store.connect import Store

# A smaller change between two looks is the ordinary correction of a clock, in seconds.
LEAST_JUMP_S = 5.0
# The longest that anything is planned ahead by the calendar (a weekly digest), with a day to spare.
LONGEST_PLAN = timedelta(days=8)


def _steady_s() -> float:
    """Seconds of a clock that nobody sets and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class ClockWatch:
    """Compares the wall clock with the steady one. A suspended machine is no jump: both go on meanwhile."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = _steady_s) -> None:
        self._wall, self._steady = wall, steady
        self._offset = wall() - steady()
        self._looked = steady()
        # How long before the latest look the one before was, in seconds: a jump lies between the two.
        self.apart_s = 0.0

    def jump_s(self) -> float:
        """By how much the wall clock was set since the last look, in seconds; 0 where it was not."""
        now = self._steady()
        self.apart_s, self._looked = now - self._looked, now
        offset = self._wall() - now
        jump, self._offset = offset - self._offset, offset
        return jump if abs(jump) >= LEAST_JUMP_S else 0.0


def follow_jump(store: Store, jump: timedelta, now: datetime, noticed: timedelta = timedelta(0)) -> None:
    """Move every time that was set by the old clock along with it. The jump was at most `noticed` ago; what was set by
    the new clock since then stays.

    The waits of feeds and of failed deliveries stay as long as they were. What is planned by the calendar (quiet hours,
    digests, silences) keeps its hour; after a jump back, what lies further ahead than any plan is brought near. What
    seems to have happened in a future that is no more is taken to have happened now.
    """
    new = f"between '{to_text(now - noticed)}' and '{to_text(now)}'"
    with store.write():
        _shift(store, "feeds", "next_poll_at", f"coalesce(last_poll_at, '') not {new}", jump)
        _shift(store, "articles", "until", f"state = 'wanted' and wanted_at not {new}", jump)
        shift_quiet(store, lambda moment: _moved(moment, jump))
        _shift(
            store,
            "deliveries",
            "next_at",
            f"state = 'pending' and next_at not {new}"
            f" and not exists (select 1 from alerts a where a.id = alert_id and a.at {new})"
            f" and not exists (select 1 from attempts t where t.delivery_id = deliveries.id and t.at {new})",
            jump,
        )
        if jump < timedelta(0):
            moment = to_text(now)
            _shift(store, "deliveries", "next_at", "state = 'held'", jump, beyond=to_text(now + LONGEST_PLAN))
            for table, column in (("stories", "first_seen"), ("alerts", "at"), ("events", "last_at")):
                store.run(f"update {table} set {column} = ? where {column} > ?", (moment, moment))
        store.note(LAST_TICK_NOTE, to_text(now))


def follow_jump_while_away(store: Store, now: datetime) -> timedelta | None:
    """At a start: where the last tick lies in the future, the clock was set back meanwhile; returns by how much."""
    noted = store.noted(LAST_TICK_NOTE)
    if not noted or from_text(noted) - now < timedelta(seconds=LEAST_JUMP_S):
        return None
    jump = now - from_text(noted)
    follow_jump(store, jump, now)
    return jump


def _shift(store: Store, table: str, column: str, condition: str, jump: timedelta, beyond: str = "") -> None:
    rows = store.rows(
        f"select rowid as row, {column} as moment from {table} where {condition} and {column} > ?", (beyond,)
    )
    moved = [(_moved(row["moment"], jump), row["row"]) for row in rows]
    store.run_many(f"update {table} set {column} = ? where rowid = ?", moved)


def _moved(moment: str, jump: timedelta) -> str:
    try:
        return to_text(from_text(moment) + jump)
    except OverflowError:
        return moment
