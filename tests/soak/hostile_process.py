"""The hostile server in a process of its own, so that what it costs is not counted against whom it attacks."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from .hostile_server import HostileServer

_ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def serving(*names: str) -> AsyncIterator[HostileServer]:
    """Runs the named behaviours (or all); their `requests` are filled in when the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.soak.hostile_server", *names,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=_ROOT, limit=64 * 1024 * 1024,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    server = HostileServer(urls=json.loads(await process.stdout.readline()))
    try:
        yield server
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(20):
                seen = json.loads(await process.stdout.readline())
                server.requests += [(name, path, headers) for name, path, headers in seen]
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
