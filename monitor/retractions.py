"""Tells what was told and is not so: to those who were told, in the first alert's thread.

A headline that takes something back is compared with what was told of the same watchlist in the last two weeks
(`shifts.denials` says what contradicts what). As many independent sources must take it back as told it, at most two;
the actor's own word is enough. Everything is read from the database, so a restart changes nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from .alerts.policy import stable_id
from .alerts.tell import Teller
from .clock import from_text, to_text
from .shifts.declared import LEAST_DENIALS, RETRACTED_WITHIN, Report, retractions
from .shifts.denials import Denial, Headline, contradicts, denial_in, words_of
from .store import retractions as shelf
from .store.connect import Row, Store
from .watchlists import Watchlist

log = logging.getLogger("monitor.retractions")


class Retractor:
    """Looks among new stories for what takes back an alert. Every method that writes is part of the caller's
    transaction."""

    def __init__(self, store: Store, teller: Teller, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._teller = teller
        self._clock = clock

    def take(self, watchlists: Iterable[Watchlist], story_ids: Sequence[int]) -> list[str]:
        """New stories; returns the ids of the retractions that follow."""
        told: list[str] = []
        for watchlist in watchlists:
            rows = shelf.headlines(self._store, watchlist.id, story_ids=story_ids)
            if any(_denial(watchlist, row) for row in rows):
                told += self._retract(watchlist)
        return told

    def _retract(self, watchlist: Watchlist) -> list[str]:
        now = self._clock()
        alerts = shelf.alerts_since(self._store, watchlist.id, now - RETRACTED_WITHIN)
        if not alerts:
            return []
        since = from_text(alerts[0]["at"])
        rows = shelf.headlines(self._store, watchlist.id, since=since)
        denials = [(row, denial) for row in rows if (denial := _denial(watchlist, row))]
        reports: list[Report] = []
        needed: dict[str, int] = {}
        for alert in alerts:
            headline, owners, spoken = self._what_was_told(watchlist, alert)
            needed[alert["id"]] = min(LEAST_DENIALS, len(owners))
            reports += [
                _report(row, denial, alert["id"])
                for row, denial in denials
                if row["changed"] > alert["at"]
                and contradicts(denial, headline_of(watchlist, row), row["owner"], headline, owners, spoken)
            ]
        found = retractions(reports, {alert["id"]: from_text(alert["at"]) for alert in alerts}, needed)
        by_id = {alert["id"]: alert for alert in alerts}
        titles = {str(row["id"]): row for row in rows}
        return [
            told
            for each in found
            if (told := self._tell(by_id[each.event], [titles[story] for story in each.by])) is not None
        ]

    def _what_was_told(self, watchlist: Watchlist, alert: Row) -> tuple[Headline, set[str], bool]:
        """The headline of an alert, the outlets that told it, and whether the actor spoke or acted in it."""
        payload = json.loads(alert["payload"])
        owners = {each["owner"] for each in payload.get("sources") or payload.get("stories") or ()}
        role = next((each["role"] for each in payload["watchlists"] if each["id"] == watchlist.id), "")
        row = shelf.headline_of_alert(self._store, watchlist.id, alert, payload["title"])
        spoken = role in ("speaker", "agent") or alert["kind"] == "declared"
        return headline_of(watchlist, row), owners, spoken

    def _tell(self, alert: Row, rows: Sequence[Row]) -> str | None:
        first = json.loads(alert["payload"])
        now = to_text(self._clock())
        payload = {
            "id": stable_id(("retraction", alert["id"])),
            "thread": alert["thread"],
            "kind": "retraction",
            "at": now,
            "watchlist": alert["watchlist"],
            "watchlists": first["watchlists"],
            "event_id": alert["event_id"],
            "story_id": None,
            "direction": alert["direction"],
            "strength": alert["strength"],
            "title": rows[0]["title"],
            "first": alert["at"],
            "first_title": alert["title"],
            "update": {"of": alert["id"], "at": alert["at"], "what": "What was told is taken back"},
            "stories": [_story(row) for row in rows],
        }
        if not self._teller.tell_again(payload, alert["id"]):
            return None
        log.info("retraction of=%s watchlist=%s title=%r", alert["id"], alert["watchlist"], rows[0]["title"][:80])
        return str(payload["id"])


def headline_of(watchlist: Watchlist, row: Mapping[str, Any] | Row) -> Headline:
    """A stored story's headline with the names of a watchlist in it."""
    found = [(start, end, term) for start, end, term in json.loads(row["names"])]
    spans = tuple((start, end) for start, end, _ in found)
    if watchlist.titles or not watchlist.people:
        return Headline(row["title"], row["lang"], spans, person=True)
    names = [term.text for term in watchlist.names]
    own = [row["title"][start:end] for start, end, term in found if term in names]
    own += [phrase for term in watchlist.names for phrase in term.phrases]
    return Headline(row["title"], row["lang"], spans, group=words_of(own))


def _denial(watchlist: Watchlist, row: Row) -> Denial | None:
    return denial_in(headline_of(watchlist, row))


def _report(row: Row, denial: Denial, alert: str) -> Report:
    return Report(
        story=str(row["id"]),
        event=str(row["event_id"]),
        arrived=from_text(row["changed"]),
        source=row["owner"],
        score=0.0,
        own=denial.own,
        denies=True,
        contradicts=alert,
        text_family=str(row["copy_of"] or row["id"]),
    )


def _story(row: Row) -> dict[str, Any]:
    return {
        "title": row["title"],
        "link": row["link"],
        "owner": row["owner"],
        "published": row["published"] or row["changed"],
    }
