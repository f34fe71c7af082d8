"""The chart of a shift shows the evidence that the detector had, up to the line it crossed, in the look of the pages."""

from __future__ import annotations

import json
import random
import re
import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.alerts import draw
from monitor.alerts.chart import MOST_BYTES, _environment, chart_of
from monitor.shifts.records import Item, Settings
from monitor.shifts.watch import Watch
from monitor.streams import MOST_POINTS, series
from tests.alerts.samples import shift

PAGES = Path(__file__).parents[2] / "monitor" / "pages" / "assets"
# A process may ask that no memory is ever writable and executable, as MemoryDenyWriteExecute= does for the service.
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1


def crowded(direction: str = "de-escalation") -> dict[str, Any]:
    """A shift whose chart is as full as one can be."""
    chance = random.Random(1)
    start = datetime(2031, 1, 1, tzinfo=UTC)
    moments = [(start + timedelta(hours=6 * place)).isoformat() for place in range(MOST_POINTS)]
    points = [[moment, chance.uniform(0.3, 400), chance.uniform(0.3, 400)] for moment in moments]
    stories = [[moment, chance.uniform(-1, 1)] for moment in moments]
    found = {"points": points, "line": 115.0, "once_in": 90.0, "stories": stories}
    return shift(series=found, direction=direction, onset=moments[200])


def test_a_shift_s_series_ends_above_its_line_and_has_both_sides_and_the_stories() -> None:
    start = datetime(2031, 1, 1, tzinfo=UTC)
    items = [
        Item(str(i), f"e{i}", start + timedelta(hours=8 * i), start + timedelta(hours=8 * i), "wire", "en", score)
        for i, score in enumerate([0.6, -0.1, 0.5, 0.6, 0.0] * 18 + [-0.9] * 30)
    ]
    watch = Watch(Settings(), items)
    [notice] = [notice for notice in watch.settle(items[-1].arrived) if notice.kind == "shift"]
    proof = watch.proof(notice)
    assert proof is not None
    found = series(watch, proof, 90.0)
    moments = [moment for moment, _, _ in found["points"]]
    assert moments == sorted(moments)
    assert found["points"][-1][1] >= found["line"]
    assert found["points"][0][1] < found["line"] / 10
    assert found["points"][-1][2] < found["points"][-1][1]
    assert found["once_in"] == 90.0
    assert found["stories"][-1][1] == -0.9
    assert all(score for _, score in found["stories"])


@pytest.mark.parametrize("direction", ["escalation", "de-escalation"])
def test_a_full_chart_is_small_enough_for_a_mail_and_as_wide_as_a_telephone(direction: str) -> None:
    pytest.importorskip("matplotlib")
    picture = chart_of(crowded(direction))
    assert picture is not None
    assert len(picture) <= MOST_BYTES
    width, height = struct.unpack(">II", picture[16:24])
    assert width == 2 * 360
    assert height <= 1.2 * width


def test_its_colours_are_those_of_the_pages() -> None:
    style = (PAGES / "page.css").read_text(encoding="utf-8")
    light = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", style.partition("@media")[0]))
    for name, side in (("escalation", "up"), ("de-escalation", "down")):
        assert draw.LOOK[name][1:4] == (light[side], light[f"{side}-fill"], light[f"{side}-shade"])
    assert (light["ink"], light["quiet"], light["rule"]) == (draw.INK, draw.QUIET, draw.RULE)


def test_its_axis_is_that_of_the_pages() -> None:
    script = (PAGES / "js" / "charts.js").read_text(encoding="utf-8")
    for days, name in draw.DAYS.items():
        assert f"{days}: '{name}'" in script


def test_an_alert_of_a_former_version_is_drawn_too() -> None:
    pytest.importorskip("matplotlib")
    former = shift()
    assert set(former["series"]) == {"points", "line"}
    assert chart_of(former)


def test_the_drawing_process_is_given_no_secret_and_a_folder_that_stays() -> None:
    given = _environment({"PATH": "/bin", "MONITOR_SMTP_PASSWORD": "secret", "CREDENTIALS_DIRECTORY": "/run/x",
                          "CACHE_DIRECTORY": "/var/cache/monitor", "STATE_DIRECTORY": "/var/lib/monitor"})  # fmt: skip
    assert given["MPLCONFIGDIR"] == "/var/cache/monitor/matplotlib"
    assert "secret" not in given.values()
    assert "CREDENTIALS_DIRECTORY" not in given


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_daemon_s_own_process_never_imports_what_draws() -> None:
    pytest.importorskip("matplotlib")
    program = (
        "import sys, json, monitor.daemon, monitor.alerts.channels\n"
        "from monitor.alerts.chart import chart_of\n"
        f"picture = chart_of(json.loads({json.dumps(shift())!r}))\n"
        "print(len(picture), [name for name in sys.modules if name.partition('.')[0] in ('matplotlib', 'PIL')])"
    )
    size, modules = run(program).split(" ", 1)
    assert int(size) > 5000
    assert modules.strip() == "[]"


def test_it_is_drawn_where_no_memory_may_be_written_and_run() -> None:
    pytest.importorskip("matplotlib")
    asked = f"import ctypes; print(ctypes.CDLL(None).prctl({PR_SET_MDWE}, {PR_MDWE_REFUSE_EXEC_GAIN}, 0, 0, 0))"
    if run(asked).strip() != "0":
        pytest.skip("this kernel cannot refuse it (Linux 6.3 and later can)")
    program = (
        f"import ctypes, json, mmap; ctypes.CDLL(None).prctl({PR_SET_MDWE}, {PR_MDWE_REFUSE_EXEC_GAIN}, 0, 0, 0)\n"
        "try:\n    mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)\n"
        "except PermissionError:\n    print('refused')\n"
        "from monitor.alerts.chart import chart_of\n"
        f"print(len(chart_of(json.loads({json.dumps(shift())!r}))) > 5000)"
    )
    assert run(program).split() == ["refused", "True"]


def test_the_service_has_a_cache_folder_for_it() -> None:
    unit = (Path(__file__).parents[2] / "deploy" / "monitor.service").read_text(encoding="utf-8")
    assert "MemoryDenyWriteExecute=yes" in unit
    assert "CacheDirectory=monitor" in unit
