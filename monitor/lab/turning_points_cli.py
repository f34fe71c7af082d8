"""`monitor lab turning-points`: an archive replayed, and what it would have told scored against dated turning points."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ..cli import watchlists_option
from ..clock import from_text
from ..config import DEFAULT_MODEL
from ..headway import Headway
from ..store.connect import Store, open_store
from ..watchlists import Watchlist, read_watchlists
from .replay import read_archive, replay
from .turning_points import (
    CONCERNS,
    PastAlert,
    Score,
    as_json,
    ceiling_ratio,
    covered_spans,
    hindsight,
    read_timeline,
    score_alerts,
)

# The alerts that speak of a turn of the stream; a signal speaks of one event.
TURNS = ("shift", "declared")


@click.command("turning-points")
@click.argument("archives", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--timeline", required=True, type=click.Path(path_type=Path, exists=True), help="The turning points, as CSV."
)
@watchlists_option("The wide watchlists.")
@click.option("--leave-out", multiple=True, default=("wp_current_events",), show_default=True, metavar="SRC",
              help="Leave out rows whose `src` begins with this: what the timeline itself cites.")  # fmt: skip
@click.option(
    "--readings", type=click.Path(path_type=Path, file_okay=False), help="Keep readings here for the next run."
)
@click.option("--json", "print_json", is_flag=True, help="Print one JSON object.")
def turning_points_command(
    archives: tuple[Path, ...],
    timeline: Path,
    watchlists: Path | None,
    leave_out: tuple[str, ...],
    readings: Path | None,
    print_json: bool,
) -> None:
    """Score what would have been told against dated turning points: precision, recall, delay, control and ceiling.

    Example: monitor lab turning-points archive.jsonl.gz --timeline timeline.csv
    """
    from ..shipped import watchlists_dir

    lists = [each for each in read_watchlists(watchlists or watchlists_dir() / "examples") if each.id in CONCERNS]
    rows = read_archive(archives, frozenset(leave_out))
    points = read_timeline(timeline)
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "replay.db") as store:
        with Headway("replaying", len(rows), "stories") as headway:
            told = list(replay(rows, lists, store, model=DEFAULT_MODEL, readings=readings, progress=headway.add))
        found = [_scored(watchlist, told, points, store) for watchlist in lists]
    if print_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for each in found:
        _show(each)


def _scored(watchlist: Watchlist, told: Sequence[dict[str, Any]], points: Any, store: Store) -> dict[str, Any]:
    alerts = [
        PastAlert(from_text(line["time"]), watchlist.id, line["direction"])
        for line in told
        if line["watchlist"] == watchlist.id and line["kind"] in TURNS
    ]
    times, scores = _stream(store, watchlist.id)
    covered = covered_spans(times)
    days = sum((end - start).total_seconds() for start, end in covered) / 86400
    pace = len(times) / days if days else 0.0
    ours = score_alerts(alerts, points, watchlist.id, covered, pace)
    best: Score | None = None
    if len(times) > 20:
        try:
            past = hindsight(times, scores, watchlist.id, watchlist.shift.per_quarter)
            best = score_alerts(past, points, watchlist.id, covered, pace)
        except ImportError:
            best = None  # the ceiling needs the `lab` extra
    return {
        "watchlist": watchlist.id,
        "stories": len(times),
        "pace": round(pace, 2),
        "ours": as_json(ours),
        "ceiling": as_json(best) if best else None,
        "ceiling_ratio": ceiling_ratio(ours, best) if best else None,
    }


def _stream(store: Store, watchlist: str) -> tuple[list[datetime], list[float]]:
    """The first story of each event, as the detector saw them."""
    from ..store.shifts import stream_rows
    from ..streams import item_of

    seen: set[str] = set()
    items = sorted((item_of(row) for row in stream_rows(store, watchlist)), key=lambda item: item.time)
    first = [item for item in items if not (item.event in seen or seen.add(item.event))]  # type: ignore[func-returns-value]
    return [item.time for item in first], [item.score for item in first]


def _show(found: dict[str, Any]) -> None:
    ours, best = found["ours"], found["ceiling"]
    print(
        f"{found['watchlist']}: {found['stories']} independent stories, {found['pace']} a day while there was a stream"
    )
    for name, value in ours.items():
        ceiling = (
            f"   (hindsight {_number(best[name])})" if best and name in ("precision", "recall", "f1", "p_value") else ""
        )
        print(f"  {name:<18}{_number(value)}{ceiling}")
    ratio = found["ceiling_ratio"]
    print(f"  share of ceiling  {'-' if ratio is None else f'{ratio:.2f}'}")


def _number(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key} {_number(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "–".join(_number(item) for item in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)
