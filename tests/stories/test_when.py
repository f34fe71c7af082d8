"""From when a story counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.stories.when import settle

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAYS_3 = timedelta(days=3)


def test_a_story_without_date_counts_from_when_it_was_seen() -> None:
    assert settle(None, NOW, max_age=DAYS_3) == settle(NOW + timedelta(days=400), NOW, max_age=DAYS_3).__class__(
        NOW, ("undated",)
    )


def test_a_date_far_ahead_is_not_believed() -> None:
    when = settle(NOW + timedelta(days=2), NOW, max_age=DAYS_3)
    assert (when.at, when.flags) == (NOW, ("future",))


def test_a_clock_a_little_ahead_is_set_back() -> None:
    when = settle(NOW + timedelta(minutes=20), NOW, max_age=DAYS_3)
    assert (when.at, when.flags) == (NOW, ())


def test_an_old_story_is_flagged_and_a_back_dated_one_too() -> None:
    old = settle(NOW - timedelta(days=9), NOW, max_age=DAYS_3, previous_poll=NOW - timedelta(hours=1))
    assert old.flags == ("back-dated", "old")
    late = settle(NOW - timedelta(hours=5), NOW, max_age=DAYS_3, previous_poll=NOW - timedelta(hours=1))
    assert late.flags == ("back-dated",)
