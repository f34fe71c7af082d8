"""A well-behaved publisher on loopback whose answers a test chooses, and which keeps every request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answer = Callable[[web.Request], web.Response]


@dataclass
class Publisher:
    """The running server: `answer` decides, `requests` remembers (path, headers)."""

    answer: Answer
    url: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@asynccontextmanager
async def publishing(answer: Answer) -> AsyncIterator[Publisher]:
    """Serves `answer` for every path on 127.0.0.1."""
    publisher = Publisher(answer)

    async def handle(request: web.Request) -> web.Response:
        publisher.requests.append((request.path, {k.lower(): v for k, v in request.headers.items()}))
        return publisher.answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server = site._server
    assert server is not None
    publisher.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield publisher
    finally:
        await runner.cleanup()
