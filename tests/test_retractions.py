"""Promises of retractions: who was told what is not so is told that, in the same thread, and nobody else is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import to_text
from monitor.config import read_settings
from monitor.pipeline import Pipeline
from monitor.reading.read import Reader
from monitor.shipped import watchlists_dir
from monitor.store.connect import Store, open_store

START = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
# Loaded once: it keeps nothing of what it reads.
READER = Reader()


class Room:
    """The whole way from stored stories to deliveries, with the shipped watchlists, two channels and a digest."""

    def __init__(self, folder: Path, store: Store, routes: str = "") -> None:
        config = folder / "monitor.yaml"
        config.write_text(
            f"contact: a@example.org\nwatchlists: {watchlists_dir()}\nfeeds: [{{id: a, url: 'https://a.example'}}]\n"
            "channels: {chat: 'json://127.0.0.1:9/', post: 'json://127.0.0.1:8/'}\nroutes:\n"
            "  desk: {channels: [chat], kinds: [signal]}\n  other: {channels: [post], kinds: [shift, retraction]}\n",
            encoding="utf-8",
        )
        self.config, self.store, self.now = config, store, START
        self.restart()

    def restart(self) -> None:
        """As after a restart: nothing is known but the database."""
        self.pipeline = Pipeline(read_settings(self.config, {}), self.store, lambda: self.now, reader=READER)

    def arrive(self, owner: str, title: str, lang: str = "en") -> None:
        """One story from an outlet, now."""
        with self.store.write():
            self.store.run(
                "insert into stories (feed_id, owner, link, lang, title, summary, body, published, first_seen)"
                " values ('a', ?, ?, ?, ?, '', '', ?, ?)",
                (
                    owner,
                    f"https://{owner}.example/{self.now:%d%H%M}",
                    lang,
                    title,
                    to_text(self.now),
                    to_text(self.now),
                ),
            )
        while batch := self.pipeline.next_batch():
            self.pipeline.settle(self.pipeline.read(batch))

    def alerts(self, kind: str) -> list[dict[str, Any]]:
        """The payloads of all alerts of a kind."""
        rows = self.store.rows("select payload from alerts where kind = ? order by rowid", (kind,))
        return [json.loads(row["payload"]) for row in rows]

    def channels(self, alert: dict[str, Any]) -> list[str]:
        """Who is told an alert."""
        rows = self.store.rows("select channel from deliveries where alert_id = ?", (alert["id"],))
        return [row["channel"] for row in rows]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_store(tmp_path / "m.db") as store:
        yield Room(tmp_path, store)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_commander_reported_dead_and_alive_next_day_is_told_to_those_who_were_told(
    room: Room, restarted: bool
) -> None:
    room.arrive("first", "Quds Force commander Qaani killed in Israeli strike on Beirut")
    [death] = [alert for alert in room.alerts("signal") if "killed" in alert["title"]]
    room.now += DAY
    if restarted:
        room.restart()
    room.arrive("second", "Quds Force commander Qaani is alive, Iranian officials say")
    [taken_back] = room.alerts("retraction")
    assert taken_back["thread"] == death["thread"]
    assert taken_back["update"]["of"] == death["id"]
    assert taken_back["title"] == "Quds Force commander Qaani is alive, Iranian officials say"
    assert [story["owner"] for story in taken_back["stories"]] == ["second"]
    # the one who was told, though its route takes signals only; not the one whose route takes retractions
    assert room.channels(taken_back) == room.channels(death) == ["chat"]


def test_it_is_told_once(room: Room) -> None:
    room.arrive("first", "Quds Force commander Qaani killed in Israeli strike on Beirut")
    for hours in (20, 22, 24):
        room.now = START + timedelta(hours=hours)
        room.arrive(f"paper{hours}", "Quds Force commander Qaani is alive, Iranian officials say")
    assert len(room.alerts("retraction")) == 1


def test_what_two_outlets_told_takes_two_to_take_back(room: Room) -> None:
    for owner in ("first", "other"):
        room.arrive(owner, "Quds Force commander Qaani killed in Israeli strike on Beirut")
    with room.store.write():  # as told: both outlets stood in the message
        [row] = room.store.rows("select id, payload from alerts where title like '%killed%' limit 1")
        payload = {**json.loads(row["payload"]), "sources": [{"owner": "first"}, {"owner": "other"}]}
        room.store.run("update alerts set payload = ? where id = ?", (json.dumps(payload), row["id"]))
    room.now += DAY
    room.arrive("third", "Quds Force commander Qaani is alive, Iranian officials say")
    assert room.alerts("retraction") == []
    room.arrive("fourth", "Iran's Quds Force chief Qaani alive and well, says lawmaker in Tehran")
    assert len(room.alerts("retraction")) == 1


def test_an_actor_that_denies_its_own_truce_takes_it_back(room: Room) -> None:
    room.arrive("sada", "كتائب حزب الله تعلن تعليق هجماتها على القوات الأميركية", "ar")
    room.now += 3 * DAY
    room.arrive("nahr", "كتائب حزب الله تنفي تعليق الهجمات على القوات الأميركية", "ar")
    [taken_back] = room.alerts("retraction")
    assert taken_back["direction"] == "de-escalation"
    assert taken_back["first_title"] == "كتائب حزب الله تعلن تعليق هجماتها على القوات الأميركية"


def test_an_act_that_its_actor_denies_within_hours_is_contested(room: Room) -> None:
    for outlet, title in (
        ("sada", "كتائب حزب الله في العراق: نعلق عملياتنا العسكرية ضد القوات الأميركية"),
        ("tv", "كتائب حزب الله تنفي تعليق العمليات العسكرية"),
    ):
        room.arrive(outlet, title, "ar")
        room.now += timedelta(hours=3)
    [contested] = room.alerts("contested")
    [announced] = room.alerts("signal")[:1]
    assert contested["thread"] == announced["thread"]
    assert [story["owner"] for story in contested["stories"]] == ["tv"]
    # whose routes take no word of contested acts are told that what they were told is not so
    [taken_back] = room.alerts("retraction")
    assert room.channels(taken_back) == ["chat"]


@pytest.mark.parametrize(
    "later",
    [
        "Kataib Hezbollah denies involvement in attack on US base",
        "Kataib Hezbollah denies talks planned with Washington",
        "Kataib Hezbollah resumes attacks on US forces",
        "Kataib Hezbollah commander is alive, group says",
    ],
)
def test_an_unrelated_denial_takes_nothing_back(room: Room, later: str) -> None:
    room.arrive("first", "Kataib Hezbollah announces suspension of attacks on US forces")
    assert room.alerts("signal")
    room.now += DAY
    room.arrive("second", later)
    assert room.alerts("retraction") == []


def test_after_two_weeks_it_is_news_of_its_own(room: Room) -> None:
    room.arrive("first", "Quds Force commander Qaani killed in Israeli strike on Beirut")
    room.now += 15 * DAY
    room.arrive("second", "Quds Force commander Qaani is alive, Iranian officials say")
    assert room.alerts("retraction") == []


def test_the_message_says_what_was_told_and_who_takes_it_back(room: Room) -> None:
    from monitor.alerts.message import render

    room.arrive("first", "Quds Force commander Qaani killed in Israeli strike on Beirut")
    room.now += DAY
    room.arrive("second", "Quds Force commander Qaani is alive, Iranian officials say")
    message = render(room.alerts("retraction")[0], "Asia/Baghdad")
    assert "retracted" in message.subject
    for part in (message.text, message.html, message.markdown):
        assert "Quds Force commander Qaani killed in Israeli strike on Beirut" in " ".join(part.split())
        assert "second" in part
