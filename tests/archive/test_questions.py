"""The questions of the room's README, asked as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

import monitor.archive
from tests.archive import past

_README = (Path(monitor.archive.__file__).parent / "README.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"```sql\n(.+?)\n```", _README, re.DOTALL)


@pytest.fixture
def result(finished: Path) -> Path:
    return finished


def ask(question: str, result: Path) -> list[tuple[object, ...]]:
    return duckdb.sql(re.sub(r"'(\w+)/\*/\*\.parquet'", rf"'{result}/\1/*/*.parquet'", question)).fetchall()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda text: text.split("\n")[0][:40])
def test_every_question_of_the_readme_has_an_answer(result: Path, question: str) -> None:
    answer = ask(question, result)
    if "having" not in question:  # readings need not disagree
        assert answer


def test_the_weeks_of_a_watchlist_hold_all_its_stories(result: Path) -> None:
    weeks = ask(QUESTIONS[0], result)
    own = [row for row in past.tables(result)["readings"] if row["watchlist"] == "kataib-hezbollah"]
    assert sum(int(str(row[3])) for row in weeks) == len(own) > 0
