"""`python -m tests.feeds.capture_replay [FOLDER] [--json]`: real captures of feeds, in order of time, twice over.

Each outlet's captures are polled as one feed through cut, parse and identity, its fingerprints and stories remembered
in between as a database would. Prints what each pass brought, and checks each body against a plain feedparser parse:
no whole entry may be lost. Exit code 1 if one is, or if the second pass adds anything.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser

from monitor.feeds.ask import Poll, read_body
from monitor.feeds.parse import parse
from monitor.feeds.records import FeedConfig, Fetched, FetchState, Outcome, ParsedFeed
from monitor.stories.identity import Known, identify, keys_of
from tests.conftest import SHARED


class InProcess:
    """A parser without a process of its own, for bodies that are known to be harmless."""

    async def parse(self, body: bytes, content_type: str | None = None, url: str = "", **hints: Any) -> ParsedFeed:
        """As ParserPool.parse."""
        return parse(body, content_type, url, **hints)


@dataclass
class Feed:
    """What is remembered of one outlet."""

    seen: tuple[str, ...] = ()
    stories: dict[int, Known] = field(default_factory=dict)
    by_key: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def take(self, name: str, poll: Poll, now: datetime) -> Counter[str]:
        """Keeps a poll; counts verdicts."""
        names = {key for keys in keys_of(name, poll.entries) for key in keys.names()}
        known = [self.stories[story] for story in sorted({s for key in names for s in self.by_key[key]})]
        found = identify(name, poll.entries, known, now, on_screen=poll.on_screen)
        ids: list[int] = []
        for item in found.items:
            story = item.story or (ids[item.repeats] if item.repeats is not None else len(self.stories) + 1)
            old = self.stories.get(story) or Known(story, frozenset(), frozenset(), now, item.entry.published, name)
            keys = old.keys | set(item.keys.names())
            self.stories[story] = replace(old, keys=keys, contents=old.contents | {item.keys.content})
            for key in keys:
                self.by_key[key].add(story)
            ids.append(story)
        if poll.fingerprints is not None:
            self.seen = poll.fingerprints
        return Counter(str(item.verdict) for item in found.items)


def captures(folder: Path) -> list[tuple[str, str, Path]]:
    """(outlet, time, file) of every capture, in order of time."""
    rows = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        stamp = re.search(r"20\d{6}T?\d{0,6}", path.name)
        named = path.name.split("__")[0] if "__" in path.name else path.parent.name
        rows.append(
            (re.sub(r"_?20\d\d.*|\.(xml|rss)$", "", named) or path.parent.name, stamp[0] if stamp else "", path)
        )
    return sorted(rows, key=lambda row: (row[1], row[0]))


def whole_entries(body: bytes) -> int:
    """How many entries a plain feedparser finds, the last one of a cut-off body not counted."""
    if not re.search(rb"<(rss|feed|rdf:RDF)[\s>]", body[:4096]):
        return 0
    found = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    broken = not re.search(rb"</(rss|feed|rdf:RDF)\s*>", body[-400:])
    return len(found.entries) - int(broken and bool(found.entries))


async def run(folder: Path, *, check_every: int = 1) -> dict[str, Any]:
    """Both passes over the captures; each `check_every`-th body is checked against feedparser."""
    feeds: dict[str, Feed] = defaultdict(Feed)
    passes: list[dict[str, int]] = []
    lost, unreadable = [], {}
    rows = captures(folder)
    for number in range(2):
        counts: Counter[str] = Counter()
        for index, (outlet, _, path) in enumerate(rows):
            body = path.read_bytes()
            fetched = Fetched(
                Outcome.FRESH, "", FetchState(), FetchState(), body=body, url=f"https://{outlet}.example/rss"
            )
            feed = feeds[outlet]
            seen = frozenset(feed.seen) if number == 0 else frozenset()
            poll = await read_body(InProcess(), FeedConfig(outlet, fetched.url), fetched, seen)  # type: ignore[arg-type]
            counts["captures"] += 1
            counts["items known by their bytes"] += poll.known_on_screen
            counts["parsed"] += len(poll.entries)
            counts += feed.take(outlet, poll, datetime(2026, 11, 22, tzinfo=UTC))
            if poll.parsed is not None and (poll.parsed.problems or not poll.parsed.is_feed):
                unreadable[path.name] = poll.reason
            if number == 0 and (index % check_every == 0 or path.name in unreadable):
                counts["checked"] += 1
                if len(poll.entries) + poll.known_on_screen < whole_entries(body):
                    lost.append(path.name)
        passes.append(dict(counts))
    return {
        "passes": passes,
        "stories": sum(len(f.stories) for f in feeds.values()),
        "lost": lost,
        "unreadable": unreadable,
    }


def main() -> int:
    """Prints both passes."""
    folders = [argument for argument in sys.argv[1:] if argument != "--json"]
    result = asyncio.run(run(Path(folders[0]) if folders else SHARED / "data" / "feeds"))
    if "--json" in sys.argv:
        print(json.dumps(result))
    else:
        for number, counts in enumerate(result["passes"], 1):
            print(f"pass {number}: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
        print(f"stories: {result['stories']}; whole entries lost in: {result['lost'] or 'no file'}")
        for name, reason in sorted(result["unreadable"].items()):
            print(f"  {name}: {reason}")
    again = result["passes"][1]
    return 1 if result["lost"] or again.get("new") or again.get("revised") else 0


if __name__ == "__main__":
    sys.exit(main())
