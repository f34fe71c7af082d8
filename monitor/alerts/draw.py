"""Draws the chart of a shift: a task as JSON on standard input, a PNG on standard output. Run by itself, by `chart.py`.

Colours, shapes, shading and the axis are those of the pages (`pages/assets/page.css`, `js/charts.js`): what a person sees
in an alert looks like what the report shows.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from importlib import import_module
from io import BytesIO
from typing import Any

# Drawn for a telephone's width (360 px at twice the density), so that nothing is scaled down there.
INCHES, DPI, LETTERS = (4.0, 2.7), 180, 9
INK, QUIET, RULE, PAPER = "#1b1c1e", "#61656b", "#e3e4e6", "#fff"
# direction: mark, line, fill of its marks, shade of its shift, and matplotlib's name of the mark's shape
LOOK = {
    "escalation": ("▲", "#b3460b", "#d9651f", "#fbe6d6", "^"),
    "de-escalation": ("▼", "#1b5a9e", "#3f7fc4", "#dfeaf7", "v"),
}
OTHER = {"escalation": "de-escalation", "de-escalation": "escalation"}
# How rare evidence is on a usual stream: once in so many days, on a logarithmic axis.
DAYS = {1: "1 day", 7: "7 days", 30: "30 days", 90: "90 days", 365: "1 year", 1825: "5 years"}


def draw(task: dict[str, Any]) -> bytes:
    """The picture of `{"series": {"points", "line", "once_in", "stories"}, "direction", "onset"}`.

    `points`: [moment, evidence toward its side in days, the same toward the other side]; `line`: the alert line in the same
    days; `once_in`: what the line stands for, once in so many days; `stories`: [moment, score]. The last value of a point,
    `once_in` and `stories` may be absent, as in alerts kept by former versions.
    """
    mpl: Any = import_module("matplotlib")
    mpl.use("Agg")
    figures: Any = import_module("matplotlib.figure")

    series, way, stories = task["series"], task["direction"], task["series"].get("stories") or []
    figure = figures.Figure(figsize=INCHES, dpi=DPI, facecolor=PAPER, layout="constrained")
    figure.get_layout_engine().set(h_pad=0.03, w_pad=0.03, hspace=0.02)
    if stories:
        strip, axes = figure.subplots(2, 1, sharex=True, height_ratios=(1, 3.2))
        _stories(strip, stories)
    else:
        strip, axes = None, figure.add_subplot()
    _evidence(axes, series, way)
    _time(axes, [_moment(point[0]) for point in series["points"]])
    last = _moment(series["points"][-1][0])
    for each in (strip, axes):
        if each is not None:
            _frame(each)
            if task.get("onset"):
                each.axvspan(_moment(task["onset"]), last, color=LOOK[way][3], linewidth=0, zorder=0)
                each.axvline(_moment(task["onset"]), color=LOOK[way][1], linewidth=1, zorder=1)
    words = f"{LOOK[way][0]} shift to {way}"
    if task.get("onset"):
        began = _moment(task["onset"])
        words += f" since {began.day} {began:%b}"
    (strip or axes).set_title(words, fontsize=LETTERS + 1, fontweight="bold", color=LOOK[way][1], loc="left", pad=4)
    if strip is not None:
        _sides(strip)
    return _small(figure)


def _small(figure: Any) -> bytes:
    """The picture in the few colours that it has: a third of its bytes, and nothing to be seen of it."""
    images: Any = import_module("PIL.Image")
    drawn, out = BytesIO(), BytesIO()
    figure.savefig(drawn, format="png")
    images.open(drawn).convert("RGB").quantize(96, method=images.Quantize.MEDIANCUT, dither=images.Dither.NONE).save(
        out, format="png", optimize=True, dpi=(DPI, DPI)
    )
    return out.getvalue()


def _stories(axes: Any, stories: list[list[Any]]) -> None:
    """Each story as a triangle toward its side, as far from the middle as it weighs."""
    for sign, name in ((1, "escalation"), (-1, "de-escalation")):
        held = [(_moment(moment), score) for moment, score in stories if score * sign > 0.05]
        axes.plot([moment for moment, _ in held], [score for _, score in held], LOOK[name][4], color=LOOK[name][2],
                  markersize=4, markeredgewidth=0, alpha=0.75)  # fmt: skip
    axes.axhline(0, color=RULE, linewidth=1, zorder=1)
    axes.set_ylim(-1.25, 1.25)
    axes.set_yticks([0.7, -0.7], ["▲", "▼"])


def _sides(axes: Any) -> None:
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)
    for label, name in zip(axes.get_yticklabels(), ("escalation", "de-escalation"), strict=True):
        label.set_color(LOOK[name][1])
    axes.tick_params(length=0, labelbottom=False)


def _evidence(axes: Any, series: dict[str, Any], way: str) -> None:
    """The evidence toward both sides: the shift's own as a line, the other dashed; and the alert line."""
    line = float(series.get("once_in") or series["line"])
    unit = line / float(series["line"])
    top = max(line * 4, 100.0)
    moments = [_moment(point[0]) for point in series["points"]]
    most = line
    sides = ((2, OTHER[way], (0, (3, 1.5))), (1, way, "solid"))
    for place, name, dash in sides:
        if len(series["points"][0]) <= place:
            continue
        values = [min(max(float(point[place]) * unit, 1.0), top) for point in series["points"]]
        most = max(most, *values)
        axes.plot(moments, values, color=LOOK[name][1], linewidth=1.8 if name == way else 1.2, linestyle=dash,
                  drawstyle="steps-post")  # fmt: skip
        if name == way:
            axes.plot(moments[-1:], values[-1:], LOOK[name][4], color=LOOK[name][1], markersize=7, clip_on=False)
    axes.axhline(line, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    words = f"your line: once in {line:.0f} days" if "once_in" in series else f"alert line: {line:.0f} days"
    axes.annotate(words, (0.015, line), xycoords=("axes fraction", "data"), xytext=(0, 3),
                  textcoords="offset points", fontsize=LETTERS, color=INK)  # fmt: skip
    axes.set_yscale("log")
    axes.set_ylim(0.85, max(most, 30.0) * 1.9)
    shown = [days for days in DAYS if days <= max(most, 30.0) * 1.9]
    axes.set_yticks(shown, [DAYS[days] for days in shown])
    axes.minorticks_off()
    axes.set_ylabel("evidence: once in …", fontsize=LETTERS, color=QUIET)


def _time(axes: Any, moments: list[datetime]) -> None:
    """A handful of days, `3 Mar`, as the pages write them."""
    dates: Any = import_module("matplotlib.dates")
    tickers: Any = import_module("matplotlib.ticker")
    axes.set_xlim(moments[0], moments[-1] + (moments[-1] - moments[0]) * 0.03)
    axes.xaxis.set_major_locator(dates.AutoDateLocator(minticks=3, maxticks=5))
    axes.xaxis.set_major_formatter(tickers.FuncFormatter(lambda value, _: _day(dates.num2date(value))))


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b}"


def _frame(axes: Any) -> None:
    axes.tick_params(labelsize=LETTERS, colors=QUIET, length=3, color=RULE)
    axes.grid(True, axis="y", color=RULE, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(RULE)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
