"""The stream of each watchlist: its events' readings into the shift detector, its notices out, all kept in the database.

The detector's state is derived: at a start, after a fault and after a change of a watchlist it is replayed from the
stored readings; the notices already kept say what was told. So a restart at any story changes nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from .alerts.policy import stable_id
from .alerts.tell import Teller
from .clock import from_text, to_text
from .config import Settings
from .shifts.declared import Contested, Declared, Report, declared_acts, head_starts
from .shifts.proof import Proof
from .shifts.records import Item, Outage, score_of
from .shifts.records import Settings as Knobs
from .shifts.standing import Standing, standing
from .shifts.watch import Notice, Watch
from .store import shifts as shelf
from .store.connect import Row, Store
from .watchlists import Watchlist

log = logging.getLogger("monitor.streams")

# How far back the stored readings are replayed: the detector's memory and the time a shift may last.
REPLAYED = timedelta(days=260)
# How far back its chart reaches, and how many points it has at most.
CHARTED, MOST_POINTS = timedelta(days=60), 240
# Stories shown in an alert about a shift.
SHOWN = 3


class Streams:
    """The streams of all watchlists. Every method that writes is part of the caller's transaction."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._teller = Teller(settings, store, clock)
        self._watches: dict[str, Watch] = {}

    def forget(self) -> None:
        """Derive everything anew from the database at the next need: a transaction failed, or its stories changed."""
        self._watches.clear()

    def take(self, watchlists: Iterable[Watchlist], story_ids: Sequence[int]) -> list[str]:
        """New stories into the streams of these watchlists; returns the ids of the alerts that follow."""
        return [alert for watchlist in watchlists for alert in self._take(watchlist, story_ids)]

    def _take(self, watchlist: Watchlist, story_ids: Sequence[int]) -> list[str]:
        now = self._clock()
        told: list[str] = []
        acts = self._acts(watchlist.id, now)
        watch = self._watches.get(watchlist.id)
        if watch is None:
            watch = self._watches[watchlist.id] = self._derive(watchlist, now, acts)
            notices = watch.settle(now)
        else:
            rows = shelf.stream_rows(self._store, watchlist.id, story_ids=story_ids)
            notices = watch.add([item_of(row) for row in rows], now)
            if head_starts(acts) != watch.acts:
                notices += watch.change(now, acts=head_starts(acts))
        for act in acts:
            told += self._tell_act(watchlist, act)
        for notice in notices:
            told += self._keep(watchlist, watch, notice)
        return told

    def standing(self, watchlist: Watchlist) -> Standing:
        """Where a watchlist's stream stands now."""
        now = self._clock()
        watch = self._watches.get(watchlist.id)
        if watch is None:
            watch = self._watches[watchlist.id] = self._derive(watchlist, now, self._acts(watchlist.id, now))
        return standing(watch, now)

    def note_standings(self) -> None:
        """Keep what `monitor status` shows of each watchlist."""
        found = []
        for watchlist in self._settings.watchlists:
            now = self.standing(watchlist)
            found.append(
                {
                    "id": watchlist.id,
                    "state": now.state if now.state != "shift" else f"shift toward {now.direction}",
                    "since": to_text(now.since) if now.since else None,
                    "evidence_days": round(now.evidence_days, 1),
                    "line_days": round(now.line, 1),
                    "pace": round(now.pace, 2),
                    "expected_delay_h": {delay.size: round(delay.hours) for delay in now.delays},
                    "advice": now.advice,
                }
            )
        with self._store.write():
            self._store.note("watchlists", json.dumps(found))

    def _derive(self, watchlist: Watchlist, now: datetime, acts: Sequence[Declared | Contested]) -> Watch:
        rows = shelf.stream_rows(self._store, watchlist.id, since=now - REPLAYED)
        return Watch(
            Knobs(false_alarms=watchlist.shift.per_quarter, lines=shelf.lines(self._store, watchlist.id)),
            [item_of(row) for row in rows],
            shelf.notices(self._store, watchlist.id),
            [Outage(start, end) for start, end in shelf.outages(self._store)],
            head_starts(acts),
        )

    def _acts(self, watchlist: str, now: datetime) -> list[Declared | Contested]:
        rows = shelf.stream_rows(self._store, watchlist, since=now - timedelta(days=5), grade="direct")
        return declared_acts(report_of(row) for row in rows)

    def _tell_act(self, watchlist: Watchlist, act: Declared | Contested) -> list[str]:
        """An actor's own declaration is told at once, and once; if it is contested later, that too."""
        told = []
        contested = isinstance(act, Contested) or act.state == "contested"
        if isinstance(act, Declared):
            told += self._tell(self._act_payload(watchlist, act, "declared", act.told, act.stories))
        if contested and act.contested_at is not None:
            told += self._tell(self._act_payload(watchlist, act, "contested", act.contested_at, act.contested_by))
        return told

    def _keep(self, watchlist: Watchlist, watch: Watch, notice: Notice) -> list[str]:
        """Keep a notice with every number it shows; a shift that is to be pushed becomes an alert."""
        proof = watch.proof(notice) if notice.kind == "shift" else None
        shelf.keep_notice(self._store, watchlist.id, notice, numbers(proof) if proof else None)
        log.info(
            "shift watchlist=%s kind=%s direction=%s onset=%s push=%s %s",
            watchlist.id,
            notice.kind,
            notice.direction,
            to_text(notice.onset),
            notice.push,
            notice.reason,
        )
        if not notice.push or proof is None:
            return []
        return self._tell({**self._shift_payload(watchlist, notice, proof), "series": series(watch, proof)})

    def _tell(self, payload: dict[str, Any]) -> list[str]:
        if self._store.row("select 1 from alerts where id = ?", (payload["id"],)):
            return []
        self._teller.tell(payload)
        return [str(payload["id"])]

    def _shift_payload(self, watchlist: Watchlist, notice: Notice, proof: Proof) -> dict[str, Any]:
        top = [weight for weight in proof.weights if weight.points and not weight.copy][:SHOWN]
        title = (
            f"{proof.pointing} of {proof.stories} independent stories point toward {proof.direction}"
            f" since {proof.onset:%a} {proof.onset.day} {proof.onset:%b}"
        )
        return {
            **self._head(watchlist, "shift", proof.direction, title, ("shift", watchlist.id, notice.key)),
            "onset": to_text(proof.onset),
            "numbers": numbers(proof),
            "stories": [
                {
                    "title": weight.item.title,
                    "link": weight.item.url,
                    "owner": weight.item.source,
                    "published": to_text(weight.item.time),
                    "log_lr": round(weight.log_lr, 3),
                }
                for weight in top
            ],
        }

    def _act_payload(
        self, watchlist: Watchlist, act: Declared | Contested, kind: str, at: datetime, stories: Sequence[str]
    ) -> dict[str, Any]:
        rows = [shelf.story(self._store, int(story)) for story in stories]
        direction = "escalation" if act.side > 0 else "de-escalation"
        title = rows[0]["title"] if rows else ""
        return {
            **self._head(watchlist, kind, direction, title, (kind, watchlist.id, act.event, direction)),
            "event_id": int(act.event) if act.event.isdigit() else None,
            "first": to_text(act.first),
            "told": to_text(at),
            "stories": [
                {
                    "title": row["title"],
                    "link": row["link"],
                    "owner": row["owner"],
                    "published": row["published"] or row["first_seen"],
                }
                for row in rows
            ],
        }

    def _head(
        self, watchlist: Watchlist, kind: str, direction: str, title: str, key: tuple[object, ...]
    ) -> dict[str, Any]:
        """What every alert's payload has."""
        return {
            "id": stable_id(key),
            "thread": stable_id(("stream", watchlist.id, direction, *key[2:])),
            "kind": kind,
            "at": to_text(self._clock()),
            "watchlist": watchlist.id,
            "watchlists": [{"id": watchlist.id, "name": watchlist.name, "role": "subject"}],
            "event_id": None,
            "story_id": None,
            "direction": direction,
            "strength": 3,
            "title": title,
        }


