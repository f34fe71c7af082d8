"""Queries about stories: what is new, what was found in them, which event they belong to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ..clock import from_text, to_text
from ..reading.records import Mention, Reading, Span, Text
from .connect import Row, Store
from .labels import labels_of

# The stage of a story that is matched and read again after a watchlist was edited: it raises no alert.
AGAIN = "again"


def read_again(store: Store, since: datetime) -> int:
    """Have the stories since a moment matched and read again, silently; returns how many."""
    rows = store.rows("select id from stories where stage = 'done' and first_seen >= ?", (to_text(since),))
    store.run_many("update stories set stage = ? where id = ?", [(AGAIN, row["id"]) for row in rows])
    return len(rows)


def new_stories(store: Store, limit: int, now: datetime) -> list[Row]:
    """Stories still to match, read and judge, oldest first, without those that wait for their article (store/articles);
    `article` is what became of it: wanted (and now given up), had, none, or null.
    """
    return store.rows(
        "select s.*, a.state as article from stories s left join articles a on a.story_id = s.id"
        " where s.stage != 'done' and not (ifnull(a.state, '') = 'wanted' and a.until > ?) order by s.id limit ?",
        (to_text(now), limit),
    )


def text_of(row: Row) -> Text:
    """A stored story as the reading room sees it."""
    published = from_text(row["published"]) if row["published"] else None
    return Text(row["title"], row["summary"], row["body"], row["lang"], published or from_text(row["first_seen"]))


def save_mentions(store: Store, story_id: int, mentions: Iterable[Mention]) -> None:
    """Replace a story's mentions; part of the caller's transaction."""
    store.run("delete from mentions where story_id = ?", (story_id,))
    store.run_many(
        "insert into mentions values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (story_id, m.watchlist, m.grade, m.span.part, m.span.start, m.span.end, m.span.text, m.term, m.rule)
            for m in mentions
        ],
    )


def save_readings(store: Store, story_id: int, readings: Iterable[tuple[str, Reading]]) -> None:
    """Replace a story's readings, each with the grade of its mention; part of the caller's transaction."""
    store.run("delete from readings where story_id = ?", (story_id,))
    store.run_many(
        "insert into readings values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                story_id,
                reading.watchlist or "",
                grade,
                reading.direction,
                reading.strength,
                round(reading.confidence, 4),
                reading.role,
                json.dumps(asdict(reading.evidence), ensure_ascii=False) if reading.evidence else None,
                json.dumps([asdict(span) for span in reading.also], ensure_ascii=False),
                json.dumps(reading.trace, ensure_ascii=False),
                json.dumps([asdict(span) for span in reading.background], ensure_ascii=False),
                reading.gloss,
                int(reading.read),
            )
            for grade, reading in readings
        ],
    )


def reading_from(row: Row) -> Reading:
    """A stored reading as the record it was."""
    return Reading(
        watchlist=row["watchlist"] or None,
        direction=row["direction"],
        strength=row["strength"],
        confidence=row["confidence"],
        role=row["role"],
        evidence=Span(**json.loads(row["evidence"])) if row["evidence"] else None,
        trace=tuple(json.loads(row["trace"])),
        background=tuple(Span(**span) for span in json.loads(row["background"])),
        gloss=row["gloss"],
        read=bool(row["read"]),
        also=tuple(Span(**span) for span in json.loads(row["also"])),
    )


def mentions_of(store: Store, story_id: int) -> list[Mention]:
    """The mentions found in a story."""
    rows = store.rows("select * from mentions where story_id = ? order by rowid", (story_id,))
    return [
        Mention(
            row["watchlist"],
            row["grade"],
            Span(row["part"], row["start"], row["end"], row["text"]),
            row["term"],
            row["rule"],
        )
        for row in rows
    ]


def readings_of(store: Store, story_id: int) -> list[Reading]:
    """The readings of a story, the story as a whole first."""
    rows = store.rows("select * from readings where story_id = ? order by watchlist", (story_id,))
    return [reading_from(row) for row in rows]


def event_by_key(store: Store, key: str, now: datetime, title: str) -> int:
    """The id of the event that the grouping room calls `key`, opened now where there is none yet."""
    row = store.row("select id from events where key = ?", (key,))
    if row is not None:
        return int(row["id"])
    moment = to_text(now)
    return store.run(
        "insert into events (key, opened_at, last_at, title) values (?, ?, ?, ?)", (key, moment, moment, title)
    )


def grouped_since(store: Store, moment: datetime) -> list[Row]:
    """Stories of recent events with the event's key, in order of time."""
    return store.rows(
        "select s.*, e.key from stories s join events e on e.id = s.event_id"
        " where coalesce(s.published, s.first_seen) >= ? order by coalesce(s.published, s.first_seen), s.id",
        (to_text(moment),),
    )


