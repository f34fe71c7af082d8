"""An actor's own declaration tells at once, unless it is contradicted."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from monitor.shifts.declared import Contested, Declared, Report, declared_acts, head_starts, retractions

START = datetime(2024, 4, 21, 18, tzinfo=UTC)


def a_report(
    story: str, hours: float, source: str, score: float = -0.9, event: str = "ceasefire", **more: object
) -> Report:
    return Report(story, event, START + timedelta(hours=hours), source, score, **{"own": True, **more})  # type: ignore[arg-type]


THREE = [a_report("a", 0, "wire"), a_report("b", 1, "daily"), a_report("c", 3, "radio")]


def test_three_independent_sources_make_a_declared_act_at_the_third() -> None:
    (act,) = declared_acts(THREE)
    assert isinstance(act, Declared)
    assert act.state == "declared"
    assert act.direction == "de-escalation"
    assert act.told == START + timedelta(hours=3)
    assert head_starts([act])[0].withdrawn is None


def test_copies_of_one_agency_text_count_once() -> None:
    copies = [a_report(str(k), k, f"outlet{k}", text_family="agency") for k in range(9)]
    assert declared_acts(copies) == []


def test_a_weak_or_reported_act_is_not_declared() -> None:
    assert declared_acts([a_report(str(k), k, f"outlet{k}", score=-0.6) for k in range(5)]) == []
    assert declared_acts([a_report(str(k), k, f"outlet{k}", own=False) for k in range(5)]) == []


def test_a_resumption_denied_within_hours_is_contested_and_leaves_no_head_start() -> None:
    resumed = [a_report(str(k), k * 0.2, f"outlet{k}", score=0.9, event="resumes") for k in range(4)]
    denial = a_report("denial", 5, "wire", score=0.0, event="denial", denies=True, contradicts="resumes")
    (act,) = declared_acts([*resumed, denial])
    assert isinstance(act, Declared)
    assert act.state == "contested"
    assert head_starts([act])[0].withdrawn == START + timedelta(hours=5)


def test_a_denial_before_the_third_source_prevents_the_alert() -> None:
    denial = a_report("denial", 2, "agency", score=0.0, event="denial", denies=True, contradicts="ceasefire")
    (act,) = declared_acts([*THREE, denial])
    assert isinstance(act, Contested)
    assert head_starts([act]) == ()


def test_one_outlet_alone_cannot_contest_what_the_actor_declared() -> None:
    doubt = a_report("doubt", 2, "agency", own=False, score=0.0, event="doubt", denies=True, contradicts="ceasefire")
    (act,) = declared_acts([*THREE, doubt])
    assert isinstance(act, Declared)
    assert act.state == "declared"


def test_an_opposite_declaration_days_later_is_a_new_act_not_a_contradiction() -> None:
    later = [a_report(f"z{k}", 100 + k, f"outlet{k}", score=0.95, event="resumes") for k in range(3)]
    acts = declared_acts([*THREE, *later])
    assert [a.state for a in acts if isinstance(a, Declared)] == ["declared", "declared"]


def test_the_order_of_the_reports_does_not_matter() -> None:
    denial = a_report("denial", 5, "wire", score=0.0, event="denial", denies=True, contradicts="ceasefire")
    reports = [*THREE, denial]
    expected = declared_acts(reports)
    for seed in range(5):
        random.Random(seed).shuffle(reports)
        assert declared_acts(reports) == expected


def test_a_commander_reported_dead_and_alive_next_day_is_retracted() -> None:
    told = {"death": START}
    alive = [
        a_report(f"alive{k}", 20 + k, f"outlet{k}", event="alive", own=False, denies=True, contradicts="death")
        for k in range(2)
    ]
    (retraction,) = retractions(alive, told)
    assert retraction.event == "death"
    assert retraction.at == START + timedelta(hours=21)
    assert retractions(alive[:1], told) == []
    assert retractions(alive, {}) == []
