"""A person's corrections: which way a story points in truth, for a watchlist or as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..clock import to_text
from .connect import Row, Store

# The agreement shown is over this many of the latest corrections and confirmations.
LATEST = 100


def add_label(store: Store, story_id: int, watchlist: str, direction: str, read_as: str, now: datetime) -> None:
    """Keep a correction; a later one for the same story and watchlist replaces it."""
    with store.write():
        store.run(
            "insert into labels (story_id, watchlist, direction, read_as, at) values (?, ?, ?, ?, ?)"
            " on conflict (story_id, watchlist) do update set direction = excluded.direction,"
            " read_as = excluded.read_as, at = excluded.at",
            (story_id, watchlist, direction, read_as, to_text(now)),
        )


def drop_label(store: Store, story_id: int, watchlist: str) -> bool:
    """Take a correction back; False where there is none."""
    with store.write():
        kept = store.row("select 1 from labels where story_id = ? and watchlist = ?", (story_id, watchlist))
        store.run("delete from labels where story_id = ? and watchlist = ?", (story_id, watchlist))
    return kept is not None


def labels_of(store: Store, story_id: int) -> dict[str, str]:
    """A story's corrections: watchlist ('' for the story as a whole) -> direction."""
    rows = store.rows("select watchlist, direction from labels where story_id = ? order by watchlist", (story_id,))
    return {row["watchlist"]: row["direction"] for row in rows}


def agreement(store: Store) -> dict[str, int]:
    """Of the latest labels, how many agree with what was read."""
    row = store.row(
        "select count(*) as labels, coalesce(sum(direction = read_as), 0) as agree from"
        " (select direction, read_as from labels order by at desc limit ?)",
        (LATEST,),
    )
    return {"labels": row["labels"], "agree": row["agree"]} if row else {"labels": 0, "agree": 0}


def labelled_stories(store: Store) -> list[dict[str, Any]]:
    """The corrected stories in the form of labelled stories, for `monitor lab stories`.

    A story corrected for watchlists only is `contested`, with the direction it was read in: so it counts per watchlist alone.
    """
    rows = store.rows(
        "select s.*, l.watchlist, l.direction, r.direction as whole from labels l join stories s on s.id = l.story_id"
        " left join readings r on r.story_id = s.id and r.watchlist = '' order by s.id, l.watchlist"
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        story = found.setdefault(row["id"], _story(row))
        if row["watchlist"]:
            story.setdefault("per_watchlist", {})[row["watchlist"]] = row["direction"]
        else:
            story |= {"direction": row["direction"], "contested": False}
    return list(found.values())


def _story(row: Row) -> dict[str, Any]:
    return {
        "id": f"story-{row['id']}",
        "lang": row["lang"],
        "published": row["published"],
        "outlet": row["owner"],
        "title": row["title"],
        "summary": row["summary"],
        "body": row["body"],
        "direction": row["whole"] or "none",
        "contested": True,
    }
