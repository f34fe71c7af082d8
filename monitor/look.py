"""Looking at what is kept: status, stories, alerts. Rich on a terminal, plain in a pipe, JSON for scripts.

`monitor status` should answer at once: what only the others need is imported by them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from . import __version__
from .clock import from_text, utcnow
from .store import facts
from .store.connect import Store

# Neither the daemon's tick nor a timer's pass should be longer ago than this.
AT_WORK_WITHIN = timedelta(minutes=30)


def parse_since(text: str) -> datetime | None:
    """`2026-11-24`, `36h` or `7d` -> a moment; None where it is neither."""
    age = re.fullmatch(r"(\d+)([mhd])", text.strip())
    if age:
        return (
            utcnow()
            - int(age[1]) * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[age[2]]
        )
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def show_status(store: Store, *, as_json: bool) -> int:
    """Print the state of everything; 1 where something needs a look, else 0."""
    found = facts.status_facts(store, __version__)
    troubled = [feed for feed in found["feeds"] if feed["state"] in ("failing", "gone")]
    failing = facts.failing_deliveries(store)
    faults = _faults(found, utcnow())
    well = not troubled and not failing and not faults
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return 0 if well else 1
    counts = found["deliveries"]
    polled = [feed for feed in found["feeds"] if feed["last_ok"]]
    print("All is well." if well else "Something needs a look.")
    print(f"  feeds       {len(found['feeds'])}, {len(polled)} answered so far, {len(troubled)} failing")
    print(f"  backlog     {found['backlog']} stories to read")
    print(f"  deliveries  {counts['sent']} sent, {counts['pending']} pending, {counts['dead']} dead")
    labels = found["labels"]
    if labels["labels"]:
        print(f"  labels      {labels['agree']} of the last {labels['labels']} agree with what was read")
    print(f"  model       {found['model'] or 'none loaded yet'}   version {found['version']}")
    for feed in found["articles"]:
        last = f" (the last: {feed['last_reason']})" if feed["without"] else ""
        waiting = f", {feed['waiting']} waited for" if feed["waiting"] else ""
        print(f"  full text   {feed['feed']}: {feed['had']} articles, {feed['without']} not to be had{last}{waiting}")
    for fault in faults:
        print(f"  ! {fault}")
    for row in failing:
        print(f"  ! channel {row['channel']}: {row['n']} {row['state']}, last error: {row['error']}")
    if found["watchlists"]:
        print()
        _table(
            ["watchlist", "state", "since", "evidence (days)"],
            [[w["id"], w["state"], _short(w["since"]), _number(w["evidence_days"])] for w in found["watchlists"]],
        )
        for watchlist in found["watchlists"]:
            if watchlist.get("advice"):
                print(f"  {watchlist['id']}: {watchlist['advice']}")
    print()
    _table(
        ["feed", "state", "last ok", "next poll", "errors", "why"],
        [
            [
                feed["id"],
                feed["state"],
                _short(feed["last_ok"]),
                _short(feed["next_poll_at"]),
                str(feed["errors"]),
                feed["reason"],
            ]
            for feed in sorted(found["feeds"], key=lambda feed: (feed["state"] == "ok", feed["id"]))
        ],
    )
    return 0 if well else 1


def _faults(found: dict[str, Any], now: datetime) -> list[str]:
    """What is wrong with the monitor itself, a sentence each."""
    faults = []
    if found["last_tick"] and now - from_text(found["last_tick"]) > AT_WORK_WITHIN:
        faults.append(f"nothing has run since {_short(found['last_tick'])} UTC: is the daemon (or the timer) on?")
    if found["config_fault"]:
        faults += [*found["config_fault"].splitlines(), "mend it, then `systemctl reload monitor`"]
    return faults


def show_stories(
    store: Store, watchlist: str | None, search: str | None, since: datetime | None, limit: int, *, as_json: bool
) -> int:
    """Print stories; 0."""
    from .reading.records import MARKS
    from .store.stories import stories_page

    found = stories_page(store, watchlist=watchlist, search=search, since=since, limit=limit)
    if as_json:
        for story in found:
            print(json.dumps(story, ensure_ascii=False))
        return 0
    if not found:
        print("No such story is kept.", file=sys.stderr)
        return 0
    _table(
        ["story", "when", "source", "read as", "title"],
        [
            [
                str(story["id"]),
                _short(story["published"] or story["first_seen"]),
                story["owner"],
                " ".join(f"{MARKS[r['direction']]}{r['watchlist']}" for r in story["readings"]),
                story["title"],
            ]
            for story in found
        ],
    )
    return 0


def show_labelled(store: Store) -> int:
    """Print the corrected stories, one JSON object a line, as `monitor lab stories` reads them; 0."""
    from .store.labels import labelled_stories

    for story in labelled_stories(store):
        print(json.dumps(story, ensure_ascii=False))
    return 0


def show_alerts(store: Store, failed: bool, limit: int, *, as_json: bool) -> int:
    """Print alerts and their deliveries; 0."""
    from .reading.records import MARKS

    found = facts.alerts_page(store, failed=failed, limit=limit)
    if as_json:
        for alert in found:
            print(json.dumps(alert, ensure_ascii=False))
        return 0
    if not found:
        print("No failed delivery." if failed else "No alert yet.", file=sys.stderr)
        return 0
    _table(
        ["alert", "when", "what", "title", "delivered"],
        [
            [
                alert["id"],
                _short(alert["at"]),
                f"{MARKS[alert['direction']]} {alert['watchlist']} {alert['strength']}",
                alert["title"],
                "; ".join(_delivery(delivery) for delivery in alert["deliveries"]) or "no channel",
            ]
            for alert in found
        ],
    )
    return 0


def label_story(store: Store, wanted: str, direction: str, watchlist: str) -> int:
    """Keep a person's correction; 1 where there is no such story, or it does not mention the watchlist."""
    from .store.labels import add_label
    from .store.stories import find_story, readings_of

    row = find_story(store, wanted)
    if row is None:
        print(f"no stored story or alert `{wanted}`: `monitor stories` lists them", file=sys.stderr)
        return 1
    readings = {reading.watchlist or "": reading for reading in readings_of(store, row["id"])}
    if watchlist not in readings:
        known = ", ".join(name for name in readings if name) or "none"
        print(f"story {row['id']} does not mention `{watchlist}`; it mentions: {known}", file=sys.stderr)
        return 1
    read_as = readings[watchlist].direction
    add_label(store, row["id"], watchlist, direction, read_as, utcnow())
    print(f"story {row['id']}{f' for {watchlist}' if watchlist else ''}: {direction} (it was read as {read_as})")
    return 0


