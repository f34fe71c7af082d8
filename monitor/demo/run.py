"""`monitor demo`: serve the fortnight, poll it in order on a simulated clock, show and deliver every alert."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from ..alerts.message import render
from ..alerts.outbox import Courier
from ..config import read_settings
from ..pipeline import Pipeline
from ..poll import Poller
from ..shipped import watchlists_dir
from ..store.connect import Store, open_store
from ..store.register import register
from .publisher import Publisher, Sample, read_samples

# How often the simulated monitor polls.
ROUND = timedelta(hours=3)
ZONE = "Asia/Baghdad"
_MARK = "# Written by `monitor demo`; it may be deleted.\n"
_OWNERS = {
    "corniche-wire": "Corniche Wire",
    "newsbasket": "Newsbasket",
    "sada-nahrain": "Sada Nahrain",
    "daily-pageant": "The Daily Pageant",
    "chashmandaz": "Chashmandaz",
    "shatt-courier": "Shatt Courier",
}


class _Clock:
    """The fortnight's clock: it moves only when told."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now


def run_demo(out: Path) -> int:
    """Run the demo into a folder; 0, or 1 where the folder holds something else."""
    config = out / "monitor.yaml"
    if out.is_dir() and any(out.iterdir()) and not (config.exists() and config.read_text().startswith(_MARK)):
        print(f"{out} holds something else: name an empty folder with --out", file=sys.stderr)
        return 1
    for name in ("mail", "monitor.db", "monitor.db-wal", "monitor.db-shm"):
        target = out / name
        shutil.rmtree(target, ignore_errors=True) if target.is_dir() else target.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    asyncio.run(_run(out, config))
    return 0


async def _run(out: Path, config: Path) -> None:
    from aiosmtpd.handlers import Mailbox
    from aiosmtpd.smtp import SMTP

    started = time.monotonic()
    samples = read_samples()
    clock = _Clock(samples[0].published.replace(hour=0, minute=0))
    mailbox = Mailbox(out / "mail")
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(mailbox), "127.0.0.1", 0)
    async with server, Publisher(samples, clock) as publisher:
        port = server.sockets[0].getsockname()[1]
        config.write_text(_config(samples, publisher.port, port), encoding="utf-8")
        settings = read_settings(config)
        with open_store(settings.state) as store:
            register(store, settings, clock.now)
            _say("Six sample feeds, a simulated fortnight, three watchlists. Reading starts.")
            async with Poller(settings, store, clock) as poller:
                pipeline = Pipeline(settings, store, clock)
                courier = Courier(settings, store, clock)
                shown: set[str] = set()
                polled = 0
                while clock.now <= samples[-1].published + 2 * ROUND:
                    polled += len(await poller.poll_due(everything=True))
                    while batch := pipeline.next_batch():
                        pipeline.settle(pipeline.read(batch))
                    await courier.deliver_due()
                    _show_delivered(store, shown)
                    clock.now += ROUND
                pipeline.streams.note_standings()
            _summary(store, out, config, polled, time.monotonic() - started)


def _show_delivered(store: Store, shown: set[str]) -> None:
    """Print each alert that was delivered since the last look, as the person received it."""
    for row in store.rows(_DELIVERED):
        if row["id"] not in shown:
            shown.add(row["id"])
            message = render(json.loads(row["payload"]), ZONE)
            _say(f"\n{'─' * 78}\n{message.subject}\n{'─' * 78}\n{message.text.rstrip()}")


_DELIVERED = (
    "select a.id, a.payload from alerts a where exists"
    " (select 1 from deliveries d where d.alert_id = a.id and d.state = 'sent') order by a.at, a.rowid"
)


def _summary(store: Store, out: Path, config: Path, polled: int, seconds: float) -> None:
    def count(sql: str) -> int:
        row = store.row(sql)
        return int(row[0]) if row else 0

    _say(
        f"\n{'═' * 78}\n"
        f"{polled} polls, {count('select count(*) from stories')} stories"
        f" ({count('select count(distinct story_id) from mentions')} about a watchlist),"
        f" {count('select count(*) from events')} events, {count('select count(*) from alerts')} alerts,"
        f" {count(_SENT)} mails delivered, in {seconds:.0f} s.\n"
        f"The mail: {out / 'mail'}    the database: {out / 'monitor.db'}\n"
        f"Look further:  monitor -c {config} alerts      monitor -c {config} stories qaani\n"
        f"               monitor -c {config} explain ID  (an alert's or story's id)"
    )


_SENT = "select count(*) from deliveries where state = 'sent'"


def _config(samples: list[Sample], http_port: int, smtp_port: int) -> str:
    languages = {sample.feed: sample.lang for sample in samples}
    feeds = "".join(
        f"  - {{id: {feed}, url: 'http://127.0.0.1:{http_port}/{feed}.xml', language: {languages[feed]},"
        f" owner: {_OWNERS.get(feed, feed)}, private: true}}\n"
        for feed in sorted(languages)
    )
    return (
        f"{_MARK}contact: demo@example.org\ntimezone: {ZONE}\nwatchlists: {json.dumps(str(watchlists_dir().absolute()))}\n"
        f"feeds:\n{feeds}"
        "channels:\n"
        f"  desk-mail: mailto://127.0.0.1:{smtp_port}?from=monitor@example.org&to=desk@example.org&mode=insecure\n"
        "routes:\n  desk: {channels: [desk-mail]}\n"
        "polling: {spacing: 0s}\n"
    )


def _say(text: str) -> None:
    print(text, flush=True)