def directions_of(store: Store, story_id: int) -> dict[str, str]:
    """How a story was read for each watchlist ('' for the story as a whole), as far as it points anywhere."""
    rows = store.rows("select watchlist, direction from readings where story_id = ?", (story_id,))
    return {row["watchlist"]: row["direction"] for row in rows if row["direction"] != "none"}


def join_event(store: Store, story_id: int, event_id: int, copy_of: int | None, reason: str, now: datetime) -> None:
    """Note which event a story belongs to, and why."""
    store.run(
        "update stories set event_id = ?, copy_of = ?, merge_reason = ? where id = ?",
        (event_id, copy_of, reason, story_id),
    )
    store.run("update events set last_at = max(last_at, ?) where id = ?", (to_text(now), event_id))


def event_reports(store: Store, event_id: int, watchlist: str) -> list[Row]:
    """The readings of an event's stories for a watchlist, earliest story first; quiet stories are left out."""
    return store.rows(
        "select s.id, s.owner, s.title, s.link, s.copy_of, r.grade, r.direction, r.strength, r.confidence, r.role"
        " from stories s join readings r on r.story_id = s.id"
        " where s.event_id = ? and r.watchlist = ? and s.quiet is null order by s.first_seen, s.id",
        (event_id, watchlist),
    )


def find_story(store: Store, wanted: str) -> Row | None:
    """A story by its number, its link, or the id of an alert about it."""
    if wanted.isdigit():
        return store.row("select * from stories where id = ?", (int(wanted),))
    return store.row("select * from stories where link = ? order by id desc", (wanted,)) or store.row(
        "select * from stories where id = (select json_extract(payload, '$.story_id') from alerts where id = ?)",
        (wanted,),
    )


def stories_page(
    store: Store, *, watchlist: str | None, search: str | None, since: datetime | None, limit: int
) -> list[dict[str, Any]]:
    """Stories for a person to look at, newest first, each with its readings."""
    conditions, values = ["1"], []
    if watchlist:
        conditions.append("exists (select 1 from mentions m where m.story_id = s.id and m.watchlist = ?)")
        values.append(watchlist)
    for word in (search or "").split():
        conditions.append("(s.title || ' ' || s.summary || ' ' || s.body) like ? escape '\\'")
        values.append("%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%")
    if since:
        conditions.append("coalesce(s.published, s.first_seen) >= ?")
        values.append(to_text(since))
    rows = store.rows(
        "select s.id, s.feed_id, s.owner, s.lang, s.title, s.link, s.published, s.first_seen, s.event_id, s.quiet, s.stage"
        f" from stories s where {' and '.join(conditions)}"
        " order by coalesce(s.published, s.first_seen) desc, s.id desc limit ?",
        (*values, limit),
    )
    found: list[dict[str, Any]] = [dict(row) for row in rows]
    for story in found:
        story["readings"] = [
            {key: row[key] for key in ("watchlist", "grade", "direction", "strength", "confidence", "role")}
            for row in store.rows(
                "select * from readings where story_id = ? and watchlist != '' order by watchlist", (story["id"],)
            )
        ]
        story["labels"] = labels_of(store, story["id"])
    return found


def stream_counts(store: Store, start: datetime, end: datetime) -> dict[str, dict[str, int]]:
    """For each watchlist with stories first seen between two moments: how many, and how many point up and down."""
    rows = store.rows(
        "select r.watchlist, count(*) as stories, sum(r.direction = 'escalation') as up,"
        " sum(r.direction = 'de-escalation') as down from readings r join stories s on s.id = r.story_id"
        " where s.first_seen > ? and s.first_seen <= ? and r.watchlist != '' group by r.watchlist",
        (to_text(start), to_text(end)),
    )
    return {row["watchlist"]: {"stories": row["stories"], "up": row["up"], "down": row["down"]} for row in rows}


def daily_counts(store: Store, watchlist: str, start: datetime, end: datetime) -> list[dict[str, int]]:
    """A watchlist's stories between two moments by the day (24 hours, counted back from the end), the oldest day first:
    how many, and how many point up and down. Copies of a story are not counted again."""
    days = [{"stories": 0, "up": 0, "down": 0} for _ in range((end - start).days)]
    rows = store.rows(
        "select s.first_seen, r.direction from readings r join stories s on s.id = r.story_id"
        " where r.watchlist = ? and s.first_seen > ? and s.first_seen <= ? and s.copy_of is null",
        (watchlist, to_text(start), to_text(end)),
    )
    for row in rows:
        day = days[max(len(days) - 1 - (end - from_text(row["first_seen"])).days, 0)]
        day["stories"] += 1
        day["up"] += row["direction"] == "escalation"
        day["down"] += row["direction"] == "de-escalation"
    return days
