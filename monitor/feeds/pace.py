"""When to ask a feed again: as often as its news needs, within the user's bounds and the publisher's wishes. Pure.

success   interval from the overlap between two polls, raised to the publisher's hints (as far as those are sane)
failure   doubled delay by kind of failure, capped; a feed is never given up
throttled not before Retry-After, and for 429 nothing else on that host either
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from .records import FeedConfig, FetchState, Outcome

# Media Cloud's rule: poll so often that between a third and two thirds of the items are known ones.
_OVERLAP_LOW, _OVERLAP_HIGH = 1 / 3, 2 / 3
_FASTER, _FAST, _SLOWER = 0.5, 0.8, 1.25
# A publisher's hint (max-age, Expires, ttl, sy:*) is believed up to this; one feed once asked for 7 days.
HINT_CAP_S = 1800.0
# What a server may ask by Retry-After, at most.
RETRY_AFTER_CAP_S = 24 * 3600.0
# Delay after the first failure, by kind; doubled with each further one.
_BACKOFF_S = {
    Outcome.DNS: 600.0,
    Outcome.CONNECT: 600.0,
    Outcome.TIMEOUT: 600.0,
    Outcome.PROTOCOL: 900.0,
    Outcome.SERVER_ERROR: 900.0,
    Outcome.UNREADABLE: 900.0,
    Outcome.BAD_ENCODING: 1800.0,
    Outcome.TLS: 1800.0,
    Outcome.NOT_A_FEED: 1800.0,
    Outcome.CHALLENGE: 3600.0,
    Outcome.THROTTLED: 3600.0,
}
_BACKOFF_OTHERWISE_S = 1800.0
# Caps of the backoff: in the first month of failing, and after it.
_CAP_S, _CAP_LATER_S, _LATER = 6 * 3600.0, 24 * 3600.0, timedelta(days=30)
_GONE_S = 7 * 86400.0
# How soon to look again when our own network is down, and how much of the interval the jitter may add.
_OFFLINE_S, _JITTER = 300.0, 0.1
# Own outage: more than this share of the feeds asked, on at least this many hosts, cannot be reached.
_OUTAGE_SHARE, _OUTAGE_HOSTS = 0.5, 3
# Failures that may be our own network's.
UNREACHED = (Outcome.DNS, Outcome.CONNECT, Outcome.TIMEOUT)
# A document of fewer items than this may turn over whole without anything being missed.
_GAP_LEAST_ITEMS = 5


@dataclass(frozen=True, slots=True)
class PaceState:
    """What pacing remembers of a feed between polls. `failures` counts in a row; `gone_told`: the operator knows."""

    interval_s: float | None = None
    failures: int = 0
    failing_since: datetime | None = None
    gone_told: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """What a poll showed. `known` of the `on_screen` items were known before; both None where there was no body to
    count in. `first_poll`: nothing could be known.
    """

    outcome: Outcome
    on_screen: int | None = None
    known: int | None = None
    first_poll: bool = False
    retry_after_s: float | None = None
    fresh_for_s: float | None = None
    ttl_s: float | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """When to ask again and why, in words. `hold_host` until `at`: the whole host asked for quiet. `gap_suspected`: no
    item was known any more, so some may have come and gone unseen. `notices` are for the operator, each once.
    """

    at: datetime
    reason: str
    state: PaceState
    hold_host: str | None = None
    gap_suspected: bool = False
    notices: tuple[str, ...] = ()


def host_of(config: FeedConfig, state: FetchState) -> str:
    """The host that a poll of this feed asks; a host of one's own counts with its port."""
    parts = urlsplit(state.moved_to or config.url)
    try:
        port = parts.port
    except ValueError:
        port = None
    host = parts.hostname or ""
    return f"{host}:{port}" if config.private and port else host


def next_poll(
    config: FeedConfig, pace: PaceState, fetch: FetchState, seen: Observed, now: datetime, *, offline: bool = False
) -> Next:
    """When to ask `config`'s feed again after a poll that ended at `now`. `offline`: our own network is down, which is
    not held against the feed.
    """
    if seen.outcome.ok:
        return _after_success(config, pace, seen, now)
    if offline and seen.outcome in UNREACHED:
        at = now + timedelta(seconds=_jittered(config, now, min(_OFFLINE_S, config.min_interval_s)))
        return Next(at, "our own network seems to be down; the feed is not blamed", pace)
    return _after_failure(config, pace, fetch, seen, now)


