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
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ..clock import from_text, utcnow
from ..config import Settings
from ..failpoints import reach
from ..store.connect import Row, Store
from ..store.outbox import begin_attempt, complete_alert, due_deliveries, record_attempt
from ..threads import in_thread
from .chart import chart_of
from .message import render
from .records import Attempt
from .stream import SHOWN_WITH, stream_of

log = logging.getLogger("monitor.outbox")

# First wait after a failed attempt; each further one doubles it, up to the longest.
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
# An attempt that has not come back by then counts as failed, in seconds.
ATTEMPT_DEADLINE_S = 120.0
# The channel's own code ends an attempt this much earlier where it can, so that no thread is left behind, in seconds.
OWN_DEADLINE_S = ATTEMPT_DEADLINE_S - 10.0
# So many attempts of one channel may be left hanging in their threads before it is given no further one.
MOST_HUNG = 3
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
        self._spacing_s: dict[str, float] = {}
        self._secrets: dict[str, tuple[str, ...]] = {}
        self._free_at: dict[str, float] = {}
        self._hung: dict[str, int] = {}

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
                if self._hung.get(channel, 0) >= MOST_HUNG:
                    return count
                tried.add(row["id"])
                await self._wait_turn(channel)
                count += await self._deliver(channel, row)

    async def _wait_turn(self, channel: str) -> None:
        """Keep the service's least time between two messages."""
        wait_s = self._free_at.get(channel, 0.0) - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    async def _deliver(self, channel: str, row: Row) -> bool:
        started = time.monotonic()
        settled = begin_attempt(self._store, row["id"], self._clock())
        if settled is None:
            return False
        reach("sending")
        payload, accepted = self._complete(json.loads(settled["payload"])), tuple(json.loads(settled["accepted"]))
        attempt = await self._within_deadline(channel, lambda: self._send(channel, payload, accepted))
        if attempt.outcome == "sent":
            reach("accepted")
        self._free_at[channel] = time.monotonic() + self._spacing_s.get(channel, 0.0)
        now = self._clock()
        detail = self.mask(channel, attempt.detail)
        state, next_at = _decide(attempt, row, now, self._settings.delivery.dead_after)
        record_attempt(
            self._store,
            row["id"],
            now,
            outcome=attempt.outcome,
            detail=detail,
            accepted=attempt.accepted or accepted,
            state=state,
            next_at=next_at,
            duration_ms=round((time.monotonic() - started) * 1000),
        )
        reach("noted")
        level = logging.INFO if state == "sent" else logging.WARNING
        log.log(level, "delivery alert=%s channel=%s state=%s detail=%r", row["alert_id"], channel, state, detail)
        return state == "sent"

    def _complete(self, payload: dict[str, Any]) -> dict[str, Any]:
        """An alert with the state of its stream as of its first attempt; from then on it says the same to everyone."""
        if payload["kind"] in SHOWN_WITH and "stream" not in payload:
            payload["stream"] = stream_of(self._store, payload["watchlist"], self._clock())
            complete_alert(self._store, payload)
        return payload

    def mask(self, channel: str, text: str) -> str:
        """`text` without the channel's secrets, whether they come from a credential or stand in its URL."""
        text = self._settings.mask(text)
        for secret in self._secrets.get(channel, ()):
            text = text.replace(secret, "***")
        return text

    def _send(self, channel: str, alert: dict[str, Any], accepted: tuple[str, ...]) -> Attempt:
        from .channels import secrets_of, send, spacing_s

        url = self._settings.channel_url(channel)
        if channel not in self._spacing_s:
            self._secrets[channel] = secrets_of(url)
            self._spacing_s[channel] = spacing_s(url)
        started = time.monotonic()
        message = render(alert, self._settings.timezone, self._settings.templates, chart_of(alert))
        return send(url, message, accepted, OWN_DEADLINE_S - (time.monotonic() - started))

    async def _within_deadline(self, channel: str, work: Callable[[], Attempt]) -> Attempt:
        """Run a blocking send in a thread of its own, for at most the deadline."""
        given_up = False

        def run() -> Attempt:
            try:
                return work()
            finally:
                if given_up:
                    self._hung[channel] -= 1

        try:
            return await asyncio.wait_for(in_thread(run, "delivery"), ATTEMPT_DEADLINE_S)
        except TimeoutError:
            self._hung[channel] = self._hung.get(channel, 0) + 1
            given_up = True
            return Attempt("transient", f"no answer within {ATTEMPT_DEADLINE_S:.0f} s")
        except Exception as error:
            log.error("delivery-fault %s", self.mask(channel, traceback.format_exc()))
            return Attempt("transient", f"unforeseen: {type(error).__name__}: {error}")


def _decide(attempt: Attempt, row: Row, now: datetime, dead_after: timedelta) -> tuple[str, datetime]:
    """The delivery's next state, and when to try again."""
    if attempt.outcome == "sent":
        return "sent", now
    # What only a person can mend (a wrong password, an unknown mailbox) is tried rarely, but not given up before its age.
    wait = LONGEST_RETRY if attempt.outcome == "permanent" else retry_wait(row["attempts"], row["id"])
    if attempt.retry_after_s is not None:
        wait = max(wait, timedelta(seconds=attempt.retry_after_s))
    # Its age counts from its first attempt: what was held back before is not old for that.
    since = from_text(row["resent_at"] or row["started_at"] or row["next_at"])
    return ("dead" if now + wait - since > dead_after else "pending"), now + wait
