"""What is held is shown as waiting, with what holds it and until when."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.look import show_alerts
from monitor.store.connect import open_store
from monitor.store.facts import status_facts
from tests.alerts.desk import Desk


def test_status_counts_held_alerts_as_pending_and_alerts_says_what_holds_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_store(tmp_path / "m.db") as store:
        routes = "routes:\n  desk: {channels: [chat], quiet: {from: '11:00', to: '13:00'}}"
        desk = Desk(tmp_path, store, {"chat": "json://127.0.0.1:9/"}, routes)
        desk.tell("first00001")
        desk.tell("second0002")
        assert status_facts(store, "1")["deliveries"] == {"pending": 2, "sent": 0, "dead": 0}
        show_alerts(store, False, 10, as_json=False)
        assert "chat held by quiet hours until 2031-03-03 10:00" in capsys.readouterr().out
        desk.now += timedelta(hours=2)
        desk.release()
        assert status_facts(store, "1")["deliveries"] == {"pending": 1, "sent": 0, "dead": 0}
        show_alerts(store, False, 10, as_json=False)
        assert f"chat told in {desk.alerts('digest')[0]['id']}" in capsys.readouterr().out
