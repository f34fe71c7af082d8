"""Row 10: memory of the daemon before a match, against `reader`; and what reading many stories adds."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from . import corpus
from .cycle import write_config
from .measure import ROOT, ratio_of
from .record import Bench
from .server import Server

# No story of the bench names it.
NOBODY = "id: nobody\nname: Nobody\nnames: [Zubrowka Grand Assembly]\nlanguages: [en]\nroutes: []\n"
PATIENCE_S = 600


def tree_mb(pid: int) -> float:
    """Proportional resident size of a process and its descendants, in MB (what they share is counted once)."""
    total = 0
    for each in [pid, *_descendants(pid)]:
        try:
            lines = Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            found += [int(child), *_descendants(int(child))]
    return found


def daemon_mb(folder: Path, server: Server) -> tuple[float, float, int]:
    """(with its parser processes, alone, stories) of `monitor run` when it has polled every feed once."""
    (folder / "lists").mkdir(parents=True)
    (folder / "lists" / "nobody.yaml").write_text(NOBODY, encoding="utf-8")
    write_config(folder, [server.url(feed) for feed in range(server.feeds)], folder / "lists")
    command = [sys.executable, "-m", "monitor", "-c", str(folder / "monitor.yaml"), "run"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        stories = wait_for_feeds(process, folder / "monitor.db", server.feeds)
        return tree_mb(process.pid), _own_mb(process.pid), stories
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _own_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def wait_for_feeds(process: subprocess.Popen[bytes], database: Path, feeds: int) -> int:
    """Wait until every feed was polled and all stories are done; returns how many there are."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the daemon ended with {process.returncode}")
        time.sleep(0.5)
        try:
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
                polled = connection.execute("select count(*) from feeds where baseline_at is not null").fetchone()[0]
                waiting, stories = connection.execute(
                    "select ifnull(sum(stage != 'done'), 0), count(*) from stories"
                ).fetchone()
        except sqlite3.OperationalError:
            continue
        if polled == feeds and not waiting:
            return int(stories)
    raise RuntimeError("the daemon did not poll every feed in time")


def reader_mb(folder: Path, server: Server) -> float:
    """The same of `reader` when it has updated every feed once."""
    folder.mkdir(parents=True)
    (folder / "urls").write_text("\n".join(server.url(feed) for feed in range(server.feeds)), encoding="utf-8")
    database = str(folder / "reader.db")
    child = [sys.executable, "-m", "tests.bench.one_cycle"]
    subprocess.run([*child, "reader-add", database, str(folder / "urls")], check=True, cwd=ROOT)
    process = subprocess.Popen(
        [*child, "reader-stay", database], cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        return tree_mb(process.pid)
    finally:
        process.communicate(b"\n")


def before_a_match(rounds: int, feeds: int) -> list[Bench]:
    """The daemon's tree and `reader`, each after one pass over the feeds."""
    ours: list[tuple[float, float, int]] = []
    peer: list[float] = []
    with tempfile.TemporaryDirectory() as name, Server(feeds, corpus.start_of_edition_0()) as server:
        for number in range(rounds):
            server.edition(0)
            ours.append(daemon_mb(Path(name) / f"ours-{number}", server))
            peer.append(reader_mb(Path(name) / f"reader-{number}", server))
    expected = feeds * corpus.ITEMS
    trees = [each[0] for each in ours]
    return [
        Bench(
            "10",
            f"memory after a pass over {feeds:,} feeds, before a match (process tree)",
            "MB",
            median(trees),
            median(peer),
            "reader",
            ratio_of(trees, peer),
            1 / 2,
            1 / 1.3,
            f"the daemon without its parser processes {median(each[1] for each in ours):.0f} MB;"
            f" {ours[-1][2]:,} of {expected:,} stories",
            ours[-1][2] == expected,
        )
    ]


def growth(stories: int) -> list[Bench]:
    """What reading that many stories adds to a process that has read the first tenth of them."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.memory", str(stories)], check=True, cwd=ROOT, capture_output=True, text=True
    )
    first, last, read = (float(word) for word in done.stdout.split())
    return [
        Bench(
            "10",
            f"memory added from the {stories // 10:,}th to the {stories:,}th story read (peer: the 10 MB allowed)",
            "MB",
            max(last - first, 0.1),
            10.0,
            "the bound",
            10.0 / max(last - first, 0.1),
            1.0,
            None,
            f"{first:.0f} MB, then {last:.0f} MB; {int(read):,} read",
            read == stories,
        )
    ]


def _read(stories: int) -> None:
    """Read stories with ever new words, by rules and encoder, as the daemon does."""
    import random

    from monitor.reading.matching import Matcher
    from monitor.reading.read import Reader
    from monitor.reading.records import Text

    from .read_batch import matched

    matcher, reader = Matcher(corpus.watchlists()), Reader()
    known = matched(500)
    chance = random.Random(10)
    first = 0.0
    read = 0
    for start in range(0, stories, 50):
        batch = []
        for number in range(start, start + 50):
            story = known[number % len(known)]
            news = " ".join("".join(chance.choices("abcdefghiklmnoprstuw", k=7)).title() for _ in range(8))
            batch.append(Text(story.title, story.summary, f"They named {news} too.", "en"))
        found = reader.read_many([(text, matcher.match(text)) for text in batch])
        read += sum(reading.story.read for reading in found)
        if start + 50 == stories // 10 // 50 * 50:
            first = tree_mb(os.getpid())
    print(first, tree_mb(os.getpid()), read)


if __name__ == "__main__":
    _read(int(sys.argv[1]))
