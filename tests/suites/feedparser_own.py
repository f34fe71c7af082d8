"""feedparser's own tests, which travel in its source distribution: fetched by the command, never kept in this project.

Each is one document with an expression of what is expected of it. The comparisons with title, link, id, date and text
are taken out of the expression; what else it expects (rights, tags, people) is not ours to keep.
"""

from __future__ import annotations

import ast
import codecs
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from monitor.stories.text import MAX_SUMMARY, clean, title

from .expected import Case

_FOLDERS = ("illformed", "encoding", "wellformed")
_HEADER = re.compile(rb"^Header:\s+([^:\r\n]+):([^\r\n]+)$", re.MULTILINE)
_SKIP = re.compile(rb"SkipUnless:\s*__import__\('codecs'\)\.lookup\('([^']+)'\)")
_EXPECT = re.compile(rb"Description:.*?Expect:\s*(.*?)\s*-->", re.DOTALL)
_NAMES = {
    "title": "title", "link": "link", "id": "id", "guid": "id", "summary": "summary", "description": "summary",
    "published_parsed": "date", "updated_parsed": "updated", "created_parsed": "created", "date_parsed": "updated",
}  # fmt: skip


def download(folder: Path) -> Path | None:
    """The source distribution of the installed feedparser in `folder`, by pip; None where it cannot be had."""
    wanted = f"feedparser=={version('feedparser')}"
    found = sorted(folder.glob("feedparser-*.tar.gz"))
    if found:
        return found[-1]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "feedparser"]
    # pip looks at the metadata, for which it needs the build tool: the one that is installed, or one it fetches.
    for how in (["--no-build-isolation"], []):
        try:
            subprocess.run(
                [*command, *how, "--dest", str(folder), wanted], check=True, capture_output=True, timeout=300
            )
            break
        except (OSError, subprocess.SubprocessError):
            continue
    return next(iter(sorted(folder.glob("feedparser-*.tar.gz"))), None)


def feedparser_cases(folder: Path | None = None) -> Iterator[Case]:
    """All tests that expect something we keep; nothing where the source distribution cannot be had."""
    with tempfile.TemporaryDirectory() as name:
        archive = download(folder or Path(name))
        if archive is None:
            return
        with tarfile.open(archive) as tar:
            for member in sorted(tar.getmembers(), key=lambda each: each.name):
                parts = member.name.split("/tests/")
                file = tar.extractfile(member) if len(parts) == 2 and member.isfile() else None
                if file is None:
                    continue
                if parts[1] == "runtests.py":
                    yield from _dates(file.read().decode())
                elif parts[1].startswith(_FOLDERS):
                    case = read_case(parts[1], file.read())
                    if case is not None:
                        yield case


def read_case(name: str, data: bytes) -> Case | None:
    """One test as a case; None where it expects nothing that we keep."""
    # Some documents are in an encoding in which the expression has to be looked for.
    readable = data
    for mark, codec in ((b"\x00<", "utf-16-be"), (b"<\x00", "utf-16-le"), (b"Lo\xa7\x94", "cp037")):
        if mark in data[:8]:
            readable = data.decode(codec, "replace").encode()
    found = _EXPECT.search(readable)
    if found is None:
        return None
    skip = _SKIP.search(readable)
    if skip is not None and not _has_codec(skip[1].decode()):
        return None
    headers = {k.strip().lower(): v.strip().decode("latin-1") for k, v in _HEADER.findall(readable)}
    feed_title, entries = _expected(found[1].decode("utf-8", "replace"))
    if feed_title is None and not entries:
        return None
    url = headers.get(b"content-location", f"http://127.0.0.1:8097/tests/{name}")
    url = urljoin("http://127.0.0.1:8097/", url)
    return Case(
        "feedparser",
        name,
        _with_titles(data, entries),
        entries,
        headers.get(b"content-type"),
        url,
        feed_title=feed_title,
        whole=False,
    )


def _has_codec(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def _dates(source: str) -> Iterator[Case]:
    """The table of dates in the tests' own program, each as the date of an item."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "date_tests":
            assert isinstance(node.value, ast.Dict)
            for group in node.value.values:
                for text, wanted in ast.literal_eval(group):
                    date = datetime(*wanted[:6], tzinfo=UTC) if wanted else None
                    item = f"<item><title>x</title><pubDate>{escape(text)}</pubDate></item>"
                    body = f"<rss version='2.0'><channel>{item}</channel></rss>".encode()
                    yield Case("feedparser", f"date {text!r}", body, [{"date": date}], whole=False)


def _with_titles(data: bytes, entries: list[dict[str, Any]]) -> bytes:
    """Items of which nothing but a date or an id is tested get a title: without one they are no stories to us."""
    if any({"title", "summary", "content", "link"} & entry.keys() for entry in entries) or b"<title" in data:
        return data
    if re.search(rb"<(?:description|summary|link)\b", data):
        return data
    return re.sub(rb"(<((?:\w+:)?)(?:item|entry)(?:\s[^<>]*)?>)", rb"\1<\2title>x</\2title>", data)


def _expected(expression: str) -> tuple[str | None, list[dict[str, Any]]]:
    """(title of the feed, what is expected of each entry) of the comparisons in a Python expression."""
    feed_title, entries = None, {}
    try:
        tree = ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError):
        return None, []
    for node in tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]:
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq):
            continue
        path = _path(node.left)
        try:
            value = ast.literal_eval(node.comparators[0])
        except (ValueError, SyntaxError):
            continue
        if path in (["feed", "title"], ["feed", "title_detail", "value"]):
            feed_title = title(value)
        elif path[:1] == ["entries"] and len(path) == 3 and path[2] in _NAMES:
            entries.setdefault(path[1], {})[_NAMES[path[2]]] = _value(_NAMES[path[2]], value)
        elif path[:1] == ["entries"] and path[2:] in (["title_detail", "value"], ["summary_detail", "value"]):
            field = path[2].removesuffix("_detail")
            entries.setdefault(path[1], {})[field] = _value(field, value)
        elif path[:1] == ["entries"] and path[2:] == ["content", 0, "value"]:
            entries.setdefault(path[1], {})["content"] = _value("summary", value)
    numbers = [number for number in entries if isinstance(number, int) and number >= 0]
    return feed_title, [entries.get(number, {}) for number in range(max(numbers, default=-1) + 1)]


def _path(node: ast.expr) -> list[Any]:
    """`entries[0].content[0]['value']` -> ["entries", 0, "content", 0, "value"]; nothing for other expressions."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        before = _path(node.value)
        return [*before, node.attr] if before else []
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        before = _path(node.value)
        return [*before, node.slice.value] if before else []
    return []


def _value(field: str, value: Any) -> Any:
    if field in ("date", "updated", "created"):
        return datetime(*value[:6], tzinfo=UTC) if isinstance(value, tuple) else None
    if field == "title":
        return title(value) or None
    return (clean(value, MAX_SUMMARY) or None) if field == "summary" else value
