"""Promises of the schema: what any released version has kept is brought up to date whole, and no released step is edited.

`tests/data/schemas/STEP.sql` is a database as that step left it, with rows in every table. With a new step comes a new
file; those that are there stay as they are.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.store import connect, schema
from monitor.store.connect import open_store

SCHEMAS = sorted((Path(__file__).parents[1] / "data" / "schemas").glob("*.sql"))
# What each released step says, comments and spaces left out.
FROZEN = {
    "_FIRST": "8e32cc09feaf0d85",
    "_RETIRED_FEEDS": "2fe84fa6318788af",
    "_ARTICLES": "57240f5a1b39af68",
}


def old_database(path: Path, dump: Path) -> Path:
    """The database of a former version, as an operator has it."""
    connection = connect.sqlite3.connect(str(path))
    connection.executescript(dump.read_text(encoding="utf-8"))
    connection.commit()
    connection.close()
    return path


def tables(connection: connect.Connection) -> list[str]:
    rows = connection.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite%'")
    return [row[0] for row in rows if row[0] != "_sqlite_migrations"]


def contents(path: Path, columns: dict[str, str] | None = None) -> dict[str, tuple[str, list[tuple[object, ...]]]]:
    """Each table's columns and rows; of the tables and columns that are given, where any are."""
    connection = connect.sqlite3.connect(str(path))
    found = {}
    for table in columns or tables(connection):
        names = (columns or {}).get(table) or ", ".join(
            f'"{row[1]}"' for row in connection.execute(f"pragma table_info({table})")
        )
        found[table] = (names, connection.execute(f"select {names} from {table} order by 1, 2").fetchall())
    connection.close()
    return found


def shape(path: Path) -> set[tuple[str, str]]:
    connection = connect.sqlite3.connect(str(path))
    rows = connection.execute("select name, coalesce(sql, '') from sqlite_master").fetchall()
    connection.close()
    return {(name, " ".join(sql.split())) for name, sql in rows}


@pytest.mark.parametrize("step", FROZEN)
def test_a_released_step_is_never_edited(step: str) -> None:
    said = "; ".join(" ".join(statement.split()) for statement in schema._statements(getattr(schema, step)))
    assert hashlib.sha256(said.encode()).hexdigest()[:16] == FROZEN[step]


@pytest.mark.parametrize("dump", SCHEMAS, ids=lambda dump: dump.stem)
def test_a_former_database_has_rows_in_every_table(dump: Path, tmp_path: Path) -> None:
    assert all(rows for _, rows in contents(old_database(tmp_path / "m.db", dump)).values())


@pytest.mark.parametrize("dump", SCHEMAS, ids=lambda dump: dump.stem)
def test_nothing_kept_by_a_former_version_is_lost(dump: Path, tmp_path: Path) -> None:
    path = old_database(tmp_path / "m.db", dump)
    before = contents(path)
    open_store(path).close()
    assert contents(path, {table: names for table, (names, _) in before.items()}) == before


@pytest.mark.parametrize("dump", SCHEMAS, ids=lambda dump: dump.stem)
def test_a_former_database_becomes_the_same_as_a_new_one(dump: Path, tmp_path: Path) -> None:
    path = old_database(tmp_path / "m.db", dump)
    open_store(path).close()
    open_store(tmp_path / "new.db").close()
    assert shape(path) == shape(tmp_path / "new.db")
    with open_store(path) as store:
        assert [row[0] for row in store.rows("pragma integrity_check")] == ["ok"]
        assert store.rows("pragma foreign_key_check") == []


def test_a_step_that_fails_leaves_the_former_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = old_database(tmp_path / "m.db", SCHEMAS[0])
    before, shape_before = contents(path), shape(path)
    monkeypatch.setattr(schema, "_RETIRED_FEEDS", schema._RETIRED_FEEDS + "; create table broken (;")
    with pytest.raises(connect.DatabaseError):
        open_store(path)
    assert contents(path) == before
    assert {name for name, _ in shape(path)} == {name for name, _ in shape_before}


def test_each_step_but_the_newest_has_its_frozen_database(tmp_path: Path) -> None:
    open_store(tmp_path / "m.db").close()
    with open_store(tmp_path / "m.db") as store:
        steps = [row["name"] for row in store.rows("select name from _sqlite_migrations order by id")]
    assert {*steps[:-1]} <= {dump.stem for dump in SCHEMAS} <= {*steps}


@pytest.mark.parametrize("dump", SCHEMAS, ids=lambda dump: dump.stem)
def test_the_commands_work_on_a_former_database(dump: Path, tmp_path: Path) -> None:
    path = old_database(tmp_path / "monitor.db", dump)
    lists = Path(__file__).parents[2] / "watchlists"
    config = tmp_path / "monitor.yaml"
    config.write_text(
        f"contact: test@example.org\nwatchlists: {lists}\nfeeds:\n  - {{id: a, url: 'https://a.example/'}}\n",
        encoding="utf-8",
    )
    open_store(path).close()

    def call(*words: str) -> str:
        done = CliRunner().invoke(main, ["--config", str(config), *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done.output

    assert json.loads(call("status", "--json"))["deliveries"]["sent"] > 0
    assert len(call("stories", "--json").splitlines()) > 5
    alerts = [json.loads(line) for line in call("alerts", "--json").splitlines()]
    assert alerts
    assert "forgotten" in call("prune")
