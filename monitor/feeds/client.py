"""One guarded HTTP request: the address checked when it is dialled, the body decoded under a cap, time bounded.

Whatever goes wrong is a RefusedError with an outcome and a reason in words. Redirects are not followed here.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from yarl import URL

from monitor import __version__

from .answers import retry_after_s
from .decode import BadEncodingError, BodyDecoder, TooLargeError, unzip_if_gzip
from .guard import BlockedAddressError, Resolver, blocked_in, check_address, parse_address, socket_for
from .hosts import HostDoors
from .records import Outcome

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.6, */*;q=0.1"
)
REDIRECTS = (301, 302, 303, 307, 308)
# How much of an error page is read, to see whether it is a challenge, in bytes.
_PEEK_BYTES = 16 * 1024
# How long a host that says "too often" is asked nothing: where it does not say how long, and at most, in seconds.
_QUIET_S, _LONGEST_QUIET_S = 3600.0, 24 * 3600.0


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


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, its body decoded. `partial` says what broke the body off, if something did."""

    status: int
    headers: Mapping[str, str]  # names in any case
    body: bytes
    url: str
    partial: str | None = None
    wire_bytes: int = 0
    took_s: float = 0.0


class RefusedError(Exception):
    """A request that came to nothing: what kind of failure, and a sentence for a person. `unsent`: it was not even sent,
    for the host wants quiet for so many seconds.
    """

    def __init__(self, outcome: Outcome, reason: str, unsent: float | None = None) -> None:
        super().__init__(reason)
        self.outcome, self.reason, self.unsent = outcome, reason, unsent


class Client:
    """Sends requests that wait for their host's turn. `proxy` is an http:// URL; see guard.py for what it hides."""

    def __init__(self, contact: str, limits: Limits, proxy: str | None) -> None:
        self.limits = limits
        self.user_agent = f"monitor/{__version__} (news alerts; feed reader; +{contact or 'no contact given'})"
        self._proxy = proxy
        self._doors = HostDoors(limits.host_spacing_s)
        self._slots = asyncio.Semaphore(limits.concurrency)
        self._sessions: dict[tuple[bool, bool], aiohttp.ClientSession] = {}
        self._checkers: dict[bool, Resolver] = {}

    async def close(self) -> None:
        """Closes all connections."""
        for session in self._sessions.values():
            await session.close()
        for checker in self._checkers.values():
            await checker.close()
        self._sessions.clear()
        self._checkers.clear()

    async def get(
        self, url: str, headers: Mapping[str, str], *, private: bool, verify_tls: bool, budget_s: float, again: bool
    ) -> Answer:
        """The answer to one GET. `budget_s` is what is left of the poll's time; `again`: this visit to the host has
        begun already, so it keeps no pause.
        """
        target = await self._admit(url, private=private)
        host = target.host or ""
        # A host of one's own may serve hundreds of feeds (a bridge): its ports are told apart, and no pause is kept.
        door = f"{host}:{target.port}" if private else host
        async with self._doors.turn(door, spaced=not private and not again), self._slots:
            began = time.monotonic()
            quiet_s = self._doors.quiet_s(door)
            if quiet_s > 0:
                reason = f"{host} said to another request that we ask too often (429); not asked for {quiet_s:.0f} s"
                raise RefusedError(Outcome.THROTTLED, reason, unsent=quiet_s)
            try:
                async with asyncio.timeout(budget_s + 1):
                    answer = await self._exchange(self._session(private, verify_tls), target, headers, began + budget_s)
                if answer.status == 429 and not private:
                    asked_s = retry_after_s(answer.headers, datetime.now(UTC))
                    self._doors.hold(door, _QUIET_S if asked_s is None else min(asked_s, _LONGEST_QUIET_S))
                return answer
            except TimeoutError as error:
                kind = "to connect" if isinstance(error, aiohttp.ConnectionTimeoutError) else "for the answer"
                took_s = time.monotonic() - began
                raise RefusedError(Outcome.TIMEOUT, f"gave up after {took_s:.0f} s of waiting {kind}") from error
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise _refusal(error, target) from error

    async def _admit(self, url: str, *, private: bool) -> URL:
        """The URL, if it is one that may be asked; the addresses behind its name are checked when they are dialled."""
        try:
            target = URL(url)
            port = target.port
        except ValueError as error:
            raise RefusedError(Outcome.BAD_URL, f"{short(url)} is not a URL ({error})") from error
        if target.scheme not in ("http", "https"):
            raise RefusedError(Outcome.BAD_URL, f"{short(url)} is neither http nor https")
        if not target.host or not port:
            raise RefusedError(Outcome.BAD_URL, f"{short(url)} names no host")
        try:
            if parse_address(target.host) is not None:
                check_address(target.host, target.host, private=private)
            elif self._proxy:
                checker = self._checkers.setdefault(private, Resolver(private=private))
                await asyncio.wait_for(checker.resolve(target.host, port), self.limits.connect_s)
        except BlockedAddressError as error:
            raise RefusedError(Outcome.BLOCKED_ADDRESS, str(error)) from error
        except (OSError, TimeoutError, UnicodeError):
            pass  # behind a proxy this machine may have no resolver; the proxy will say what is wrong
        return target

    async def _exchange(
        self, session: aiohttp.ClientSession, target: URL, headers: Mapping[str, str], until: float
    ) -> Answer:
        began = time.monotonic()
        async with session.get(target, headers=headers, allow_redirects=False, proxy=self._proxy) as response:
            status, meta, url = response.status, response.headers, str(response.url)
            body, partial, wire_bytes = b"", None, 0
            if status in REDIRECTS:
                response.close()  # whatever a redirect carries is of no use
            elif status in (200, 203, 226):
                body, partial, wire_bytes = await self._read(response, until)
            elif status not in (204, 304):
                peek = await response.content.read(_PEEK_BYTES)
                wire_bytes = len(peek)
                response.close()
                body = self._decode_peek(peek, meta)
            return Answer(status, meta, body, url, partial, wire_bytes, time.monotonic() - began)

    async def _read(self, response: aiohttp.ClientResponse, until: float) -> tuple[bytes, str | None, int]:
        """The decoded body, what broke it off (if something did), and the bytes that travelled."""
        cap, decoder, wire_bytes = self.limits.max_bytes, None, 0
        try:
            decoder = BodyDecoder(response.headers.get("Content-Encoding", ""), cap)
            if (response.content_length or 0) > cap:
                raise TooLargeError
            async with asyncio.timeout(max(0.1, until - time.monotonic())):
                async for chunk in response.content.iter_any():
                    wire_bytes += len(chunk)
                    decoder.feed(chunk)
            body = unzip_if_gzip(bytes(decoder.out), cap)
            return body, None if decoder.complete else "the compressed stream has no end", wire_bytes
        except TooLargeError as error:
            response.close()
            raise RefusedError(Outcome.TOO_LARGE, f"the body is larger than {cap / 1048576:.0f} MB") from error
        except BadEncodingError as error:
            response.close()
            if decoder is None or not decoder.out:
                raise RefusedError(Outcome.BAD_ENCODING, str(error)) from error
            return bytes(decoder.out), str(error), wire_bytes
        except TimeoutError:
            # aiohttp closes the connection at a broken chunk, but does not wake whoever reads the body.
            broke = response.connection is None or response.connection.transport is None
            if not broke or decoder is None or not decoder.out:
                raise
            return bytes(decoder.out), "the transfer broke", wire_bytes
        except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError) as error:
            if decoder is None or not decoder.out:
                raise
            closed = "ContentLength" in repr(error)
            why = "the connection was closed too early" if closed else "the transfer broke"
            return bytes(decoder.out), why, wire_bytes

    def _decode_peek(self, peek: bytes, headers: Mapping[str, str]) -> bytes:
        try:
            decoder = BodyDecoder(headers.get("Content-Encoding", ""), self.limits.max_bytes)
            decoder.feed(peek)
        except (TooLargeError, BadEncodingError):
            return b""
        return bytes(decoder.out)

    def _session(self, private: bool, verify_tls: bool) -> aiohttp.ClientSession:
        """The session for this kind of feed. Private and public feeds share no connection."""
        key = (private, verify_tls)
        if key not in self._sessions:
            # Behind a proxy every dial goes to the proxy, which may well have a private address.
            connector = aiohttp.TCPConnector(
                resolver=Resolver(private=private, guarded=not self._proxy),
                socket_factory=None if self._proxy else socket_for(private=private),
                ssl=verify_tls,
                limit=self.limits.concurrency,
                keepalive_timeout=15,
            )
            self._sessions[key] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                headers={"User-Agent": self.user_agent, "Accept": ACCEPT, "Accept-Encoding": "gzip, deflate"},
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=None, sock_connect=self.limits.connect_s, sock_read=self.limits.read_s
                ),
            )
        return self._sessions[key]


