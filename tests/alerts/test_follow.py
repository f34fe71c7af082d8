"""Promises of the Atom feed and of `alerts.jsonl`: valid, stable, and harmless whatever a feed has written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from click.testing import CliRunner

from monitor.alerts.follow import as_json, atom
from monitor.alerts.followed import Follower
from monitor.cli import main
from monitor.clock import to_text
from monitor.config import read_settings
from monitor.housekeeping import Follow
from monitor.store.connect import Store, open_store
from monitor.store.outbox import add_alert, rewrite_alert
from tests.alerts.samples import ALL, signal

NOW = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
HOSTILE = '</content><script>alert(1)</script>\u202egpj.exe\x00\x1b[31m & "quoted" ]]> \ufffe'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "monitor.yaml").write_text(
        "contact: a@example.org\nfeeds: [{id: a, url: 'https://a.example'}]\nwatchlists: lists\n"
        "follow: {atom: alerts.atom, jsonl: out/alerts.jsonl}\n"
    )
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "q.yaml").write_text("id: qaani\nname: Esmail Qaani\nnames: [Qaani]\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with open_store(folder / "monitor.db") as opened:
        yield opened


def keep(store: Store, *payloads: dict[str, Any]) -> None:
    with store.write():
        for payload in payloads:
            add_alert(store, payload, [])


def call(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(main, ["-c", str(folder / "monitor.yaml"), "alerts", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def parsed(feed: bytes) -> Any:
    found = feedparser.parse(feed)
    assert not found.bozo, found.get("bozo_exception")
    return found


def test_every_kind_of_alert_is_an_entry_that_a_feed_reader_takes() -> None:
    found = parsed(atom(list(ALL.values()), "a@example.org", NOW))
    assert found.version == "atom10"
    assert len(found.entries) == len(ALL)
    for entry in found.entries:
        assert entry.id.startswith("urn:uuid:")
        assert entry.title
        assert entry.updated_parsed
        assert entry.content[0].value
    assert len({entry.id for entry in found.entries}) == len(ALL)


def test_the_feed_has_what_the_standard_demands_of_it_and_of_each_entry() -> None:
    root = ElementTree.fromstring(atom([signal()], "a@example.org", NOW))
    name = "{http://www.w3.org/2005/Atom}"
    for place in (root, root.find(f"{name}entry")):
        assert place is not None
        for child in ("id", "title", "updated"):
            assert len(place.findall(name + child)) == 1
    assert root.findtext(f"{name}author/{name}name") == "monitor"
    assert root.findtext(f"{name}updated") == signal()["at"]


def test_an_entry_keeps_its_id_and_has_another_in_another_monitor_s_feed() -> None:
    first, again, other = (
        parsed(atom([signal(title=title)], contact, NOW))
        for title, contact in (("a", "a@example.org"), ("b", "a@example.org"), ("a", "b@example.org"))
    )
    assert first.entries[0].id == again.entries[0].id != other.entries[0].id
    assert first.feed.id == again.feed.id != other.feed.id


def test_an_empty_feed_is_valid() -> None:
    found = parsed(atom([], "a@example.org", NOW))
    assert found.feed.updated == to_text(NOW)
    assert found.entries == []


def test_hostile_text_stays_text() -> None:
    evidence = {"before": HOSTILE, "text": HOSTILE, "after": ""}
    stories = [{"owner": HOSTILE, "title": HOSTILE, "link": link} for link in ("javascript:alert(1)", "http://[bad")]
    feed = atom([signal(title=HOSTILE, evidence=evidence, sources=stories, link="data:text/html,x")], "a", NOW)
    [entry] = parsed(feed).entries
    assert "<script" not in entry.content[0].value.lower()
    assert b"<script" not in feed.lower()
    assert "\u202e" not in entry.title
    assert not entry.get("links")
    content = ElementTree.fromstring(feed).find(".//{http://www.w3.org/2005/Atom}content")
    assert content is not None
    assert content.text is not None
    assert "<script" not in content.text
    assert "&lt;script&gt;" in content.text


@pytest.mark.parametrize("payload", ALL.values(), ids=ALL)
def test_every_kind_of_alert_is_a_line_with_the_same_keys(payload: dict[str, Any]) -> None:
    line = as_json(payload)
    assert list(line) == list(as_json(signal()))
    assert json.loads(json.dumps(line)) == line


def test_the_help_page_names_the_keys_of_a_line() -> None:
    shown = " ".join(CliRunner().invoke(main, ["alerts", "--help"]).output.split())
    assert f"has the keys {', '.join(as_json(signal()))}." in shown


def test_the_command_prints_lines_oldest_first_and_the_feed_newest_first(folder: Path, store: Store) -> None:
    keep(store, *(signal(id=name, at=to_text(NOW + timedelta(hours=i))) for i, name in enumerate("abc")), ALL["digest"])
    assert [json.loads(line)["id"] for line in call(folder, "--jsonl", "-").splitlines()] == ["a", "b", "c"]
    assert [json.loads(line)["id"] for line in call(folder, "--jsonl", "-", "--limit", "2").splitlines()] == ["b", "c"]
    moments = [entry.updated for entry in parsed(call(folder, "--atom", "-").encode()).entries]
    assert moments == sorted(moments, reverse=True)
    assert len(moments) == 3


def test_the_command_puts_a_whole_file_in_place_of_the_old_one(folder: Path, store: Store) -> None:
    keep(store, signal())
    target = folder / "mine.atom"
    target.write_text("old")
    assert call(folder, "--atom", str(target)) == ""
    assert len(parsed(target.read_bytes()).entries) == 1
    assert not list(folder.glob(".*.new"))


def test_a_file_that_cannot_be_written_is_named(folder: Path, store: Store) -> None:
    keep(store, signal())
    done = CliRunner().invoke(main, ["-c", str(folder / "monitor.yaml"), "alerts", "--jsonl", str(folder / "no" / "x")])
    assert done.exit_code == 1
    assert "No such file or directory" in done.stderr


def test_the_files_of_the_configuration_lie_beside_the_database(folder: Path) -> None:
    follow = read_settings(folder / "monitor.yaml").follow
    assert follow == Follow(atom=folder / "alerts.atom", jsonl=folder / "out" / "alerts.jsonl")


def test_the_files_follow_each_new_and_each_rewritten_alert(folder: Path, store: Store) -> None:
    follower = Follower(
        Follow(jsonl=folder / "a.jsonl", atom=folder / "a.atom"), "a@example.org", folder / "monitor.db"
    )
    assert follower.due(store)
    assert follower.write(NOW)
    assert not follower.due(store)
    keep(store, signal())
    assert follower.due(store)
    assert follower.write(NOW)
    assert len((folder / "a.jsonl").read_text().splitlines()) == 1
    with store.write():
        rewrite_alert(store, signal(title="Said better"), [])
    assert follower.due(store)
    assert follower.write(NOW)
    assert json.loads((folder / "a.jsonl").read_text())["title"] == "Said better"
    assert "Said better" in parsed((folder / "a.atom").read_bytes()).entries[0].title


def test_a_file_that_cannot_be_written_is_told_once_and_tried_later(
    folder: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    follower = Follower(Follow(jsonl=folder / "missing" / "a.jsonl"), "a@example.org", folder / "monitor.db")
    assert not follower.write(NOW)
    assert "follow-fault" in caplog.text
    assert not follower.due(store)


def test_without_follow_nothing_is_ever_due(folder: Path, store: Store) -> None:
    assert not Follower(Follow(), "a@example.org", folder / "monitor.db").due(store)
