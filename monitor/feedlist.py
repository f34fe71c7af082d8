"""`monitor feeds add | import | export`: the feed list a person keeps, changed without losing its comments."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .clock import utcnow
from .config import Settings, read_settings
from .feeds.discover import Discovery, FoundFeed, discover, suggest_id
from .feeds.fetch import Fetcher
from .feeds.opml import OpmlError, Outline, read_opml, write_opml
from .feeds.worker import ParserPool
from .yamlfile import FileError, FileErrors, read_mapping

# Where new feeds go when the configuration names no feed list of its own.
OWN_LIST = "feeds.yaml"


def add_feed(config: Path, url: str, *, private: bool = False, only_show: bool = False) -> int:
    """Find the feed behind an address, show it, and write it into the feed list; 1 where there is none."""
    settings = read_settings(config)
    if sys.stderr.isatty():
        print(f"Looking for the feed behind {url} (one request every few seconds) ...", file=sys.stderr)
    found = asyncio.run(_discover(settings, url, private))
    if not found.feeds:
        reason = found.reason.replace(
            "set `private: true` on the feed if this is meant", "add `--private` if you mean it"
        )
        print(f"{url}: {reason}. Asked: {', '.join(found.asked)}", file=sys.stderr)
        return 1
    for feed in found.feeds:
        _show(feed, settings)
    if len(found.feeds) > 1:
        print("\nSeveral feeds. Add the one you want by its own address:", file=sys.stderr)
        for feed in found.feeds:
            print(f"  monitor feeds add {'--private ' if private else ''}{feed.url}", file=sys.stderr)
        return 1
    if only_show:
        return 0
    feed = found.feeds[0]
    entry = {"id": feed.suggested_id, "url": feed.url, "title": feed.title, "language": feed.language or "en"}
    return _write(config, settings, [{**entry, "private": True} if private else entry])


def import_opml(config: Path, path: Path) -> int:
    """Write the feeds of an OPML file into the feed list; those already known are left out."""
    try:
        outlines, problems = read_opml(path.read_bytes())
    except OpmlError as error:
        raise FileErrors([FileError(str(path), str(error), "Export it again as OPML from the other reader")]) from None
    except OSError as error:
        raise FileErrors([FileError(str(path), error.strerror or str(error), "Name an OPML file")]) from None
    for problem in problems:
        print(f"{path}: {problem}: left out", file=sys.stderr)
    entries = [
        {
            "id": suggest_id(each.url, each.title),
            "url": each.url,
            "title": each.title,
            "language": "en",
            "verified": False,
        }
        for each in outlines
    ]
    return _write(config, read_settings(config), entries)


def export_opml(config: Path) -> int:
    """Print the configured feeds as OPML."""
    settings = read_settings(config)
    print(write_opml(Outline(feed.url, feed.title or feed.id) for feed in settings.feeds), end="")
    return 0


async def _discover(settings: Settings, url: str, private: bool) -> Discovery:
    async with Fetcher(settings.contact, proxy=settings.proxy) as fetcher, ParserPool() as parsers:
        return await discover(fetcher, parsers, url, utcnow(), private=private)


def _show(feed: FoundFeed, settings: Settings) -> None:
    from .reading.matching import Matcher
    from .reading.records import Text

    matcher = Matcher(settings.watchlists)
    count = f"{feed.entries} entr{'y' if feed.entries == 1 else 'ies'}"
    print(f"{feed.title or feed.url} ({feed.kind}, {feed.language or 'language not named'}, {count}): {feed.url}")
    for entry in feed.newest:
        text = Text(entry.title, entry.summary, entry.body, entry.lang or feed.language or "en", entry.published)
        touched = ", ".join(dict.fromkeys(mention.watchlist for mention in matcher.match(text)))
        print(f"  {entry.title}" + (f"   -> {touched}" if touched else ""))


def _write(config: Path, settings: Settings, entries: Sequence[dict[str, Any]]) -> int:
    """Append to the feed list, comments kept; ids are made unique, known addresses left out."""
    urls = {feed.url for feed in settings.feeds}
    ids = {feed.id for feed in settings.feeds}
    fresh = []
    for entry in entries:
        if entry["url"] in urls:
            print(f"already there: {entry['url']}")
            continue
        urls.add(entry["url"])
        entry["id"] = _unique(entry["id"], ids)
        fresh.append(entry)
    if not fresh:
        return 0
    path = _list_of(config)
    _append(path, fresh)
    if path.name == OWN_LIST:
        _name_list(config)
    for entry in fresh:
        print(f"added {entry['id']} to {path}")
    read_settings(config)
    print("A running monitor takes up the list when it is reloaded (`systemctl reload monitor`).")
    return 0


def _unique(wanted: str, ids: set[str]) -> str:
    name, number = wanted, 2
    while name in ids:
        name, number = f"{wanted}-{number}", number + 1
    ids.add(name)
    return name


def _list_of(config: Path) -> Path:
    """The first feed list that the configuration names, else one of our own beside it."""
    feeds = read_mapping(config)["feeds"]
    named = next((item for item in feeds if isinstance(item, str)), OWN_LIST)
    return config.absolute().parent / named


def _append(path: Path, entries: Sequence[dict[str, Any]]) -> None:
    """As text, so that what a person wrote stays as it is."""
    text = path.read_text(encoding="utf-8") if path.exists() else "feeds:\n"
    indent = re.search(r"^( *)- ", text[text.index("feeds:") :], re.MULTILINE)
    space = indent[1] if indent else "  "
    lines = []
    for entry in entries:
        pairs = [f"{key}: {_scalar(value)}" for key, value in entry.items() if value not in ("", None)]
        lines.append(f"{space}- {pairs[0]}")
        lines += [f"{space}  {pair}" for pair in pairs[1:]]
    path.write_text(text.rstrip("\n") + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


def _name_list(config: Path) -> None:
    """Have the configuration read our own list, if it does not yet."""
    text = config.read_text(encoding="utf-8")
    if not re.search(rf"^\s*- {re.escape(OWN_LIST)}\s*$", text, re.MULTILINE):
        changed = re.sub(r"^feeds:[ \t]*\n", f"feeds:\n  - {OWN_LIST}\n", text, count=1, flags=re.MULTILINE)
        config.write_text(changed, encoding="utf-8")


def _scalar(value: Any) -> str:
    import json

    return str(value).lower() if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