def _after_success(config: FeedConfig, pace: PaceState, seen: Observed, now: datetime) -> Next:
    interval_s = pace.interval_s if pace.interval_s is not None else config.min_interval_s
    gap = False
    if seen.on_screen and seen.known is not None and not seen.first_poll:
        overlap = seen.known / seen.on_screen
        gap = seen.known == 0 and seen.on_screen >= _GAP_LEAST_ITEMS
        if overlap < _OVERLAP_LOW:
            interval_s, why = interval_s * _FASTER, f"only {overlap:.0%} of the items were known: ask sooner"
        elif seen.known == seen.on_screen:
            interval_s, why = interval_s * _SLOWER, "nothing new: ask a little later"
        elif overlap <= _OVERLAP_HIGH:
            why = f"{overlap:.0%} of the items were known: the pace is right"
        else:
            interval_s, why = interval_s * _FAST, f"{seen.on_screen - seen.known} new: ask a little sooner"
    elif seen.outcome is Outcome.UNCHANGED:
        interval_s, why = interval_s * _SLOWER, "unchanged: ask a little later"
    else:
        why = "first poll"
    interval_s = _bounded(config, interval_s)
    hint_s = min(max(seen.fresh_for_s or 0.0, seen.ttl_s or 0.0), HINT_CAP_S, config.max_interval_s)
    wait_s = interval_s
    if hint_s > interval_s:
        wait_s, why = hint_s, f"the publisher asks for {hint_s / 60:.0f} minutes between polls"
    at = now + timedelta(seconds=_jittered(config, now, wait_s))
    state = replace(pace, interval_s=interval_s, failures=0, failing_since=None, gone_told=False)
    notices = ("not one item was known any more; some may have been missed",) if gap else ()
    return Next(at, why, state, gap_suspected=gap, notices=notices)


def _after_failure(config: FeedConfig, pace: PaceState, fetch: FetchState, seen: Observed, now: datetime) -> Next:
    failures = pace.failures + 1
    since = pace.failing_since or now
    state = replace(pace, failures=failures, failing_since=since)
    if seen.outcome is Outcome.GONE:
        at = now + timedelta(seconds=_jittered(config, now, _GONE_S))
        notices = () if pace.gone_told else ("the publisher says this feed is gone for good (410)",)
        return Next(at, "gone: looked at once a week", replace(state, gone_told=True), notices=notices)
    cap_s = _CAP_LATER_S if now - since >= _LATER else _CAP_S
    base_s = _BACKOFF_S.get(seen.outcome, _BACKOFF_OTHERWISE_S)
    wait_s = max(config.min_interval_s, min(cap_s, base_s * 2.0 ** min(failures - 1, 20)))
    why = f"failed {failures} time{'s' * (failures > 1)} in a row ({seen.outcome}): waiting {_span(wait_s)}"
    if seen.retry_after_s is not None:
        asked_s = min(seen.retry_after_s, RETRY_AFTER_CAP_S)
        if seen.outcome is Outcome.THROTTLED or asked_s >= wait_s:
            wait_s = max(asked_s, config.min_interval_s)
            why = f"the server asked for {_span(seen.retry_after_s)} of quiet"
            why += f" (we wait {_span(wait_s)})" if wait_s != seen.retry_after_s else ""
    at = now + timedelta(seconds=_jittered(config, now, wait_s))
    throttled = seen.outcome is Outcome.THROTTLED and not config.private
    return Next(at, why, state, hold_host=host_of(config, fetch) if throttled else None)


def own_outage(results: Iterable[tuple[str, Outcome]]) -> bool:
    """Whether the failures of one round of polls, (host, outcome) each, are our own network's: more than half of the
    feeds, on at least three hosts, could not be reached at all.
    """
    asked = list(results)
    unreached = [host for host, outcome in asked if outcome in UNREACHED]
    return len(set(unreached)) >= _OUTAGE_HOSTS and len(unreached) > _OUTAGE_SHARE * len(asked)


def silent_too_long(new_per_day: float, last_new: datetime, now: datetime) -> bool:
    """Whether a feed that brought `new_per_day` stories a day over the last weeks has been silent longer than chance
    and a weekend explain: the silence would happen by chance less than once in ten thousand, and lasts over 3 days.
    """
    if new_per_day <= 0:
        return False
    days = (now - last_new) / timedelta(days=1)
    return days > max(3.0, 9.2 / new_per_day)  # exp(-9.2) = 1e-4, arrivals taken as Poisson


def _bounded(config: FeedConfig, interval_s: float) -> float:
    return min(max(interval_s, config.min_interval_s), max(config.max_interval_s, config.min_interval_s))


def _jittered(config: FeedConfig, now: datetime, wait_s: float) -> float:
    """Only ever longer, by up to a tenth, the same for the same feed and moment; whole seconds, as they are stored."""
    return float(math.ceil(wait_s * (1.0 + _JITTER * _unit(f"{config.id} {now.isoformat()}"))))


def _unit(text: str) -> float:
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big") / 2.0**48


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172800 else f"{seconds / 86400:.0f} days"
