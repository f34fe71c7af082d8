"""One poll of one feed from end to end, short of the database: fetch, leave out what was seen, parse the rest.

    fetched -> (unchanged? done) -> items cut by fingerprint -> parsed in a worker -> Poll

A body with more unseen items than one parse should take is parsed in several; one with absurdly many is taken in part,
said so, and asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from . import cut
from .fetch import Fetcher
from .records import Entry, FeedConfig, Fetched, FetchState, Outcome, ParsedFeed
from .worker import ParserPool

# Unseen items given to the parser at once, and taken in one poll.
ITEMS_A_PARSE = 400
ITEMS_A_POLL = 4_000
# A body from this size on is cut in a thread, in bytes.
LARGE_BYTES = 512 * 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll brought. Store all of it in one transaction.

    `entries` are the entries not known by fingerprint: new, revised, or re-served in other bytes (stories/identity
    tells which). `fingerprints` are all items now on screen, to be given as `seen` at the next poll; None means keep
    the old ones. `on_screen` counts the items of the document (None where it could not be told), `known_on_screen`
    those seen before. `state` is the fetch state to keep. `outcome` and `reason` are the last word for `status`.
    """

    fetched: Fetched
    outcome: Outcome
    reason: str
    state: FetchState
    entries: tuple[Entry, ...] = ()
    fingerprints: tuple[str, ...] | None = None
    on_screen: int | None = None
    known_on_screen: int = 0
    parsed: ParsedFeed | None = None
    problems: tuple[str, ...] = ()


async def poll_feed(
    fetcher: Fetcher,
    parsers: ParserPool,
    config: FeedConfig,
    state: FetchState,
    seen: Collection[str],
    now: datetime,
) -> Poll:
    """Asks the feed once. Never raises for anything the publisher did; `seen` are the fingerprints kept from before."""
    fetched = await fetcher.fetch(config, state, now)
    if fetched.outcome is not Outcome.FRESH:
        return Poll(fetched, fetched.outcome, fetched.reason, fetched.state, problems=fetched.notes)
    return await read_body(parsers, config, fetched, frozenset(seen))


async def read_body(parsers: ParserPool, config: FeedConfig, fetched: Fetched, seen: frozenset[str]) -> Poll:
    """The entries of a fetched body whose fingerprints are not in `seen`."""
    body = fetched.body
    items = await _off_loop(body, cut.find_items, body)
    if items is None:
        parsed = await _parse(parsers, config, fetched, body)
        return _judged(fetched, parsed, None, len(parsed.entries), 0)
    unseen = [mark for mark in items.fingerprints if mark not in seen]
    known = len(items.fingerprints) - len(unseen)
    taken, left_out = unseen[:ITEMS_A_POLL], len(unseen) - ITEMS_A_POLL
    if items.spans and not unseen and items.closed and not fetched.partial:
        empty = ParsedFeed("rss")
        return _judged(fetched, empty, items.fingerprints, len(items.spans), known)
    documents: Iterable[bytes] = (body,)
    if items.spans and (known or len(unseen) > ITEMS_A_PARSE):
        documents = cut.parts(body, items, taken, ITEMS_A_PARSE)
    parts: list[ParsedFeed] = []
    for document in documents:
        parts.append(await _parse(parsers, config, fetched, document))
        if parts[-1].kind == "unreadable":
            break
    # every item was seen before, and yet the body is cut off: nothing to parse, but to be asked for again
    parsed = _joined(parts) if parts else ParsedFeed("rss")
    if left_out > 0:
        note = f"{len(items.spans):,} items; {ITEMS_A_POLL:,} read now, {left_out:,} left for later polls"
        parsed = replace(parsed, problems=(*parsed.problems, note), refetch=True)
    if not items.closed or fetched.partial:
        parsed = _cut_off(parsed, items)
    on_screen = items.fingerprints
    if left_out > 0:
        read = seen.union(taken)
        on_screen = tuple(mark for mark in on_screen if mark in read)
    return _judged(fetched, parsed, on_screen if parsed.is_feed else None, len(items.spans), known)


async def _off_loop(body: bytes, function: Callable[..., T], *args: Any) -> T:
    """Long work on a large body in a thread, so that other feeds need not wait for it."""
    return function(*args) if len(body) < LARGE_BYTES else await asyncio.to_thread(function, *args)


async def _parse(parsers: ParserPool, config: FeedConfig, fetched: Fetched, body: bytes) -> ParsedFeed:
    url = fetched.url or config.url
    return await parsers.parse(body, fetched.content_type, url, language=config.language, zone=config.zone)


def _joined(parts: list[ParsedFeed]) -> ParsedFeed:
    """Several parses of one body as one."""
    if len(parts) == 1:
        return parts[0]
    failed = next((part for part in parts if not part.is_feed), None)
    entries = tuple(entry for part in parts for entry in part.entries)
    return replace(
        failed or parts[0],
        entries=entries,
        problems=tuple(dict.fromkeys(problem for part in parts for problem in part.problems)),
        refetch=any(part.refetch for part in parts),
        well_formed=all(part.well_formed for part in parts),
        dropped=sum(part.dropped for part in parts),
    )


def _cut_off(parsed: ParsedFeed, items: cut.Items) -> ParsedFeed:
    """A body whose end is missing: its whole items count, and it is asked for again."""
    broken = items.broken_at is not None
    where = f"inside item {len(items.spans) + 1}" if broken else f"after item {len(items.spans)}"
    problems = parsed.problems
    if not any(problem.startswith("the body is cut off") for problem in problems):
        problems = (*problems, f"the body is cut off {where}")
    return replace(parsed, problems=problems, refetch=True, well_formed=False, dropped=max(parsed.dropped, int(broken)))


_OUTCOMES = {
    "html-page": Outcome.NOT_A_FEED,
    "not-a-feed": Outcome.NOT_A_FEED,
    "empty": Outcome.UNREADABLE,
    "unreadable": Outcome.UNREADABLE,
    "challenge": Outcome.CHALLENGE,
}


def _judged(
    fetched: Fetched, parsed: ParsedFeed, fingerprints: tuple[str, ...] | None, on_screen: int, known: int
) -> Poll:
    problems = (*fetched.notes, *parsed.problems)
    outcome = _OUTCOMES.get(parsed.kind, Outcome.FRESH)
    refused = parsed.refetch or not parsed.is_feed or fetched.partial
    kept = fetched.state_if_refused if refused else fetched.state
    whole = not (parsed.refetch or fetched.partial)
    if outcome is Outcome.NOT_A_FEED and whole and fetched.state.etag:
        # A whole body that is no feed: its tag spares both sides the same page again. Not its date: a feed that comes
        # back with an older one would be called unmodified.
        kept = replace(fetched.state, last_modified=None, refused=f"{outcome}: {'; '.join(parsed.problems)}")
    reason = "; ".join(parsed.problems) if parsed.problems else f"{on_screen} items, {known} known"
    return Poll(
        fetched,
        outcome,
        reason,
        kept,
        entries=parsed.entries,
        fingerprints=fingerprints,
        on_screen=on_screen if parsed.is_feed else None,
        known_on_screen=known,
        parsed=parsed,
        problems=problems,
    )
