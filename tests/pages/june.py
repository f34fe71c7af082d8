"""June 2025 as the report shows it: the archive replayed, then a page of its days.

`python -m tests.pages.june OUT [SHARED]` writes OUT/monitor.db and OUT/june-2025.html, and prints the shifts of each
watchlist, or why there is none. What is already in OUT/monitor.db is not replayed again.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from monitor.lab.replay import read_archive, replay
from monitor.pages.data import read_report
from monitor.pages.page import build
from monitor.pages.records import Report
from monitor.pages.words import minute, once_in, why_no_shift
from monitor.store.connect import open_reader, open_store
from monitor.watchlists import Watchlist, read_watchlists

# What is replayed, so that the detector knows what is usual by June; the last moment of the page, and its days.
BEGIN, END, DAYS = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC), 61
# The archive's part that cites the timeline of the turning points is left out.
LEFT_OUT = frozenset({"wp_current_events"})
EXAMPLES = Path(__file__).parents[2] / "watchlists" / "examples"


def june_watchlists() -> list[Watchlist]:
    """The wide watchlists: in an archive of general headlines the narrow ones are hardly named."""
    return [each for each in read_watchlists(EXAMPLES) if each.id in ("iran-israel", "iraqi-militias")]


def june(shared: Path, out: Path) -> Report:
    """Replay what is needed into OUT, write the page, and return what it shows."""
    lists, database = june_watchlists(), out / "monitor.db"
    if not database.exists():
        rows = read_archive([shared / "data" / "archive" / "relevant-2019-2025.jsonl.gz"], LEFT_OUT)
        draft = out / "replay.db"
        draft.unlink(missing_ok=True)
        with open_store(draft) as store:
            for _ in replay([row for row in rows if BEGIN <= row.date < END], lists, store):
                pass
            store.run("PRAGMA wal_checkpoint(TRUNCATE)")
        draft.rename(database)
    with open_reader(database) as store:
        report = read_report(store, lists, until=END, days=DAYS, title="June 2025")
    (out / "june-2025.html").write_text(build(report).html, encoding="utf-8")
    return report


def main(out: Path, shared: Path) -> int:
    """Print what the page marks; 0."""
    out.mkdir(parents=True, exist_ok=True)
    report = june(shared, out)
    for watchlist in report.watchlists:
        print(
            f"{watchlist.name}: {len(watchlist.events)} events, {watchlist.standing.pace:.1f} independent stories a day"
        )
        for span in watchlist.shifts:
            print(
                f"  shift toward {span.direction} from {minute(span.onset, 'UTC')}, found {minute(span.told, 'UTC')},"
                f" {once_in(span.chance_days or 0)}, until {minute(span.end, 'UTC')} {span.ended} {span.revised}"
            )
        for why in why_no_shift(watchlist, report):
            print(f"  {why}")
    print(out / "june-2025.html")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else Path(__file__).parents[3] / "shared")))
