"""A real month of polls replayed through identity and the database: what was new, revised, repeated, quarantined.

    python -m tests.poll_month [--json]

Needs the shared data folder (June 2025: two feeds, asked every 10 to 20 minutes). Every snapshot is one poll of the
real poll transaction, without the network.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.feeds.records import Entry
from monitor.store.connect import open_store
from monitor.store.polls import add_keys, add_story, known_stories, revise_story
from monitor.stories.identity import Verdict, identify, keys_of
from tests.conftest import SHARED


def _lines(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(SHARED / "data" / "archive" / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def replay(passes: int = 1) -> dict[str, Any]:
    """Poll every snapshot in order; returns the counts of verdicts, and what a second pass would add."""
    items = {item["id"]: item for item in _lines("polls-2025-06.items.jsonl.gz")}
    counts: list[Counter[str]] = []
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "m.db") as store:
        for _ in range(passes):
            counts.append(Counter())
            asked: set[str] = set()
            shown: list[int] = []
            for snapshot in _lines("polls-2025-06.snapshots.jsonl.gz"):
                counts[-1]["polls"] += 1
                shown = snapshot.get("ids", shown)
                now = datetime.fromisoformat(snapshot["t"])
                by_feed: dict[str, list[Entry]] = {}
                for number in shown:
                    item = items[number]
                    published = datetime.fromisoformat(item["date"]).astimezone(UTC)
                    entry = Entry(None, item["url"], item["title"], item.get("summary") or "", published=published)
                    by_feed.setdefault(item["via"], []).append(entry)
                for feed, entries in by_feed.items():
                    _poll(store, feed, entries, now, feed not in asked and len(counts) == 1, counts[-1])
                    asked.add(feed)
        row = store.row(
            "select (select count(*) from stories) as stories, (select count(*) from revisions) as revisions"
        )
        revised = store.row("select count(distinct story_id) as n from revisions")
        assert row is not None
        assert revised is not None
        return {
            "items in the archive": len(items),
            "distinct URLs": len({item["url"] for item in items.values()}),
            "stories kept": row["stories"],
            "revisions": row["revisions"],
            "stories revised": revised["n"],
            "passes": [dict(count) for count in counts],
        }


def _poll(store: Any, feed: str, entries: list[Entry], now: datetime, first: bool, counts: Counter[str]) -> None:
    with store.write():
        keys = [key for each in keys_of(feed, entries) for key in each.names()]
        found = identify(feed, entries, known_stories(store, keys), now, first_poll=first)
        ids: list[int] = []
        for item in found.items:
            counts[str(item.verdict)] += 1
            story = item.story if item.story is not None else ids[item.repeats] if item.repeats is not None else None
            if story is None:
                story = add_story(
                    store,
                    item,
                    feed_id=feed,
                    owner=feed,
                    lang="en",
                    published=item.entry.published,
                    now=now,
                    quiet=None,
                )
            elif item.verdict is Verdict.REVISED:
                revise_story(store, item, story, now)
            else:
                add_keys(store, item, story)
            ids.append(story)
        counts["quarantined polls"] += found.quarantined


def main() -> int:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    found = replay(passes=2)
    if parser.parse_args().json:
        print(json.dumps(found))
        return 0
    for name, value in found.items():
        if name != "passes":
            print(f"{name}: {value}")
    for number, counts in enumerate(found["passes"], 1):
        print(f"pass {number}: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
