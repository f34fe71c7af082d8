"""`monitor watchlist try NAME`: the spellings a watchlist will find, and what it would have matched in the stored stories."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .reading.variants import try_on, variants
from .store.connect import open_reader
from .store.stories import text_of
from .watchlists import Watchlist

# A term that would have matched more than this share of the stored stories is called too wide.
WIDE = 0.05


def run_try(watchlist: Watchlist, database: Path | None, *, limit: int, as_json: bool) -> int:
    """Print the trial; 0, or 1 where a term looks too wide."""
    found = variants(watchlist, limit)
    stories: list[Any] = []
    if database is not None and database.exists():
        with open_reader(database) as store:
            stories = [(str(row["id"]), text_of(row)) for row in store.rows("select * from stories order by id")]
    trials = try_on(watchlist, stories)
    wide = [trial.term for trial in trials if stories and trial.stories > max(3, WIDE * len(stories))]
    if as_json:
        told = {
            "watchlist": watchlist.id,
            "variants": [asdict(each) for each in found],
            "stories": len(stories),
            "terms": [asdict(trial) for trial in trials],
            "too_wide": wide,
        }
        print(json.dumps(told, ensure_ascii=False))
        return 1 if wide else 0
    print(f"{watchlist.name}: the spellings it finds (the first as written)")
    for each in found:
        near = f"   only near: {', '.join(each.near[:6])}{'…' if len(each.near) > 6 else ''}" if each.near else ""
        print(f"  {each.grade}, {each.script}: {' · '.join(each.spellings)}{near}")
    print()
    if not stories:
        print("No stories are kept yet: after some polls this command also shows what would have matched.")
        return 0
    print(f"In {len(stories)} stored stories it would have matched:")
    _show(trials)
    for term in wide:
        print(f"! “{term}” matches more than {WIDE:.0%} of all stories: add `near:` words, or a longer name")
    return 1 if wide else 0


def _show(trials: Sequence[Any]) -> None:
    for trial in trials:
        if not trial.mentions:
            continue
        spellings = ", ".join(f"{text} {count}" for text, count in trial.spellings[:5])
        print(f"  {trial.stories:>5} stories  {trial.grade}  “{trial.term}”  ({spellings})")
        for sample in trial.samples[:3]:
            print(f"         story {sample.story}: {sample.around}")
    silent = [trial.term for trial in trials if not trial.mentions]
    if silent:
        print(f"  nothing for: {', '.join(silent)}")
