"""A backfill that was killed goes on where it was; nothing is read twice into the result; kinds never mix."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from monitor.archive import merge as merging
from monitor.archive.results import open_results
from monitor.archive.staging import Staging
from monitor.watchlists import Watchlist
from monitor.yamlfile import FileErrors
from tests.archive import past

CUT = past.CUT


@pytest.fixture(scope="module")
def whole(finished: Path) -> dict[str, list[dict[str, object]]]:
    """What an uninterrupted run gives."""
    return past.tables(finished)


@pytest.fixture(scope="module")
def other_folder(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of other watchlists."""
    folder = tmp_path_factory.mktemp("other") / "out"
    past.read_here([archive], folder, lists=_other(past.watchlists()))
    return folder


@pytest.fixture
def result(finished: Path, tmp_path: Path) -> Path:
    """A finished result, to be changed at will."""
    return Path(shutil.copytree(finished, tmp_path / "result"))


def test_a_killed_run_goes_on_where_it_was(archive: Path, whole: object, tmp_path: Path) -> None:
    engines: list[past.Here] = []
    for dies_after in (2, 3):
        with pytest.raises(KeyboardInterrupt):
            past.read_here([archive], tmp_path / "out", chunk_mb=CUT, dies_after=dies_after, engines=engines)
    assert past.read_here([archive], tmp_path / "out", chunk_mb=CUT, engines=engines) == whole
    read = [name for engine in engines for name in engine.names]
    assert len(read) == len(set(read)) > 6


def test_what_a_chunk_left_before_it_was_done_does_not_count(archive: Path, whole: object, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        past.read_here([archive], tmp_path / "out", chunk_mb=CUT, dies_after=3)
    done = sorted((tmp_path / "out" / "staged" / "done").glob("*.json"))
    done[0].unlink()  # as if killed between the parts and the mark
    stray = next((tmp_path / "out" / "staged" / "parts").glob("month=*"))
    (stray / ".half.parquet.partial").write_bytes(b"PAR1")
    assert past.read_here([archive], tmp_path / "out", chunk_mb=CUT) == whole


def test_a_merge_that_was_killed_goes_on_at_its_month(
    archive: Path, whole: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    months: list[str] = []
    one_month = merging._month

    def dying(results: Path, month: str, *rest: object) -> None:
        months.append(month)
        if len(months) == 2:
            raise KeyboardInterrupt
        one_month(results, month, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(merging, "_month", dying)
    with pytest.raises(KeyboardInterrupt):
        past.read_here([archive], tmp_path / "out", chunk_mb=CUT)
    with pytest.raises(FileErrors, match="not a finished result"):
        open_results([tmp_path / "out"])
    assert past.read_here([archive], tmp_path / "out", chunk_mb=CUT) == whole
    assert months == ["2023-09", "2023-10", "2023-10", "2023-11"]


def test_new_archives_may_join_a_finished_result(tmp_path: Path) -> None:
    early = past.write_jsonl(tmp_path / "early.jsonl", past.rows(40))
    late = past.write_jsonl(tmp_path / "late.jsonl", past.rows(30, start=40))
    engines: list[past.Here] = []
    past.read_here([early], tmp_path / "out", engines=engines)
    both = past.read_here([early, late], tmp_path / "out", engines=engines)
    assert both == past.read_here([early, late], tmp_path / "both")
    assert not set(engines[0].names) & set(engines[1].names)


def test_the_same_rows_in_two_archives_are_one_story(tmp_path: Path) -> None:
    first = past.write_jsonl(tmp_path / "a.jsonl", past.rows(40))
    second = past.write_csv(tmp_path / "b.csv", past.rows(40))
    assert past.read_here([first, second], tmp_path / "both") == past.read_here([first], tmp_path / "one")


def test_results_go_by_month_with_the_event_in_its_first(
    archive: Path, whole: dict[str, list[dict[str, object]]]
) -> None:
    events = {str(row["event"]) for row in whole["events"]}
    assert {str(row["event"]) for row in whole["stories"]} == events
    assert sum(int(str(row["stories"])) for row in whole["events"]) == len(whole["stories"])


def _other(lists: list[Watchlist]) -> list[Watchlist]:
    names = (*lists[0].names, lists[0].names[0].model_copy(update={"text": "Another Name"}))
    return [lists[0].model_copy(update={"names": names}), *lists[1:]]


def test_a_result_begun_with_other_watchlists_is_refused(archive: Path, result: Path) -> None:
    with pytest.raises(FileErrors, match=r"read with other versions: watchlists .+ against .+\. Read all of it anew"):
        past.read_here([archive], result, lists=_other(past.watchlists()))


def test_a_rule_of_a_watchlist_may_change_without_reading_anew(archive: Path, result: Path) -> None:
    changed = [
        each.model_copy(update={"signal": each.signal.model_copy(update={"strength": 3})}) for each in past.watchlists()
    ]
    engines: list[past.Here] = []
    past.read_here([archive], result, lists=changed, engines=engines)
    assert engines[0].names == []


def test_results_of_two_kinds_are_not_opened_together(result: Path, other_folder: Path) -> None:
    with pytest.raises(FileErrors, match="two kinds cannot be compared"):
        open_results([result, other_folder])


def test_a_file_of_another_kind_among_the_results_is_found(result: Path, other_folder: Path) -> None:
    stray = "stories/month=2023-10/part.parquet"
    (result / stray).write_bytes((other_folder / stray).read_bytes())
    with pytest.raises(FileErrors, match=r"stories/month=2023-10/part\.parquet: read with other versions"):
        open_results([result])


def test_a_worker_with_another_version_is_refused(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = past.read_chunk

    def other(*args: object) -> object:
        done = reading(*args)  # type: ignore[arg-type]
        return dataclasses.replace(done, stamp={**done.stamp, "lexicon": "000000000000"})

    monkeypatch.setattr(past, "read_chunk", other)
    with pytest.raises(FileErrors, match="a worker: read with other versions: lexicon 000000000000 against"):
        past.read_here([archive], tmp_path / "out")
    assert Staging(tmp_path / "out").done() == set()


def test_a_folder_with_other_things_in_it_is_left_alone(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(FileErrors, match=r"holds other things than results \(.*thesis\.txt"):
        past.read_here([archive], tmp_path)
    assert json.dumps(sorted(path.name for path in tmp_path.iterdir())) == '["thesis.txt"]'
