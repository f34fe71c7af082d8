"""The rounds: what telling needs beside new stories: letting out what was held, the look at our own health, the
heartbeat, and the ping to an outside watcher."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from ..clock import utcnow
from ..config import Settings
from ..store.connect import Store
from .health import HealthDesk
from .held import Releaser

log = logging.getLogger("monitor.rounds")

# How often health is looked at, in seconds.
LOOK_EVERY_S = 120.0
# How long the outside watcher's server may take to answer, in seconds.
PING_TIMEOUT_S = 15.0


class Rounds:
    """Goes round at every tick; cheap where nothing is due."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime] = utcnow) -> None:
        self._settings = settings
        self._releaser = Releaser(settings, store, clock)
        self._desk = HealthDesk(settings, store, clock)
        self._looked_at = float("-inf")
        self._pinged_at = float("-inf")

    async def go(self, well: bool = True) -> int:
        """One round; returns how many messages are newly to be delivered. `well`: nothing of ours is stuck."""
        count = self._releaser.release_due()
        now = time.monotonic()
        if now - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = now
            count += self._desk.look() + self._desk.beat()
        if self._settings.health.ping and now - self._pinged_at >= self._settings.health.ping_every.total_seconds():
            self._pinged_at = now
            await self._ping(self._settings.fill(self._settings.health.ping), well)
        return count

    async def _ping(self, url: str, well: bool) -> None:
        """Tell the outside watcher that we live, or (at `/fail`) that something is stuck."""
        import aiohttp

        if not well:
            url = f"{url.rstrip('/')}/fail"
        try:
            timeout = aiohttp.ClientTimeout(total=PING_TIMEOUT_S)
            async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session, session.get(url) as response:
                if response.status >= 400:
                    log.warning("watcher-fault status=%d", response.status)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            log.warning("watcher-fault reason=%s", type(error).__name__)
