"""Real captured feeds, served in time order to the real `monitor poll`; prints what was kept, lost and refused.

    python -m tests.captures [--passes 2] [--json]

Needs the shared data folder. Every pass polls every capture of every feed; a further pass must add nothing.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import feedparser

from monitor.stories.text import title as clean_title
from monitor.stories.url import canonical_url

SHARED = Path(os.environ.get("MONITOR_SHARED") or Path(__file__).parents[2] / "shared")
_NAME = re.compile(r"(?:(?P<feed>.+)__)?(?P<time>\d{8}T\d{6}Z)_\w+\.xml")


def captures(folder: Path) -> dict[str, list[Path]]:
    """The captures of each feed, in time order."""
    found: dict[str, list[tuple[str, Path]]] = defaultdict(list)
    for path in sorted(folder.rglob("*.xml")):
        name = _NAME.fullmatch(path.name)
        assert name, path
        outlet = name["feed"] or path.parent.name
        top = path.relative_to(folder).parts[0]
        found[re.sub(r"[^a-z0-9]+", "-", f"{top}-{outlet}".lower())].append((name["time"], path))
    return {feed: [path for _, path in sorted(files)] for feed, files in sorted(found.items())}


class _Publisher(ThreadingHTTPServer):
    """Serves each feed's present capture."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: dict[str, bytes] = {}


class _Handler(BaseHTTPRequestHandler):
    server: _Publisher

    def do_GET(self) -> None:
        body = self.server.bodies[self.path.strip("/")]
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def _publisher() -> Iterator[_Publisher]:
    server = _Publisher()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def _configure(folder: Path, feeds: list[str], port: int) -> Path:
    config = folder / "monitor.yaml"
    lists = Path(__file__).parents[1] / "watchlists"
    config.write_text(
        f"contact: test@example.org\nwatchlists: {lists}\npolling: {{spacing: 0s, min: 10m}}\nfeeds:\n"
        + "".join(f"  - {{id: {feed}, url: 'http://127.0.0.1:{port}/{feed}', private: true}}\n" for feed in feeds),
        encoding="utf-8",
    )
    return config


def replay(folder: Path, work: Path, passes: int = 1) -> dict[str, Any]:
    """Poll every capture; returns the counts of each pass and what was lost."""
    from monitor.store.connect import open_reader

    series = captures(folder)
    rounds = max(len(files) for files in series.values())
    counts: list[dict[str, int]] = []
    crashes: list[str] = []
    reported: dict[str, str] = {}
    with _publisher() as server:
        config = _configure(work, list(series), server.server_port)
        before = 0
        for _ in range(passes):
            for turn in range(rounds):
                for feed, files in series.items():
                    server.bodies[feed] = files[min(turn, len(files) - 1)].read_bytes()
                done = subprocess.run(
                    [sys.executable, "-m", "monitor", "-c", str(config), "poll", "--all"],
                    capture_output=True, text=True, check=False, timeout=300,
                )  # fmt: skip
                if done.returncode not in (0, 1) or "Traceback" in done.stderr:
                    crashes.append(done.stderr[-2000:])
                with open_reader(work / "monitor.db") as store:
                    for row in store.rows("select id, state, reason from feeds where reason != ''"):
                        reported.setdefault(row["id"], f"{row['state']}: {row['reason']}")
            with open_reader(work / "monitor.db") as store:
                total = store.row(
                    "select (select count(*) from stories) as stories, (select count(*) from revisions) as revisions"
                )
                assert total is not None
                counts.append({"stories": total["stories"] - before, "revisions so far": total["revisions"]})
                before = total["stories"]
    with open_reader(work / "monitor.db") as store:
        lost, entries = _lost(series, store)
    return {
        "captures": sum(len(files) for files in series.values()),
        "feeds": len(series),
        "polls": rounds * passes * len(series),
        "entries": entries,
        "passes": counts,
        "lost": lost,
        "crashes": crashes,
        "reported": reported,
    }


def _lost(series: dict[str, list[Path]], store: Any) -> tuple[list[str], int]:
    """Whole entries that a plain feedparser finds and that we did not keep, by link or title."""
    links = {canonical_url(row["link"]) for row in store.rows("select link from stories")}
    titles = {row["title"] for row in store.rows("select title from stories union select title from revisions")}
    lost, entries = [], 0
    for feed, files in series.items():
        for path in files:
            body = path.read_bytes()
            parsed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
            # where the body is cut off, the last item is not whole
            whole = len(re.findall(rb"</(?:\w+:)?(?:item|entry)\s*>", body, re.IGNORECASE))
            for entry in parsed.entries[:whole]:
                entries += 1
                if canonical_url(entry.link) not in links and clean_title(entry.title) not in titles:
                    lost.append(f"{feed} {path.name}: {entry.title[:80]}")
    return lost, entries


def main() -> int:
    """Print the counts; 1 where something was lost or crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        found = replay(SHARED / "data" / "feeds", Path(work), options.passes)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print(
            f"{found['captures']} captures of {found['feeds']} feeds, {found['polls']} polls, {found['entries']} entries"
        )
        for number, count in enumerate(found["passes"], 1):
            print(f"pass {number}: {count['stories']} new stories, {count['revisions so far']} revisions so far")
        print(f"{len(found['lost'])} entries lost, {len(found['crashes'])} crashes")
        for line in (*found["lost"][:20], *found["crashes"][:3]):
            print(f"  {line}")
        print("reported in status:")
        for feed, reason in found["reported"].items():
            print(f"  {feed}: {reason}")
    return 1 if found["lost"] or found["crashes"] else 0


if __name__ == "__main__":
    sys.exit(main())
