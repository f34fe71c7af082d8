"""Turns at a publisher's door: one request at a time a host, with a pause between two, and none while it wants quiet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

# Hosts whose last request is older than this are forgotten, in seconds.
_FORGET_AFTER_S = 600.0


@dataclass
class _Door:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_start: float = float("-inf")
    waiting: int = 0
    quiet_until: float = float("-inf")


class HostDoors:
    """Lets in one request at a time for each key (a host), at least `spacing_s` after the one before it started."""

    def __init__(self, spacing_s: float) -> None:
        self._spacing_s = spacing_s
        self._doors: dict[str, _Door] = {}

    @asynccontextmanager
    async def turn(self, key: str, *, spaced: bool) -> AsyncIterator[None]:
        """Waits for this key's turn; `spaced` keeps the pause (a redirect on the same host is one visit: no pause)."""
        door = self._doors.setdefault(key, _Door())
        door.waiting += 1
        try:
            async with door.lock:
                if spaced:
                    wait_s = door.last_start + self._spacing_s - time.monotonic()
                    if wait_s > 0:
                        await asyncio.sleep(wait_s)
                door.last_start = time.monotonic()
                yield
        finally:
            door.waiting -= 1
            if len(self._doors) > 1000:
                self._forget()

    def hold(self, key: str, seconds: float) -> None:
        """Note that a host asked for quiet: whoever waits for its door, or comes, is to leave."""
        door = self._doors.setdefault(key, _Door())
        door.quiet_until = max(door.quiet_until, time.monotonic() + seconds)

    def quiet_s(self, key: str) -> float:
        """How long a host still wants quiet, in seconds; 0 where it may be asked."""
        door = self._doors.get(key)
        return max(0.0, door.quiet_until - time.monotonic()) if door else 0.0

    def _forget(self) -> None:
        before = time.monotonic() - max(self._spacing_s, _FORGET_AFTER_S)
        self._doors = {
            k: d for k, d in self._doors.items() if d.waiting or d.last_start > before or d.quiet_until > before
        }
