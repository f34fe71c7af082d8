"""Grouping measured on the labelled stories, with the labelled directions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

from monitor.events.index import EventIndex
from monitor.events.records import GroupStory, named
from monitor.reading.matching import Matcher
from monitor.reading.records import Text
from monitor.shipped import watchlists_dir
from monitor.watchlists import read_watchlists


def test_labelled_events_are_found_and_none_is_opposed(shared: Path) -> None:
    matcher = Matcher(read_watchlists(watchlists_dir()))
    lines = (shared / "data" / "stories" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = sorted((json.loads(line) for line in lines), key=lambda row: (row["published"], row["id"]))
    index = EventIndex()
    events = {}
    for row in rows:
        time = datetime.fromisoformat(row["published"]).replace(tzinfo=UTC)
        text = Text(row["title"], row.get("summary") or "", row.get("body") or "", row["lang"], time)
        mentions = matcher.match(text)
        names = named(mentions)
        story = GroupStory(
            row["id"], time, row["outlet"], row["lang"], text.title, text.summary, text.body,
            direction=row["direction"],
            directions=row.get("per_watchlist") or dict.fromkeys(row["watchlists"], row["direction"]),
            watchlists=names.watchlists, lead=names.lead, mentions=names.mentions,
        )  # fmt: skip
        events[row["id"]] = index.add(story).event
    right = wrong = missed = 0
    for one, other in combinations(rows, 2):
        same = events[one["id"]] == events[other["id"]]
        right += same and one["event"] == other["event"]
        wrong += same and one["event"] != other["event"]
        missed += not same and one["event"] == other["event"]
        assert not (same and {one["direction"], other["direction"]} == {"escalation", "de-escalation"})
    assert 2 * right / (2 * right + wrong + missed) >= 0.85
