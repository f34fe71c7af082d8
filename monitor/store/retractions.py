"""Queries of retractions: the headlines that name a watchlist, what was told of it, and who was told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..clock import to_text
from .connect import Row, Store

# `names`: the direct mentions in the headline; `changed`: when the story, or its latest revision, came in.
_HEADLINES = (
    "select s.id, s.event_id, s.copy_of, s.owner, s.lang, s.title, s.link, s.published,"
    " coalesce((select max(r.at) from revisions r where r.story_id = s.id), s.first_seen) as changed,"
    " (select json_group_array(json_array(m.start, m.end, m.term)) from mentions m where m.story_id = s.id"
    " and m.watchlist = :watchlist and m.grade = 'direct' and m.part = 'title') as names"
    " from stories s where s.id in"
    " (select story_id from mentions where watchlist = :watchlist and grade = 'direct' and part = 'title')"
)


def headlines(
    store: Store, watchlist: str, *, story_ids: Sequence[int] | None = None, since: datetime | None = None
) -> list[Row]:
    """Stories whose headline names a watchlist, oldest first: some of them, or what came in since a moment; none that
    were old when they came."""
    sql, values = _HEADLINES + " and s.stage = 'done' and s.quiet is null", {"watchlist": watchlist}
    if story_ids is not None:
        sql += " and s.id in (select value from json_each(:ids))"
        values["ids"] = json.dumps(list(story_ids))
    if since is not None:
        sql += " and changed > :since"
        values["since"] = to_text(since)
    return store.rows(sql + " order by changed, s.id", values)


def alerts_since(store: Store, watchlist: str, since: datetime) -> list[Row]:
    """What was told of a watchlist since a moment, oldest first; no updates, and nothing that is taken back already."""
    return store.rows(
        "select a.* from alerts a where a.kind in ('signal', 'declared') and a.at >= ?"
        " and exists (select 1 from json_each(a.payload, '$.watchlists') w where w.value ->> 'id' = ?)"
        " and json_extract(a.payload, '$.update') is null"
        " and not exists (select 1 from alerts r where r.kind = 'retraction' and r.thread = a.thread"
        " and json_extract(r.payload, '$.update.of') = a.id)"
        " order by a.at, a.rowid",
        (to_text(since), watchlist),
    )


def headline_of_alert(store: Store, watchlist: str, alert: Row, title: str) -> dict[str, Any] | Row:
    """The headline that an alert was told by, as it stood then, with the names of the watchlist in it."""
    row = store.row(
        _HEADLINES + " and s.event_id = :event and s.title = :title order by s.id limit 1",
        {"watchlist": watchlist, "event": alert["event_id"], "title": title},
    )
    if row:
        return row
    # the story has been edited since: its name is where its words stood then
    payload = json.loads(alert["payload"])
    match = payload.get("match") or {}
    at = title.find(match["text"]) if match else -1
    names = [[at, at + len(match["text"]), match["term"]]] if at >= 0 else []
    return {"title": title, "lang": payload.get("lang", "en"), "names": json.dumps(names)}


def told_of(store: Store, alert_id: str) -> list[Row]:
    """The deliveries (channel, route) of an alert and of its updates: who was told."""
    return store.rows(
        "select distinct d.channel, d.route from deliveries d join alerts a on a.id = d.alert_id"
        " where d.alert_id = :id or json_extract(a.payload, '$.update.of') = :id order by d.id",
        {"id": alert_id},
    )


def contested_by(store: Store, event_id: int | None, direction: str) -> set[str]:
    """The channels that know an event as contested already."""
    rows = store.rows(
        "select d.channel from deliveries d join alerts a on a.id = d.alert_id"
        " where a.kind = 'contested' and a.event_id = ? and a.direction = ?",
        (event_id, direction),
    )
    return {row["channel"] for row in rows}
