"""What the commands print: laid out for 80 columns on a terminal, plain and in stable columns in a pipe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unicodedata import bidirectional

import pytest

from monitor.explain import run_explain
from monitor.lab.replay import shown
from monitor.label import export_labelled, label_story
from monitor.look import show_alerts, show_status, show_stories
from monitor.reading.records import Reading
from monitor.store.connect import Store, open_store
from monitor.store.outbox import Planned, add_alert
from monitor.store.stories import save_readings
from tests.alerts.samples import arabic, signal
from tests.terminals import screen

HOSTILE = "a\x1b[31mred\x1b]0;title\x07 \u202egpj.exe\r\nnext\tcolumn"
LONG = "A faction that everyone knows says that it will not attack the base again, two officials and a cleric said"
ARABIC = "كتائب حزب الله تعلّق عملياتها ضد القوات الأميركية حتى إشعار آخر"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "monitor.db") as opened:
        with opened.write():
            for number, title in enumerate((LONG, ARABIC, HOSTILE), 1):
                opened.run(
                    "insert into stories (id, feed_id, owner, link, lang, title, summary, body, first_seen, stage)"
                    " values (?, 'a', 'Corniche Wire', ?, 'en', ?, '', 'body', ?, 'done')",
                    (number, f"https://a.example/{number}", title, f"2031-03-0{number}T12:00:00Z"),
                )
            opened.note("watchlists", json.dumps([state("kataib-hezbollah"), state("coordination-framework")]))
            for number in (1, 2):
                readings = [reading(None), reading("coordination-framework"), reading("kataib-hezbollah")]
                save_readings(opened, number, [("direct", each) for each in readings])
            opened.run(
                "insert into feeds (id, url, state, reason, errors, last_ok_at, next_poll_at) values"
                " ('a-paper', 'x', 'failing', ?, 3, '2031-03-01T00:00:00Z', '2031-03-01T01:00:00Z')",
                ("no answer within 45 s, and none at the twenty tries before that; it is asked once every four hours",),
            )
        yield opened


def state(name: str) -> dict[str, object]:
    advice = "0.5 independent stories a day is too sparse for shifts: a large shift would take about 14 days to notice"
    return {"id": name, "state": "too sparse", "since": None, "evidence_days": 3.2, "advice": advice}


def reading(watchlist: str | None) -> Reading:
    return Reading(watchlist, "de-escalation", 2, 0.9, "agent", None, ("a", "b"))


def tell(store: Store) -> None:
    at = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
    with store.write():
        add_alert(store, signal(title=HOSTILE), [Planned("desk-mail", "desk", at)])
        add_alert(store, arabic(), [])


def width(line: str) -> int:
    return sum(1 for char in line if bidirectional(char) not in ("BN", "NSM", "FSI", "PDI"))


def test_stories_on_a_terminal_fit_and_no_word_is_cut(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = screen(monkeypatch)
    show_stories(store, None, None, None, 10, as_json=False)
    lines = terminal.text.splitlines()
    assert max(map(width, lines)) <= 80
    assert LONG in " ".join(" ".join(line.split()) for line in lines)
    assert "▼ coordination-framework" in terminal.text
    assert "Sat 1 Mar 2031 (UTC)" in lines


def test_alerts_on_a_terminal_fit_and_say_where_each_went(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = screen(monkeypatch)
    tell(store)
    show_alerts(store, False, 10, as_json=False)
    assert max(map(width, terminal.text.splitlines())) <= 80
    assert "desk-mail pending" in terminal.text
    assert "no channel" in terminal.text


def test_status_on_a_terminal_fits_and_its_table_leaves_out_empty_columns(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = screen(monkeypatch)
    show_status(store, as_json=False)
    lines = terminal.text.splitlines()
    assert max(map(len, lines)) <= 80
    assert "since" not in terminal.text
    assert "a-paper" in terminal.text
    assert "no answer within 45 s, and none at the twenty tries before that" in " ".join(terminal.text.split())


def test_right_to_left_titles_are_kept_from_turning_their_lines(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = screen(monkeypatch)
    show_stories(store, None, None, None, 10, as_json=False)
    assert f"\u2068{ARABIC}\u2069" in terminal.text


def test_text_of_feeds_sends_no_codes_to_a_terminal(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = screen(monkeypatch)
    tell(store)
    show_stories(store, None, None, None, 10, as_json=False)
    show_alerts(store, False, 10, as_json=False)
    assert "\x1b[31mred" not in terminal.raw
    assert "\x1b]0;" not in terminal.raw
    assert "\u202e" not in terminal.raw
    assert "a [31mred ]0;title gpj.exe next column" in " ".join(terminal.text.split())


def test_no_color_is_respected(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = screen(monkeypatch)
    show_stories(store, None, None, None, 10, as_json=False)
    assert "\x1b[34m" in terminal.raw
    plain = screen(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    show_stories(store, None, None, None, 10, as_json=False)
    assert not any(f"\x1b[{code}" in plain.raw for code in ("31", "34", "1;31", "1;34"))


def test_in_a_pipe_there_are_no_codes_and_each_row_has_all_columns(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(store)
    show_stories(store, None, None, None, 10, as_json=False)
    stories = capsys.readouterr().out
    show_alerts(store, False, 10, as_json=False)
    alerts = capsys.readouterr().out
    assert "\x1b" not in stories + alerts
    assert stories.splitlines()[0] == "story\twhen\tsource\tread as\ttitle\tcorrected"
    assert alerts.splitlines()[0] == "alert\twhen\twhat\ttitle\tdelivered"
    for text, columns in ((stories, 6), (alerts, 5)):
        assert {line.count("\t") for line in text.splitlines()} == {columns - 1}


def test_replay_is_a_list_on_a_terminal_and_columns_in_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = {
        "time": "2031-03-03T06:40:00Z", "kind": "shift", "watchlist": "qaani", "direction": "escalation", "title": LONG,
        "onset": "2031-02-23T09:00:00Z", "event": None, "stories": 9, "evidence": None,
    }  # fmt: skip
    shown()(line)
    out = capsys.readouterr().out
    assert out.splitlines() == [
        "when\tkind\twhich way\twatchlist\ttitle",
        f"2031-03-03 06:40\tshift\t▲\tqaani\t{LONG}",
    ]
    terminal = screen(monkeypatch)
    shown()(line)
    assert "shift · qaani · 9 stories · began about 2031-02-23 09:00" in terminal.text
    assert max(map(len, terminal.text.splitlines())) <= 80


def test_an_explanation_fits_a_terminal_and_sends_it_no_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = screen(monkeypatch)
    file = tmp_path / "story.txt"
    file.write_text(f"Kata'ib Hezbollah suspends attacks \x1b]0;x\x07on U.S. forces\n\n{LONG}. {ARABIC}.")
    assert run_explain(str(file), None, as_json=False) == 0
    assert "\x1b]0;" not in terminal.raw
    assert max(map(width, terminal.text.splitlines())) <= 80
    assert "Kata'ib Hezbollah: de-escalation" in terminal.text


def test_empty_lists_say_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(tmp_path / "empty.db") as store:
        show_stories(store, None, None, None, 10, as_json=False)
        show_alerts(store, False, 10, as_json=False)
        show_status(store, as_json=False)
    out, err = capsys.readouterr()
    assert "No story is kept yet: `monitor poll` or `monitor run` fetches them." in err
    assert "No alert yet: `monitor stories` shows what was read, and how." in err
    assert "No feed is known yet" in out


def test_a_watchlist_that_is_not_there_is_named_with_those_that_are(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_stories(store, "qaanni", None, None, 10, as_json=False) == 1
    assert "no watchlist `qaanni`. Watchlists: coordination-framework, kataib-hezbollah" in capsys.readouterr().err
    assert show_stories(store, None, "nowhere", None, 10, as_json=False) == 0
    assert "widen --search or --since" in capsys.readouterr().err


def test_a_correction_is_shown_with_its_story_and_may_be_taken_back(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert label_story(store, "1", "none", "kataib-hezbollah") == 0
    assert label_story(store, "1", "escalation", "") == 0
    capsys.readouterr()
    show_stories(store, None, None, None, 10, as_json=False)
    assert "corrected: escalation, none for kataib-hezbollah" in capsys.readouterr().out
    show_status(store, as_json=False)
    assert "0 of the last 2 agree with what was read" in capsys.readouterr().out
    assert label_story(store, "1", None, "") == 0
    assert label_story(store, "1", None, "") == 1


def test_a_correction_for_one_watchlist_is_exported_to_count_for_it_alone(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from monitor.lab.labelled import read_labelled

    label_story(store, "1", "none", "kataib-hezbollah")
    label_story(store, "2", "escalation", "")
    assert export_labelled(store, str(tmp_path / "mine.jsonl")) == 0
    assert "2 corrected stories written" in capsys.readouterr().out
    first, second = read_labelled(tmp_path / "mine.jsonl")
    assert (first.direction, first.per_watchlist) == (None, {"kataib-hezbollah": "none"})
    assert (second.direction, second.per_watchlist) == ("escalation", {})


@pytest.mark.parametrize(
    ("story", "watchlist", "said"),
    [
        ("99", "", "no stored story or alert `99`"),
        ("1", "qaani", "story 1 does not mention `qaani`; it mentions: coordination-framework, kataib-hezbollah"),
        ("3", "qaani", "story 3 does not mention `qaani`; it mentions: none"),
    ],
)
def test_a_correction_of_what_is_not_there_says_so(
    store: Store, capsys: pytest.CaptureFixture[str], story: str, watchlist: str, said: str
) -> None:
    assert label_story(store, story, "none", watchlist) == 1
    assert said in capsys.readouterr().err


def test_a_story_that_was_not_read_can_be_labelled_and_one_that_waits_cannot(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert label_story(store, "3", "escalation", "") == 0
    with store.write():
        store.run("update stories set stage = 'new' where id = 3")
    assert label_story(store, "3", "escalation", "") == 1
    assert "waits to be read" in capsys.readouterr().err
