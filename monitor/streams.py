"""The stream of each watchlist: its events' readings into the shift detector, its notices out, all kept in the database.

The detector's state is derived: at a start, after a fault and after a change of a watchlist it is replayed from the
stored readings; the notices already kept say what was told. So a restart at any story changes nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from .alerts.policy import stable_id
from .alerts.tell import Teller
from .clock import to_text
from .config import Settings
from .retractions import headline_of
from .shifts.declared import CONTESTED_WITHIN, Contested, Declared, Report, declared_acts, head_starts
from .shifts.denials import Headline, contradicts, denial_in
from .shifts.proof import Proof
from .shifts.records import FALSE_ALARM_DAYS, Outage, from_days
from .shifts.records import Settings as Knobs
from .shifts.standing import Standing, standing
from .shifts.volume import PAUSE_DAYS, latest_first, surge_now
from .shifts.watch import Notice, Watch
from .store import retractions
from .store import shifts as shelf
from .store.connect import Row, Store
from .stream_items import REPLAYED, SETTLED, first_day, item_of, report_of
from .stream_lines import Lines
from .watchlists import Watchlist

__all__ = ["REPLAYED", "Streams", "item_of", "numbers", "report_of", "series"]

log = logging.getLogger("monitor.streams")

# Declared acts so old are told no more: what they tell is history.
TOLD_WITHIN = timedelta(days=5)
# How far back its chart reaches, and how many points it has at most.
CHARTED, MOST_POINTS = timedelta(days=60), 240
# Stories shown in an alert about a shift.
SHOWN = 3


@dataclass
class _Stream:
    """A watchlist's stream as it is held between two batches: from its first day on."""

    begins: datetime
    reports: dict[str, Report] = field(default_factory=dict)
    headlines: dict[str, Headline] = field(default_factory=dict)
    watch: Watch = field(default_factory=lambda: Watch(Knobs()))

    def acts_before(self, moment: datetime) -> Iterator[tuple[Report, Headline]]:
        """The actor's own words of the days before a moment, the latest first."""
        for story, headline in reversed(self.headlines.items()):
            report = self.reports[story]
            if timedelta(0) <= moment - report.arrived <= CONTESTED_WITHIN:
                yield report, headline

    def acts(self) -> list[Declared | Contested]:
        """The actor's own acts."""
        return declared_acts(self.reports.values())


