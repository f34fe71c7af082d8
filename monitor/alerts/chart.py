"""The small chart of a shift: the evidence over time and the line it crossed, as a PNG.

Drawing takes matplotlib, which is large and slow to load; it is done in a process of its own that ends at once. Where
matplotlib is not installed, or drawing fails, the alert goes out without a chart.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

log = logging.getLogger("monitor.chart")

# Longest time for drawing, in seconds; largest picture worth sending, in bytes.
DRAWING_S = 60.0
MOST_BYTES = 60_000
# Size on screen and resolution: sharp on a phone, small in a mail.
_INCHES, _DPI = (4.4, 2.0), 180
_COLOURS = {"escalation": "#c5221f", "de-escalation": "#1967d2"}


def chart_of(payload: dict[str, Any]) -> bytes | None:
    """The PNG of an alert that carries a series, or None. Blocks while another process draws."""
    series = payload.get("series")
    if not series or len(series["points"]) < 2:
        return None
    task = json.dumps({"series": series, "direction": payload["direction"], "onset": payload.get("onset")})
    command = [sys.executable, "-I", __file__]
    try:
        done = subprocess.run(command, input=task.encode(), capture_output=True, timeout=DRAWING_S, check=True)  # noqa: S603
    except subprocess.CalledProcessError as error:
        log.warning("chart-missing alert=%s %s", payload["id"], error.stderr.decode("utf-8", "replace")[-200:].strip())
        return None
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("chart-missing alert=%s %s", payload["id"], type(error).__name__)
        return None
    picture = done.stdout
    if not picture.startswith(b"\x89PNG") or len(picture) > MOST_BYTES:
        log.warning("chart-missing alert=%s %d bytes", payload["id"], len(picture))
        return None
    return picture


def draw(task: dict[str, Any]) -> bytes:
    """The picture of `{"series": {"points": [[moment, evidence in days], …], "line": days}, "direction", "onset"}`."""
    from importlib import import_module
    from io import BytesIO

    mpl: Any = import_module("matplotlib")
    mpl.use("Agg")
    dates: Any = import_module("matplotlib.dates")
    figures: Any = import_module("matplotlib.figure")

    series, colour = task["series"], _COLOURS[task["direction"]]
    moments: list[Any] = [_moment(point[0]) for point in series["points"]]
    evidence = [max(float(point[1]), 0.01) for point in series["points"]]
    figure = figures.Figure(figsize=_INCHES, dpi=_DPI, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    axes.plot(moments, evidence, color=colour, linewidth=1.6, drawstyle="steps-post")
    axes.plot(moments[-1:], evidence[-1:], "o", color=colour, markersize=5)
    axes.axhline(series["line"], color="#3c4043", linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        f"alert line, {series['line']:.0f} days",
        (0.01, series["line"]),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        textcoords="offset points",
        fontsize=8,
        color="#3c4043",
    )
    if task.get("onset"):
        axes.axvspan(_moment(task["onset"]), moments[-1], color=colour, alpha=0.10, linewidth=0)
    axes.set_yscale("symlog", linthresh=1, linscale=0.5)
    axes.set_ylim(0, max(series["line"], *evidence) * 2.5)
    axes.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    axes.minorticks_off()
    axes.set_ylabel(f"evidence of {task['direction']}\n(days)", fontsize=8, color="#3c4043")
    locator = dates.AutoDateLocator(minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    axes.tick_params(labelsize=8, colors="#3c4043")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#9aa0a6")
    axes.set_ylim(0, max(series["line"], *evidence) * 2.5)
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
