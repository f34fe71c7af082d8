"""A watch turns arriving items into notices, and does not care how they arrive."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.shifts.records import HeadStart, Item, Outage, Settings
from monitor.shifts.watch import Notice, Watch

START = datetime(2025, 1, 1, tzinfo=UTC)


def an_item(n: int, hours: float, score: float, *, event: str | None = None, late_h: float = 0.0) -> Item:
    time = START + timedelta(hours=hours)
    return Item(str(n), event or f"e{n}", time, time + timedelta(hours=late_h), f"outlet{n % 7}", "wire", score)


def a_stream(seed: int = 1, usual_days: int = 60, shift_days: int = 12, rate: float = 8.0) -> list[Item]:
    """A balanced stream, then one that points mostly toward de-escalation."""
    rng = random.Random(seed)
    items: list[Item] = []
    hours = 0.0
    while hours < 24 * (usual_days + shift_days):
        hours += rng.expovariate(rate / 24)
        down = 0.3 if hours < 24 * usual_days else 0.85
        sign = -1 if rng.random() < down else rng.choice([0, 1])
        items.append(an_item(len(items), hours, sign * rng.uniform(0.4, 0.9), late_h=rng.expovariate(2.0)))
    return items


def replayed(items: list[Item], told: list[Notice] | None = None) -> list[Notice]:
    watch = Watch(Settings(), told=told or ())
    for item in sorted(items, key=lambda i: i.arrived):
        watch.add([item], item.arrived)
    return watch.notices


def shifts(notices: list[Notice]) -> list[Notice]:
    return [n for n in notices if n.kind == "shift"]


def test_a_turn_toward_de_escalation_is_told_within_days() -> None:
    found = shifts(replayed(a_stream()))
    assert [n.direction for n in found][-1] == "de-escalation"
    assert START + timedelta(days=60) < found[-1].told < START + timedelta(days=66)
    assert found[-1].push


def test_an_unchanged_stream_gives_about_one_false_shift_a_quarter() -> None:
    streams = [a_stream(seed, usual_days=180, shift_days=0) for seed in range(10)]
    false = sum(t.kind == "shift" for stream in streams for t in Watch(Settings(), stream).turns)
    assert 5 <= false <= 36  # 20 expected; four standard deviations above


def test_every_number_of_the_proof_recomputes_from_the_items() -> None:
    watch = Watch(Settings())
    items = a_stream()
    watch.add(items, items[-1].arrived)
    proof = watch.proof(shifts(watch.notices)[-1])
    assert proof is not None
    since = [
        i
        for i in watch.items
        if proof.onset <= i.time + timedelta(seconds=1) and i.time <= proof.at + timedelta(seconds=1)
    ]
    assert proof.stories == len(since)
    assert proof.pointing == sum(i.score < -0.2 for i in since)
    assert proof.sources == len({i.source for i in since if i.score < -0.2})
    assert proof.log_lr == pytest.approx(sum(w.log_lr for w in proof.weights))
    assert proof.evidence_days > proof.line_days == 115
    assert proof.chance_shown == 90
    assert proof.usual_from is not None
    usual = [
        i
        for i in watch.items
        if proof.usual_from - timedelta(seconds=1) <= i.time <= proof.usual_to + timedelta(seconds=1)
    ]
    assert proof.usual_share == sum(i.score < -0.2 for i in usual) / len(usual)
    assert 0 < proof.onset_error_h < 72
    assert 2 <= proof.undo_stories < 20


def test_a_restart_after_any_item_leaves_the_same_alert_log() -> None:
    items = sorted(a_stream(usual_days=30), key=lambda i: i.arrived)
    whole = replayed(items)
    assert shifts(whole)
    for cut in range(0, len(items), 23):
        watch = Watch(Settings())
        for item in items[:cut]:
            watch.add([item], item.arrived)
        again = Watch(Settings(), items[:cut], told=watch.notices)
        for item in items[cut:]:
            again.add([item], item.arrived)
        assert again.notices == whole


@settings(max_examples=12, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 30))
def test_order_of_arrival_and_repeats_do_not_change_the_turns(rng: random.Random, repeats: int) -> None:
    items = a_stream(usual_days=20, shift_days=8)
    mixed = [*items, *rng.choices(items, k=repeats)]
    rng.shuffle(mixed)
    watch = Watch(Settings())
    for start in range(0, len(mixed), 40):
        watch.add(mixed[start : start + 40], START + timedelta(days=30))
    straight = Watch(Settings(), items)
    assert watch.items == straight.items
    assert watch.turns == straight.turns
    assert watch.detector.trace == straight.detector.trace


def test_a_turn_that_late_items_undo_is_revised_not_dropped() -> None:
    items = a_stream()
    watch = Watch(Settings())
    watch.add(items, items[-1].arrived)
    shift = shifts(watch.notices)[-1]
    day = (shift.onset - START) / timedelta(hours=1)
    contrary = [an_item(10_000 + k, day + k * 2.0, 0.9) for k in range(120)]
    due = watch.add(contrary, items[-1].arrived + timedelta(hours=1))
    assert shift in watch.notices
    assert [n.key for n in due if n.kind == "revised"] == [f"revised:{shift.key}"]
    assert not [n for n in watch.add([], items[-1].arrived + timedelta(hours=2)) if n.kind == "revised"]


def test_history_taken_in_at_once_is_recorded_but_not_pushed() -> None:
    items = a_stream()
    watch = Watch(Settings())
    due = watch.add(items, items[-1].arrived + timedelta(days=200))
    assert shifts(due)
    assert not [n for n in due if n.push]


def test_an_empty_history_says_nothing() -> None:
    watch = Watch(Settings())
    assert watch.add([], START) == []
    assert watch.turns == []


def test_a_date_in_the_future_counts_from_its_arrival_and_an_absurd_one_too() -> None:
    future = Item("a", "a", START + timedelta(days=400), START, "x", "wire", 0.5)
    absurd = Item("b", "b", datetime(1970, 1, 1, tzinfo=UTC), START, "x", "wire", 0.5)
    undated = Item("c", "c", None, START, "x", "wire", 0.5)
    assert future.time == absurd.time == undated.time == START


def test_a_score_that_is_no_number_is_refused_with_the_item_named() -> None:
    with pytest.raises(ValueError, match="item 7: the score is nan"):
        an_item(7, 0, float("nan"))


def test_ten_thousand_copies_of_one_story_in_an_hour_are_no_shift() -> None:
    usual = a_stream(seed=3, usual_days=60, shift_days=0)
    hours = 60 * 24.0
    flood = [an_item(10_000 + k, hours + k / 10_000, 0.9, event="flood") for k in range(10_000)]
    watch = Watch(Settings(), usual)
    before = list(watch.turns)
    watch.add(flood, START + timedelta(hours=hours + 1))
    assert watch.turns == before


def test_time_with_the_feeds_down_does_not_count_as_elapsed() -> None:
    early, late = an_item(1, 0, 0.0), an_item(2, 72, 0.0)
    outage = Outage(START + timedelta(hours=12), START + timedelta(hours=60))
    whole, shorter = Watch(Settings(), [early, late]), Watch(Settings(), [early, late], outages=[outage])
    assert sum(shorter.detector.trace[1]) < sum(whole.detector.trace[1]) / 2


def test_a_declared_act_tells_the_shift_sooner_and_a_withdrawn_one_leaves_no_trace() -> None:
    items = a_stream()
    declared = START + timedelta(days=60)
    plain = shifts(Watch(Settings(), items).add([], items[-1].arrived))
    acts = [HeadStart(declared, -1)]
    sooner = shifts(Watch(Settings(), items, acts=acts).add([], items[-1].arrived))
    assert sooner[-1].turn_time < plain[-1].turn_time
    undone = Watch(Settings(), items, acts=[HeadStart(declared, -1, declared + timedelta(minutes=1))])
    assert undone.detector.trace[-1] == pytest.approx(Watch(Settings(), items).detector.trace[-1])


def test_the_knob_moves_the_line() -> None:
    assert Settings(false_alarms=4).closed_form_line == pytest.approx(115 / 4)
    with pytest.raises(ValueError, match="false_alarms is 0"):
        Settings(false_alarms=0)


def test_an_edited_watchlist_is_replayed_and_what_no_longer_holds_is_revised() -> None:
    items = a_stream()
    watch = Watch(Settings())
    watch.add(items, items[-1].arrived)
    told = shifts(watch.notices)[-1]
    fewer = [item for item in items if item.score >= 0 or item.time < told.onset - timedelta(days=2)]
    due = watch.change(items[-1].arrived, items=fewer)
    assert f"revised:{told.key}" in [n.key for n in due]
    assert told in watch.notices


def test_ten_thousand_different_stories_in_an_hour_are_read_at_once() -> None:
    usual = a_stream(seed=3, usual_days=60, shift_days=0)
    flood = [an_item(10_000 + k, 60 * 24.0 + k / 10_000, (0.8, -0.8, 0.0)[k % 3]) for k in range(10_000)]
    watch = Watch(Settings(), usual)
    started = time.process_time()
    due = watch.add(flood, START + timedelta(days=60, hours=1))
    assert time.process_time() - started < 5
    assert len(shifts(due)) <= 1
