"""Promises about clocks: a jump is noticed, a suspend is none, and nothing waits for a future set by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.clock import from_text, to_text
from monitor.clockwatch import ClockWatch, follow_jump, follow_jump_while_away
from monitor.store.articles import want
from monitor.store.connect import Store, open_store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, MONTH = timedelta(hours=1), timedelta(days=30)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "m.db") as store:
        yield store


def keep(store: Store, *, feed: datetime, state: str = "pending", delivery: datetime = NOW) -> None:
    with store.write():
        store.run("insert into feeds (id, url, next_poll_at) values ('a', 'https://a.example/', ?)", (to_text(feed),))
        store.run(
            "insert into alerts (id, kind, watchlist, thread, direction, strength, at, title, payload)"
            " values ('x', 'signal', 'w', 't', 'escalation', 2, ?, 'x', '{}')",
            (to_text(NOW),),
        )
        store.run(
            "insert into deliveries (alert_id, channel, route, state, next_at) values ('x', 'c', 'r', ?, ?)",
            (state, to_text(delivery)),
        )


def times(store: Store) -> tuple[datetime, datetime]:
    row = store.row("select (select next_poll_at from feeds) as feed, (select next_at from deliveries) as delivery")
    assert row is not None
    return from_text(row["feed"]), from_text(row["delivery"])


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 2_592_000.0, -2_592_000.0])
def test_a_clock_that_is_set_is_noticed_once(jump: float) -> None:
    wall, steady = [1000.0], [10.0]
    watch = ClockWatch(lambda: wall[0], lambda: steady[0])
    steady[0] += 5
    wall[0] += 5 + jump
    assert watch.jump_s() == pytest.approx(jump)
    assert watch.jump_s() == 0.0


def test_a_slowly_corrected_clock_and_a_suspended_machine_are_no_jumps() -> None:
    wall, steady = [1000.0], [10.0]
    watch = ClockWatch(lambda: wall[0], lambda: steady[0])
    for _ in range(100):
        wall[0] += 5.1
        steady[0] += 5
        assert watch.jump_s() == 0.0
    wall[0] += 8 * 3600  # asleep: the clock that counts suspended time goes on as well
    steady[0] += 8 * 3600
    assert watch.jump_s() == 0.0


@pytest.mark.parametrize("jump", [HOUR, -HOUR, MONTH, -MONTH])
def test_feeds_and_failed_deliveries_wait_as_long_as_before_the_jump(store: Store, jump: timedelta) -> None:
    keep(store, feed=NOW + HOUR, delivery=NOW + timedelta(minutes=1))
    follow_jump(store, jump, NOW + jump)
    assert times(store) == (NOW + jump + HOUR, NOW + jump + timedelta(minutes=1))


@pytest.mark.parametrize("jump", [HOUR, -HOUR, MONTH, -MONTH])
def test_what_was_set_by_the_new_clock_before_the_jump_was_noticed_stays(store: Store, jump: timedelta) -> None:
    now, lately = NOW + jump, timedelta(seconds=4)
    keep(store, feed=now + timedelta(minutes=10), delivery=now + timedelta(minutes=1))
    with store.write():
        store.run("update feeds set last_poll_at = ?", (to_text(now - lately),))
        store.run("insert into attempts (delivery_id, at, outcome, detail, duration_ms) values (1, ?, 'transient', '', 1)",
                  (to_text(now - lately),))  # fmt: skip
    follow_jump(store, jump, now, timedelta(seconds=6))
    assert times(store) == (now + timedelta(minutes=10), now + timedelta(minutes=1))


@pytest.mark.parametrize("jump", [HOUR, MONTH])
def test_an_alert_raised_before_the_jump_was_noticed_goes_out_at_once(store: Store, jump: timedelta) -> None:
    keep(store, feed=NOW + HOUR, delivery=NOW + jump)
    follow_jump(store, jump, NOW + jump, timedelta(seconds=6))
    assert times(store) == (NOW + jump + HOUR, NOW + jump)


def test_a_look_says_how_long_ago_the_one_before_was() -> None:
    wall, steady = [1000.0], [10.0]
    watch = ClockWatch(lambda: wall[0], lambda: steady[0])
    steady[0] += 5
    watch.jump_s()
    assert watch.apart_s == 5.0


def test_what_is_planned_by_the_calendar_keeps_its_hour(store: Store) -> None:
    keep(store, feed=NOW, state="held", delivery=NOW + timedelta(hours=19))
    follow_jump(store, -HOUR, NOW - HOUR)
    assert times(store)[1] == NOW + timedelta(hours=19)


def test_a_digest_planned_in_a_month_that_is_no_more_is_brought_near(store: Store) -> None:
    keep(store, feed=NOW, state="held", delivery=NOW + timedelta(hours=19))
    follow_jump(store, -MONTH, NOW - MONTH)
    assert times(store)[1] == NOW - MONTH + timedelta(hours=19)


def test_a_clock_set_back_while_away_is_seen_by_the_last_tick(store: Store) -> None:
    keep(store, feed=NOW + MONTH + HOUR)
    with store.write():
        store.note("last_tick", to_text(NOW + MONTH))
    assert follow_jump_while_away(store, NOW) == -MONTH
    assert times(store)[0] == NOW + HOUR
    assert follow_jump_while_away(store, NOW) is None


def test_a_story_of_the_future_is_taken_as_seen_now(store: Store) -> None:
    with store.write():
        store.run(
            "insert into stories (feed_id, owner, link, lang, title, summary, body, first_seen)"
            " values ('a', 'o', '', 'en', 't', '', '', ?)",
            (to_text(NOW + MONTH),),
        )
    follow_jump(store, -MONTH, NOW)
    assert store.rows("select first_seen from stories")[0][0] == to_text(NOW)


def test_a_host_that_wants_quiet_and_a_story_that_waits_for_its_article_wait_as_long_as_they_did(store: Store) -> None:
    with store.write():
        store.run("insert into quiet_hosts values ('paper.example', ?, '429')", (to_text(NOW + HOUR),))
        store.run(
            "insert into stories (id, feed_id, owner, link, lang, title, summary, body, first_seen)"
            " values (1, 'a', 'a', 'https://a.example/1', 'en', 't', '', '', ?)",
            (to_text(NOW),),
        )
        want(store, [1], NOW, NOW + HOUR)
    follow_jump(store, -MONTH, NOW - MONTH)
    found = store.row("select (select until from quiet_hosts) as host, (select until from articles) as story")
    assert found is not None
    assert found["host"] == found["story"] == to_text(NOW + HOUR - MONTH)
