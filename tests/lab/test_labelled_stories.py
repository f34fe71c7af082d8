"""Rows of labelled stories, and the contract's object made from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.lab.labelled import LabelError, Labelled, read_labelled
from monitor.lab.stories import Scored, overlaps, score, summary
from monitor.reading.records import Mention, Reading, Span, StoryReading, Text

E, D, N = "escalation", "de-escalation", "none"


def _write(tmp_path: Path, *rows: dict[str, object]) -> Path:
    path = tmp_path / "stories.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


class NamesInTitle:
    """Finds a watchlist where its id stands in the title."""

    def match(self, text: Text) -> list[Mention]:
        return [
            Mention(name, "direct", Span("title", at, at + len(name), name), name, "exact")
            for name in ("alpha", "beta")
            if (at := text.title.find(name)) >= 0
        ]


class LastWord:
    """Reads the direction that the last word of the title spells, for the story and for everyone in it."""

    def read_many(self, texts: list[tuple[Text, tuple[Mention, ...]]]) -> list[StoryReading]:
        return [self._read(text, mentions) for text, mentions in texts]

    def _read(self, text: Text, mentions: tuple[Mention, ...]) -> StoryReading:
        word = text.title.split()[-1]
        at = text.title.rfind(word)
        evidence = None if word == N else Span("title", at, at + len(word), word)
        story = Reading(None, word, 1, 0.9, "mentioned", evidence)
        readings = {m.watchlist: Reading(m.watchlist, word, 1, 0.9, "agent", evidence) for m in mentions}
        return StoryReading(story, readings)


def _scored(tmp_path: Path, *rows: dict[str, object]) -> list[Scored]:
    return score(read_labelled(_write(tmp_path, *rows)), NamesInTitle(), LastWord())


def test_a_row_needs_only_id_direction_and_title(tmp_path: Path):
    (story,) = read_labelled(_write(tmp_path, {"id": 1, "direction": N, "title": "Quiet", "summary": None, "x": [1]}))
    assert story == Labelled("1", Text("Quiet"), N)


def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path):
    path = _write(tmp_path, {"id": "a", "direction": N, "title": "x"}, {"id": "b", "direction": "up", "title": "x"})
    with pytest.raises(LabelError, match=r"stories\.jsonl:2: direction 'up'"):
        read_labelled(path)


def test_a_watchlist_without_its_own_label_takes_the_storys(tmp_path: Path):
    row = {"id": "a", "direction": E, "title": "x", "watchlists": ["p", "q"], "per_watchlist": {"q": N}}
    (story,) = read_labelled(_write(tmp_path, row))
    assert story.per_watchlist == {"p": E, "q": N}


def test_a_contested_story_counts_only_per_watchlist(tmp_path: Path):
    row = {"id": "a", "direction": E, "title": f"alpha {E}", "contested": True, "watchlists": ["alpha"]}
    figures = summary(_scored(tmp_path, row | {"per_watchlist": {"alpha": E}}))
    assert figures["direction"]["all"] is None
    assert figures["per_watchlist"] == {"n": 1, "accuracy": 1.0}


def test_what_is_not_labelled_is_null(tmp_path: Path):
    figures = summary(_scored(tmp_path, {"id": "a", "direction": E, "title": f"x {E}"}))
    assert {key for key, value in figures.items() if value is None} == {
        "matching",
        "per_watchlist",
        "grouping",
        "evidence",
    }
    assert figures["direction"]["ar"] is None
    assert figures["direction"]["en"] == {"n": 1, "accuracy": 1.0, "macro_f1": 1.0, "sign_flips": 0}


def test_a_missed_mention_is_a_wrong_reading_of_that_watchlist(tmp_path: Path):
    row = {"id": "a", "direction": E, "title": f"alpha {E}", "watchlists": ["alpha", "beta"]}
    figures = summary(_scored(tmp_path, row))
    assert figures["per_watchlist"] == {"n": 2, "accuracy": 0.5}
    assert figures["matching"]["recall"] == 0.5
    assert figures["matching"]["precision"] == 1.0


def test_a_story_that_matches_nothing_is_still_read(tmp_path: Path):
    rows = [{"id": "a", "direction": E, "title": f"x {D}", "watchlists": []}]
    figures = summary(_scored(tmp_path, *rows))
    assert figures["direction"]["all"]["sign_flips"] == 1


def test_evidence_is_judged_where_the_story_is_read_rightly(tmp_path: Path):
    right = {"id": "a", "direction": E, "title": f"x {E}", "evidence": f"x {E}"}
    elsewhere = {"id": "b", "direction": E, "title": f"xyz {E}", "evidence": "xyz"}
    wrong = {"id": "c", "direction": E, "title": f"x {D}", "evidence": "x"}
    figures = summary(_scored(tmp_path, right, elsewhere, wrong))
    assert figures["evidence"] == {"n": 2, "overlap": 0.5}


def test_evidence_in_another_part_does_not_overlap():
    text = Text("They attacked", "They attacked at dawn")
    assert overlaps(text, "attacked at dawn", Span("summary", 5, 13, "attacked"))
    assert not overlaps(text, "attacked at dawn", Span("title", 5, 13, "attacked"))


def test_grouping_is_scored_when_groups_are_given(tmp_path: Path):
    rows = [{"id": str(i), "direction": d, "title": f"x {d}", "event": e} for i, (d, e) in enumerate([(E, 1), (D, 2)])]
    scored = score(read_labelled(_write(tmp_path, *rows)), NamesInTitle(), LastWord(), lambda held: ["g"] * len(held))
    assert summary(scored)["grouping"] == {"pairwise_f1": 0.0, "opposed_merges": 1}
