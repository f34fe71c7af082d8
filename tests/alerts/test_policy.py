"""Promises of policy: one event, one signal a direction; named and described mentions each by their rule."""

from __future__ import annotations

from monitor.alerts.policy import Report, channels_for, judge
from monitor.config import Route
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


def test_an_alert_goes_once_to_each_channel_of_the_watchlist_s_routes() -> None:
    routes = {
        "desk": Route(channels=("mail", "chat")),
        "duty": Route(channels=("mail",), strength=3),
        "other": Route(channels=("pager",)),
    }
    two = WATCHLIST.model_copy(update={"routes": ("desk", "duty")})
    assert channels_for(two, "signal", "escalation", 3, routes) == [("mail", "desk"), ("chat", "desk")]


def test_a_route_s_least_strength_and_directions_hold() -> None:
    routes = {"desk": Route(channels=("mail",), strength=3, directions=("escalation",))}
    assert channels_for(WATCHLIST, "signal", "escalation", 2, routes) == []
    assert channels_for(WATCHLIST, "signal", "de-escalation", 3, routes) == []
    assert channels_for(WATCHLIST, "signal", "escalation", 3, routes) == [("mail", "desk")]


def test_a_watchlist_without_routes_uses_all_of_them() -> None:
    bare = WATCHLIST.model_copy(update={"routes": ()})
    assert channels_for(bare, "signal", "escalation", 2, {"desk": Route(channels=("mail",))}) == [("mail", "desk")]
