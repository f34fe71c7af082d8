"""Asks one publisher for one feed: conditional, guarded at every hop, bounded in time and size, never raising.

The fault of a feed is an outcome with a reason a person can read. Redirects are followed by hand, because each hop must
pass the guard and because a permanent one means something else than a temporary one. Once a day an answer of "not
modified" is checked by asking for the whole body at once after it: if the items differ, the validators lied.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from monitor import __version__

from . import answers
from .cut import items_hash
from .decode import BadEncodingError, BodyDecoder, TooLargeError, unzip_if_gzip
from .guard import BlockedAddressError, Resolver, blocked_in, check_address, guarded_socket, parse_address
from .hosts import HostDoors
from .records import FeedConfig, Fetched, FetchState, Hop, Outcome

MAX_HOPS = 8
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.6, */*;q=0.1"
)
# An unconditional check is due when no whole body has come for this long.
CHECK_EVERY = timedelta(hours=24)
# Validators that lied are not sent for this long; then they get another chance.
DISTRUST_FOR = timedelta(days=7)
# How much of an error page is read, to see whether it is a challenge, in bytes.
_PEEK_BYTES = 16 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one poll: decoded bytes, seconds to connect, between two reads, and in all (waiting for a turn not
    counted), requests in flight, and the pause between two requests to one host.
    """

    max_bytes: int = 10 * 1024 * 1024
    connect_s: float = 10.0
    read_s: float = 20.0
    total_s: float = 45.0
    concurrency: int = 32
    host_spacing_s: float = 5.0


@dataclass
class _Ask:
    """One poll while it runs."""

    config: FeedConfig
    state: FetchState
    now: datetime
    start: str
    spent_s: float = 0.0
    wire_bytes: int = 0
    requests: int = 0
    hops: list[Hop] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Answer:
    """The last response of a chain of hops, its body decoded."""

    status: int
    headers: Mapping[str, str]  # names in any case
    body: bytes
    url: str
    partial: str | None = None


