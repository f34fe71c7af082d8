"""A backtest for a person: a table, what was told and missed, a strip of the years, and the same as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ..reading.records import MARKS
from .backtest import Outcome, Values
from .turning_points import as_json

# Characters a strip of the years is wide.
WIDE = 96


def name_of(values: Values) -> str:
    """A setting in words."""
    return ", ".join(f"{key}={value}" for key, value in values.items()) or "as it is"


def plain(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain data."""
    return {
        "setting": dict(outcome.setting),
        "watchlist": outcome.watchlist,
        "stories": outcome.stories,
        "signals": sum(each.kind == "signal" for each in outcome.told),
        "shifts": sum(each.kind == "shift" for each in outcome.told),
        "told": [
            {"time": each.time.isoformat(), "kind": each.kind, "direction": each.direction, "title": each.title}
            for each in outcome.told
        ],
        "points": [
            {
                "time": point.time.isoformat(),
                "direction": point.direction,
                "description": point.description,
                "told": alert.time.isoformat() if alert else None,
            }
            for point, alert in outcome.points
        ],
        "scores": {name: dict(as_json(score)) for name, score in outcome.scores.items()},
    }


def show(outcomes: Sequence[Outcome]) -> None:
    """Print all of it, watchlist by watchlist."""
    for watchlist in dict.fromkeys(outcome.watchlist for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.watchlist == watchlist]
        print(
            f"\n{watchlist}: {own[0].stories:,} stories, {len(own[0].points)} turning points where there was a stream\n"
        )
        _table(own)
        _strips(own)
        _missed(own)


def _table(own: Sequence[Outcome]) -> None:
    wide = max(len(name_of(outcome.setting)) for outcome in own)
    print(f"{'setting'.ljust(wide)}  signals  shifts   told missed   precision  recall  in quiet, a quarter")
    for outcome in own:
        kinds = [each.kind for each in outcome.told]
        found = sum(alert is not None for _, alert in outcome.points)
        line = f"{name_of(outcome.setting).ljust(wide)}  {kinds.count('signal'):7}  {kinds.count('shift'):6}"
        line += f"  {found:5} {len(outcome.points) - found:6}"
        both = outcome.scores.get("both")
        if both:
            quiet = "-" if both.quiet_per_quarter is None else f"{both.quiet_per_quarter:.1f}"
            line += f"   {_share(both.precision.value):>9}  {_share(both.recall.value):>6}  {quiet:>8}"
        print(line)


def _share(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:.2f}"


def _span(own: Sequence[Outcome]) -> tuple[datetime, datetime] | None:
    times = [each.time for outcome in own for each in outcome.told]
    times += [point.time for outcome in own for point, _ in outcome.points]
    return (min(times), max(times) + timedelta(days=1)) if times else None


def _strips(own: Sequence[Outcome]) -> None:
    """One strip a setting: where it would have told, and under it the turning points told (●) and missed (○)."""
    span = _span(own)
    if span is None:
        return
    start, end = span

    def place(moment: datetime) -> int:
        return min(int((moment - start) / (end - start) * WIDE), WIDE - 1)

    print(f"\n{start:%Y-%m}{f'{end:%Y-%m}':>{WIDE - 7}}   ▲▼ told (╳ both ways), ● ○ turning point told, missed")
    for outcome in own:
        strip, points = [" "] * WIDE, ["·"] * WIDE
        for each in outcome.told:
            at, mark = place(each.time), MARKS[each.direction]
            strip[at] = mark if strip[at] in (" ", mark) else "╳"
        for point, alert in outcome.points:
            at = place(point.time)
            points[at] = "●" if alert and points[at] != "○" else "○"
        print(f"{''.join(strip).rstrip().ljust(WIDE)}   {name_of(outcome.setting)}\n{''.join(points)}")


def _missed(own: Sequence[Outcome]) -> None:
    for outcome in own:
        missed = [point for point, alert in outcome.points if alert is None]
        if missed:
            print(f"\nmissed by {name_of(outcome.setting)}:")
        for point in missed:
            print(f"  {point.time:%Y-%m-%d} {MARKS[point.direction]} {point.description}")


def draw(outcomes: Sequence[Outcome], file: Path) -> None:
    """The same as a picture: a row for each watchlist and setting, alerts by direction, turning points as lines."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 1.6 + 0.62 * len(outcomes)), layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots()
    for row, outcome in enumerate(outcomes):
        for point, alert in outcome.points:
            told = alert is not None
            axes.plot([point.time] * 2, [row - 0.42, row + 0.42], color="#7a7a7a" if told else "#b00020",
                      linewidth=1.2, linestyle="-" if told else ":")  # fmt: skip
        for kind, size in (("signal", 18), ("shift", 70)):
            for direction, marker, colour in (("escalation", "^", "#b5541c"), ("de-escalation", "v", "#1c6bb5")):
                times = [e.time for e in outcome.told if e.kind == kind and e.direction == direction]
                heights = [row + (-0.16 if direction == "escalation" else 0.16)] * len(times)  # upward is less
                axes.scatter(times, heights, s=size, marker=marker, color=colour, alpha=0.75, linewidths=0)
    names = [f"{outcome.watchlist}\n{name_of(outcome.setting)}" for outcome in outcomes]
    axes.set_yticks(range(len(outcomes)), names, fontsize=8)
    axes.set_ylim(len(outcomes) - 0.5, -0.5)
    axes.set_title("told: ▲ escalation ▼ de-escalation, small a signal, large a shift; "
                   "turning points: line told, red dots missed", fontsize=9, loc="left")  # fmt: skip
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(file, dpi=110)
