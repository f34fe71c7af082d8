"""Asks one publisher for one feed: conditional, guarded at every hop, bounded in time and size, never raising.

The fault of a feed is an outcome with a reason a person can read. Redirects are followed by hand, because each hop must
pass the guard and because a permanent one means something else than a temporary one. Once a day an answer of "not
modified" is checked by asking for the whole body at once after it: if the items differ, the validators lied.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

from yarl import URL

from . import answers
from .client import REDIRECTS, Answer, Client, Limits, RefusedError, short
from .cut import find_items, items_hash, names_hash
from .records import FeedConfig, Fetched, FetchState, Hop, Outcome

__all__ = ["Fetcher", "Limits"]

MAX_HOPS = 8
# An unconditional check is due when no whole body has come for this long.
CHECK_EVERY = timedelta(hours=24)
# Validators that lied are not sent for this long; then they get another chance.
DISTRUST_FOR = timedelta(days=7)
# Failures that prove an adopted address wrong, rather than its server busy.
_MOVE_WAS_WRONG = (
    Outcome.NOT_FOUND,
    Outcome.GONE,
    Outcome.DNS,
    Outcome.BAD_REDIRECT,
    Outcome.BAD_URL,
    Outcome.BLOCKED_ADDRESS,
)


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


class Fetcher:
    """An HTTP client with a conscience. Use as an async context manager; `fetch` may be called for many feeds at once.

    `contact` (an address or page of the operator) goes into the User-Agent. `proxy` is an http:// URL; see guard.py for
    what the guard can then still check. Requests wait inside for their host's turn, so all due feeds may be asked at
    once.
    """

    def __init__(self, contact: str, *, limits: Limits | None = None, proxy: str | None = None) -> None:
        self._client = Client(contact, limits or Limits(), proxy)
        self.user_agent = self._client.user_agent

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.close()

    async def fetch(self, config: FeedConfig, state: FetchState, now: datetime) -> Fetched:
        """Polls one feed. Never raises for anything the publisher, the network or the URL did."""
        ask = _Ask(config, state, now, state.moved_to or config.url)
        started = time.monotonic()
        try:
            fetched = await self._ask(ask)
        except RefusedError as refusal:
            fetched = Fetched(
                refusal.outcome, refusal.reason, state, state, url=ask.start, retry_after_s=refusal.unsent
            )
        if state.moved_to and fetched.outcome in _MOVE_WAS_WRONG:
            back = replace(fetched.state, moved_to=None)
            ask.notes.append(f"the new address {state.moved_to} fails; the next poll asks {config.url} again")
            fetched = replace(fetched, state=back, state_if_refused=back)
        if fetched.outcome is Outcome.UNCHANGED and state.refused:
            kind, _, reason = state.refused.partition(": ")
            kept = replace(fetched.state, refused=state.refused)
            fetched = replace(fetched, outcome=Outcome(kind), reason=f"{reason} (unchanged)", state=kept)
        return replace(
            fetched,
            hops=tuple(ask.hops),
            requests=ask.requests,
            wire_bytes=ask.wire_bytes,
            duration_s=time.monotonic() - started,
            notes=tuple(ask.notes),
        )

    async def _ask(self, ask: _Ask) -> Fetched:
        """The answer, checked for honesty once a day, judged."""
        state, now = ask.state, ask.now
        trusted = state.distrusted_until is None or now >= state.distrusted_until
        conditional = trusted and bool(state.etag or state.last_modified)
        answer = await self._follow(ask, conditional=conditional)
        if answer.status == 304 and not conditional:
            raise RefusedError(Outcome.PROTOCOL, "answered 304 (not modified) although the whole feed was asked for")
        lied = False
        if answer.status == 304 and (state.full_at is None or now - state.full_at >= CHECK_EVERY):
            whole = await self._check_whole(ask)
            if whole is not None:
                lied, answer = _differs(whole.body, state), whole
        return _judge(ask, answer, conditional=conditional, lied=lied)

    async def _check_whole(self, ask: _Ask) -> Answer | None:
        """The whole body right after a 304, or None if it cannot be had now (the 304 then stands)."""
        hops, ask.hops = ask.hops, []
        try:
            whole = await self._follow(ask, conditional=False)
        except RefusedError as refusal:
            ask.notes.append(f"the daily check for a whole body failed: {refusal.reason}")
            return None
        finally:
            ask.hops = hops
        if whole.status != 200 or whole.partial:
            ask.notes.append(f"the daily check for a whole body failed with status {whole.status}")
            return None
        return whole

    async def _follow(self, ask: _Ask, *, conditional: bool) -> Answer:
        """The answer at the end of the redirects."""
        url, visited = ask.start, {ask.start}
        while True:
            answer = await self._get(ask, url, conditional=conditional)
            if answer.status not in REDIRECTS:
                return answer
            location = answer.headers.get("Location", "").strip()
            if not location:
                raise RefusedError(Outcome.BAD_REDIRECT, f"redirects ({answer.status}) without saying where to")
            try:
                target = urljoin(url, location)
            except ValueError as error:
                raise RefusedError(Outcome.BAD_REDIRECT, f"redirects to {short(location)}, not a URL") from error
            ask.hops.append(Hop(answer.status, target))
            if target in visited:
                raise RefusedError(Outcome.BAD_REDIRECT, f"redirects in a circle (back to {short(target)})")
            if len(visited) > MAX_HOPS:
                raise RefusedError(Outcome.BAD_REDIRECT, f"redirects more than {MAX_HOPS} times")
            if not target.startswith(("http://", "https://")):
                raise RefusedError(Outcome.BAD_REDIRECT, f"redirects to {short(target)}, neither http nor https")
            visited.add(target)
            url = target

    async def _get(self, ask: _Ask, url: str, *, conditional: bool) -> Answer:
        left_s = self._client.limits.total_s - ask.spent_s
        if left_s <= 0:
            raise RefusedError(Outcome.TIMEOUT, f"gave up after {ask.spent_s:.0f} s and {ask.requests} requests")
        ask.requests += 1
        began = time.monotonic()
        try:
            answer = await self._client.get(
                url,
                _headers(ask, url, conditional=conditional),
                private=ask.config.private,
                verify_tls=ask.config.verify_tls,
                budget_s=left_s,
                again=any(urlsplit(hop.url).hostname == urlsplit(url).hostname for hop in ask.hops),
            )
        except RefusedError as refusal:
            ask.spent_s += time.monotonic() - began
            ask.requests -= refusal.unsent is not None
            raise
        ask.spent_s += answer.took_s
        ask.wire_bytes += answer.wire_bytes
        return answer


def _headers(ask: _Ask, url: str, *, conditional: bool) -> dict[str, str]:
    """The headers of a request: validators as they came, the feed's own headers to its own origin only."""
    headers: dict[str, str] = {}
    if conditional:
        if ask.state.etag:
            headers["If-None-Match"] = ask.state.etag
        if ask.state.last_modified:
            headers["If-Modified-Since"] = ask.state.last_modified
    try:
        at_home = URL(url).origin() == URL(ask.start).origin()
    except ValueError:
        return headers
    if at_home:
        headers.update(ask.config.headers)
        if ask.config.authorization:
            headers["Authorization"] = ask.config.authorization
    return headers