class _RefusedError(Exception):
    """The poll ends here, with this outcome and reason."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome, self.reason = outcome, reason


class Fetcher:
    """An HTTP client with a conscience. Use as an async context manager; `fetch` may be called for many feeds at once.

    `contact` (an address or page of the operator) goes into the User-Agent. `proxy` is an http:// URL; see guard.py for
    what the guard can then still check. Requests wait inside for their host's turn, so all due feeds may be asked at
    once.
    """

    def __init__(self, contact: str, *, limits: Limits | None = None, proxy: str | None = None) -> None:
        self._limits = limits or Limits()
        self._proxy = proxy
        self.user_agent = f"monitor/{__version__} (news alerts; feed reader; +{contact or 'no contact given'})"
        self._doors = HostDoors(self._limits.host_spacing_s)
        self._slots = asyncio.Semaphore(self._limits.concurrency)
        self._sessions: dict[tuple[bool, bool], aiohttp.ClientSession] = {}
        self._resolvers: list[Resolver] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes all connections."""
        for session in self._sessions.values():
            await session.close()
        for resolver in self._resolvers:
            await resolver.close()
        self._sessions.clear()

    async def fetch(self, config: FeedConfig, state: FetchState, now: datetime) -> Fetched:
        """Polls one feed. Never raises for anything the publisher, the network or the URL did."""
        asked = state.moved_to or config.url
        ask = _Ask(config, state, now, asked)
        started = time.monotonic()
        try:
            fetched = await self._ask(ask)
        except _RefusedError as refusal:
            fetched = self._failed(ask, refusal.outcome, refusal.reason)
        if not fetched.outcome.ok and state.moved_to and fetched.outcome in _MOVE_WAS_WRONG:
            back = replace(fetched.state, moved_to=None)
            note = f"the new address {state.moved_to} fails; the next poll asks {config.url} again"
            fetched = replace(fetched, state=back, state_if_refused=back, notes=(*fetched.notes, note))
        return replace(
            fetched,
            hops=tuple(ask.hops),
            requests=ask.requests,
            wire_bytes=ask.wire_bytes,
            duration_s=time.monotonic() - started,
        )

    async def _ask(self, ask: _Ask) -> Fetched:
        state, now = ask.state, ask.now
        trusted = state.distrusted_until is None or now >= state.distrusted_until
        conditional = trusted and bool(state.etag or state.last_modified)
        answer = await self._follow(ask, conditional=conditional)
        if answer.status == 304 and not conditional:
            raise _RefusedError(Outcome.PROTOCOL, "answered 304 (not modified) although the whole feed was asked for")
        check_due = state.full_at is None or now - state.full_at >= CHECK_EVERY
        lied = False
        if answer.status == 304 and check_due:
            first_hops, ask.hops = ask.hops, []
            whole = await self._follow(ask, conditional=False)
            ask.hops = first_hops
            if whole.status != 200:
                ask.notes.append(f"the daily check for a whole body failed with status {whole.status}")
            else:
                lied = self._differs(whole.body, state)
                answer = whole
        return self._judge(ask, answer, conditional=conditional, lied=lied)

    def _judge(self, ask: _Ask, answer: _Answer, *, conditional: bool, lied: bool) -> Fetched:
        state, now, headers = ask.state, ask.now, answer.headers
        retry, fresh = answers.retry_after_s(headers, now), answers.fresh_for_s(headers, now)
        ok = answer.status in (200, 203, 226, 304)
        moved = answers.remember_redirect(state, ask.start, tuple(ask.hops), now) if ok else state
        if moved.moved_to != state.moved_to:
            ask.notes.append(f"has moved for good to {moved.moved_to}; please change `url`")
        base = Fetched(
            outcome=Outcome.UNCHANGED,
            reason="",
            state=moved,
            state_if_refused=moved,
            status=answer.status,
            content_type=headers.get("Content-Type"),
            url=answer.url,
            retry_after_s=retry if answer.status >= 400 else None,
            fresh_for_s=fresh,
            conditional=conditional,
        )
        if answers.is_challenge(answer.status, headers, answer.body):
            reason = "a page that tests for a browser (Cloudflare or its like) came instead of the feed"
            return replace(base, outcome=Outcome.CHALLENGE, reason=reason, notes=tuple(ask.notes))
        if not ok:
            outcome, reason = answers.judge_status(answer.status)
            if outcome in (Outcome.DENIED, Outcome.SERVER_ERROR) and retry is not None:
                reason += f", and asks us to wait {retry:.0f} s"
            return replace(base, outcome=outcome, reason=reason, notes=tuple(ask.notes))
        etag, modified, note = answers.validators(headers, now)
        if note:
            ask.notes.append(note)
        if answer.status == 304:
            kept = replace(moved, etag=etag or state.etag, last_modified=modified or state.last_modified)
            return replace(base, state=kept, state_if_refused=kept, reason="not modified (304)", notes=tuple(ask.notes))
        body_hash = blake2b(answer.body, digest_size=16).hexdigest()
        items = items_hash(answer.body)
        distrust = state.distrusted_until
        if lied or (self._same_validators(state, etag, modified) and self._differs(answer.body, state)):
            distrust = now + DISTRUST_FOR
            ask.notes.append("its validators lie (the feed changed behind them); not sent for a week")
        elif distrust is not None and now >= distrust:
            distrust = None
        kept = replace(
            moved,
            etag=etag,
            last_modified=modified,
            body_hash=body_hash,
            items_hash=items,
            full_at=now,
            distrusted_until=distrust,
        )
        if answer.partial:
            reason = f"the body broke off after {len(answer.body):,} bytes ({answer.partial})"
            return replace(
                base,
                outcome=Outcome.FRESH,
                state=moved,
                reason=reason,
                body=answer.body,
                partial=True,
                notes=tuple(ask.notes),
            )
        if body_hash == state.body_hash or (items is not None and items == state.items_hash):
            same = "the same bytes" if body_hash == state.body_hash else "the same items under another header"
            return replace(
                base, state=kept, state_if_refused=moved, reason=f"{same} as last time", notes=tuple(ask.notes)
            )
        reason = f"{len(answer.body):,} bytes"
        return replace(base, outcome=Outcome.FRESH, state=kept, reason=reason, body=answer.body, notes=tuple(ask.notes))

    @staticmethod
    def _differs(body: bytes, state: FetchState) -> bool:
        """Whether the items changed since the state was kept; False where that cannot be told from the bytes."""
        items = items_hash(body)
        return state.items_hash is not None and items is not None and items != state.items_hash

    @staticmethod
    def _same_validators(state: FetchState, etag: str | None, modified: str | None) -> bool:
        # Second-grained dates and weak tags may stay equal over a quick change; a strong tag may not.
        return bool(etag and not etag.startswith("W/") and etag == state.etag)

    async def _follow(self, ask: _Ask, *, conditional: bool) -> _Answer:
        """The answer at the end of the redirects."""
        url, visited = ask.start, {ask.start}
        while True:
            answer = await self._request(ask, url, conditional=conditional)
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS:
                return answer
            if not location:
                raise _RefusedError(Outcome.BAD_REDIRECT, f"redirects ({answer.status}) without saying where to")
            target = urljoin(url, location.strip())
            ask.hops.append(Hop(answer.status, target))
            if target in visited:
                raise _RefusedError(Outcome.BAD_REDIRECT, f"redirects in a circle (back to {_short(target)})")
            if len(visited) > MAX_HOPS:
                raise _RefusedError(Outcome.BAD_REDIRECT, f"redirects more than {MAX_HOPS} times")
            visited.add(target)
            url = target

    async def _request(self, ask: _Ask, url: str, *, conditional: bool) -> _Answer:
        config, limits = ask.config, self._limits
        target = await self._admit(config, url)
        headers = self._headers(ask, target, conditional=conditional)
        host = target.host or ""
        # A host of one's own may serve hundreds of feeds (a bridge): its ports are told apart, and no pause is kept.
        key = f"{host}:{target.port}" if config.private else host
        spaced = not config.private and not any(urlsplit(hop.url).hostname == host for hop in ask.hops)
        async with self._doors.turn(key, spaced=spaced), self._slots:
            began = time.monotonic()
            left_s = max(1.0, limits.total_s - ask.spent_s)
            try:
                async with asyncio.timeout(left_s):
                    return await self._exchange(ask, target, headers)
            except TimeoutError as error:
                kind = "to connect" if isinstance(error, aiohttp.ConnectionTimeoutError) else "for the answer"
                took_s = time.monotonic() - began
                raise _RefusedError(Outcome.TIMEOUT, f"gave up after {took_s:.0f} s of waiting {kind}") from error
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise self._refusal(error, target) from error
            finally:
                ask.spent_s += time.monotonic() - began

    async def _admit(self, config: FeedConfig, url: str) -> URL:
        """The URL, if it is one that may be asked; the names behind it are checked when they are dialled."""
        try:
            target = URL(url)
            port = target.port
        except ValueError as error:
            raise _RefusedError(Outcome.BAD_URL, f"{_short(url)} is not a URL ({error})") from error
        if target.scheme not in ("http", "https"):
            raise _RefusedError(Outcome.BAD_URL, f"{_short(url)} is neither http nor https")
        if not target.host or port is None or port == 0:
            raise _RefusedError(Outcome.BAD_URL, f"{_short(url)} names no host")
        if config.private:
            return target
        try:
            if parse_address(target.host) is not None:
                check_address(target.host, target.host)
            elif self._proxy:
                self._session(config)
                await asyncio.wait_for(self._resolvers[0].resolve(target.host, port), self._limits.connect_s)
        except BlockedAddressError as error:
            raise _RefusedError(Outcome.BLOCKED_ADDRESS, str(error)) from error
        except (OSError, TimeoutError, UnicodeError):
            pass  # behind a proxy this machine may have no resolver; the proxy will say what is wrong
        return target

    def _headers(self, ask: _Ask, target: URL, *, conditional: bool) -> dict[str, str]:
        headers: dict[str, str] = {}
        if conditional:
            if ask.state.etag:
                headers["If-None-Match"] = ask.state.etag
            if ask.state.last_modified:
                headers["If-Modified-Since"] = ask.state.last_modified
        home = URL(ask.start).origin()
        if target.origin() == home:
            headers.update(ask.config.headers)
            if ask.config.authorization:
                headers["Authorization"] = ask.config.authorization
        return headers

    async def _exchange(self, ask: _Ask, target: URL, headers: dict[str, str]) -> _Answer:
        ask.requests += 1
        session = self._session(ask.config)
        async with session.get(target, headers=headers, allow_redirects=False, proxy=self._proxy) as response:
            meta = response.headers
            status = response.status
            if status in _REDIRECTS or status in (204, 304):
                if status in _REDIRECTS:
                    response.close()
                return _Answer(status, meta, b"", str(response.url))
            if status not in (200, 203, 226):
                peek = await response.content.read(_PEEK_BYTES)
                ask.wire_bytes += len(peek)
                response.close()
                return _Answer(status, meta, _peek(peek, meta, self._limits.max_bytes), str(response.url))
            body, partial = await self._read(ask, response)
            return _Answer(status, meta, body, str(response.url), partial)

    async def _read(self, ask: _Ask, response: aiohttp.ClientResponse) -> tuple[bytes, str | None]:
        """The decoded body, and what broke it off, if something did."""
        cap, partial = self._limits.max_bytes, None
        decoder = BodyDecoder(response.headers.get("Content-Encoding", ""), cap)
        try:
            if (response.content_length or 0) > cap:
                raise TooLargeError
            async for chunk in response.content.iter_any():
                ask.wire_bytes += len(chunk)
                decoder.feed(chunk)
            return unzip_if_gzip(bytes(decoder.out), cap), None
        except TooLargeError as error:
            response.close()
            raise _RefusedError(Outcome.TOO_LARGE, f"the body is larger than {cap / 1048576:.0f} MB") from error
        except BadEncodingError:
            response.close()
            raise
        except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError) as error:
            if not decoder.out:
                raise
            partial = "the connection was closed too early" if "ContentLength" in repr(error) else "broken transfer"
        return bytes(decoder.out), partial

    def _refusal(self, error: Exception, target: URL) -> _RefusedError:
        """Whose fault an error of the client is, in words."""
        blocked = blocked_in(error)
        host = target.host or ""
        if blocked is not None:
            return _RefusedError(Outcome.BLOCKED_ADDRESS, str(blocked))
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return _RefusedError(Outcome.DNS, f"no address for the name {host}")
        if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError | ssl.SSLError):
            return _RefusedError(Outcome.TLS, f"the secure connection to {host} failed ({_short(_root(error))})")
        if isinstance(error, aiohttp.ClientProxyConnectionError):
            return _RefusedError(Outcome.CONNECT, f"cannot reach the proxy ({_short(_root(error))})")
        if isinstance(error, aiohttp.ClientHttpProxyError):
            return _RefusedError(Outcome.CONNECT, f"the proxy answered {error.status}")
        if isinstance(error, aiohttp.ClientConnectorError):
            return _RefusedError(Outcome.CONNECT, f"cannot connect to {host} ({_short(_root(error))})")
        if isinstance(error, aiohttp.InvalidURL | UnicodeError):
            return _RefusedError(Outcome.BAD_URL, f"{_short(str(target))} cannot be asked")
        if isinstance(error, aiohttp.ClientPayloadError):
            return _RefusedError(Outcome.PROTOCOL, "the body broke off before anything usable came")
        if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError | aiohttp.ClientOSError):
            return _RefusedError(Outcome.CONNECT, f"{host} closed the connection without an answer")
        return _RefusedError(Outcome.PROTOCOL, f"not an HTTP answer ({_short(_root(error))})")

    def _failed(self, ask: _Ask, outcome: Outcome, reason: str) -> Fetched:
        return Fetched(outcome, reason, ask.state, ask.state, url=ask.start, notes=tuple(ask.notes))

    def _session(self, config: FeedConfig) -> aiohttp.ClientSession:
        """The session for this kind of feed. Private and public feeds share no connection."""
        key = (config.private, config.verify_tls)
        if key not in self._sessions:
            guarded = not config.private
            resolver = Resolver(guarded=guarded and not self._proxy)
            self._resolvers.append(resolver if not self._proxy else Resolver(guarded=guarded))
            connector = aiohttp.TCPConnector(
                resolver=resolver,
                # Behind a proxy every dial goes to the proxy, which may well have a private address.
                socket_factory=guarded_socket if guarded and not self._proxy else None,
                ssl=config.verify_tls,
                limit=self._limits.concurrency,
                limit_per_host=0,
                keepalive_timeout=15,
            )
            self._sessions[key] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                headers={"User-Agent": self.user_agent, "Accept": ACCEPT, "Accept-Encoding": "gzip, deflate"},
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=None, sock_connect=self._limits.connect_s, sock_read=self._limits.read_s
                ),
            )
        return self._sessions[key]


# Answers that prove an adopted address wrong, rather than its server busy.
_MOVE_WAS_WRONG = (
    Outcome.NOT_FOUND,
    Outcome.GONE,
    Outcome.DNS,
    Outcome.BAD_REDIRECT,
    Outcome.BAD_URL,
    Outcome.BLOCKED_ADDRESS,
    Outcome.NOT_A_FEED,
)


def _peek(body: bytes, headers: Mapping[str, str], cap: int) -> bytes:
    try:
        decoder = BodyDecoder(headers.get("Content-Encoding", ""), cap)
        decoder.feed(body)
    except (TooLargeError, BadEncodingError):
        return b""
    return bytes(decoder.out)


def _root(error: BaseException) -> str:
    inner = getattr(error, "os_error", None) or error.__cause__ or error
    text = getattr(inner, "strerror", None) or getattr(inner, "message", None) or str(inner)
    return str(text) or type(inner).__name__


def _short(text: str, limit: int = 120) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
