"""The records at the seams of the feeds room: what is asked of a publisher, and what came back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True)
class FeedConfig:
    """One feed as its user wants it polled.

    `id` is stable and survives a change of URL. `owner` names who publishes it (stories of one owner count as one
    source). `private` allows addresses that are not public. `headers` are sent with each request to the feed's own
    origin only; `authorization` is the value of that header, from a credential, and is never logged.
    `zone` is the IANA time zone of dates that name none. `backfill` is how many stories of the very first poll count
    as new.
    """

    id: str
    url: str
    title: str = ""
    language: str | None = None
    owner: str = ""
    min_interval_s: float = 600.0
    max_interval_s: float = 3600.0
    headers: tuple[tuple[str, str], ...] = ()
    authorization: str | None = field(default=None, repr=False)
    private: bool = False
    verify_tls: bool = True
    full_text: bool = False
    zone: str | None = None
    backfill: int = 0


@dataclass(frozen=True, slots=True)
class FetchState:
    """What must be remembered between two polls of one feed; all of it belongs in the database.

    `etag` and `last_modified` are opaque and sent back byte for byte. `body_hash` is of the bytes, `items_hash` of the
    items alone (a publisher may stamp the header at each request), `names_hash` of their guids and links. `full_at` is
    when a whole body last came.
    `distrusted_until`: the validators were caught lying and are not sent before then. `moved_to` is the address that
    permanent redirects earned; `redirect_*` count towards it. `refused`: the validators are of a body that was no feed
    (`outcome: reason`); while it stays, so does that outcome.
    """

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    items_hash: str | None = None
    names_hash: str | None = None
    full_at: datetime | None = None
    distrusted_until: datetime | None = None
    moved_to: str | None = None
    redirect_to: str | None = None
    redirect_since: datetime | None = None
    redirect_count: int = 0
    refused: str | None = None


class Outcome(StrEnum):
    """How a request ended. FRESH and UNCHANGED are successes; all others say what kind of failure it was."""

    FRESH = "fresh"
    UNCHANGED = "unchanged"
    DNS = "dns"
    CONNECT = "connect"
    TIMEOUT = "timeout"
    TLS = "tls"
    PROTOCOL = "protocol"
    DENIED = "denied"
    NOT_FOUND = "not-found"
    GONE = "gone"
    THROTTLED = "throttled"
    CLIENT_ERROR = "client-error"
    SERVER_ERROR = "server-error"
    BAD_REDIRECT = "bad-redirect"
    BLOCKED_ADDRESS = "blocked-address"
    BAD_URL = "bad-url"
    TOO_LARGE = "too-large"
    BAD_ENCODING = "bad-encoding"
    CHALLENGE = "challenge"
    NOT_A_FEED = "not-a-feed"
    UNREADABLE = "unreadable"

    @property
    def ok(self) -> bool:
        """Whether the publisher answered as a publisher should."""
        return self in (Outcome.FRESH, Outcome.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed: its status, and the absolute URL it led to."""

    status: int
    url: str

    @property
    def permanent(self) -> bool:
        """301 and 308 say that the address has changed for good."""
        return self.status in (301, 308)


@dataclass(frozen=True, slots=True)
class Fetched:
    """One poll's answer. `reason` is a sentence for a person; `state` is what to remember if the body proves usable,
    `state_if_refused` if it does not (then the old validators stay, so that the feed is asked for a whole body again).

    `partial`: the connection broke while the body came; `body` is what arrived. `body` is decoded (no gzip), empty
    unless the outcome is FRESH. `wire_bytes` is what travelled. `retry_after_s` and `fresh_for_s` (Cache-Control or
    Expires) count from now. `requests` is how many were sent, redirects and the daily check included.
    """

    outcome: Outcome
    reason: str
    state: FetchState
    state_if_refused: FetchState
    status: int | None = None
    body: bytes = b""
    content_type: str | None = None
    url: str = ""
    hops: tuple[Hop, ...] = ()
    partial: bool = False
    retry_after_s: float | None = None
    fresh_for_s: float | None = None
    duration_s: float = 0.0
    wire_bytes: int = 0
    requests: int = 0
    conditional: bool = False
    notes: tuple[str, ...] = ()


DateFlag = Literal["missing", "unreadable", "no-zone", "epoch", "repaired", "updated-only"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One RSS, Atom or JSON Feed item as served: clean text, absolute links, dates in UTC.

    `published` is None where the publisher gave no readable date; `date_flags` say what was done to it.
    `lang` is an ISO 639-1 code, or None where neither entry nor feed names one.
    """

    guid: str | None
    link: str | None
    title: str
    summary: str = ""
    body: str = ""
    author: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    date_flags: tuple[str, ...] = ()
    lang: str | None = None


FeedKind = Literal["rss", "atom", "json", "html-page", "challenge", "empty", "not-a-feed", "unreadable"]


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A body, read. `problems` are sentences for a person; `alternates` are feeds that an HTML page names.

    `refetch`: the body was not whole, so its validators must not be kept. `well_formed` is False where the XML had to
    be repaired. `ttl_s` is the publisher's hint (ttl, sy:update*); `dropped` counts items that were not entries
    (broken last one, error items of a bridge).
    """

    kind: FeedKind
    entries: tuple[Entry, ...] = ()
    title: str = ""
    language: str | None = None
    problems: tuple[str, ...] = ()
    alternates: tuple[str, ...] = ()
    refetch: bool = False
    well_formed: bool = True
    ttl_s: float | None = None
    dropped: int = 0

    @property
    def is_feed(self) -> bool:
        """Whether the body was a feed at all, with or without entries."""
        return self.kind in ("rss", "atom", "json")
