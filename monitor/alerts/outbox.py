"""The courier: takes what is due from the outbox to its channel, and tries again what failed.

Promise: at least once. `sent` is written only after the channel has accepted; a second send happens only where
it accepted and we died before noting it, and then under the same alert id.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from ..clock import from_text, utcnow
from ..config import Settings
from ..store.connect import Row, Store
from ..store.outbox import due_deliveries, record_attempt
from ..threads import in_thread
from .message import render
from .records import Attempt

log = logging.getLogger("monitor.outbox")

# First wait after a failed attempt; each further one doubles it, up to the longest.
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
# After this long without success a delivery is a dead letter: kept, shown, sent again only when a person says so.
DEAD_AFTER = timedelta(hours=48)
# An attempt that has not come back by then counts as failed and its thread is left to itself, in seconds.
ATTEMPT_DEADLINE_S = 120.0
# How many deliveries are taken from the outbox at a time.
BATCH = 20


def retry_wait(attempts: int, seed: object) -> timedelta:
    """Full jitter (a random part of the doubled wait), the same for the same delivery and attempt."""
    longest = min(FIRST_RETRY * 2 ** min(attempts, 20), LONGEST_RETRY)
    return timedelta(seconds=random.Random(f"{seed}:{attempts}").uniform(0.3, 1.0) * longest.total_seconds())  # noqa: S311


class Courier:
    """Delivers for all channels, each by itself, so that a hung one holds up no other."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime] = utcnow) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock

    async def deliver_due(self) -> int:
        """One attempt for everything that is due; returns how many were sent."""
        sent = await asyncio.gather(*(self.deliver_channel(channel) for channel in self._settings.channels))
        return sum(sent)

    async def deliver_channel(self, channel: str) -> int:
        """One attempt for each due delivery of a channel, in order; returns how many were sent."""
        count = 0
        tried: set[int] = set()
        while True:
            batch = due_deliveries(self._store, channel, self._clock(), BATCH + len(tried))
            batch = [row for row in batch if row["id"] not in tried]
            if not batch:
                return count
            for row in batch:
                tried.add(row["id"])
                count += await self._deliver(channel, row)

    async def _deliver(self, channel: str, row: Row) -> bool:
        started = time.monotonic()
        attempt = await _within_deadline(lambda: self._send(channel, row))
        now = self._clock()
        detail = self._settings.mask(attempt.detail)
        state, next_at = _decide(attempt, row, now)
        record_attempt(
            self._store,
            row["id"],
            now,
            outcome=attempt.outcome,
            detail=detail,
            accepted=attempt.accepted,
            state=state,
            next_at=next_at,
            duration_ms=round((time.monotonic() - started) * 1000),
        )
        level = logging.INFO if state == "sent" else logging.WARNING
        log.log(level, "delivery alert=%s channel=%s state=%s detail=%r", row["alert_id"], channel, state, detail)
        return state == "sent"

    def _send(self, channel: str, row: Row) -> Attempt:
        from .channels import send

        message = render(json.loads(row["payload"]), self._settings.timezone)
        return send(self._settings.channel_url(channel), message, tuple(json.loads(row["accepted"])))


def _decide(attempt: Attempt, row: Row, now: datetime) -> tuple[str, datetime]:
    """The delivery's next state, and when to try again."""
    if attempt.outcome == "sent":
        return "sent", now
    # What only a person can mend (a wrong password, an unknown mailbox) is tried rarely, but not given up before its age.
    wait = LONGEST_RETRY if attempt.outcome == "permanent" else retry_wait(row["attempts"], row["id"])
    if attempt.retry_after_s is not None:
        wait = max(wait, timedelta(seconds=attempt.retry_after_s))
    expired = now + wait - from_text(row["at"]) > DEAD_AFTER
    return ("dead" if expired else "pending"), now + wait


async def _within_deadline(work: Callable[[], Attempt]) -> Attempt:
    """Run a blocking send in a thread of its own, for at most the deadline."""
    try:
        return await asyncio.wait_for(in_thread(work, "delivery"), ATTEMPT_DEADLINE_S)
    except TimeoutError:
        return Attempt("transient", f"no answer within {ATTEMPT_DEADLINE_S:.0f} s")
    except Exception as error:
        log.exception("a delivery failed in an unforeseen way")
        return Attempt("transient", f"unforeseen: {type(error).__name__}: {error}")
