"""What may be wrong with the monitor itself, found in its own records. Each trouble has a key, so that it is told once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..clock import from_text
from ..config import Settings
from ..feeds.pace import silent_too_long
from ..store import health
from ..store.connect import Row, Store

# A channel is in trouble when a delivery has failed for so long.
CHANNEL_PATIENCE = timedelta(minutes=15)
# A feed is, when it has not answered for so long, or is silent against its own rhythm.
FEED_PATIENCE = timedelta(hours=24)
# No feed at all has answered for so long, though asked: our own network.
OFFLINE_AFTER = timedelta(hours=1)
# A stream too sparse for shifts is told after so long: a young watchlist only needs time.
SPARSE_PATIENCE = timedelta(days=14)
# The daemon's note of why the present configuration files are not in use; empty where they are.
CONFIG_FAULT_NOTE = "config_fault"
# A feed's rhythm is known from so many stories on.
LEAST_BROUGHT = 10


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that needs a look. `family` troubles that begin together are told together; `patience`: how long it must
    last first; `channel`: the channel that cannot carry the news of it."""

    key: str
    title: str
    lines: tuple[str, ...]
    mend: str
    since: datetime
    patience: timedelta = timedelta(0)
    channel: str | None = None

    @property
    def family(self) -> str:
        """What stands before the key's colon."""
        return self.key.split(":")[0]


def find_troubles(
    settings: Settings, store: Store, now: datetime, free_bytes: Callable[[], int] | None = None
) -> list[Trouble]:
    """Everything that is wrong now."""
    found = [*_channels(store, now), *_dead(store, now)]
    feeds = health.feeds_health(store, now)
    offline = _offline(feeds, now)
    found += [offline] if offline else _feeds(settings, feeds, now)
    found += _disk(settings, now, free_bytes) + _sparse(store, now) + _config(store, now)
    return found


def _channels(store: Store, now: datetime) -> list[Trouble]:
    return [
        Trouble(
            f"channel:{row['channel']}",
            f"channel {row['channel']}: {_alerts(row['n'])} not delivered",
            (f"The last answer: {row['error']}", "It is tried again by itself; nothing is lost."),
            "If it does not pass: look at the channel's URL and credential, then `monitor check --notify`.",
            from_text(row["since"]),
            channel=row["channel"],
        )
        for row in health.failing_channels(store, now, CHANNEL_PATIENCE)
    ]


def _dead(store: Store, now: datetime) -> list[Trouble]:
    return [
        Trouble(
            f"dead:{row['channel']}",
            f"channel {row['channel']}: {_alerts(row['n'])} given up",
            (f"The last answer: {row['error']}",),
            f"Mend the channel, then `monitor alerts --failed` and `monitor alerts --resend {row['alert_id']}`.",
            now,
            channel=row["channel"],
        )
        for row in health.dead_letters(store)
    ]


def _offline(feeds: list[Row], now: datetime) -> Trouble | None:
    """All feeds were asked lately and none has answered for long: one notice instead of one for each."""
    asked = [row for row in feeds if row["last_poll_at"]]
    answered = [from_text(row["last_ok_at"]) for row in asked if row["last_ok_at"]]
    last = max(answered, default=None)
    failing = len(asked) >= 2 and all(row["state"] in ("failing", "gone") for row in asked)
    if not failing or (last is not None and now - last < OFFLINE_AFTER):
        return None
    return Trouble(
        "offline",
        f"none of {len(asked)} feeds answers",
        (f"For example {asked[0]['id']}: {asked[0]['reason']}",),
        "This machine's network, its resolver or its proxy seem to be down.",
        last or now,
    )


def _feeds(settings: Settings, feeds: list[Row], now: datetime) -> list[Trouble]:
    found = []
    for row in feeds:
        last_ok = from_text(row["last_ok_at"]) if row["last_ok_at"] else None
        if row["state"] == "gone":
            title = f"feed {row['id']}: gone for good, says its publisher"
            found.append(Trouble(f"feed:{row['id']}", title, (row["reason"],), _FEED_MEND, last_ok or now))
        elif row["state"] == "failing":
            patience = FEED_PATIENCE - (now - last_ok) if last_ok else FEED_PATIENCE
            title = f"feed {row['id']}: {'no answer that can be read' if last_ok else 'never answered yet'}"
            found.append(
                Trouble(f"feed:{row['id']}", title, (row["reason"],), _FEED_MEND, last_ok or now, _least(patience))
            )
        elif settings.health.silences and row["last_new_at"] and row["brought"] >= LEAST_BROUGHT:
            last_new = from_text(row["last_new_at"])
            known_for = min(last_new - from_text(row["baseline_at"]), health.RHYTHM)
            per_day = row["brought"] / max(known_for / timedelta(days=1), 1.0)
            if silent_too_long(per_day, last_new, now):
                days = (now - last_new).days
                title = f"feed {row['id']}: nothing new for {days} days"
                lines = (f"It answers, and used to bring {per_day:.1f} stories a day.",)
                found.append(Trouble(f"silent:{row['id']}", title, lines, _FEED_MEND, last_new))
    return found


_FEED_MEND = "Look at it in a browser; `monitor feeds` and the feed list say what is asked."


def _least(span: timedelta) -> timedelta:
    return max(span, timedelta(0))


def _disk(settings: Settings, now: datetime, free_bytes: Callable[[], int] | None) -> list[Trouble]:
    try:
        free = free_bytes() if free_bytes else shutil.disk_usage(settings.state.parent).free
    except OSError:
        return []
    megabytes = free // 1_000_000
    if megabytes >= settings.health.disk:
        return []
    title = f"only {megabytes} MB free for the database"
    lines = (f"{settings.state.parent} should have {settings.health.disk} MB.",)
    return [Trouble("disk", title, lines, "Free some space, or lower `retention:` and run `monitor prune`.", now)]


def _sparse(store: Store, now: datetime) -> list[Trouble]:
    found = []
    for watchlist in json.loads(store.noted("watchlists") or "[]"):
        if watchlist["state"] == "too sparse":
            title = f"watchlist {watchlist['id']}: too few stories to notice a shift"
            lines = (watchlist.get("advice") or "Single events are told as before.",)
            mend = "Add feeds that write about it, or wider names to the watchlist."
            found.append(Trouble(f"sparse:{watchlist['id']}", title, lines, mend, now, SPARSE_PATIENCE))
    return found


def _config(store: Store, now: datetime) -> list[Trouble]:
    """The files were changed, and what they say now cannot be used: the daemon goes on with what it had."""
    fault = store.noted(CONFIG_FAULT_NOTE)
    if not fault:
        return []
    lines = tuple(line for line in fault.splitlines() if line.strip())[:8]
    mend = "Mend it and reload; until then the earlier configuration stays in use."
    return [Trouble("config", "the changed configuration is not in use", lines, mend, now)]


def _alerts(count: int) -> str:
    return f"{count} alert{'s' * (count > 1)}"
