"""Long work says how far it is, its rate and the time it still needs; the results are never touched by it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from monitor.headway import EVERY_S, Headway, span
from tests.terminals import screen


class Clock:
    """A clock that is moved by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_in_a_pipe_a_line_now_and_then_has_the_rate_and_the_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Headway("replaying", 1000, "stories", now=clock) as headway:
        for second in range(1, 61):
            clock.now = second
            headway.add(10)
    assert lines(capsys) == [
        "replaying: 30%, 300 of 1,000 stories, 10/s, about 70 s left",
        "replaying: 60%, 600 of 1,000 stories, 10/s, about 40 s left",
    ]


def test_short_work_says_nothing_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Headway("reading", 10, "stories", now=clock) as headway:
        clock.now = EVERY_S - 1
        headway.add(10)
    assert lines(capsys) == []


def test_the_rate_is_that_of_the_last_minute(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Headway("reading", 10_000, "stories", now=clock) as headway:
        clock.now = 300.0
        headway.add(100)
        for _ in range(90):
            clock.now += 1
            headway.add(50)
    assert ", 50/s, " in lines(capsys)[-1]


def test_work_weighed_in_bytes_counts_rows(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Headway("reading", 1000, "rows", weighed=True, now=clock) as headway:
        clock.now = 100.0
        headway.at(500, 20_000, "7 found")
    assert lines(capsys) == ["reading: 50%, 20,000 rows, 200/s, 7 found, about 2 min left"]


def test_a_slow_rate_is_told_by_the_minute(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Headway("measuring", 32, "cells", now=clock) as headway:
        clock.now = 40.0
        headway.add()
    assert lines(capsys) == ["measuring: 3%, 1 of 32 cells, 1.5/min, about 21 min left"]


def test_quiet_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Headway("reading", 10, "stories", quiet=True, now=clock) as headway:
        clock.now = 1000.0
        headway.add()
        headway.say("no")
    assert lines(capsys) == []


def test_nothing_to_do_is_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Headway("reading", 0, "stories", now=clock) as headway:
        clock.now = 60.0
        headway.add(0)
    assert lines(capsys) == ["reading: 0%, 0 of 0 stories, 0/s"]


def test_on_a_terminal_a_bar_has_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = screen(monkeypatch, stdout=False)
    clock = Clock()
    with Headway("replaying", 1000, "stories", now=clock) as headway:
        clock.now = 10.0
        headway.add(100)
    assert "replaying" in shown.text
    assert "10%" in shown.text
    assert "100 of 1,000 stories, 10/s, about 2 min left" in shown.text
    assert max(map(len, shown.text.splitlines())) <= 80


def test_results_go_into_their_pipe_while_the_bar_is_on_the_terminal() -> None:
    ours, theirs = pty.openpty()
    program = (
        "from monitor.headway import Headway\n"
        "with Headway('reading', 3, 'stories') as headway:\n"
        "    for n in range(3):\n"
        "        headway.over(lambda: print('line', n, flush=True)); headway.add()\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=theirs, check=True, text=True)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert ran.stdout == "line 0\nline 1\nline 2\n"
    assert "reading" in shown
    assert "line" not in shown


@pytest.mark.parametrize(("seconds", "said"), [(45, "45 s"), (720, "12 min"), (12600, "3.5 h")])
def test_a_span_is_told_in_the_unit_that_fits(seconds: float, said: str) -> None:
    assert span(seconds) == said
