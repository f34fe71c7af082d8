"""Matching measured on the labelled stories."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from monitor.reading.matching import Matcher
from monitor.reading.records import Text
from monitor.reading.variants import try_on, variants
from monitor.shipped import watchlists_dir
from monitor.watchlists import Watchlist, read_watchlists

SHIPPED = read_watchlists(watchlists_dir())


def test_labelled_stories_are_matched_in_every_script(shared: Path) -> None:
    matcher = Matcher(SHIPPED)
    counts: dict[str, Counter[str]] = {}
    for name in ("dev.jsonl", "train-en-iraq.jsonl"):
        for line in (shared / "data" / "stories" / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            published = datetime.fromisoformat(row["published"]).replace(tzinfo=UTC)
            text = Text(row["title"], row.get("summary") or "", row.get("body") or "", row["lang"], published)
            found = {one.watchlist for one in matcher.match(text) if one.grade == "direct"}
            wanted = set(row["watchlists"])
            count = counts.setdefault(row["lang"], Counter())
            count.update(right=len(found & wanted), wrong=len(found - wanted), missed=len(wanted - found))
    for lang, count in counts.items():
        assert count["right"] >= 0.97 * (count["right"] + count["wrong"]), (lang, count)
        assert count["right"] >= 0.95 * (count["right"] + count["missed"]), (lang, count)


def test_variants_are_shown_by_script_and_all_are_found() -> None:
    watchlist = next(one for one in SHIPPED if one.id == "qaani")
    shown = variants(watchlist, limit=12)
    assert {one.script for one in shown} == {"latin", "arabic"}
    spellings = {spelling for one in shown for spelling in one.spellings}
    assert {"Esmail Qaani", "Ismail Qaani", "Ghaani", "إسماعيل قاآني"} <= spellings


def test_trying_a_watchlist_counts_what_each_term_would_have_matched() -> None:
    watchlist = Watchlist.model_validate({"id": "w", "name": "W", "names": ["Nujaba", "Badr"]})
    stories = [("a", Text("Nujaba fires", "Al-Nujaba said so")), ("b", Text("Nojaba denies")), ("c", Text("Rain"))]
    trials = try_on(watchlist, stories)
    assert [(one.term, one.mentions, one.stories) for one in trials] == [("Nujaba", 3, 2), ("Badr", 0, 0)]
    assert trials[0].samples[0].story == "a"
