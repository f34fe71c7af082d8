"""Promises of the figures: every name that an alert rule uses is there, on this machine alone, whole or not at all."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.metrics import figures, serve_figures, write_textfile
from monitor.store.connect import Store, open_store
from tests.ports import free_port

RULES = Path(__file__).parents[1] / "deploy" / "alerts.yml"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "m.db") as store:
        with store.write():
            store.note("last_tick", "2026-11-24T12:00:00Z")
            store.run(
                "insert into feeds (id, url, state, next_poll_at, last_ok_at)"
                " values ('a', 'https://a.example/', 'ok', '2026-11-24T12:00:00Z', '2026-11-24T11:59:00Z')"
            )
        yield store


def test_every_figure_that_the_alert_rules_use_is_there(store: Store) -> None:
    used = set(re.findall(r"\bmonitor_\w+", RULES.read_text(encoding="utf-8")))
    given = set(re.findall(r"^(monitor_\w+)", figures(store), re.MULTILINE))
    assert used <= given


def test_each_line_is_a_sample_or_a_comment(store: Store) -> None:
    text = figures(store)
    assert 'monitor_feeds{state="ok"} 1\n' in text
    for line in text.splitlines():
        assert re.fullmatch(r'#.*|[a-z_]+(\{[a-z]+="[^"\\]*"\})? [-+0-9.e]+', line), line


def test_they_are_served_under_their_path_alone(store: Store) -> None:
    async def ask(path: str) -> bytes:
        port = free_port()
        server = await serve_figures(port, lambda: figures(store))
        async with server:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
        return answer

    assert b"monitor_up 1" in asyncio.run(ask("/metrics"))
    assert asyncio.run(ask("/")).startswith(b"HTTP/1.1 404")


def test_the_textfile_is_replaced_whole(store: Store, tmp_path: Path) -> None:
    write_textfile(tmp_path / "monitor.prom", figures(store))
    write_textfile(tmp_path / "monitor.prom", "monitor_up 1\n")
    assert (tmp_path / "monitor.prom").read_text(encoding="utf-8") == "monitor_up 1\n"
    assert [each.name for each in tmp_path.glob(".*")] == []