def resend_alert(store: Store, alert_id: str) -> int:
    """Make an alert's deliveries due again; 1 where there is no such alert."""
    from .store import outbox

    count = outbox.resend(store, alert_id, utcnow())
    if not count:
        print(f"no alert {alert_id} with deliveries: `monitor alerts` lists them", file=sys.stderr)
        return 1
    print(
        f"{count} {'delivery' if count == 1 else 'deliveries'} of {alert_id} due now; the daemon or `monitor poll` sends them"
    )
    return 0


def _delivery(delivery: dict[str, Any]) -> str:
    if delivery["state"] == "sent":
        return f"{delivery['channel']} sent"
    if delivery["state"] == "folded":
        return f"{delivery['channel']} told in {delivery['why']}"
    if delivery["state"] == "held":
        return f"{delivery['channel']} held by {delivery['why']} until {_short(delivery['next_at'])}"
    tries = f" after {delivery['attempts']} tries: {delivery['error']}" if delivery["attempts"] else ""
    return f"{delivery['channel']} {delivery['state']}{tries}"


def _short(moment: str | None) -> str:
    return moment[:16].replace("T", " ") if moment else "-"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table that fits the terminal; tab-separated lines in a pipe."""
    if not sys.stdout.isatty():
        print("\t".join(head))
        for row in rows:
            print("\t".join(re.sub(r"[\t\r\n]+", " ", cell or "") for cell in row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*head, box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    for row in rows:
        table.add_row(*(Text(cell or "") for cell in row))
    Console().print(table)
