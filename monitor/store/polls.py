"""Queries of polling: which feeds are due, which stories are known, and what one poll leaves behind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from ..clock import from_text, to_text
from ..feeds.pace import PaceState
from ..feeds.records import FetchState
from ..stories.identity import Identified, Known
from .connect import Row, Store

# How many polls of a feed the log keeps.
POLLS_KEPT = 50
# How many values one query may bind.
_BOUND = 500


def due_feeds(store: Store, now: datetime, *, everything: bool = False) -> list[Row]:
    """The feeds whose time has come, longest waiting first."""
    if everything:
        return store.rows("select * from feeds order by next_poll_at")
    return store.rows("select * from feeds where next_poll_at <= ? order by next_poll_at", (to_text(now),))


def fetch_state_of(row: Row) -> FetchState:
    """What the last polls of a feed asked to be remembered."""
    return FetchState(**_from_json(row["fetch_state"], FetchState))


def fingerprints_of(row: Row) -> list[str]:
    """The items that a feed showed last."""
    return list(json.loads(row["fingerprints"]))


def pace_state_of(row: Row) -> PaceState:
    """What pacing remembers of a feed."""
    return PaceState(**_from_json(row["pace_state"], PaceState))


def state_text(state: FetchState | PaceState) -> str:
    """The JSON that `fetch_state_of` and `pace_state_of` read; moments as `{"at": text}`, defaults left out."""
    values = {name: getattr(state, name) for name in state.__slots__}  # asdict copies each value, deeply
    return json.dumps(
        {
            name: {"at": to_text(value)} if isinstance(value, datetime) else value
            for name, value in values.items()
            if value not in (None, 0)
        }
    )


def _from_json(text: str, record: type[FetchState] | type[PaceState]) -> dict[str, Any]:
    names = {field.name for field in fields(record)}
    return {
        name: from_text(value["at"]) if isinstance(value, dict) else value
        for name, value in json.loads(text).items()
        if name in names
    }


def known_stories(store: Store, keys: Iterable[str]) -> list[Known]:
    """Every story that ever had one of these keys, with all its keys."""
    wanted = sorted(set(keys))
    found: set[int] = set()
    for start in range(0, len(wanted), _BOUND):
        part = wanted[start : start + _BOUND]
        found |= {
            row["story_id"] for row in store.rows(f"select story_id from seen where key in ({_marks(part)})", part)
        }
    known = []
    ids = sorted(found)
    for start in range(0, len(ids), _BOUND):
        part_ids = ids[start : start + _BOUND]
        keys_by_story: dict[int, set[str]] = {}
        for row in store.rows(f"select * from seen where story_id in ({_marks(part_ids)})", part_ids):
            keys_by_story.setdefault(row["story_id"], set()).add(row["key"])
        for row in store.rows(
            f"select id, feed_id, first_seen, published from stories where id in ({_marks(part_ids)})",
            part_ids,
        ):
            own = keys_by_story.get(row["id"], set())
            known.append(
                Known(
                    story=row["id"],
                    keys=frozenset(key for key in own if not key.startswith("c")),
                    contents=frozenset(key for key in own if key.startswith("c")),
                    first_seen=from_text(row["first_seen"]),
                    published=from_text(row["published"]) if row["published"] else None,
                    feed=row["feed_id"],
                )
            )
    return known


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))


def add_story(
    store: Store,
    item: Identified,
    *,
    feed_id: str,
    owner: str,
    lang: str,
    published: datetime | None,
    now: datetime,
    quiet: str | None,
) -> int:
    """Keep a new story with its keys; part of the caller's transaction. Returns its id."""
    entry = item.entry
    story_id = store.run(
        "insert into stories (feed_id, owner, link, lang, title, summary, body, author, published, first_seen, quiet)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            feed_id,
            owner,
            entry.link or "",
            lang,
            entry.title,
            entry.summary,
            entry.body,
            entry.author or "",
            to_text(published) if published else None,
            to_text(now),
            quiet,
        ),
    )
    add_keys(store, item, story_id)
    return story_id


def add_keys(store: Store, item: Identified, story_id: int) -> None:
    """Remember an entry's names and content as those of a story."""
    store.run_many(
        "insert or ignore into seen values (?, ?)",
        [(key, story_id) for key in (*item.keys.names(), item.keys.content)],
    )


def revise_story(store: Store, item: Identified, story_id: int, now: datetime) -> None:
    """Keep what a story said before, and have it matched and read again."""
    store.run(
        "insert into revisions (story_id, revision, at, title, summary)"
        " select id, revision, ?, title, summary from stories where id = ?",
        (to_text(now), story_id),
    )
    # An article that was fetched (once) stays the story's body.
    store.run(
        "update stories set title = ?, summary = ?, revision = revision + 1, stage = 'new', body = case when exists"
        " (select 1 from articles a where a.story_id = stories.id and a.state = 'had') then body else ? end where id = ?",
        (item.entry.title, item.entry.summary, item.entry.body, story_id),
    )
    add_keys(store, item, story_id)


def hold_host(store: Store, feed_ids: Sequence[str], until: datetime) -> None:
    """Ask none of these feeds before then: their host wants quiet."""
    store.run_many(
        "update feeds set next_poll_at = max(next_poll_at, ?) where id = ?",
        [(to_text(until), feed_id) for feed_id in feed_ids],
    )


def latest_outcomes(store: Store, since: datetime) -> dict[str, str]:
    """How the last poll of each feed ended, as far as it was since a moment."""
    rows = store.rows("select feed_id, outcome, max(id) from polls where at >= ? group by feed_id", (to_text(since),))
    return {row["feed_id"]: row["outcome"] for row in rows}


def log_poll(store: Store, values: dict[str, Any]) -> None:
    """Add a line to a feed's poll log and drop its oldest."""
    names = ", ".join(values)
    store.run(
        f"insert into polls ({names}) values ({', '.join(':' + name for name in values)})",
        values,
    )
    store.run(
        "delete from polls where feed_id = ? and id <= (select id from polls where feed_id = ? order by id desc"
        " limit 1 offset ?)",
        (values["feed_id"], values["feed_id"], POLLS_KEPT),
    )


def save_feed(store: Store, feed_id: str, values: dict[str, Any]) -> None:
    """Update a feed's row."""
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    store.run(f"update feeds set {assignments} where id = :feed_id", {**values, "feed_id": feed_id})
