"""The outbox's queries: alerts and their deliveries, what is due, what is held, and what came of each attempt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..clock import from_text, to_text
from .connect import Row, Store

_ALERT_KEYS = ("id", "kind", "watchlist", "event_id", "thread", "direction", "strength", "at", "title")


@dataclass(frozen=True, slots=True)
class Planned:
    """One delivery to come: tried from `at` on, or held until then by what `why` says."""

    channel: str
    route: str
    at: datetime
    held: bool = False
    why: str = ""


def add_alert(store: Store, payload: dict[str, Any], deliveries: Iterable[Planned]) -> None:
    """Keep an alert and its deliveries; part of the caller's transaction."""
    store.run(
        "insert into alerts (id, kind, watchlist, event_id, thread, direction, strength, at, title, payload)"
        " values (:id, :kind, :watchlist, :event_id, :thread, :direction, :strength, :at, :title, :payload)",
        {**{key: payload[key] for key in _ALERT_KEYS}, "payload": json.dumps(payload, ensure_ascii=False)},
    )
    store.run_many(
        "insert into deliveries (alert_id, channel, route, state, why, next_at) values (?, ?, ?, ?, ?, ?)",
        [
            (payload["id"], each.channel, each.route, "held" if each.held else "pending", each.why, to_text(each.at))
            for each in deliveries
        ],
    )


def has_alert(store: Store, alert_id: str) -> bool:
    """Whether an alert of this id is kept."""
    return store.row("select 1 from alerts where id = ?", (alert_id,)) is not None


def thread_of_event(store: Store, event_id: int | None) -> str | None:
    """The thread in which an event was first told; None where it was not told yet."""
    if event_id is None:
        return None
    row = store.row("select thread from alerts where event_id = ? order by at, rowid limit 1", (event_id,))
    return str(row["thread"]) if row else None


def channels_told(store: Store, event_id: int, direction: str) -> set[str] | None:
    """The channels that an event's alerts in this direction went to; None where there is no such alert yet."""
    if not store.row("select 1 from alerts where event_id = ? and direction = ? limit 1", (event_id, direction)):
        return None
    rows = store.rows(
        "select distinct d.channel from deliveries d join alerts a on a.id = d.alert_id"
        " where a.event_id = ? and a.direction = ?",
        (event_id, direction),
    )
    return {row["channel"] for row in rows}


def latest_on_event(store: Store, event_id: int, direction: str, kind: str) -> Row | None:
    """The latest alert of a kind on an event, with whether what it says is settled (an attempt to send it has begun)."""
    return store.row(
        "select a.id, a.at, a.strength, a.payload, (select count(*) from deliveries d where d.alert_id = a.id"
        " and (d.started_at is not null or d.state in ('folded', 'dead'))) as settled from alerts a"
        " where a.event_id = ? and a.direction = ? and a.kind = ? order by a.at desc, a.rowid desc limit 1",
        (event_id, direction, kind),
    )


def rewrite_alert(store: Store, payload: dict[str, Any], deliveries: Sequence[Planned]) -> None:
    """Replace what an unsettled alert says and when it goes out; part of the caller's transaction."""
    store.run(
        "update alerts set title = ?, strength = ?, watchlist = ?, payload = ? where id = ?",
        (
            payload["title"],
            payload["strength"],
            payload["watchlist"],
            json.dumps(payload, ensure_ascii=False),
            payload["id"],
        ),
    )
    for each in deliveries:
        store.run(
            "insert into deliveries (alert_id, channel, route, state, why, next_at) values (?, ?, ?, ?, ?, ?)"
            " on conflict (alert_id, channel) do update set route = excluded.route, state = excluded.state,"
            " why = excluded.why, next_at = min(next_at, excluded.next_at)",
            (payload["id"], each.channel, each.route, "held" if each.held else "pending", each.why, to_text(each.at)),
        )


def told_since(store: Store, channel: str, route: str, watchlist: str, since: datetime) -> tuple[datetime, ...]:
    """When alerts on a watchlist went (or are to go) out through a channel and route, those held back left out."""
    rows = store.rows(
        "select a.at from alerts a join deliveries d on d.alert_id = a.id where a.at > ? and d.channel = ?"
        " and d.route = ? and a.watchlist = ? and d.state not in ('held', 'folded')",
        (to_text(since), channel, route, watchlist),
    )
    return tuple(from_text(row["at"]) for row in rows)


def due_deliveries(store: Store, channel: str, now: datetime, limit: int) -> list[Row]:
    """Pending deliveries of a channel whose time has come: the strongest first, then the oldest."""
    return store.rows(
        "select d.id, d.alert_id, d.attempts, d.next_at, d.started_at, d.resent_at, d.alert_id"
        " from deliveries d join alerts a on a.id = d.alert_id"
        " where d.channel = ? and d.state = 'pending' and d.next_at <= ? order by a.strength >= 3 desc, a.at, d.id limit ?",
        (channel, to_text(now), limit),
    )


