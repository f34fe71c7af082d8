"""Promises of the stream's state in an alert: what the detector says, a small chart, and the same for every channel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.alerts.stream import bars, standing_words, stream_of
from monitor.clock import to_text
from monitor.store.connect import Store, open_store
from tests.alerts.desk import START, Desk
from tests.alerts.servers import Hook


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "m.db") as opened:
        yield opened


def add_story(store: Store, number: int, days_ago: int, direction: str, copy_of: int | None = None) -> None:
    with store.write():
        store.run(
            "insert into stories (id, feed_id, owner, link, lang, title, summary, body, first_seen, stage, copy_of)"
            " values (?, 'a', 'a', ?, 'en', 't', '', '', ?, 'done', ?)",
            (number, f"https://a.example/{number}", to_text(START - timedelta(days=days_ago, hours=1)), copy_of),
        )
        store.run(
            "insert into readings (story_id, watchlist, grade, direction, strength, confidence, role, trace, background,"
            " also, read) values (?, 'qaani', 'direct', ?, 2, 0.9, 'agent', '[]', '[]', '[]', 1)",
            (number, direction),
        )


def test_the_last_fortnight_is_counted_by_day_and_direction_without_copies(store: Store) -> None:
    add_story(store, 1, 0, "escalation")
    add_story(store, 2, 0, "de-escalation")
    add_story(store, 3, 5, "de-escalation")
    add_story(store, 4, 5, "de-escalation", copy_of=3)
    add_story(store, 5, 40, "escalation")
    found = stream_of(store, "qaani", START)
    assert found["stories"] == 3
    assert found["up"] == [0] * 13 + [1]
    assert found["down"] == [0] * 8 + [1] + [0] * 4 + [1]


def test_the_standing_is_said_in_a_sentence() -> None:
    usual = {"state": "usual", "evidence_days": 21.4, "line_days": 115.0}
    assert standing_words(usual) == "No shift: evidence 21 of the 115 days that an alert takes."
    assert standing_words({"state": "shift toward escalation"}) == "The stream stands in a shift toward escalation."
    assert standing_words({}) == "The stream has not been looked at yet."


def test_bars_are_as_tall_as_their_count() -> None:
    assert bars([0, 1, 2, 4]) == "▁▃▅█"
    assert bars([0, 0]) == "▁▁"


def test_an_alert_says_the_same_of_its_stream_at_every_attempt_and_to_every_channel(
    tmp_path: Path, store: Store
) -> None:
    hook = Hook()
    url = f"json://127.0.0.1:{hook.port}"
    desk = Desk(tmp_path, store, {"a": f"{url}/a", "b": f"{url}/b"}, "routes:\n  desk: {channels: [a, b]}")
    hook.answers = [(500, {}, "no")]
    with store.write():
        store.note("watchlists", json.dumps([{"id": "qaani", "state": "usual", "evidence_days": 3, "line_days": 100}]))
    desk.tell("alert00001", stream=None)
    with store.write():
        store.run("update alerts set payload = json_remove(payload, '$.stream')")
    desk.deliver()
    with store.write():
        store.note("watchlists", json.dumps([{"id": "qaani", "state": "too sparse"}]))
    desk.now += timedelta(hours=1)
    desk.deliver()
    hook.close()
    assert len(hook.received) == 3
    assert all("evidence 3 of the 100 days" in each["message"] for each in hook.received)
