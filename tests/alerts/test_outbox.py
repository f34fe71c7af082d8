"""Promises of the outbox: nothing is lost, what failed is tried again, one channel does not hold up another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.alerts import outbox as courier_module
from monitor.alerts.outbox import LONGEST_RETRY, Courier, retry_wait
from monitor.config import read_settings
from monitor.store.connect import Row, Store, open_store
from monitor.store.outbox import Planned, add_alert, resend
from tests.alerts.conftest import MailServer

START = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)


def payload(alert_id: str = "alert00001", at: datetime = START) -> dict[str, object]:
    return {
        "id": alert_id,
        "thread": "thread0001",
        "kind": "signal",
        "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "watchlist": "qaani",
        "watchlists": [{"id": "qaani", "name": "Esmail Qaani", "role": "speaker"}],
        "event_id": 1,
        "story_id": 1,
        "direction": "de-escalation",
        "strength": 2,
        "confidence": 0.91,
        "title": "Qaani tells factions to hold fire",
        "link": "https://wire.example/1",
        "owner": "Wire",
        "lang": "en",
        "published": "2031-03-03T08:30:00Z",
        "evidence": {"before": "Qaani ", "text": "tells factions to hold fire", "after": ""},
        "gloss": None,
        "trace": ["tell -> hold(fire): de-escalation"],
        "background": [],
        "match": {"text": "Qaani", "part": "title", "grade": "direct", "term": "Qaani", "rule": "exact"},
        "sources": [{"owner": "Wire", "title": "Qaani tells factions to hold fire", "link": "https://wire.example/1"}],
        "rule": {"strength": 2, "sources": 1, "confidence": 0.5},
    }


class Desk:
    """A courier with two mail channels and a clock that is moved by hand."""

    def __init__(self, folder: Path, store: Store, first: str, second: str) -> None:
        (folder / "lists").mkdir()
        (folder / "lists" / "q.yaml").write_text("id: qaani\nname: Q\nnames: [Qaani]\n", encoding="utf-8")
        config = folder / "monitor.yaml"
        config.write_text(
            "contact: a@example.org\nwatchlists: lists\nfeeds: [{id: a, url: 'https://a.example'}]\n"
            f"channels:\n  first: {first}\n  second: {second}\n",
            encoding="utf-8",
        )
        self.now = START
        self.store = store
        self.courier = Courier(read_settings(config, {}), store, lambda: self.now)

    def put(self, alert_id: str = "alert00001", channels: tuple[str, ...] = ("first",)) -> None:
        with self.store.write():
            add_alert(
                self.store, payload(alert_id, self.now), [Planned(channel, "desk", self.now) for channel in channels]
            )

    def deliver(self) -> int:
        return asyncio.run(self.courier.deliver_due())

    def delivery(self, channel: str = "first") -> Row:
        row = self.store.row("select * from deliveries where channel = ? order by id desc", (channel,))
        assert row is not None
        return row


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "m.db") as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Path, store: Store, mail_server: MailServer, closed_port: int) -> Desk:
    refused = f"mailto://127.0.0.1:{closed_port}?from=a@example.org&to=b@example.org&mode=insecure"
    return Desk(tmp_path, store, mail_server.url(), refused)


def test_an_alert_is_marked_sent_only_after_the_channel_accepted(desk: Desk, mail_server: MailServer) -> None:
    mail_server.data = ["451 later"]
    desk.put()
    assert desk.deliver() == 0
    assert desk.delivery()["state"] == "pending"
    desk.now += timedelta(minutes=2)
    assert desk.deliver() == 1
    assert desk.delivery()["state"] == "sent"


def test_a_sent_alert_is_not_sent_again(desk: Desk, mail_server: MailServer) -> None:
    desk.put()
    desk.deliver()
    desk.now += timedelta(days=3)
    desk.deliver()
    assert len(mail_server.received) == 1


def test_a_failed_delivery_is_not_tried_before_its_time(desk: Desk, mail_server: MailServer) -> None:
    mail_server.data = ["451 later"] * 5
    desk.put()
    desk.deliver()
    desk.deliver()
    assert desk.delivery()["attempts"] == 1


def test_a_failing_channel_does_not_keep_the_alert_from_another(desk: Desk, mail_server: MailServer) -> None:
    desk.put(channels=("first", "second"))
    assert desk.deliver() == 1
    assert desk.delivery("first")["state"] == "sent"
    assert desk.delivery("second")["state"] == "pending"
    assert "Connection refused" in desk.delivery("second")["error"]


def test_one_refused_alert_does_not_block_the_next(desk: Desk, mail_server: MailServer) -> None:
    mail_server.data = ["554 not this one"]
    desk.put("alert00001")
    desk.put("alert00002")
    assert desk.deliver() == 1


def test_a_delivery_without_success_becomes_a_dead_letter_that_can_be_resent(
    desk: Desk, mail_server: MailServer
) -> None:
    mail_server.data = ["451 later"] * 500
    desk.put()
    while desk.delivery()["state"] == "pending":
        desk.deliver()
        desk.now += LONGEST_RETRY
    assert desk.delivery()["state"] == "dead"
    assert desk.now - START <= timedelta(hours=48) + 2 * LONGEST_RETRY
    mail_server.data = []
    assert resend(desk.store, "alert00001", desk.now) == 1
    assert desk.deliver() == 1


def test_what_only_a_person_can_mend_is_tried_hourly_and_not_given_up_at_once(
    desk: Desk, mail_server: MailServer
) -> None:
    mail_server.data = ["554 no"]
    desk.put()
    desk.deliver()
    assert desk.delivery()["state"] == "pending"
    desk.now += LONGEST_RETRY + timedelta(seconds=1)
    assert desk.deliver() == 1


def test_every_attempt_is_kept_with_what_the_server_said(desk: Desk, mail_server: MailServer) -> None:
    mail_server.data = ["451 4.7.1 greylisted"]
    desk.put()
    desk.deliver()
    desk.now += timedelta(hours=1)
    desk.deliver()
    said = [(row["outcome"], row["detail"]) for row in desk.store.rows("select * from attempts order by id")]
    assert said[0][0] == "transient"
    assert "greylisted" in said[0][1]
    assert said[1][0] == "sent"


def test_a_hung_channel_counts_as_failed_at_its_deadline(
    desk: Desk, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from monitor.alerts import channels

    release = threading.Event()
    monkeypatch.setattr(courier_module, "ATTEMPT_DEADLINE_S", 0.05)
    monkeypatch.setattr(channels, "send", lambda *_: release.wait(30))
    desk.put()
    assert desk.deliver() == 0
    release.set()
    assert "no answer within" in desk.delivery()["error"]


def test_waits_grow_to_their_cap_with_jitter() -> None:
    waits = [retry_wait(attempt, seed=7) for attempt in range(12)]
    assert waits[0] <= timedelta(seconds=30)
    assert all(wait <= LONGEST_RETRY for wait in waits)
    assert waits[9] > timedelta(minutes=15)
    assert retry_wait(3, seed=1) != retry_wait(3, seed=2)
