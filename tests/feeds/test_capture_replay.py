"""Real captures of six years, twice over."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.feeds.capture_replay import run


def test_real_captures_lose_no_entry_and_bring_nothing_twice(shared: Path) -> None:
    result = asyncio.run(run(shared / "data" / "feeds", check_every=12))
    first, second = result["passes"]
    assert first["captures"] == 262
    assert result["lost"] == []
    assert first["new"] == result["stories"]
    assert second["parsed"] == second["seen"] > 9000
    assert len(result["unreadable"]) == 7
    assert all("cut off" in reason or "HTML page" in reason for reason in result["unreadable"].values())
