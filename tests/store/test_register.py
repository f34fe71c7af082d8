"""Promises of a changed configuration: what a feed is known for outlives a mistake, and no delivery is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.clock import to_text
from monitor.config import Settings, read_settings
from monitor.store.connect import Store, open_store
from monitor.store.register import register

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LISTS = Path(__file__).parents[2] / "watchlists"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "m.db") as store:
        yield store


def settings(folder: Path, feeds: dict[str, str], channels: tuple[str, ...] = ()) -> Settings:
    lines = [f"  - {{id: {name}, url: '{url}'}}" for name, url in feeds.items()]
    named = "".join(f"  {name}: json://localhost/{name}\n" for name in channels)
    text = f"contact: a@b.example\nwatchlists: {LISTS}\nfeeds:\n" + "\n".join(lines) + "\n"
    (folder / "monitor.yaml").write_text(text + (f"channels:\n{named}" if named else ""), encoding="utf-8")
    return read_settings(folder / "monitor.yaml")


def keep_delivery(store: Store, channel: str, state: str) -> None:
    with store.write():
        store.run(
            "insert into alerts (id, kind, watchlist, thread, direction, strength, at, title, payload)"
            " values (?, 'signal', 'w', 't', 'escalation', 2, ?, 'x', '{}')",
            (f"{channel}-{state}", to_text(NOW)),
        )
        store.run(
            "insert into deliveries (alert_id, channel, route, state, next_at) values (?, ?, 'desk', ?, ?)",
            (f"{channel}-{state}", channel, state, to_text(NOW)),
        )


def test_a_feed_left_out_by_mistake_comes_back_as_the_one_it_was(store: Store, tmp_path: Path) -> None:
    register(store, settings(tmp_path, {"a": "https://a.example/", "b": "https://b.example/"}), NOW)
    with store.write():
        store.run("update feeds set baseline_at = ?, state = 'ok' where id = 'b'", (to_text(NOW),))
    register(store, settings(tmp_path, {"a": "https://a.example/"}), NOW)
    assert [row["id"] for row in store.rows("select id from feeds")] == ["a"]
    register(store, settings(tmp_path, {"a": "https://a.example/", "b": "https://b.example/"}), NOW)
    assert store.rows("select baseline_at from feeds where id = 'b'")[0][0] == to_text(NOW)


def test_a_feed_left_out_for_long_is_met_as_a_new_one(store: Store, tmp_path: Path) -> None:
    both = {"a": "https://a.example/", "b": "https://b.example/"}
    register(store, settings(tmp_path, both), NOW)
    with store.write():
        store.run("update feeds set baseline_at = ?", (to_text(NOW),))
    register(store, settings(tmp_path, {"a": "https://a.example/"}), NOW)
    register(store, settings(tmp_path, both), NOW + timedelta(days=30))
    assert store.rows("select baseline_at from feeds where id = 'b'")[0][0] is None


def test_a_feed_with_a_new_address_is_due_now_and_keeps_no_validators(store: Store, tmp_path: Path) -> None:
    register(store, settings(tmp_path, {"a": "https://a.example/old"}), NOW)
    later = to_text(NOW + timedelta(hours=4))
    with store.write():
        store.run('update feeds set fetch_state = \'{"etag": "x"}\', baseline_at = ?, next_poll_at = ?', (later, later))
    register(store, settings(tmp_path, {"a": "https://a.example/new"}), NOW)
    [row] = store.rows("select * from feeds")
    assert (row["fetch_state"], row["next_poll_at"], row["baseline_at"]) == ("{}", to_text(NOW), later)


def test_a_feed_whose_address_is_the_same_keeps_its_time(store: Store, tmp_path: Path) -> None:
    register(store, settings(tmp_path, {"a": "https://a.example/"}), NOW)
    later = to_text(NOW + timedelta(hours=4))
    with store.write():
        store.run("update feeds set next_poll_at = ?", (later,))
    register(store, settings(tmp_path, {"a": "https://a.example/"}), NOW)
    assert store.rows("select next_poll_at from feeds")[0][0] == later


def test_what_waits_for_a_lost_channel_is_shown_and_goes_out_when_it_is_back(store: Store, tmp_path: Path) -> None:
    feeds = {"a": "https://a.example/"}
    keep_delivery(store, "desk", "pending")
    keep_delivery(store, "desk", "sent")
    register(store, settings(tmp_path, feeds), NOW)
    assert [row["state"] for row in store.rows("select state from deliveries order by id")] == ["dead", "sent"]
    register(store, settings(tmp_path, feeds, ("desk",)), NOW)
    assert [row["state"] for row in store.rows("select state from deliveries order by id")] == ["pending", "sent"]
