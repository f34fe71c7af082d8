"""Promises about further stories on an event: one message for what comes together, an update only where it adds enough."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.alerts.updates import added
from monitor.clock import to_text
from monitor.config import read_settings
from monitor.pipeline import Pipeline
from monitor.store.connect import Store, open_store
from tests.alerts.samples import signal

START = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
TITLE = "كتائب حزب الله تعلن تعليق هجماتها على القوات الأميركية في العراق"


class Room:
    """A pipeline over a real database, fed story by story."""

    def __init__(self, folder: Path, store: Store) -> None:
        (folder / "lists").mkdir()
        (folder / "lists" / "k.yaml").write_text("id: kh\nname: Kata'ib\nnames: [كتائب حزب الله]\n", encoding="utf-8")
        config = folder / "monitor.yaml"
        config.write_text(
            "contact: a@example.org\nwatchlists: lists\nfeeds: [{id: a, url: 'https://a.example'}]\n"
            "channels: {chat: 'json://127.0.0.1:9/'}\nroutes:\n  desk: {channels: [chat], repeat: 6h}\n",
            encoding="utf-8",
        )
        self.now = START
        self.store = store
        self.pipeline = Pipeline(read_settings(config, {}), store, lambda: self.now)

    def arrive(self, *owners: str, title: str = TITLE) -> None:
        """One story from each owner, in one batch."""
        with self.store.write():
            for owner in owners:
                self.store.run(
                    "insert into stories (feed_id, owner, link, lang, title, summary, body, published, first_seen)"
                    " values ('a', ?, ?, 'ar', ?, '', '', ?, ?)",
                    (owner, f"https://{owner}.example/{self.now:%H%M}", title, to_text(self.now), to_text(self.now)),
                )
        while batch := self.pipeline.next_batch():
            self.pipeline.settle(self.pipeline.read(batch))

    def sent(self) -> None:
        """Everything so far has gone out."""
        with self.store.write():
            self.store.run("update deliveries set state = 'sent', started_at = ?", (to_text(self.now),))

    def alerts(self) -> list[dict[str, Any]]:
        """The signals so far."""
        rows = self.store.rows("select payload from alerts where kind = 'signal' order by rowid")
        return [json.loads(row["payload"]) for row in rows]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_store(tmp_path / "m.db") as store:
        yield Room(tmp_path, store)


def test_five_stories_that_come_together_make_one_message_with_all_sources(room: Room) -> None:
    room.arrive("wire", "paper", "agency", "radio", "site")
    [alert] = room.alerts()
    assert {source["owner"] for source in alert["sources"]} == {"wire", "paper", "agency", "radio", "site"}


def test_a_story_before_the_first_attempt_completes_the_alert_under_its_id(room: Room) -> None:
    room.arrive("wire")
    [before] = room.alerts()
    room.now += timedelta(seconds=20)
    room.arrive("paper")
    [after] = room.alerts()
    assert after["id"] == before["id"]
    assert len(after["sources"]) == 2


def test_what_was_sent_is_never_rewritten_and_more_sources_wait_for_the_interval(room: Room) -> None:
    room.arrive("wire")
    room.sent()
    room.now += timedelta(hours=1)
    room.arrive("paper")
    assert [len(alert["sources"]) for alert in room.alerts()] == [1]
    room.now += timedelta(hours=6)
    room.arrive("agency")
    first, update = room.alerts()
    assert "Now also reported by" in update["update"]["what"]
    assert update["thread"] == first["thread"]
    assert update["id"] != first["id"]


def test_a_repeated_story_of_a_known_source_is_no_news() -> None:
    assert added(signal(), signal()) is None


def test_a_stronger_reading_is_news_at_once() -> None:
    news = added(signal(), signal(strength=3))
    assert news is not None
    assert news.stronger


def test_one_more_source_beside_four_is_no_news() -> None:
    before = signal()
    more = {"owner": "Fifth", "title": "t", "link": "https://fifth.example"}
    assert added(before, signal(sources=[*before["sources"], more])) is None
