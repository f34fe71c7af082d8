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


def agreement(store: Store) -> dict[str, int]:
    """Of the latest labels, how many agree with what was read."""
    row = store.row(
        "select count(*) as labels, coalesce(sum(direction = read_as), 0) as agree from"
        " (select direction, read_as from labels order by at desc limit ?)",
        (LATEST,),
    )
    return {"labels": row["labels"], "agree": row["agree"]} if row else {"labels": 0, "agree": 0}


def labelled_stories(store: Store) -> list[dict[str, Any]]:
    """The corrected stories in the form of labelled stories, for `monitor lab stories`."""
    rows = store.rows(
        "select s.*, l.watchlist, l.direction from labels l join stories s on s.id = l.story_id order by s.id, l.watchlist"
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        story = found.setdefault(row["id"], _story(row))
        if row["watchlist"]:
            story.setdefault("per_watchlist", {})[row["watchlist"]] = row["direction"]
        else:
            story["direction"] = row["direction"]
    return [story for story in found.values() if story["direction"] is not None]


def _story(row: Row) -> dict[str, Any]:
    return {
        "id": f"story-{row['id']}",
        "lang": row["lang"],
        "published": row["published"],
        "outlet": row["owner"],
        "title": row["title"],
        "summary": row["summary"],
        "body": row["body"],
        "direction": None,
    }