def _judge(ask: _Ask, answer: Answer, *, conditional: bool, lied: bool) -> Fetched:
    """What an answer means, and what to remember of it."""
    now, headers = ask.now, answer.headers
    ok = answer.status in (200, 203, 226, 304)
    moved = answers.remember_redirect(ask.state, ask.start, tuple(ask.hops), now) if ok else ask.state
    if moved.moved_to != ask.state.moved_to:
        ask.notes.append(f"has moved for good to {moved.moved_to}; please change `url`")
    retry_s = answers.retry_after_s(headers, now)
    base = Fetched(
        outcome=Outcome.UNCHANGED,
        reason="",
        state=moved,
        state_if_refused=moved,
        status=answer.status,
        content_type=headers.get("Content-Type"),
        url=answer.url,
        retry_after_s=retry_s if answer.status >= 400 else None,
        fresh_for_s=answers.fresh_for_s(headers, now),
        conditional=conditional,
    )
    if answers.is_challenge(answer.status, headers, answer.body):
        reason = "a page that tests for a browser (Cloudflare or its like) came instead of the feed"
        return replace(base, outcome=Outcome.CHALLENGE, reason=reason)
    if not ok:
        outcome, reason = answers.judge_status(answer.status)
        asks = f", and asks us to wait {retry_s:.0f} s" if retry_s is not None and answer.status >= 400 else ""
        return replace(base, outcome=outcome, reason=reason + asks)
    etag, modified, note = answers.validators(headers, now)
    if note:
        ask.notes.append(note)
    if answer.status == 304:
        kept = replace(moved, etag=etag or ask.state.etag, last_modified=modified or ask.state.last_modified)
        return replace(base, state=kept, state_if_refused=kept, reason="not modified (304)")
    return _judge_body(ask, answer, base, etag, modified, lied=lied)


def _judge_body(
    ask: _Ask, answer: Answer, base: Fetched, etag: str | None, modified: str | None, *, lied: bool
) -> Fetched:
    """Whether a whole body brings anything, and whether the validators that came with it can be believed."""
    state, now, body = ask.state, ask.now, answer.body
    if answer.partial:
        reason = f"the body broke off after {len(body):,} bytes ({answer.partial})"
        return replace(base, outcome=Outcome.FRESH, reason=reason, body=body, partial=True)
    distrusted = state.distrusted_until
    body_hash = blake2b(body, digest_size=16).hexdigest()
    same_bytes = body_hash == state.body_hash
    if same_bytes:
        hashes = state.items_hash, state.names_hash
    else:
        items = find_items(body)
        hashes = items_hash(items), names_hash(body, items)
    # A strong tag that stays while the items change is a lie too; weak tags and dates in seconds may stay honestly.
    same_tag = bool(etag and not etag.startswith("W/") and etag == state.etag)
    if lied or (same_tag and _other_names(hashes[1], state)):
        distrusted = now + DISTRUST_FOR
        ask.notes.append("its validators lie (the feed changed behind them); they are not sent for a week")
    elif distrusted is not None and now >= distrusted:
        distrusted = None
    kept = replace(
        base.state,
        etag=etag,
        last_modified=modified,
        full_at=now,
        distrusted_until=distrusted,
        refused=None,
        body_hash=body_hash,
        items_hash=hashes[0],
        names_hash=hashes[1],
    )
    if same_bytes:
        return replace(base, state=kept, reason="the same bytes as last time")
    if hashes[0] is not None and hashes[0] == state.items_hash:
        return replace(base, state=kept, reason="the same items under another header")
    return replace(base, outcome=Outcome.FRESH, state=kept, reason=f"{len(body):,} bytes", body=body)


def _differs(body: bytes, state: FetchState) -> bool:
    """Whether other items are listed than when the state was kept; False where the bytes cannot tell."""
    return _other_names(names_hash(body, find_items(body)), state)


def _other_names(names: str | None, state: FetchState) -> bool:
    return state.names_hash is not None and names is not None and names != state.names_hash