def _refusal(error: Exception, target: URL) -> RefusedError:
    """Whose fault an error of the client is, in words."""
    host = target.host or ""
    blocked = blocked_in(error)
    if blocked is not None:
        return RefusedError(Outcome.BLOCKED_ADDRESS, str(blocked))
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return RefusedError(Outcome.DNS, f"no address for the name {host}")
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError | ssl.SSLError):
        return RefusedError(Outcome.TLS, f"the secure connection to {host} failed ({short(_root(error))})")
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return RefusedError(Outcome.CONNECT, f"cannot reach the proxy ({short(_root(error))})")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return RefusedError(Outcome.CONNECT, f"the proxy answered {error.status}")
    if isinstance(error, aiohttp.ClientConnectorError):
        return RefusedError(Outcome.CONNECT, f"cannot connect to {host} ({short(_root(error))})")
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):
        return RefusedError(Outcome.BAD_URL, f"{short(str(target))} cannot be asked")
    if isinstance(error, aiohttp.ClientPayloadError):
        return RefusedError(Outcome.PROTOCOL, "the body broke off before anything usable came")
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError | aiohttp.ClientOSError):
        return RefusedError(Outcome.CONNECT, f"{host} closed the connection without an answer")
    return RefusedError(Outcome.PROTOCOL, f"not an HTTP answer ({short(_root(error))})")


def _root(error: BaseException) -> str:
    inner = getattr(error, "os_error", None) or error.__cause__ or error
    if isinstance(inner, OSError) and inner.errno and not isinstance(inner, ssl.SSLError):
        return os.strerror(inner.errno).lower()  # asyncio's own words repeat the address
    text = getattr(inner, "strerror", None) or getattr(inner, "message", None) or str(inner)
    return str(text) or type(inner).__name__


def short(text: str, limit: int = 120) -> str:
    """A stranger's words on one line of bounded length."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
