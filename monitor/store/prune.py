"""Forgetting by age, in small steps beside the daemon's work; what tells a known story from a new one stays for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from ..clock import to_text
from ..housekeeping import Retention
from .connect import Store

# Rows touched in one transaction: short enough to hold up nobody.
CHUNK = 200
# The notes of how far pruning has come: no story up to these numbers needs another look.
_TEXT_UPTO, _STORIES_UPTO = "pruned_text_upto", "pruned_stories_upto"

Step = tuple[str, int]


def prune(store: Store, retention: Retention, now: datetime) -> Counter[str]:
    """Forget all that is old enough; returns how many of each: texts, revisions, stories, alerts."""
    total: Counter[str] = Counter()
    for name, count in prune_steps(store, retention, now):
        total[name] += count
    return total


def prune_steps(store: Store, retention: Retention, now: datetime) -> Iterator[Step]:
    """The same, step by step, each a transaction of its own; a caller may do other work between two steps.

    Full text goes first, and the title, link and readings of a story long after it. A story keeps its row and its
    identity keys (table `seen`), so that a feed that shows it again tells nothing new. Stories still to read, stories
    that a person labelled, and alerts still to deliver are left alone.
    """
    texts, stories = to_text(now - retention.text), to_text(now - retention.stories)
    yield from _each("texts", lambda: _forget_texts(store, texts))
    yield from _each("revisions", lambda: _forget_revisions(store, texts))
    yield from _each("stories", lambda: _forget_stories(store, stories))
    yield from _each("alerts", lambda: _forget_alerts(store, stories))


def _each(name: str, step: Callable[[], int]) -> Iterator[Step]:
    while count := step():
        yield name, count


def _next_stories(store: Store, note: str, before: str) -> list[int]:
    """The next stories first seen before a moment, in order; none beyond one that is still to be read."""
    rows = store.rows(
        "select id, stage, first_seen from stories where id > ? order by id limit ?",
        (int(store.noted(note) or 0), CHUNK),
    )
    done = []
    for row in rows:
        if row["stage"] != "done" or row["first_seen"] >= before:
            break
        done.append(int(row["id"]))
    return done


def _forget_texts(store: Store, before: str) -> int:
    with store.write():
        ids = _next_stories(store, _TEXT_UPTO, before)
        if ids:
            store.run(
                f"update stories set body = '' where id between ? and ? and body != '' {_NOT_LABELLED}",
                (ids[0], ids[-1]),
            )
            store.note(_TEXT_UPTO, str(ids[-1]))
    return len(ids)


def _forget_revisions(store: Store, before: str) -> int:
    with store.write():
        ids = [row["id"] for row in store.rows("select id from revisions where at < ? limit ?", (before, CHUNK))]
        store.run_many("delete from revisions where id = ?", [(each,) for each in ids])
    return len(ids)


def _forget_stories(store: Store, before: str) -> int:
    with store.write():
        ids = _next_stories(store, _STORIES_UPTO, before)
        if ids:
            span = (ids[0], ids[-1])
            for table in ("mentions", "readings", "revisions", "articles"):
                store.run(
                    f"delete from {table} where story_id between ? and ?"
                    " and story_id not in (select story_id from labels)",
                    span,
                )
            store.run(
                "update stories set title = '', summary = '', body = '', link = '', author = '', event_id = null,"
                f" copy_of = null, merge_reason = null, quiet = 'pruned' where id between ? and ? {_NOT_LABELLED}",
                span,
            )
            store.note(_STORIES_UPTO, str(ids[-1]))
    return len(ids)


_NOT_LABELLED = "and id not in (select story_id from labels)"


def _forget_alerts(store: Store, before: str) -> int:
    with store.write():
        ids = [
            (row["id"],)
            for row in store.rows(
                "select id from alerts a where at < ? and not exists (select 1 from deliveries d"
                " where d.alert_id = a.id and d.state in ('pending', 'held')) order by at limit ?",
                (before, CHUNK),
            )
        ]
        store.run_many("delete from attempts where delivery_id in (select id from deliveries where alert_id = ?)", ids)
        store.run_many("delete from deliveries where alert_id = ?", ids)
        store.run_many("delete from alerts where id = ?", ids)
        if not ids:
            store.run("delete from signals where at < ?", (before,))
            store.run(
                "delete from events where last_at < ? and not exists"
                " (select 1 from stories s where s.event_id = events.id)",
                (before,),
            )
    return len(ids)
