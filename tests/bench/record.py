"""A row of the bench: what was measured, on both sides, and what was wanted."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from monitor import __version__

# CI fails where a ratio falls under this share of its must.
ALARM_SHARE = 0.7
_VERSIONS = (
    *("feedparser", "aiohttp", "ahocorasick_rs", "rapidfuzz", "spacy", "sqlite-utils", "pysqlite3"),
    *("reader", "fastfeedparser"),
)


@dataclass(frozen=True, slots=True)
class Bench:
    """One comparison. `ratio` is peer / ours unless the row says otherwise: above 1 ours is better. `must` and `goal`
    are least ratios; None: nothing is wanted, the figure is told. `note` says what was checked beside it.
    """

    row: str
    name: str
    unit: str
    ours: float
    peer: float
    peer_name: str
    ratio: float
    must: float | None = None
    goal: float | None = None
    note: str = ""
    sound: bool = True

    @property
    def met(self) -> str:
        """`goal`, `must`, `no`, or nothing where nothing is wanted."""
        if not self.sound:
            return "no"
        if self.must is None:
            return ""
        if self.goal is not None and self.ratio >= self.goal:
            return "goal"
        return "must" if self.ratio >= self.must else "no"

    @property
    def alarming(self) -> bool:
        """Whether CI should fail: stories were lost, or the ratio is far below what must be."""
        return not self.sound or (self.must is not None and self.ratio < ALARM_SHARE * self.must)

    def as_json(self) -> dict[str, Any]:
        """The row as the contract names it, with what was wanted."""
        return {
            "row": self.row,
            "name": self.name,
            "unit": self.unit,
            "ours": round(self.ours, 6),
            "peer": round(self.peer, 6),
            "peer_name": self.peer_name,
            "ratio": round(self.ratio, 3),
            "must": self.must,
            "goal": self.goal,
            "met": self.met,
            "note": self.note,
        }


def machine() -> dict[str, str]:
    """Where and with what the bench ran."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    found = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{model or platform.processor()}, {len(lines) and sum(x.startswith('processor') for x in lines)} cores",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "monitor": __version__,
    }
    for name in _VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def table(benches: Sequence[Bench]) -> str:
    """The rows as a Markdown table."""
    lines = ["| row | what | ours | peer | ratio | must | goal | met |", "|---|---|---|---|---|---|---|---|"]
    for each in benches:
        ours, peer = _figure(each.ours), _figure(each.peer)
        note = f" ({each.note})" if each.note else ""
        lines.append(
            f"| {each.row} | {each.name}{note} | {ours} {each.unit} | {peer} {each.unit}, {each.peer_name} |"
            f" {each.ratio:.2f}× | {_wanted(each.must)} | {_wanted(each.goal)} | {each.met} |"
        )
    return "\n".join(lines)


def _wanted(figure: float | None) -> str:
    return "" if figure is None else f"≥ {figure:.3g}×"


def _figure(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
