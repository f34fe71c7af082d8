"""The report as one HTML file: template, style, scripts and data in it, under a policy that lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from . import spark, words
from .compact import MOST_BYTES, pack
from .records import Report, WatchlistFacts
from .safe import plain, script_json, short

# The scripts of the page, in the order they are put together.
SCRIPTS = ("text", "blocks", "axis", "charts", "timeline", "table", "watchlist", "story", "alerts", "main")
STYLES = ("uplot.min.css", "page.css")


@dataclass(frozen=True, slots=True)
class Page:
    """A finished page: its HTML and the Content-Security-Policy that fits it, as a header gives it."""

    html: str
    policy: str


def build(report: Report, *, live: bool = False, version: str = "", most_bytes: int = MOST_BYTES) -> Page:
    """The page of a report. `live`: it is served, and asks its server now and then whether `version` is still the latest."""
    packed = pack(report, most_bytes)
    style = "\n".join(_asset(name) for name in STYLES)
    library = _asset("uplot.min.js")
    own = "(() => {\n'use strict';\n" + "\n".join(_asset(f"js/{name}.js") for name in SCRIPTS) + "\n})();"
    policy = csp([style], [library, own], live=live)
    html = (
        environment()
        .get_template("page.html")
        .render(
            report=report,
            policy=policy,
            live=live,
            style=_unbroken(style),
            library=_unbroken(library),
            own=_unbroken(own),
            index=script_json({**packed.index, "live": live, "version": version}),
            blocks=packed.blocks,
            texts_left_out=packed.texts_left_out,
            ticks=spark.ticks(report),
            width=spark.WIDTH,
            height=spark.HEIGHT,
            headline=words.headline(report),
            lede=words.lede(report),
            rows=[_row(report, number) for number in range(len(report.watchlists))],
            feeds=[(feed, spark.feed_spark(feed, report)) for feed in report.feeds],
            troubled=sum(feed.state in ("failing", "gone") for feed in report.feeds),
        )
    )
    return Page(html, f"{policy}; frame-ancestors 'none'")


def csp(styles: list[str], scripts: list[str], *, live: bool) -> str:
    """A policy under which these inline styles and scripts run and nothing else does."""
    own = "'self'" if live else "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {' '.join(map(_hash, styles))}",
            "img-src data:",
            f"connect-src {own}",
            "base-uri 'none'",
            f"form-action {own}",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


@cache
def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text("utf-8").replace("\r\n", "\n").strip()


def _unbroken(text: str) -> str:
    """An asset of ours as it stands in its element; it may not hold the end of that element."""
    if "</script" in text.lower() or "</style" in text.lower():
        raise ValueError("an asset holds the end of its own element -> Write it apart: '<\\/script'")
    return text


def _row(report: Report, number: int) -> dict[str, Any]:
    """What the overview shows of one watchlist."""
    watchlist = report.watchlists[number]
    signals = [event for event in watchlist.events if event.signalled]
    last = max(signals, key=lambda event: (event.signalled or event.time, event.time), default=None)
    return {
        "watchlist": watchlist,
        "spark": spark.watchlist_spark(watchlist, report),
        "state": words.state_words(watchlist, report.zone),
        "mark": words.state_mark(watchlist),
        "week": _week(watchlist, report),
        "last": last,
        "lead": report.stories[last.lead] if last else None,
        "why": words.why_no_shift(watchlist, report),
    }


def _week(watchlist: WatchlistFacts, report: Report) -> tuple[int, int]:
    """Stories of the last seven days toward escalation and toward de-escalation."""
    since = report.end - timedelta(days=7)
    sides = [
        event.direction for event in watchlist.events for story in event.stories if report.stories[story].time > since
    ]
    return sides.count("escalation"), sides.count("de-escalation")


@cache
def environment() -> Environment:
    """The templates, every value escaped."""
    environment = Environment(
        loader=PackageLoader("monitor.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(plain=plain, short=short, minute=words.minute, day=words.day, once=words.once_in)
    return environment
