"""Looks again at what was held when its time has come: routes, watchlists and silences may have changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..config import Settings
from ..store import silences
from ..store.connect import Store
from .policy import routes_for

# What stands in place of a summary's id where nothing is to be told any more.
UNWANTED = "no message: no route takes it any more"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a held delivery: told by `route`, held on `until` a moment by what `why` says, or (`route` empty)
    left out."""

    route: str
    until: datetime | None = None
    why: str = ""


def recheck(
    payload: dict[str, Any], channel: str, route: str, settings: Settings, store: Store, now: datetime
) -> Verdict:
    """Whether a held alert is still to be told on a channel, as routes, watchlists and silences are now.

    It stays with the route that held it while that one takes it, else the first other route to the channel has it. A
    silence on every watchlist that leads there holds it on; so do the quiet hours of a route without a digest.
    """
    known = {watchlist.id: watchlist for watchlist in settings.watchlists}
    ways = [
        (watchlist.id, name)
        for watchlist in (known[each["id"]] for each in payload["watchlists"] if each["id"] in known)
        for to, name in routes_for(
            watchlist, payload["kind"], payload["direction"], payload["strength"], settings.routes
        )
        if to == channel
    ]
    if not ways:
        return Verdict("")
    silent_until = [silences.silenced_until(store, watchlist, now) for watchlist, _ in ways]
    open_ways = [way for way, until in zip(ways, silent_until, strict=True) if until is None]
    if not open_ways:
        return Verdict(_kept(ways, route), min(until for until in silent_until if until), "a silence")
    chosen = _kept(open_ways, route)
    rules = settings.routes[chosen]
    quiet_until = rules.quiet.until(now, settings.timezone) if rules.quiet and not rules.digest else None
    if rules.quiet and quiet_until and payload["strength"] < rules.quiet.override:
        return Verdict(chosen, quiet_until, "quiet hours")
    return Verdict(chosen)


def _kept(ways: Sequence[tuple[str, str]], route: str) -> str:
    names = [name for _, name in ways]
    return route if route in names else names[0]