def item_of(row: Row) -> Item:
    """A stored reading as an item of its watchlist's stream; outlets of one language are taken to lean alike."""
    return Item(
        id=str(row["id"]),
        event=str(row["event_id"]),
        published=from_text(row["published"]) if row["published"] else None,
        arrived=from_text(row["first_seen"]),
        source=row["owner"],
        group=row["lang"],
        score=score_of(row["direction"], row["strength"], row["confidence"]),
        grade=row["grade"],
        title=row["title"],
        url=row["link"],
    )


def report_of(row: Row) -> Report:
    """A stored reading as a report of an act: the actor's own where it speaks or acts itself."""
    trace = json.loads(row["trace"])
    return Report(
        story=str(row["id"]),
        event=str(row["event_id"]),
        arrived=from_text(row["first_seen"]),
        source=row["owner"],
        score=score_of(row["direction"], row["strength"], row["confidence"]),
        own=row["role"] == "speaker",
        denies=any("den" in step.split(" -> ")[0] for step in trace),
        text_family=str(row["copy_of"] or row["id"]),
    )


def series(watch: Watch, proof: Proof) -> dict[str, Any]:
    """The evidence (days) toward a shift's side before it was told, for its chart, and the line it crossed."""
    side = 0 if proof.side < 0 else 1
    points = [
        (to_text(item.time), round(evidence[side], 3))
        for item, evidence in zip(watch.items, watch.detector.trace, strict=False)
        if proof.at - CHARTED <= item.time <= proof.at
    ]
    step = max(len(points) // MOST_POINTS, 1)
    return {"points": [*points[:-1:step], *points[-1:]], "line": round(proof.line_days, 1)}


def numbers(proof: Proof) -> dict[str, Any]:
    """Every number of a proof, ready for JSON; the weights stay behind, they are the stories themselves."""
    values = {key: value for key, value in asdict(proof).items() if key != "weights"}
    return {key: to_text(value) if isinstance(value, datetime) else value for key, value in values.items()}