class Streams:
    """The streams of all watchlists. Every method that writes is part of the caller's transaction."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._teller = Teller(settings, store, clock)
        self._lines = Lines(store)
        self._streams: dict[str, _Stream] = {}

    def forget(self) -> None:
        """Derive everything anew from the database at the next need: a transaction failed, or its stories changed."""
        self._streams.clear()
        self._lines.forget()

    def take(self, watchlists: Iterable[Watchlist], story_ids: Sequence[int]) -> list[str]:
        """New stories into the streams of these watchlists; returns the ids of the alerts that follow."""
        return [alert for watchlist in watchlists for alert in self._take(watchlist, story_ids)]

    def _take(self, watchlist: Watchlist, story_ids: Sequence[int]) -> list[str]:
        now = self._clock()
        if self._lines.settle(watchlist, now):
            self._streams.pop(watchlist.id, None)
        stream = self._streams.get(watchlist.id)
        if stream is None or stream.begins != first_day(now):
            stream = self._derive(watchlist, now)
            notices = stream.watch.settle(now)
        else:
            rows = shelf.stream_rows(self._store, watchlist.id, story_ids=story_ids)
            self._read_acts(watchlist, stream, rows)
            notices = stream.watch.add([item_of(row) for row in rows], now)
            starts = head_starts(stream.acts())
            if starts != stream.watch.acts:
                notices += stream.watch.change(now, acts=starts)
        told: list[str] = []
        for act in stream.acts():
            told += self._tell_act(watchlist, act, now)
        for notice in notices:
            told += self._keep(watchlist, stream.watch, notice)
        return told + self._tell_surge(watchlist, stream.watch, now)

    def standing(self, watchlist: Watchlist) -> Standing:
        """Where a watchlist's stream stands now."""
        now = self._clock()
        stream = self._streams.get(watchlist.id) or self._derive(watchlist, now)
        return standing(stream.watch, now)

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
                    "expected_stories": {delay.size: round(delay.stories) for delay in now.delays},
                    "line": self._lines.shown(watchlist),
                    "advice": now.advice,
                }
            )
        with self._store.write():
            self._store.note("watchlists", json.dumps(found))

    def _derive(self, watchlist: Watchlist, now: datetime) -> _Stream:
        """The stream as the database has it, from its first day on."""
        begins = first_day(now)
        rows = shelf.stream_rows(self._store, watchlist.id, since=begins)
        stream = _Stream(begins)
        self._read_acts(watchlist, stream, rows)
        stream.watch = Watch(
            Knobs(false_alarms=watchlist.shift.per_quarter, lines=shelf.lines(self._store, watchlist.id)),
            [item_of(row) for row in rows],
            shelf.notices(self._store, watchlist.id),
            [Outage(start, end) for start, end in shelf.outages(self._store)],
            head_starts(stream.acts()),
            begins + SETTLED,
        )
        self._streams[watchlist.id] = stream
        log.info("stream-derived watchlist=%s stories=%d since=%s", watchlist.id, len(rows), to_text(begins))
        return stream

    def _read_acts(self, watchlist: Watchlist, stream: _Stream, rows: Sequence[Row]) -> None:
        """The stories that name the actor, as reports of its acts; with the act that a headline takes back."""
        named = [row for row in rows if row["grade"] == "direct"]
        found = retractions.headlines(self._store, watchlist.id, story_ids=[row["id"] for row in named])
        headlines = {row["id"]: headline_of(watchlist, row) for row in found}
        for row in named:
            report, headline = report_of(row), headlines.get(row["id"])
            denial = denial_in(headline) if headline else None
            if headline and denial:
                acts = stream.acts_before(report.arrived)
                against = (
                    act.event
                    for act, told in acts
                    if contradicts(denial, headline, report.source, told, {act.source}, True)
                )
                report = replace(report, denies=True, own=denial.own, contradicts=next(against, None))
            elif headline and report.own:
                stream.headlines[report.story] = headline
            stream.reports[report.story] = report

    def _tell_surge(self, watchlist: Watchlist, watch: Watch, now: datetime) -> list[str]:
        """More coverage than usual, where nothing has shifted: a quiet note of its own, once for each surge."""
        surge = surge_now(watch, now)
        last = shelf.last_surge(self._store, watchlist.id)
        if surge is None or (last is not None and surge.time - last["time"] < PAUSE_DAYS):
            return []
        day = from_days(surge.time)
        title = f"{surge.stories} stories in 24 hours, usual {surge.usual:.1f}"
        payload = {
            **self._head(watchlist, "volume", "none", title, ("volume", watchlist.id, to_text(day))),
            "strength": 1,
            "surge": {**asdict(surge), "ratio": round(surge.ratio, 2), "at": to_text(day)},
            "stories": [
                {"title": item.title, "link": item.url, "owner": item.source, "published": to_text(item.time)}
                for item in latest_first(watch, day)[:SHOWN]
            ],
        }
        return self._tell(payload)

    def _tell_act(self, watchlist: Watchlist, act: Declared | Contested, now: datetime) -> list[str]:
        """An actor's own declaration is told at once, and once; if it is contested later, that too."""
        told: list[str] = []
        if now - act.first > TOLD_WITHIN:
            return told
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
        once_in = FALSE_ALARM_DAYS / watchlist.shift.per_quarter
        return self._tell({**self._shift_payload(watchlist, notice, proof), "series": series(watch, proof, once_in)})

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


def series(watch: Watch, proof: Proof, once_in: float) -> dict[str, Any]:
    """The evidence (days) toward a shift's side, and toward the other, before it was told, for its chart; the line it
    crossed, which stands for once in `once_in` days; and the stories that point anywhere, with their scores."""
    side = 0 if proof.side < 0 else 1
    charted = [
        (item, evidence)
        for item, evidence in zip(watch.items, watch.detector.trace, strict=False)
        if proof.at - CHARTED <= item.time <= proof.at
    ]
    points = [(to_text(item.time), round(trace[side], 3), round(trace[1 - side], 3)) for item, trace in charted]
    stories = [(to_text(item.time), round(item.score, 2)) for item, _ in charted if item.score]
    step = max(len(points) // MOST_POINTS, 1)
    return {
        "points": [*points[:-1:step], *points[-1:]],
        "line": round(proof.line_days, 1),
        "once_in": round(once_in, 1),
        "stories": stories[-MOST_POINTS:],
    }


def numbers(proof: Proof) -> dict[str, Any]:
    """Every number of a proof, ready for JSON; the weights stay behind, they are the stories themselves."""
    values = {key: value for key, value in asdict(proof).items() if key != "weights"}
    return {key: to_text(value) if isinstance(value, datetime) else value for key, value in values.items()}
