"""The small chart of a shift, as a PNG: the evidence over time on the pages' axis, and the stories that made it.

Drawing takes matplotlib, which is large and slow to load; it is done in a process of its own that ends at once. Where
matplotlib is not installed, or drawing fails, the alert goes out without a chart.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger("monitor.chart")

# Longest time for drawing, in seconds; largest picture worth sending, in bytes.
DRAWING_S = 60.0
MOST_BYTES = 60_000
# What draws, run by itself: it imports nothing of ours.
DRAWER = Path(__file__).with_name("draw.py")


def chart_of(payload: dict[str, Any]) -> bytes | None:
    """The PNG of an alert that carries a series, or None. Blocks while another process draws."""
    series = payload.get("series")
    if not series or len(series["points"]) < 2:
        return None
    task = json.dumps({"series": series, "direction": payload["direction"], "onset": payload.get("onset")})
    command = [sys.executable, "-I", "-B", str(DRAWER)]
    try:
        done = subprocess.run(  # noqa: S603 - our own file
            command,
            input=task.encode(),
            capture_output=True,
            timeout=DRAWING_S,
            check=True,
            env=_environment(os.environ),
        )
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


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What the drawing process is given: none of the secrets, one thread, and a folder for matplotlib's list of fonts
    that stays (finding fonts anew takes seconds): the service's cache or state folder where there is one."""
    folder = ours.get("CACHE_DIRECTORY") or ours.get("STATE_DIRECTORY")
    cache = Path(folder.split(":")[0]) if folder else Path(ours.get("XDG_CACHE_HOME") or tempfile.gettempdir())
    kept = {name: ours[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT") if name in ours}
    return {**kept, "MPLCONFIGDIR": str(cache / "matplotlib"), "MPLBACKEND": "agg", "OPENBLAS_NUM_THREADS": "1"}
