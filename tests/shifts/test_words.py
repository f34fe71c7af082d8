"""What a shift alert says, from its proof alone."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from monitor.shifts.onset import onset_of
from monitor.shifts.records import Item, Settings
from monitor.shifts.standing import expected_delays
from monitor.shifts.watch import Watch
from monitor.shifts.words import headline, sentences, strongest

START = datetime(2025, 1, 1, tzinfo=UTC)


def a_shift() -> Watch:
    rng = random.Random(6)
    items = []
    for n in range(480):
        time = START + timedelta(hours=3 * n)
        down = 0.3 if n < 400 else 0.9
        sign = -1 if rng.random() < down else rng.choice([0, 1])
        title, url = f"Story {n}", f"https://example.org/{n}"
        items.append(Item(str(n), f"e{n}", time, time, f"outlet{n % 6}", "wire", sign * 0.7, "direct", title, url))
    watch = Watch(Settings())
    watch.add(items, items[-1].arrived)
    return watch


def test_an_alert_says_since_when_how_many_of_how_many_and_how_rare_it_is() -> None:
    watch = a_shift()
    notice = [n for n in watch.notices if n.kind == "shift" and n.side == -1][-1]
    proof = watch.proof(notice)
    assert proof is not None
    assert headline("Some group", proof) == "Some group: the news has shifted toward de-escalation"
    body = sentences(proof, delays=expected_delays(8, Settings()))
    assert body[0].startswith(f"Since {proof.onset:%a} ")
    assert f"{proof.pointing} of {proof.stories} independent stories ({proof.sources} sources)" in body[1]
    assert f"usual {proof.usual_share:.0%}" in body[1]
    assert "By chance this happens about once in 90 days" in body[2]
    assert sum("https://example.org/" in line for line in body) == 3
    assert any("the other way would undo it" in line for line in body)
    assert "a large one" in body[-1]


def test_the_strongest_stories_come_first_and_point_to_the_shift() -> None:
    watch = a_shift()
    proof = watch.proof([n for n in watch.notices if n.kind == "shift"][-1])
    assert proof is not None
    top = strongest(proof)
    assert len(top) == 3
    assert all(w.item.score < 0 for w in top)
    assert [w.log_lr for w in top] == sorted((w.log_lr for w in top), reverse=True)


def test_the_onset_lies_where_the_ratios_begin_to_pay() -> None:
    times = [float(day) for day in range(40)]
    logs = [(-0.5, -0.9, 0.0, 0.0)] * 30 + [(0.6, 1.0, 0.0, 0.0)] * 10
    found = onset_of(times, logs, -1, 39, 0, 10.0)
    assert 29 <= found.index <= 31
    assert abs(found.time - 29.5) <= 1
    assert 0 <= found.error < 3
