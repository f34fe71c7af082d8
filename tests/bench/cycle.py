"""Rows 1, 2, 3 and 11: a cycle over 1,000 feeds, 2 % new or nothing new, against the readers one would use instead."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from . import corpus
from .measure import Cost, in_turn, python, ratio_of, run
from .record import Bench
from .server import Server

CHILD = "tests.bench.one_cycle"


class Side:
    """One reader of feeds: a folder in which it keeps what it knows, and the command of one cycle over it."""

    name = ""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder / self.name, server
        self.folder.mkdir(parents=True)
        self.urls = [server.url(feed) for feed in range(server.feeds)]

    def prepare(self) -> None:
        """Meet all feeds at edition 0, and keep that state to start each round from."""
        self.set_up()
        self.cycle()
        shutil.copytree(self.folder, self.folder.with_name(self.name + "-kept"))

    def restore(self) -> None:
        """Back to what was known after edition 0."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.folder.with_name(self.name + "-kept"), self.folder)

    def set_up(self) -> None:
        """Write the configuration."""

    def cycle(self) -> Cost:
        """One cycle as a process of its own."""
        raise NotImplementedError

    def stories(self) -> int:
        """How many stories it keeps now."""
        raise NotImplementedError


def _count(database: Path, sql: str) -> int:
    with sqlite3.connect(database) as connection:
        return int(connection.execute(sql).fetchone()[0])


class Ours(Side):
    """The monitor: polled, matched, grouped, unread."""

    name = "monitor"

    def set_up(self) -> None:
        """A configuration with all feeds."""
        write_config(self.folder, self.urls)

    def cycle(self) -> Cost:
        """`monitor poll --all`, short of reading."""
        return python(CHILD, "ours", str(self.folder / "monitor.yaml"))

    def stories(self) -> int:
        """Stories in the database."""
        return _count(self.folder / "monitor.db", "select count(*) from stories")


def write_config(folder: Path, urls: list[str], lists: Path | None = None) -> None:
    """A monitor.yaml over feeds of this machine, with the shipped watchlists or others."""
    folder.mkdir(parents=True, exist_ok=True)
    feeds = "".join(
        f"  - {{id: paper-{n}, url: '{url}', language: {corpus.language(n)}, private: true}}\n"
        for n, url in enumerate(urls)
    )
    (folder / "monitor.yaml").write_text(
        f"contact: bench@example.org\nwatchlists: {lists or corpus.watchlists_dir()}\nfeeds:\n{feeds}", encoding="utf-8"
    )


class Reader(Side):
    """`reader` from the package index: feedparser over SQLite."""

    name = "reader"

    def set_up(self) -> None:
        """A database that knows the URLs."""
        (self.folder / "urls").write_text("\n".join(self.urls), encoding="utf-8")
        python(CHILD, "reader-add", str(self.folder / "reader.db"), str(self.folder / "urls"))

    def cycle(self) -> Cost:
        """All feeds with 32 workers."""
        return python(CHILD, "reader", str(self.folder / "reader.db"))

    def stories(self) -> int:
        """Entries in its database."""
        return _count(self.folder / "reader.db", "select count(*) from entries")


class Newsboat(Side):
    """newsboat from Debian: C++ over SQLite."""

    name = "newsboat"

    def set_up(self) -> None:
        """Its list of URLs and its settings."""
        (self.folder / "urls").write_text("\n".join(self.urls) + "\n", encoding="utf-8")
        (self.folder / "config").write_text("reload-threads 32\nmax-items 0\n", encoding="utf-8")

    def cycle(self) -> Cost:
        """Reload all feeds."""
        files = {"-u": "urls", "-c": "cache.db", "-C": "config"}
        named = [part for flag, name in files.items() for part in (flag, str(self.folder / name))]
        return run(["newsboat", *named, "-x", "reload"], {"HOME": str(self.folder)})

    def stories(self) -> int:
        """Items in its cache."""
        return _count(self.folder / "cache.db", "select count(*) from rss_item")


class Sfeed(Side):
    """sfeed from Debian: C and curl, a process for each feed."""

    name = "sfeed"

    def set_up(self) -> None:
        """Its list of feeds as a shell function."""
        feeds = "".join(f"feed 'paper-{n}' '{url}'\n" for n, url in enumerate(self.urls))
        (self.folder / "sfeedrc").write_text(
            f"sfeedpath='{self.folder}/feeds'\nmaxjobs=32\nfeeds() {{\n{feeds}}}\n", encoding="utf-8"
        )

    def cycle(self) -> Cost:
        """Update all feeds."""
        return run(["sfeed_update", str(self.folder / "sfeedrc")], {"HOME": str(self.folder)})

    def stories(self) -> int:
        """Lines of its files."""
        return sum(len(file.read_bytes().splitlines()) for file in (self.folder / "feeds").iterdir())


