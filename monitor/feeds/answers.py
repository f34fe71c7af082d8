"""What the headers of an answer mean: when to come back, how long it stays fresh, whether a robot is kept out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from .records import FetchState, Hop, Outcome

# A permanent redirect is believed after this many equal answers over this long.
MOVED_AFTER_ANSWERS = 10
MOVED_AFTER = timedelta(days=7)
# A Last-Modified this far ahead of the clock would answer 304 for ever.
_FUTURE_SLACK = timedelta(days=1)
_CHALLENGE_MARKS = (
    b"cf-chl",
    b"challenge-platform",
    b"_cf_chl_opt",
    b"<title>Just a moment...",
    b"cf-browser-verification",
)


def http_date(text: str | None) -> datetime | None:
    """An HTTP date in UTC, or None if it is absent or unreadable."""
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that Retry-After asks to wait, read as seconds or as a date relative to the server's own clock."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d*)?", text):
        return float(text)
    until = http_date(text)
    if until is None:
        return None
    return max(0.0, (until - (http_date(headers.get("Date")) or now)).total_seconds())


def fresh_for_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds for which the publisher calls this answer fresh, or None if it says nothing usable."""
    control = headers.get("Cache-Control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    found = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,12})", control)
    if found:
        age = headers.get("Age", "").strip()
        return max(0.0, float(found[1]) - (float(age) if re.fullmatch(r"\d{1,9}", age) else 0.0))
    expires = http_date(headers.get("Expires"))
    if expires is None:
        return None
    fresh = (expires - (http_date(headers.get("Date")) or now)).total_seconds()
    return fresh if fresh > 0 else None


def validators(headers: Mapping[str, str], now: datetime) -> tuple[str | None, str | None, str | None]:
    """(ETag, Last-Modified, note): opaque, byte for byte. A publisher that sends `Expires: 0` wants neither kept."""
    if headers.get("Expires", "").strip() == "0":
        return None, None, None
    etag, modified = headers.get("ETag") or None, headers.get("Last-Modified") or None
    when = http_date(modified)
    if when is not None and when > now + _FUTURE_SLACK:
        return etag, None, f"its Last-Modified lies in the future ({modified}) and is not sent back"
    return etag, modified, None


def is_challenge(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether this is a page that asks for a browser (Cloudflare and its like) instead of the feed."""
    if "challenge" in headers.get("cf-mitigated", "").lower():
        return True
    if status not in (200, 202, 403, 429, 503):
        return False
    head = body[:65536]
    return b"<html" in head[:4096].lower() and any(mark in head for mark in _CHALLENGE_MARKS)


_STATUS = {
    401: (Outcome.DENIED, "asks for a login (401); give the feed `authorization`"),
    402: (Outcome.DENIED, "asks for payment (402)"),
    403: (Outcome.DENIED, "refuses us (403)"),
    404: (Outcome.NOT_FOUND, "has no such page (404)"),
    407: (Outcome.DENIED, "the proxy asks for a login (407)"),
    410: (Outcome.GONE, "says the feed is gone for good (410)"),
    429: (Outcome.THROTTLED, "says we ask too often (429)"),
    451: (Outcome.DENIED, "is barred for legal reasons (451)"),
}


def judge_status(status: int) -> tuple[Outcome, str]:
    """The outcome and the sentence for a status that is neither a body, 304 nor a redirect."""
    if status in _STATUS:
        return _STATUS[status]
    if 500 <= status <= 599:
        return Outcome.SERVER_ERROR, f"the server failed ({status})"
    if 400 <= status <= 499:
        return Outcome.CLIENT_ERROR, f"refuses the request ({status})"
    return Outcome.PROTOCOL, f"answered with status {status}, which no feed should"


def remember_redirect(state: FetchState, asked: str, hops: tuple[Hop, ...], now: datetime) -> FetchState:
    """The state after an answer that came by `hops` (or by none): counts equal permanent redirects, and believes the
    new address after ten of them over a week. A temporary hop ends the permanent part of the chain.
    """
    target: str | None = None
    for hop in hops:
        if not hop.permanent:
            break
        target = hop.url
    if target is None or target == asked:
        return replace(state, redirect_to=None, redirect_since=None, redirect_count=0)
    if target != state.redirect_to or state.redirect_since is None:
        return replace(state, redirect_to=target, redirect_since=now, redirect_count=1)
    count = state.redirect_count + 1
    if count >= MOVED_AFTER_ANSWERS and now - state.redirect_since >= MOVED_AFTER:
        return replace(state, moved_to=target, redirect_to=None, redirect_since=None, redirect_count=0)
    return replace(state, redirect_count=count)
