"""`monitor lab groups`: how an archive falls into events: the sizes, and samples that a person can judge."""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import click

from ..cli import watchlists_option
from ..config import DEFAULT_MODEL
from ..store.connect import Store, open_store
from ..watchlists import read_watchlists
from .replay import read_archive, replay


@click.command("groups")
@click.argument("archives", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@watchlists_option("A folder of watchlists.")
@click.option(
    "--samples", default=12, show_default=True, type=click.IntRange(0), help="Events of several stories shown."
)
@click.option("--seed", default=1, show_default=True, help="Which samples are drawn.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def groups_command(archives: tuple[Path, ...], watchlists: Path | None, samples: int, seed: int, as_json: bool) -> None:
    """How the stories of an archive fall into events: sizes, sources, and samples with the reason of each merge.

    Example: monitor lab groups archive.jsonl.gz --watchlists watchlists/examples
    """
    from ..shipped import watchlists_dir

    lists = read_watchlists(watchlists or watchlists_dir() / "examples")
    rows = read_archive(archives)
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "replay.db") as store:
        for _ in replay(rows, lists, store, model=DEFAULT_MODEL):
            pass
        found = _report(store, samples, seed)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    print(f"{found['stories']} stories about a watchlist in {found['events']} events; {found['copies']} are copies")
    print("stories an event: " + ", ".join(f"{size}: {count}" for size, count in found["sizes"].items()))
    for event in found["samples"]:
        print()
        for story in event:
            print(f"  {story['when'][:16]} {story['direction']:<13} {story['owner']}: {story['title']}")
            print(f"      {story['reason']}")


def _report(store: Store, samples: int, seed: int) -> dict[str, Any]:
    events: dict[int, list[dict[str, Any]]] = {}
    for row in store.rows(
        "select s.event_id, s.owner, s.title, s.copy_of, s.merge_reason, coalesce(s.published, s.first_seen) as at,"
        " r.direction from stories s join readings r on r.story_id = s.id and r.watchlist = ''"
        " where s.event_id is not null order by at, s.id"
    ):
        story = {
            "when": row["at"],
            "owner": row["owner"],
            "title": row["title"],
            "direction": row["direction"],
            "copy": row["copy_of"] is not None,
            "reason": row["merge_reason"],
        }
        events.setdefault(row["event_id"], []).append(story)
    several = [event for event in events.values() if len(event) > 1]
    drawn = random.Random(seed).sample(several, min(samples, len(several)))  # noqa: S311
    return {
        "stories": sum(len(event) for event in events.values()),
        "events": len(events),
        "copies": sum(story["copy"] for event in events.values() for story in event),
        "sizes": dict(sorted(Counter(len(event) for event in events.values()).items())),
        "samples": drawn,
    }
