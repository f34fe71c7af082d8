"""Readings kept on disk are the readings that reading anew would give."""

from __future__ import annotations

from pathlib import Path

from monitor.lab.reading_cache import CachedReader
from monitor.reading.read import Reader
from monitor.reading.records import Mention, Span, Text

TEXT = Text("كتائب حزب الله تعلن تعليق الهجمات على القوات الأميركية", lang="ar")
MENTION = Mention("kataib-hezbollah", "direct", Span("title", 0, 14, "كتائب حزب الله"), "كتائب حزب الله", "exact")


def test_a_kept_reading_is_the_reading_itself(tmp_path: Path) -> None:
    read = Reader("none").read(TEXT, [MENTION])
    assert CachedReader(tmp_path, "none").read(TEXT, [MENTION]) == read
    again = CachedReader(tmp_path, "none")
    assert again.read(TEXT, [MENTION]) == read
    assert len(next(tmp_path.iterdir()).read_text("utf-8").splitlines()) == 1


def test_a_line_cut_short_is_read_anew(tmp_path: Path) -> None:
    CachedReader(tmp_path, "none").read(TEXT, [MENTION])
    [path] = tmp_path.iterdir()
    path.write_text(path.read_text("utf-8")[:40] + "\n", "utf-8")
    assert CachedReader(tmp_path, "none").read(TEXT, [MENTION]) == Reader("none").read(TEXT, [MENTION])


def test_another_text_or_mention_has_a_reading_of_its_own(tmp_path: Path) -> None:
    reader = CachedReader(tmp_path, "none")
    reader.read(TEXT, [MENTION])
    reader.read(TEXT, [])
    reader.read(Text("كتائب حزب الله تقصف قاعدة أميركية", lang="ar"), [MENTION])
    assert len(next(tmp_path.iterdir()).read_text("utf-8").splitlines()) == 3
