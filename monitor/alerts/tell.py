"""The teller: takes an alert's payload, asks policy who gets it and when, and keeps alert and deliveries."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from ..clock import from_text, to_text
from ..config import Settings
from ..failpoints import reach
from ..routes import Route
from ..store import outbox, retractions, silences
from ..store.connect import Store
from ..store.outbox import Planned
from ..watchlists import Watchlist
from .policy import CAP_PERIOD, Circumstances, Plan, plan_delivery, routes_for

log = logging.getLogger("monitor.alerts")

# The note under which the end of a catch-up is kept, so that it outlives a restart.
CATCH_UP_NOTE = "catch_up_until"
# The note of the last tick, and how long the first look after a downtime may take.
LAST_TICK_NOTE = "last_tick"
CATCH_UP_TIME = timedelta(minutes=20)


class Teller:
    """Writes alerts with their deliveries. Every method that writes is part of the caller's transaction."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._watchlists = {watchlist.id: watchlist for watchlist in settings.watchlists}

    def tell(
        self,
        payload: dict[str, Any],
        *,
        leave_out: Sequence[str] = (),
        takes: Callable[[Route], bool] = lambda route: True,
        empty: bool = True,
    ) -> list[Planned]:
        """Keep an alert and plan its deliveries, none to the channels in `leave_out`; returns them.

        `payload` is everything the message shows, frozen; its `id` is the alert's for good, and `watchlists` says whom
        it is about, the leading one first. `takes` may refuse a route; with `empty` an alert that goes nowhere is kept
        too. An alert kept before is left as it is.
        """
        if outbox.has_alert(self._store, payload["id"]):
            return []
        # One event is one thread, whichever kind of alert began it.
        thread = outbox.thread_of_event(self._store, payload["event_id"]) or payload["thread"]
        payload = {**payload, "thread": thread}
        planned = [each for each in self.plan(payload, takes) if each.channel not in leave_out]
        if not planned and not empty:
            return []
        outbox.add_alert(self._store, payload, planned)
        log.info(
            "alert id=%s kind=%s watchlist=%s direction=%s strength=%d channels=%s title=%r",
            payload["id"],
            payload["kind"],
            payload["watchlist"],
            payload["direction"],
            payload["strength"],
            ",".join(f"{each.channel}{' (held)' if each.held else ''}" for each in planned) or "none",
            payload["title"][:80],
        )
        reach("alert")
        return planned

    def tell_again(self, payload: dict[str, Any], first: str) -> bool:
        """Tell those who were told the alert `first` that it is not so, whatever kinds their route takes; each by the
        route that told it. False where it was told before, or where all of them know it as contested."""
        if outbox.has_alert(self._store, payload["id"]):
            return False
        told = retractions.told_of(self._store, first)
        known = retractions.contested_by(self._store, payload["event_id"], payload["direction"])
        planned: dict[str, Planned] = {}
        for row in told:
            route, channel = self._settings.routes.get(row["route"]), row["channel"]
            watchlist = self._watchlists.get(payload["watchlist"])
            if channel in known or channel in planned or channel not in self._settings.channels:
                continue
            if route is None or watchlist is None:
                planned[channel] = Planned(channel, row["route"], self._clock())
                continue
            plan = plan_delivery(route, payload["strength"], self._seen(channel, row["route"], watchlist))
            planned[channel] = Planned(channel, row["route"], plan.at, plan.held, plan.why)
        if told and not planned:
            return False
        outbox.add_alert(self._store, payload, list(planned.values()))
        reach("alert")
        return True

    def plan(self, payload: dict[str, Any], takes: Callable[[Route], bool] = lambda route: True) -> list[Planned]:
        """One delivery for each channel that some route of the alert's watchlists leads to, by the soonest plan."""
        best: dict[str, tuple[Plan, str]] = {}
        for each in payload["watchlists"]:
            watchlist = self._watchlists.get(each["id"])
            if watchlist is None:
                continue
            for channel, name in routes_for(
                watchlist, payload["kind"], payload["direction"], payload["strength"], self._settings.routes
            ):
                route = self._settings.routes[name]
                if not takes(route):
                    continue
                plan = plan_delivery(route, payload["strength"], self._seen(channel, name, watchlist))
                if channel not in best or plan.order < best[channel][0].order:
                    best[channel] = (plan, name)
        return [Planned(channel, name, plan.at, plan.held, plan.why) for channel, (plan, name) in best.items()]

    def _seen(self, channel: str, route: str, watchlist: Watchlist) -> Circumstances:
        now = self._clock()
        return Circumstances(
            now=now,
            zone=self._settings.timezone,
            silenced_until=silences.silenced_until(self._store, watchlist.id, now),
            catch_up_until=catching_up_until(self._store, now),
            told_this_hour=outbox.told_since(self._store, channel, route, watchlist.id, now - CAP_PERIOD),
        )


def catching_up_until(store: Store, now: datetime) -> datetime | None:
    """Until when alerts wait for the summary after a downtime; None where there was none."""
    noted = store.noted(CATCH_UP_NOTE)
    until = from_text(noted) if noted else None
    return until if until and until > now else None


def note_start(store: Store, now: datetime, catch_up_after: timedelta) -> timedelta | None:
    """At a start: where the last tick is long past, begin a catch-up. Returns how long we were down, or None."""
    noted = store.noted(LAST_TICK_NOTE)
    with store.write():
        store.note(LAST_TICK_NOTE, to_text(now))
        if not noted or now - from_text(noted) < catch_up_after:
            return None
        store.note(CATCH_UP_NOTE, to_text(now + CATCH_UP_TIME))
    return now - from_text(noted)
