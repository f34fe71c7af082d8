"""Queries about the articles behind stories (`full_text: true`): which are wanted, which came, which hosts want quiet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..clock import to_text
from .connect import Row, Store

# The longest that a story waits for its article: what full text may delay an alert.
WAIT = timedelta(minutes=2)
# What `status` counts: the articles of this long.
COUNTED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A story that waits for its article: what is to be asked, and until when the story waits."""

    story_id: int
    feed_id: str
    link: str
    until: str


def want(store: Store, story_ids: Iterable[int], now: datetime, until: datetime) -> None:
    """Have these stories wait for their articles; part of the caller's transaction."""
    store.run_many(
        "insert or ignore into articles (story_id, link, state, wanted_at, until)"
        " select id, link, 'wanted', ?, ? from stories where id = ?",
        [(to_text(now), to_text(until), story_id) for story_id in story_ids],
    )


def wanted(store: Store, now: datetime) -> list[Wanted]:
    """The articles that are waited for, longest waiting first."""
    rows = store.rows(
        "select a.story_id, s.feed_id, a.link, a.until from articles a join stories s on s.id = a.story_id"
        " where a.state = 'wanted' and a.until > ? order by a.story_id",
        (to_text(now),),
    )
    return [Wanted(row["story_id"], row["feed_id"], row["link"], row["until"]) for row in rows]


def keep_text(store: Store, story_id: int, text: str, now: datetime) -> bool:
    """Give a story the text of its article, unless the feed gave more; False where the story was read meanwhile."""
    row = store.row("select length(body) as chars, stage from stories where id = ?", (story_id,))
    if row is None or row["stage"] == "done":
        return False
    if len(text) > row["chars"]:
        store.run("update stories set body = ? where id = ?", (text, story_id))
    store.run(
        "update articles set state = 'had', at = ?, chars = ?, reason = '' where story_id = ?",
        (to_text(now), len(text), story_id),
    )
    return True


def go_without(store: Store, story_id: int, reason: str, now: datetime) -> None:
    """Note why a story is read without its article."""
    store.run(
        "update articles set state = 'none', at = ?, reason = ? where story_id = ? and state = 'wanted'",
        (to_text(now), reason, story_id),
    )


def same_article(store: Store, link: str) -> str | None:
    """The text of the article at `link` where another story has it already."""
    row = store.row(
        "select s.body from articles a join stories s on s.id = a.story_id"
        " where a.link = ? and a.state = 'had' and s.body != '' order by a.story_id desc limit 1",
        (link,),
    )
    return row["body"] if row else None


def article_of(store: Store, story_id: int) -> Row | None:
    """What became of a story's article, or None where none was wanted."""
    if store.row("select 1 from sqlite_master where name = 'articles'") is None:
        return None
    return store.row("select * from articles where story_id = ?", (story_id,))


def quiet_until(store: Store, host: str, now: datetime) -> Row | None:
    """Until when, and why, no article is asked of a host; None where it may be asked."""
    return store.row("select until, reason from quiet_hosts where host = ? and until > ?", (host, to_text(now)))


def keep_quiet(store: Store, host: str, until: datetime, reason: str) -> None:
    """Ask this host for no article before then."""
    store.run("delete from quiet_hosts where until <= ?", (to_text(until - timedelta(days=2)),))
    store.run(
        "insert into quiet_hosts values (?, ?, ?) on conflict (host) do update set"
        " until = max(until, excluded.until), reason = excluded.reason",
        (host, to_text(until), reason),
    )


def shift_quiet(store: Store, moved: Callable[[str], str]) -> None:
    """Move the times until which hosts want quiet, after the clock was set; part of the caller's transaction."""
    rows = store.rows("select host, until from quiet_hosts")
    store.run_many(
        "update quiet_hosts set until = ? where host = ?", [(moved(row["until"]), row["host"]) for row in rows]
    )


def article_counts(store: Store, now: datetime) -> list[dict[str, Any]]:
    """For each feed with articles wanted lately: how many came, how many did not and why the last, how many wait.
    Nothing where the database was last used by a version without articles.
    """
    if store.row("select 1 from sqlite_master where name = 'articles'") is None:
        return []
    rows = store.rows(
        "select s.feed_id as feed, sum(a.state = 'had') as had, sum(a.state = 'none') as without,"
        " sum(a.state = 'wanted') as waiting,"
        " (select b.reason from articles b join stories t on t.id = b.story_id where t.feed_id = s.feed_id"
        "  and b.state = 'none' order by b.story_id desc limit 1) as last_reason"
        " from articles a join stories s on s.id = a.story_id where a.wanted_at > ? group by s.feed_id order by 1",
        (to_text(now - COUNTED),),
    )
    return [dict(row) for row in rows]
