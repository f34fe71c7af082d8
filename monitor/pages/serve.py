"""The report served live and read-only: the page is made anew when the database has changed, for those let in."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ..store.connect import open_reader
from .access import COOKIE, LET_IN_S, Access
from .page import Page, csp, environment
from .records import Report

# A page is made anew no more often than this, in seconds: while the daemon works its database changes all the time.
LEAST_AGE_S = 20.0
# The largest form that is read, in bytes.
MOST_FORM = 4096
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
# What a reader would want to see: stories read, alerts, attempts, corrections, shifts, watchlists' states. Polls alone
# are not news.
_VERSION = (
    "select (select coalesce(max(id), 0) from stories where stage = 'done') || '-' || (select count(*) from alerts)"
    " || '-' || (select coalesce(max(id), 0) from attempts) || '-' || (select coalesce(max(at), '') from labels)"
    " || '-' || (select count(*) from shifts) || '-' || (select count(*) from feeds where state in ('failing', 'gone')) as v"
)


@dataclass
class Source:
    """Where the served page comes from. `read` makes the report; `build` the page of it, with its version."""

    database: Path
    read: Callable[[], Report]
    build: Callable[[Report, str], Page]
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _page: Page | None = None
    _made: float = 0.0
    _mark: tuple[int, ...] = ()

    def version(self) -> str:
        """Changes whenever there is something new to show."""
        with open_reader(self.database) as store:
            row = store.row(_VERSION)
            return str(row["v"]) if row else ""

    def page(self) -> Page:
        """The page as of now, or one at most LEAST_AGE_S older than the latest change."""
        with self._lock:
            mark = tuple(
                int(path.stat().st_mtime_ns) if path.exists() else 0
                for path in (self.database, self.database.with_name(self.database.name + "-wal"))
            )
            age = self.clock() - self._made
            if self._page is None or (mark != self._mark and age >= LEAST_AGE_S):
                version = self.version()
                self._page, self._made, self._mark = self.build(self.read(), version), self.clock(), mark
            return self._page


def application(source: Source, access: Access, *, local: bool) -> Starlette:
    """The ASGI application. `local`: it listens on loopback, and answers only to the names of this machine."""

    async def show(request: Request) -> Response:
        if not _let_in(request, access):
            return _refused()
        page = await asyncio.to_thread(source.page)
        return HTMLResponse(page.html, headers={"Content-Security-Policy": page.policy})

    async def fresh(request: Request) -> Response:
        if not _let_in(request, access):
            return JSONResponse({"detail": "a token is needed"}, 401, headers=_challenge())
        return JSONResponse({"version": await asyncio.to_thread(source.version)})

    async def log_in(request: Request) -> Response:
        given = await _form_token(request)
        if not access.token or not access.is_token(given):
            return _refused(wrong=True)
        answer = RedirectResponse("/", status_code=303)
        secure = request.url.scheme == "https"
        answer.set_cookie(
            COOKIE, access.cookie(time.time()), max_age=LET_IN_S, httponly=True, samesite="strict", secure=secure
        )
        return answer

    app = Starlette(
        routes=[
            Route("/", show, methods=["GET"]),
            Route("/fresh", fresh, methods=["GET"]),
            Route("/login", log_in, methods=["POST"]),
        ]
    )
    app.add_middleware(_Careful, local=local and not access.token)
    return app


class _Careful:
    """Puts the safe headers on every answer; on loopback refuses names that are not this machine's (DNS rebinding)."""

    def __init__(self, app: Callable[..., object], *, local: bool) -> None:
        self.app = app
        self.local = local

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:  # type: ignore[type-arg]
        if scope["type"] != "http":
            await self.app(scope, receive, send)  # type: ignore[misc]
            return
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host

        async def careful(message: dict) -> None:  # type: ignore[type-arg]
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                extra = [
                    (key.lower().encode(), value.encode())
                    for key, value in {
                        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
                        **_HEADERS,
                    }.items()
                    if key.lower().encode() not in given
                ]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        if self.local and name.lower() not in _LOCAL_HOSTS:
            answer = Response("This report answers only to localhost.\n", 421, media_type="text/plain")
            await answer(scope, receive, careful)  # type: ignore[arg-type]
            return
        await self.app(scope, receive, careful)  # type: ignore[misc]


def _let_in(request: Request, access: Access) -> bool:
    return access.allows(request.headers.get("authorization"), request.cookies.get(COOKIE), time.time())


def _challenge() -> dict[str, str]:
    return {"WWW-Authenticate": 'Bearer realm="monitor report"'}


def _refused(*, wrong: bool = False) -> Response:
    """The page that asks for the token, with status 401."""
    style = (files(__package__) / "assets" / "login.css").read_text("utf-8").strip()
    html = environment().get_template("login.html").render(style=style, wrong=wrong)
    policy = csp([style], [], live=True) + "; frame-ancestors 'none'"
    return HTMLResponse(html, 401, headers={**_challenge(), "Content-Security-Policy": policy})


async def _form_token(request: Request) -> str:
    """The token from the login form; nothing where the form is too large or is none of ours."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_FORM:
            return ""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return ""
    return (
        parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=8)
        .get("token", [""])[0]
        .strip()
    )


def settings_of(host: str, port: int) -> dict[str, Any]:
    """How the server is set up: nothing of a request is logged, no name of a server is told, no proxy is believed."""
    return {
        "host": host,
        "port": port,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "lifespan": "off",
        "limit_concurrency": 64,
        "timeout_keep_alive": 5,
    }


def serve(app: Starlette, host: str, port: int) -> None:
    """Serve until told to stop (SIGTERM or Ctrl-C)."""
    import uvicorn

    uvicorn.run(app, **settings_of(host, port))
