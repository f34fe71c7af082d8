"""Looking at what is kept: status, stories, alerts. Rich on a terminal, plain in a pipe, JSON for scripts.

`monitor status` should answer at once: what only the others need is imported by them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from . import __version__
from .clock import from_text, utcnow
from .layout import Item, minute, on_terminal, print_columns, print_items, print_paragraph, print_table
from .store import facts
from .store.connect import Store

# On a terminal the feeds that are well are listed one by one up to this many.
MOST_WELL = 40
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
    print(f"  model       {found['model'] or 'none loaded yet'}")
    print(f"  version     {found['version']}")
    for feed in found["articles"]:
        last = f" (the last: {feed['last_reason']})" if feed["without"] else ""
        waiting = f", {feed['waiting']} waited for" if feed["waiting"] else ""
        said = f"{feed['feed']}: {feed['had']} articles, {feed['without']} not to be had{last}{waiting}"
        print_paragraph(f"full text   {said}", hanging=12)
    for fault in faults:
        print_paragraph(f"! {fault}", hanging=2, style="bold red")
    for row in failing:
        said = f"! channel {row['channel']}: {row['n']} {row['state']}, last error: {row['error']}"
        print_paragraph(said, hanging=2, style="bold red")
    print()
    _show_watchlists(found["watchlists"])
    _show_feeds(found["feeds"])
    return 0 if well else 1


def _show_watchlists(watchlists: list[dict[str, Any]]) -> None:
    """Where each stream stands, and below that what is to be said of it."""
    if not watchlists:
        print("No watchlist has been looked at yet.")
        print()
        return
    print_table(
        ["watchlist", "state", "since", "evidence (days)"],
        [[w["id"], w["state"], minute(w["since"]), _number(w["evidence_days"])] for w in watchlists],
    )
    for watchlist in watchlists:
        for said in (watchlist.get("advice"), _expected(watchlist)):
            if said:
                print_paragraph(f"{watchlist['id']}: {said}", hanging=2)
    print()


def _show_feeds(feeds: list[dict[str, Any]]) -> None:
    """The feeds, those in trouble first; on a terminal many that are well are only counted."""
    if not feeds:
        print("No feed is known yet: `monitor poll` or `monitor run` takes them from the configuration.")
        return
    ordered = sorted(feeds, key=lambda feed: (feed["state"] == "ok", feed["id"]))
    ill = [feed for feed in ordered if feed["state"] != "ok"]
    well = len(ordered) - len(ill)
    listed = ill if on_terminal() and well > MOST_WELL else ordered
    if listed:
        print_table(
            ["feed", "state", "last ok", "next poll", "errors", "why"],
            [
                [
                    feed["id"],
                    feed["state"],
                    minute(feed["last_ok"]),
                    minute(feed["next_poll_at"]),
                    str(feed["errors"]),
                    feed["reason"],
                ]
                for feed in listed
            ],
            below="why",
        )
    if len(listed) < len(ordered):
        print(f"{'and ' if ill else ''}{well} feeds that are well: `monitor status | less` lists them")


def _expected(watchlist: dict[str, Any]) -> str:
    """What a shift would take to be noticed at this pace, and where the alert line comes from."""
    hours, line = watchlist.get("expected_delay_h") or {}, watchlist.get("line")
    said = []
    if hours and not watchlist.get("advice"):
        stories = watchlist.get("expected_stories") or {}
        waits = [
            f"a {size} one about {_span(hours[size])}" + (f" ({stories[size]} stories)" if size in stories else "")
            for size in hours
        ]
        said.append(f"at {watchlist['pace']:.1f} stories a day a shift takes time to notice: {', '.join(waits)}")
    if line:
        where = f"since {minute(line['since'])}, " if line["since"] else ""
        said.append(f"alert line {line['days']:g} days of evidence ({where}{line['reason']})")
    return "; ".join(said)


def _span(hours: float) -> str:
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"


def _faults(found: dict[str, Any], now: datetime) -> list[str]:
    """What is wrong with the monitor itself, a sentence each."""
    faults = []
    if found["last_tick"] and now - from_text(found["last_tick"]) > AT_WORK_WITHIN:
        faults.append(f"nothing has run since {minute(found['last_tick'])} UTC: is the daemon (or the timer) on?")
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
        return _no_stories(store, watchlist, narrowed=bool(watchlist or search or since))
    if on_terminal():
        print_items(_story_item(story) for story in found)
        return 0
    print_columns(
        ["story", "when", "source", "read as", "title", "corrected"],
        [
            [
                str(story["id"]),
                minute(story["published"] or story["first_seen"]),
                story["owner"],
                " ".join(f"{MARKS[r['direction']]}{r['watchlist']}" for r in story["readings"]),
                story["title"],
                _corrections(story["labels"]),
            ]
            for story in found
        ],
    )
    return 0


def _no_stories(store: Store, watchlist: str | None, *, narrowed: bool) -> int:
    """Say why the list is empty; 1 where the watchlist itself is unknown, else 0."""
    known = [each["id"] for each in json.loads(store.noted("watchlists") or "[]")]
    if watchlist and known and watchlist not in known:
        print(f"no watchlist `{watchlist}`. Watchlists: {', '.join(sorted(known))}", file=sys.stderr)
        return 1
    mend = "widen --search or --since" if narrowed else "`monitor poll` or `monitor run` fetches them"
    print(f"No such story is kept: {mend}." if narrowed else f"No story is kept yet: {mend}.", file=sys.stderr)
    return 0


def _story_item(story: dict[str, Any]) -> Item:
    from .reading.records import MARKS

    readings = story["readings"]
    pointing = [reading for reading in readings if reading["direction"] != "none"]
    leading = max(pointing or readings, key=lambda reading: reading["strength"], default=None)
    read_as = [f"{MARKS[reading['direction']]} {reading['watchlist']}" for reading in readings]
    waits = "waits to be read" if story["stage"] == "new" else "about no watchlist"
    notes = [f"story {story['id']}", story["owner"], *(read_as or [waits]), _corrections(story["labels"])]
    return Item(
        story["published"] or story["first_seen"],
        leading["direction"] if leading else "",
        story["title"],
        notes,
    )


def _corrections(labels: dict[str, str]) -> str:
    """What a person said of it: `corrected: none`, `corrected: escalation for qaani`."""
    said = ", ".join(f"{way} for {watchlist}" if watchlist else way for watchlist, way in labels.items())
    return f"corrected: {said}" if said else ""


def show_alerts(store: Store, failed: bool, limit: int, *, as_json: bool) -> int:
    """Print alerts and their deliveries; 0."""
    from .reading.records import MARKS

    found = facts.alerts_page(store, failed=failed, limit=limit)
    if as_json:
        for alert in found:
            print(json.dumps(alert, ensure_ascii=False))
        return 0
    if not found:
        none = "No alert yet: `monitor stories` shows what was read, and how."
        print("No failed delivery." if failed else none, file=sys.stderr)
        return 0
    if on_terminal():
        print_items(_alert_items(found))
        return 0
    print_columns(
        ["alert", "when", "what", "title", "delivered"],
        [
            [
                alert["id"],
                minute(alert["at"]),
                f"{MARKS[alert['direction']]} {alert['watchlist']} {alert['strength']}",
                alert["title"],
                _delivered(alert),
            ]
            for alert in found
        ],
    )
    return 0


def _alert_items(found: list[dict[str, Any]]) -> Iterator[Item]:
    for alert in found:
        notes = [f"alert {alert['id']}", alert["kind"], alert["watchlist"]]
        if alert["watchlist"]:
            notes.append(f"strength {alert['strength']}")
        delivered = [_delivery(delivery) for delivery in alert["deliveries"]]
        yield Item(alert["at"], alert["direction"], alert["title"], [*notes, *(delivered or ["no channel"])])


def _delivered(alert: dict[str, Any]) -> str:
    return "; ".join(_delivery(delivery) for delivery in alert["deliveries"]) or "no channel"


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
        return f"{delivery['channel']} held by {delivery['why']} until {minute(delivery['next_at'])}"
    tries = f" after {delivery['attempts']} tries: {delivery['error']}" if delivery["attempts"] else ""
    return f"{delivery['channel']} {delivery['state']}{tries}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
