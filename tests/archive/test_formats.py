"""Archives of every kind give the same stories; rows that cannot be read are counted and stop nothing."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.archive.columns import parse_columns
from monitor.archive.fields import BadFieldsError, moment
from monitor.archive.records import Tally
from monitor.archive.rowreader import rows_in
from monitor.archive.sources import chunks, find_sources
from monitor.yamlfile import FileErrors
from tests.archive import past

ITEMS = past.rows(20)


def stories(path: Path, columns: str | None = None, chunk_mb: float = 0.002) -> list[tuple[int, str, str]]:
    """(line, title, date) of every row of an archive; for a bad one (line, "", why)."""
    found = []
    for source in find_sources([path]):
        for chunk in chunks(source, parse_columns(columns) if columns else None, chunk_mb):
            for _, line, fields in rows_in(chunk):
                bad = isinstance(fields, str)
                found.append((line, "", str(fields)) if bad else (line, fields["title"], str(fields["date"])))
    return found


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.csv", "a.parquet"])
def test_every_kind_of_archive_gives_every_row_once(tmp_path: Path, name: str) -> None:
    write = {"a.csv": past.write_csv, "a.parquet": past.write_parquet}.get(name, past.write_jsonl)
    found = stories(write(tmp_path / name, ITEMS))
    assert [title for _, title, _ in found] == [item["title"] for item in ITEMS]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_lines_keep_their_numbers_over_chunks(tmp_path: Path, name: str) -> None:
    found = stories(past.write_jsonl(tmp_path / name, ITEMS))
    assert [line for line, _, _ in found] == list(range(1, len(ITEMS) + 1))


def test_the_same_archive_is_cut_the_same_way_whatever_its_path(tmp_path: Path) -> None:
    first = past.write_jsonl(tmp_path / "a.jsonl", ITEMS)
    second = past.write_jsonl(tmp_path / "b.jsonl", ITEMS)
    names = [[chunk.name for chunk in chunks(find_sources([path])[0], None, 0.002)] for path in (first, second)]
    assert names[0] == names[1]
    assert len(names[0]) > 3


def test_an_archive_given_twice_is_read_once(tmp_path: Path) -> None:
    path = past.write_jsonl(tmp_path / "a.jsonl", ITEMS)
    past.write_jsonl(tmp_path / "copy.jsonl", ITEMS)
    assert len(find_sources([path, path, tmp_path])) == 1


def test_a_quoted_field_may_hold_lines_and_commas(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('date,title,summary\n2023-10-07,"One, two\nthree",x\n2023-10-08,Four,y\n')
    assert stories(path) == [(2, "One, two\nthree", "2023-10-07"), (4, "Four", "2023-10-08")]


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rest = "".join(f"2023-10-08,Row {number},y\n" for number in range(3000))
    path.write_text('date,title,summary\n2023-10-07,"Never closed,x\n' + rest)
    found = stories(path)
    assert [row for row in found if not row[1]] == [(2, "", "a quote that is never closed")]
    assert [row[1] for row in found if row[1]] == [f"Row {number}" for number in range(3000)]


def test_a_stray_quote_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('date,title\n2023-10-07,A 5" pipe\n2023-10-08,Four\n')
    assert [title for _, title, _ in stories(path)] == ['A 5" pipe', "Four"]


def _gkg(rows: Sequence[tuple[str, str, str, str]]) -> str:
    lines = []
    for date, outlet, url, title in rows:
        fields = [""] * 27
        fields[0], fields[1], fields[3], fields[4] = f"{date}-0", date, outlet, url
        fields[26] = f"<PAGE_LINKS>x</PAGE_LINKS><PAGE_TITLE>{title}</PAGE_TITLE>"
        lines.append("\t".join(fields))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("packed", [False, True])
def test_a_gdelt_export_is_read_by_its_column_map(tmp_path: Path, packed: bool) -> None:
    text = _gkg(
        [("20231007143000", "a.example", "https://a.example/1", 'He said "no'), ("20231008000000", "b", "u", "T")]
    )
    path = tmp_path / "20231007143000.gkg.csv"
    path.write_text(text)
    if packed:
        with zipfile.ZipFile(tmp_path / "20231007143000.gkg.csv.zip", "w") as file:
            file.write(path, path.name)
        path = tmp_path / "20231007143000.gkg.csv.zip"
    assert stories(path, "gdelt-gkg") == [(1, 'He said "no', "20231007143000"), (2, "T", "20231008000000")]


def test_columns_are_named_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("when,headline\n2023-10-07,One\n")
    assert stories(path, "date=when,title=headline") == [(2, "One", "2023-10-07")]


def test_a_table_without_known_columns_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("when,headline\n2023-10-07,One\n")
    with pytest.raises(FileErrors, match=r"no column for date and title\. Say which columns hold them: --columns"):
        stories(path)


def test_captured_feeds_are_dated_by_their_items_and_else_by_the_capture(tmp_path: Path) -> None:
    item = "<item><title>{}</title><link>https://a.example/{}</link>{}</item>"
    dated = item.format("One", 1, "<pubDate>Sat, 07 Oct 2023 06:30:00 GMT</pubDate>")
    feed = f"<rss version='2.0'><channel><title>A</title>{dated}{item.format('Two', 2, '')}</channel></rss>"
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "20231008T120000Z.xml").write_text(feed)
    (tmp_path / "a" / "20231009T120000Z.xml.gz").write_bytes(gzip.compress(b"<html>no feed</html>"))
    found = stories(tmp_path)
    assert [(title, date) for _, title, date in found[:2]] == [
        ("One", "2023-10-07 06:30:00+00:00"),
        ("Two", "2023-10-08 12:00:00+00:00"),
    ]
    assert found[2][1] == ""


def test_bad_rows_are_counted_and_the_first_of_each_file_named(tmp_path: Path) -> None:
    lines = [json.dumps(item) for item in ITEMS]
    lines[3:3] = ["{broken", '{"title": "no date"}', '{"date": "2023-10-07", "title": " "}', "[1]"]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines))
    past.read_here([path], tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "results.json").read_text())
    assert summary["rows"]["bad"] == 4
    assert summary["rows"]["read"] == len(ITEMS) + 4
    assert summary["first_bad"] == [f"{path}:4: not JSON (Expecting property name enclosed in double quotes: "
                                    "line 1 column 2 (char 1))"]  # fmt: skip


def test_a_damaged_archive_gives_what_is_whole_in_it(tmp_path: Path) -> None:
    path = past.write_jsonl(tmp_path / "a.jsonl.gz", past.rows(400))
    path.write_bytes(path.read_bytes()[:-2000])
    other = past.write_jsonl(tmp_path / "b.jsonl", ITEMS)
    past.read_here([path, other], tmp_path / "out", chunk_mb=0.02)
    summary = json.loads((tmp_path / "out" / "results.json").read_text())
    assert summary["rows"]["read"] > len(ITEMS) + 300
    assert summary["rows"]["bad"] == 0
    assert [line.split(" (")[0] for line in summary["damaged"]] == [f"{path}: damaged"]


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz", "a.jsonl.zip", "a.csv.zip"])
def test_a_file_that_is_not_packed_as_its_name_says_does_not_stop_the_others(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"no such thing")
    other = past.write_jsonl(tmp_path / "b.jsonl", ITEMS)
    past.read_here([path, other], tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "results.json").read_text())
    assert summary["rows"]["read"] == len(ITEMS)
    assert [line.split(" (")[0] for line in summary["damaged"]] == [f"{path}: damaged"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_flipped_bit_in_a_zip_is_found(tmp_path: Path, name: str) -> None:
    write = past.write_csv if name == "a.csv" else past.write_jsonl
    plain = write(tmp_path / name, past.rows(400)).read_bytes()
    path = tmp_path / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(name, plain)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(FileErrors, match=r"zip: damaged \(Bad CRC-32"):
        stories(path)


def test_what_is_no_archive_is_named_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(FileErrors, match=r"a\.docx: not a kind of archive that can be read\. Archives are \.jsonl"):
        find_sources([tmp_path / "a.docx"])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2023-10-07", datetime(2023, 10, 7, 23, 59, tzinfo=UTC)),
        ("20231007", datetime(2023, 10, 7, 23, 59, tzinfo=UTC)),
        ("20231007143000", datetime(2023, 10, 7, 14, 30, tzinfo=UTC)),
        ("2023-10-07T14:30:00+02:00", datetime(2023, 10, 7, 12, 30, tzinfo=UTC)),
        ("2023-10-07 14:30:00.5", datetime(2023, 10, 7, 14, 30, tzinfo=UTC)),
        ("Sat, 07 Oct 2023 14:30:00 GMT", datetime(2023, 10, 7, 14, 30, tzinfo=UTC)),
    ],
)
def test_dates_of_every_form_are_read(text: str, meant: datetime) -> None:
    assert moment(text) == meant


@pytest.mark.parametrize("text", ["", None, "soon", "20231399", "9" * 40])
def test_what_is_no_date_is_a_bad_row(text: str | None) -> None:
    with pytest.raises(BadFieldsError):
        moment(text)


def test_tallies_add_up_and_keep_the_first_bad_row() -> None:
    total = Tally(rows=1)
    total.add(Tally(rows=2, bad=1, seconds={"read": 1.0}))
    total.add(Tally(rows=3, seconds={"read": 0.5}))
    assert (total.rows, total.bad, total.seconds) == (6, 1, {"read": 1.5})
