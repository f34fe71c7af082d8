"""When a feed is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.pace import Next, Observed, PaceState, next_poll, own_outage, silent_too_long
from monitor.feeds.records import FeedConfig, FetchState, Outcome

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FEED = FeedConfig("f", "https://news.example/rss", min_interval_s=600, max_interval_s=3600)
UNCHANGED = Observed(Outcome.UNCHANGED)


def ask(
    seen: Observed, pace: PaceState | None = None, feed: FeedConfig = FEED, now: datetime = NOW, offline: bool = False
) -> Next:
    return next_poll(feed, pace or PaceState(), FetchState(), seen, now, offline=offline)


def wait_s(found: Next, now: datetime = NOW) -> float:
    return (found.at - now).total_seconds()


def test_a_quiet_feed_is_asked_less_and_less_up_to_the_users_bound() -> None:
    pace = PaceState()
    for _ in range(30):
        pace = ask(UNCHANGED, pace).state
    assert pace.interval_s == 3600


def test_a_feed_whose_items_all_turn_over_is_asked_sooner() -> None:
    found = ask(Observed(Outcome.FRESH, on_screen=40, known=4), PaceState(interval_s=3000))
    assert found.state.interval_s == 1500
    assert not found.gap_suspected


def test_no_overlap_at_all_is_reported_as_a_possible_gap() -> None:
    found = ask(Observed(Outcome.FRESH, on_screen=40, known=0))
    assert found.gap_suspected
    assert found.notices
    assert not ask(Observed(Outcome.FRESH, on_screen=40, known=0, first_poll=True)).gap_suspected


def test_the_pace_stays_where_half_the_items_are_known() -> None:
    assert ask(Observed(Outcome.FRESH, on_screen=40, known=20), PaceState(interval_s=1200)).state.interval_s == 1200


def test_the_publishers_hint_is_a_lower_bound_but_a_week_is_not_believed() -> None:
    assert 1200 <= wait_s(ask(Observed(Outcome.UNCHANGED, fresh_for_s=1200))) <= 1320
    assert wait_s(ask(Observed(Outcome.UNCHANGED, fresh_for_s=7 * 86400))) <= 1800 * 1.1


@pytest.mark.parametrize("outcome", [Outcome.THROTTLED, Outcome.SERVER_ERROR, Outcome.DENIED])
def test_nothing_is_asked_before_retry_after(outcome: Outcome) -> None:
    assert wait_s(ask(Observed(outcome, retry_after_s=7200))) >= 7200


def test_a_429_holds_the_host_and_a_503_only_the_feed() -> None:
    assert ask(Observed(Outcome.THROTTLED, retry_after_s=60)).hold_host == "news.example"
    assert ask(Observed(Outcome.SERVER_ERROR, retry_after_s=60)).hold_host is None


def test_an_absurd_retry_after_is_capped_at_a_day_and_said() -> None:
    found = ask(Observed(Outcome.THROTTLED, retry_after_s=1e11))
    assert 86400 <= wait_s(found) <= 86400 * 1.1
    assert "we wait 24 h" in found.reason


def test_failures_double_the_delay_but_a_feed_is_never_given_up() -> None:
    pace, waits, now = PaceState(), [], NOW
    for _ in range(60):
        found = ask(Observed(Outcome.NOT_FOUND), pace, now=now)
        waits.append(wait_s(found, now))
        pace, now = found.state, found.at
    assert waits[0] < waits[1] < waits[2]
    assert max(waits[:40]) <= 6 * 3600 * 1.1
    assert max(waits) <= 24 * 3600 * 1.1


def test_a_success_forgets_the_failures() -> None:
    assert ask(UNCHANGED, PaceState(failures=9, failing_since=NOW)).state.failures == 0


def test_a_gone_feed_is_looked_at_weekly_and_told_once() -> None:
    first = ask(Observed(Outcome.GONE))
    assert wait_s(first) >= 7 * 86400
    assert first.notices
    assert not ask(Observed(Outcome.GONE), first.state).notices


def test_an_outage_of_our_own_is_not_held_against_a_feed() -> None:
    found = ask(Observed(Outcome.DNS), offline=True)
    assert found.state.failures == 0
    assert wait_s(found) <= 660


def test_our_own_outage_is_one_that_hits_most_feeds_on_several_hosts() -> None:
    down = [("a", Outcome.DNS), ("b", Outcome.CONNECT), ("c", Outcome.TIMEOUT)]
    assert own_outage(down)
    assert not own_outage(down[:2])
    assert not own_outage([*down, *[("d", Outcome.FRESH)] * 3])
    assert not own_outage([("a", Outcome.SERVER_ERROR), ("b", Outcome.NOT_FOUND), ("c", Outcome.DENIED)])


def test_silence_is_told_from_a_feeds_own_rate() -> None:
    assert silent_too_long(10, NOW - timedelta(days=4), NOW)
    assert not silent_too_long(10, NOW - timedelta(days=2), NOW)
    assert not silent_too_long(0.5, NOW - timedelta(days=10), NOW)
    assert silent_too_long(0.5, NOW - timedelta(days=19), NOW)


@given(
    st.sampled_from(Outcome),
    st.one_of(st.none(), st.floats(0, 1e12)),
    st.one_of(st.none(), st.floats(0, 1e9)),
    st.integers(0, 200),
    st.floats(1, 1e6),
)
def test_no_poll_comes_before_the_floor(
    outcome: Outcome, retry: float | None, fresh: float | None, failures: int, interval: float
) -> None:
    seen = Observed(outcome, on_screen=10, known=5, retry_after_s=retry, fresh_for_s=fresh)
    found = ask(seen, PaceState(interval_s=interval, failures=failures, failing_since=NOW))
    assert wait_s(found) >= 600
    assert found.reason
    if retry is not None and not outcome.ok and outcome is not Outcome.GONE:
        assert wait_s(found) >= min(retry, 86400)