def begin_attempt(store: Store, delivery_id: int, now: datetime) -> Row | None:
    """Settle what a delivery's alert says, as of now, and return its payload; None where it is no longer pending."""
    with store.write():
        store.run(
            "update deliveries set started_at = coalesce(started_at, ?) where id = ? and state = 'pending'",
            (to_text(now), delivery_id),
        )
        return store.row(
            "select a.payload, d.accepted from deliveries d join alerts a on a.id = d.alert_id"
            " where d.id = ? and d.state = 'pending'",
            (delivery_id,),
        )


def record_attempt(
    store: Store,
    delivery_id: int,
    now: datetime,
    *,
    outcome: str,
    detail: str,
    accepted: tuple[str, ...],
    state: str,
    next_at: datetime,
    duration_ms: int,
) -> None:
    """Keep an attempt and the delivery's new state, in one transaction."""
    with store.write():
        store.run(
            "insert into attempts (delivery_id, at, outcome, detail, duration_ms) values (?, ?, ?, ?, ?)",
            (delivery_id, to_text(now), outcome, detail, duration_ms),
        )
        store.run(
            "update deliveries set state = ?, attempts = attempts + 1, next_at = ?, error = ?, accepted = ?,"
            " sent_at = case when ? = 'sent' then ? else sent_at end where id = ?",
            (
                state,
                to_text(next_at),
                "" if outcome == "sent" else detail,
                json.dumps(accepted),
                state,
                to_text(now),
                delivery_id,
            ),
        )


def resend(store: Store, alert_id: str, now: datetime) -> int:
    """Make every unsent delivery of an alert due now; where all were sent, send all again. Returns how many."""
    with store.write():
        unsent = store.rows(
            "select id from deliveries where alert_id = ? and state not in ('sent', 'folded')", (alert_id,)
        )
        chosen = unsent or store.rows("select id from deliveries where alert_id = ?", (alert_id,))
        for row in chosen:
            store.run(
                "update deliveries set state = 'pending', why = '', next_at = ?, resent_at = ?,"
                " accepted = iif(state = 'sent', '[]', accepted) where id = ?",
                (to_text(now), to_text(now), row["id"]),
            )
    return len(chosen)


def held_due(store: Store, now: datetime) -> list[Row]:
    """Held deliveries whose time of release has come, by channel, oldest alert first."""
    return store.rows(
        "select d.id, d.alert_id, d.channel, d.route, d.why, d.next_at, a.at, a.kind, a.watchlist, a.direction,"
        " a.strength, a.thread, a.title, a.payload from deliveries d join alerts a on a.id = d.alert_id"
        " where d.state = 'held' and d.next_at <= ? order by d.channel, d.route, d.why, a.at, a.rowid",
        (to_text(now),),
    )


def release(store: Store, delivery_ids: Iterable[int], now: datetime) -> None:
    """Let held deliveries go out by themselves; part of the caller's transaction."""
    store.run_many(
        "update deliveries set state = 'pending', next_at = ? where id = ? and state = 'held'",
        [(to_text(now), each) for each in delivery_ids],
    )


def fold(store: Store, delivery_ids: Iterable[int], summary_id: str) -> None:
    """Note that held deliveries are told in a summary; part of the caller's transaction."""
    store.run_many(
        "update deliveries set state = 'folded', why = ? where id = ? and state = 'held'",
        [(summary_id, each) for each in delivery_ids],
    )


def hold_on(store: Store, delivery_id: int, until: datetime, why: str) -> None:
    """Hold a delivery further, by something else; part of the caller's transaction."""
    store.run(
        "update deliveries set next_at = ?, why = ? where id = ? and state = 'held'", (to_text(until), why, delivery_id)
    )


def reroute(store: Store, delivery_id: int, route: str) -> None:
    """A held delivery goes out by another route; part of the caller's transaction."""
    store.run("update deliveries set route = ? where id = ? and state = 'held'", (route, delivery_id))


def complete_alert(store: Store, payload: dict[str, Any]) -> None:
    """Keep what was added to an alert's payload when its first attempt began."""
    with store.write():
        store.run(
            "update alerts set payload = ? where id = ?", (json.dumps(payload, ensure_ascii=False), payload["id"])
        )


def alert_payloads(store: Store, most: int | None, *, newest_first: bool) -> list[Row]:
    """The payloads of the newest alerts (all for None) without digests, which repeat others."""
    order = "desc" if newest_first else "asc"
    return store.rows(
        "select payload from (select rowid as n, at, payload from alerts where kind != 'digest'"
        f" order by at desc, rowid desc limit ?) order by at {order}, n {order}",
        (-1 if most is None else most,),
    )


def alerts_mark(store: Store, most: int) -> str:
    """What changes as soon as one of the newest alerts is added, rewritten or forgotten."""
    rows = store.rows(
        "select id, title, strength, length(payload) as size from alerts where kind != 'digest'"
        " order by at desc, rowid desc limit ?",
        (most,),
    )
    return "\n".join(f"{row['id']} {row['size']} {row['strength']} {row['title']}" for row in rows) or "none"