@contextmanager
def world(feeds: int, *kinds: type[Side]) -> Iterator[tuple[Server, list[Side]]]:
    """A server, and each side with all feeds met at edition 0."""
    with tempfile.TemporaryDirectory() as name, Server(feeds, corpus.start_of_edition_0()) as server:
        sides = [kind(Path(name), server) for kind in kinds]
        for side in sides:
            side.prepare()
        yield server, sides


def _rounds(
    server: Server, sides: list[Side], edition: int, rounds: int
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """CPU seconds of each side in each round, and how many stories each then keeps."""
    kept: dict[str, int] = {}

    def one(side: Side) -> Callable[[], float]:
        def cycle() -> float:
            side.restore()
            server.edition(edition)
            cost = side.cycle()
            kept[side.name] = side.stories()
            return cost.cpu_s

        return cycle

    return in_turn(rounds, **{side.name: one(side) for side in sides}), kept


def new_or_not(rounds: int, feeds: int, row: str) -> list[Bench]:
    """Rows 1 and 2: against `reader`."""
    edition, must, goal = (1, 5.0, 9.0) if row == "1" else (0, 8.0, 15.0)
    what = "2 % new" if row == "1" else "nothing new"
    with world(feeds, Ours, Reader) as (server, sides):
        found, kept = _rounds(server, sides, edition, rounds)
    expected = feeds * corpus.ITEMS + (corpus.new_items(feeds) if edition else 0)
    return [
        Bench(
            row,
            f"cycle of {feeds:,} feeds, {what}: CPU of the whole process",
            "s",
            median(found["monitor"]),
            median(found["reader"]),
            "reader",
            ratio_of(found["monitor"], found["reader"]),
            must,
            goal,
            f"stories kept: ours {kept['monitor']:,}, reader {kept['reader']:,}, expected {expected:,}",
            kept["monitor"] == expected,
        )
    ]


def against_debian(rounds: int, feeds: int) -> list[Bench]:
    """Row 3: newsboat and sfeed, as far as they are installed; the cheaper one counts."""
    kinds = [kind for kind in (Newsboat, Sfeed) if shutil.which(kind.name)]
    if not kinds:
        return []
    with world(feeds, Ours, *kinds) as (server, sides):
        found, kept = _rounds(server, sides, 1, rounds)
    expected = feeds * corpus.ITEMS + corpus.new_items(feeds)
    cheapest = min((kind.name for kind in kinds), key=lambda name: median(found[name]))
    benches = []
    for kind in kinds:
        wanted = (10.0, 15.0) if kind.name == cheapest else (None, None)
        benches.append(
            Bench(
                "3",
                f"cycle of {feeds:,} feeds, 2 % new: CPU of the whole process",
                "s",
                median(found["monitor"]),
                median(found[kind.name]),
                kind.name,
                ratio_of(found["monitor"], found[kind.name]),
                *wanted,
                f"stories kept: ours {kept['monitor']:,}, {kind.name} {kept[kind.name]:,}, expected {expected:,}",
                kept["monitor"] == expected,
            )
        )
    return benches


def kept_whole(feeds: int) -> list[Bench]:
    """Row 11: every row of our database after the 2 % cycle, against a parse of every whole body."""
    with world(feeds, Ours) as (server, [side]):
        server.edition(1)
        side.cycle()
        with sqlite3.connect(side.folder / "monitor.db") as connection:
            ours = set(connection.execute("select feed_id, title, link, summary, body, author, published from stories"))
    whole = full_parse(feeds, server)
    same = len(ours & whole)
    return [
        Bench(
            "11",
            "stories kept in the 2 % cycle, row for row",
            "stories",
            len(ours),
            len(whole),
            "parse of every whole body",
            same / len(whole),
            1.0,
            1.0,
            f"{same:,} rows equal, {len(whole - ours)} missing, {len(ours - whole)} other",
            ours == whole,
        )
    ]


def full_parse(feeds: int, server: Server) -> set[tuple[str | None, ...]]:
    """What parsing the whole bodies of editions 0 and 1 yields, as our rows."""
    from monitor.clock import to_text
    from monitor.feeds.parse import parse

    rows: set[tuple[str | None, ...]] = set()
    for feed in range(feeds):
        for edition in (0, 1) if corpus.top(feed, 1) != corpus.top(feed, 0) else (0,):
            for entry in parse(corpus.body(feed, edition, server.now), url=server.url(feed)).entries:
                published = to_text(entry.published) if entry.published else None
                text = (entry.title, entry.link, entry.summary, entry.body, entry.author or "")
                rows.add((f"paper-{feed}", *text, published))
    return rows
