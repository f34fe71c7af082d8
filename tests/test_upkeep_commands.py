"""Promises of `monitor backup` and `monitor prune` as a person calls them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.store.connect import open_store

LISTS = Path(__file__).parents[1] / "watchlists"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "monitor.yaml"
    path.write_text(
        f"contact: test@example.org\nwatchlists: {LISTS}\nfeeds:\n  - {{id: a, url: 'https://a.example/'}}\n",
        encoding="utf-8",
    )
    return path


def call(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *words])


def test_a_backup_says_how_large_it_is_and_can_be_opened(config: Path, tmp_path: Path) -> None:
    open_store(tmp_path / "monitor.db").close()
    done = call(config, "backup", str(tmp_path / "copy.db"))
    assert (done.exit_code, "checked" in done.output) == (0, True)
    open_store(tmp_path / "copy.db").close()


def test_without_a_database_there_is_nothing_to_back_up_or_to_prune_and_none_is_made(
    config: Path, tmp_path: Path
) -> None:
    for words in (("backup", str(tmp_path / "copy.db")), ("prune",)):
        done = call(config, *words)
        assert done.exit_code == 1
        assert "no such database yet" in done.output
    assert list(tmp_path.glob("*.db")) == []


def test_pruning_says_what_was_forgotten_while_the_daemon_holds_the_database(config: Path, tmp_path: Path) -> None:
    with open_store(tmp_path / "monitor.db") as daemon:
        with daemon.write():
            daemon.run(
                "insert into stories (feed_id, owner, link, lang, title, summary, body, first_seen, stage)"
                " values ('a', 'o', '', 'en', 't', '', 'body', '2020-01-01T00:00:00Z', 'done')"
            )
        done = call(config, "prune")
        assert (done.exit_code, done.output) == (0, "1 texts, 0 revisions, 1 stories, 0 alerts forgotten\n")
