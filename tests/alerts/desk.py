"""A desk for tests: settings from a real configuration, a real database, and a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.alerts.health import HealthDesk
from monitor.alerts.held import Releaser
from monitor.alerts.outbox import Courier
from monitor.alerts.tell import Teller
from monitor.clock import to_text
from monitor.config import read_settings
from monitor.store.connect import Row, Store
from monitor.store.outbox import Planned
from tests.alerts.samples import signal

START = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)  # noon in Baghdad, a Monday


class Desk:
    """`routes` and `more` are YAML; `channels` maps names to URLs."""

    def __init__(
        self, folder: Path, store: Store, channels: dict[str, str], routes: str = "", more: str = "", free: int = 10**12
    ) -> None:
        (folder / "lists").mkdir(exist_ok=True)
        (folder / "lists" / "q.yaml").write_text("id: qaani\nname: Esmail Qaani\nnames: [Qaani]\n", encoding="utf-8")
        (folder / "lists" / "k.yaml").write_text("id: kh\nname: Kata'ib\nnames: [Kataib]\n", encoding="utf-8")
        named = "".join(f"  {name}: {json.dumps(url)}\n" for name, url in channels.items())
        config = folder / "monitor.yaml"
        config.write_text(
            "contact: a@example.org\ntimezone: Asia/Baghdad\nwatchlists: lists\n"
            "feeds: [{id: a, url: 'https://a.example'}, {id: b, url: 'https://b.example'}]\n"
            f"channels:\n{named}{routes}\n{more}\n",
            encoding="utf-8",
        )
        self.now, self.free = START, free
        self.store = store
        self.settings = read_settings(config, {})
        self.teller = Teller(self.settings, store, lambda: self.now)
        self.releaser = Releaser(self.settings, store, lambda: self.now)
        self.health = HealthDesk(self.settings, store, lambda: self.now, lambda: self.free)
        self.courier = Courier(self.settings, store, lambda: self.now)

    def tell(self, alert_id: str, **changes: Any) -> list[Planned]:
        """An alert as of now."""
        changes.setdefault("event_id", None)
        payload = signal(id=alert_id, at=to_text(self.now), **changes)
        with self.store.write():
            return self.teller.tell(payload)

    def release(self) -> int:
        """Let out what is due."""
        return self.releaser.release_due()

    def deliver(self) -> int:
        """One attempt for all that is due."""
        return asyncio.run(self.courier.deliver_due())

    def states(self) -> dict[str, str]:
        """The state of each alert's delivery."""
        return {row["alert_id"]: row["state"] for row in self.store.rows("select * from deliveries order by id")}

    def delivery(self, channel: str) -> Row:
        """The latest delivery of a channel."""
        row = self.store.row("select * from deliveries where channel = ? order by id desc", (channel,))
        assert row is not None
        return row

    def alerts(self, kind: str) -> list[dict[str, Any]]:
        """The payloads of all alerts of a kind, in order."""
        rows = self.store.rows("select payload from alerts where kind = ? order by rowid", (kind,))
        return [json.loads(row["payload"]) for row in rows]
