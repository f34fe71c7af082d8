"""Promises of policy: one event, one signal a direction; named and described mentions each by their rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.alerts.policy import Circumstances, Report, judge, plan_delivery, routes_for
from monitor.routes import Route
from monitor.watchlists import SignalRule, Watchlist

WATCHLIST = Watchlist.model_validate({"id": "q", "name": "Q", "names": ["Qaani"], "routes": ["desk"]})


def report(
    source: str = "wire",
    grade: str = "direct",
    direction: str = "escalation",
    strength: int = 2,
    confidence: float = 0.9,
) -> Report:
    return Report(1, source, grade, direction, strength, confidence)


def test_one_named_story_of_strength_two_is_a_signal() -> None:
    [signal] = judge(WATCHLIST, [report()])
    assert signal.direction == "escalation"


def test_a_weak_story_is_no_signal() -> None:
    assert judge(WATCHLIST, [report(strength=1)]) == []


def test_a_reading_under_the_bar_of_confidence_is_no_signal() -> None:
    assert judge(WATCHLIST, [report(confidence=0.4)]) == []


def test_a_described_actor_needs_strength_three_from_two_sources() -> None:
    related = [report(grade="related", strength=3)]
    assert judge(WATCHLIST, related) == []
    assert judge(WATCHLIST, [*related, report(source="wire", grade="related", strength=3)]) == []
    assert len(judge(WATCHLIST, [*related, report(source="paper", grade="related", strength=3)])) == 1


def test_a_named_story_supports_a_described_one() -> None:
    strict = WATCHLIST.model_copy(update={"signal": SignalRule(strength=3, sources=2)})
    stories = [report(source="paper", grade="related", strength=3), report(strength=3)]
    [signal] = judge(strict, stories)
    assert signal.lead.grade == "direct"


def test_no_direction_is_no_signal() -> None:
    assert judge(WATCHLIST, [report(direction="none")]) == []


def test_two_sources_are_needed_where_the_rule_says_two() -> None:
    strict = WATCHLIST.model_copy(update={"signal": SignalRule(sources=2)})
    assert judge(strict, [report(), report()]) == []
    assert len(judge(strict, [report(), report(source="paper")])) == 1


def test_an_alert_goes_to_the_channels_of_the_watchlist_s_routes_that_take_it() -> None:
    routes = {
        "desk": Route(channels=("mail", "chat")),
        "duty": Route(channels=("mail",), strength=3),
        "other": Route(channels=("pager",)),
    }
    two = WATCHLIST.model_copy(update={"routes": ("desk", "duty")})
    assert routes_for(two, "signal", "escalation", 2, routes) == [("mail", "desk"), ("chat", "desk")]
    assert ("mail", "duty") in routes_for(two, "signal", "escalation", 3, routes)


def test_a_route_s_least_strength_kinds_and_directions_hold() -> None:
    routes = {"desk": Route(channels=("mail",), strength=3, directions=("escalation",), kinds=("signal",))}
    assert routes_for(WATCHLIST, "signal", "escalation", 2, routes) == []
    assert routes_for(WATCHLIST, "signal", "de-escalation", 3, routes) == []
    assert routes_for(WATCHLIST, "shift", "escalation", 3, routes) == []
    assert routes_for(WATCHLIST, "signal", "escalation", 3, routes) == [("mail", "desk")]


def test_a_watchlist_without_routes_uses_all_of_them() -> None:
    bare = WATCHLIST.model_copy(update={"routes": ()})
    assert routes_for(bare, "signal", "escalation", 2, {"desk": Route(channels=("mail",))}) == [("mail", "desk")]


NIGHT = datetime(2031, 3, 3, 23, 30, tzinfo=UTC)  # 02:30 in Baghdad


def seen(now: datetime = NIGHT, **more: object) -> Circumstances:
    return Circumstances(now=now, zone="Asia/Baghdad", **more)  # type: ignore[arg-type]


def route(**more: object) -> Route:
    return Route.model_validate({"channels": ["mail"], **more})


QUIET = {"quiet": {"from": "22:00", "to": "07:00"}}


def test_quiet_hours_hold_until_their_end_in_the_zone_of_the_people() -> None:
    plan = plan_delivery(route(**QUIET), 2, seen())
    assert (plan.held, plan.at, plan.why) == (True, datetime(2031, 3, 4, 4, 0, tzinfo=UTC), "quiet hours")


def test_strength_three_pierces_quiet_hours_cap_and_catch_up_but_not_a_silence() -> None:
    full = seen(catch_up_until=NIGHT + timedelta(minutes=9), told_this_hour=(NIGHT,) * 99)
    assert not plan_delivery(route(**QUIET), 3, full).held
    assert plan_delivery(route(), 3, seen(silenced_until=NIGHT + timedelta(hours=4))).held


def test_quiet_hours_may_let_nothing_pass() -> None:
    strict = {"quiet": {**QUIET["quiet"], "override": 4}}
    assert plan_delivery(route(**strict), 3, seen()).held


def test_quiet_hours_on_named_days_belong_to_the_evening_they_start_on() -> None:
    monday_night = {"quiet": {"from": "22:00", "to": "07:00", "days": ["monday"]}}
    assert plan_delivery(route(**monday_night), 2, seen()).held  # Tuesday 02:30 belongs to Monday's night
    assert not plan_delivery(route(**monday_night), 2, seen(NIGHT + timedelta(days=1))).held


def test_quiet_hours_end_by_the_clock_on_the_day_the_clock_changes() -> None:
    night = Circumstances(now=datetime(2031, 3, 29, 23, 0, tzinfo=UTC), zone="Europe/Berlin")
    assert plan_delivery(route(**QUIET), 2, night).at == datetime(2031, 3, 30, 5, 0, tzinfo=UTC)


def test_the_cap_holds_what_is_over_it_until_the_hour_has_passed() -> None:
    told = tuple(NIGHT - timedelta(minutes=m) for m in (50, 20, 10))
    plan = plan_delivery(route(cap=3), 2, seen(told_this_hour=told))
    assert (plan.held, plan.at) == (True, NIGHT + timedelta(minutes=10))
    assert not plan_delivery(route(cap=4), 2, seen(told_this_hour=told)).held


def test_a_grouping_window_delays_but_does_not_hold() -> None:
    plan = plan_delivery(route(wait="5m"), 2, seen())
    assert (plan.held, plan.at) == (False, NIGHT + timedelta(minutes=5))
    assert plan_delivery(route(wait="5m"), 3, seen()).at == NIGHT


def test_a_digest_holds_everything_until_its_next_time() -> None:
    daily = plan_delivery(route(digest="daily 07:00"), 3, seen())
    weekly = plan_delivery(route(digest="weekly sunday 07:00"), 3, seen())
    assert daily.at == datetime(2031, 3, 4, 4, 0, tzinfo=UTC)
    assert weekly.at == datetime(2031, 3, 9, 4, 0, tzinfo=UTC)


def test_a_schedule_s_last_time_is_found_after_a_downtime() -> None:
    weekly = route(digest="weekly sunday 07:00").digest
    assert weekly is not None
    assert weekly.last_before(NIGHT, "Asia/Baghdad") == datetime(2031, 3, 2, 4, 0, tzinfo=UTC)
