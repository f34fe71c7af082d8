"""The command around a backfill: what it prints, and its exit code."""

from __future__ import annotations

import json
import sys
from typing import Any

from .backfill import Report, Request, backfill
from .show import Show
from .worker import memory_mb


def run_backfill(request: Request, *, as_json: bool) -> dict[str, Any]:
    """Read, tell how it went, and return the counts of the result."""
    report = backfill(request, Show(quiet=as_json and not sys.stderr.isatty()))
    counts: dict[str, Any] = json.loads((request.out / "results.json").read_text(encoding="utf-8"))
    counts["seconds_of_this_run"] = round(report.seconds, 1)
    counts["seconds_of_merging"] = round(report.merge_seconds, 1)
    counts["rows_of_this_run"] = report.read_now.rows
    counts["worker_memory_mb"] = round(report.memory_mb)
    counts["own_memory_mb"] = round(memory_mb())
    for bad in report.tally.first_bad:
        print(f"not read, and the first of its kind in its file: {bad}", file=sys.stderr)
    for fault in report.damaged:
        print(f"not read to its end: {fault}", file=sys.stderr)
    if not as_json:
        print(_summary(report, counts, request))
    return counts


def _summary(report: Report, counts: dict[str, Any], request: Request) -> str:
    rows = counts["rows"]
    read = max(rows["read"], 1)
    rate = report.read_now.rows / report.seconds if report.seconds else 0.0
    return (
        f"{request.out}: {rows['read']:,} rows ({rows['bad']:,} bad, {rows['spared'] / read:.1%} spared by the names alone),"
        f" {counts['stories']:,} stories about a watchlist, {counts['events']:,} events;"
        f" {report.read_now.rows:,} rows now in {report.seconds:.0f} s ({rate:,.0f}/s)"
    )
